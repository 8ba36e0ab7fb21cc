"""What an order comes to, per payer. Amounts include VAT; net and tax are split once, on the settlement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.repair_orders.model import Job, RepairOrder
from app.domain.repair_orders.rules import TO_BE_DONE
from app.domain.repair_orders.states import JobState, Payer
from app.kernel.money import split_vat


@dataclass(slots=True)
class Share:
    """One payer's share in fen."""

    payer: Payer
    labour_fen: int = 0
    material_fen: int = 0

    @property
    def total_fen(self) -> int:
        """Labour and material."""
        return self.labour_fen + self.material_fen

    @property
    def tax_fen(self) -> int:
        """The VAT in it."""
        return split_vat(self.total_fen)[1]


def shares(jobs: Iterable[Job], states: frozenset[JobState] = TO_BE_DONE) -> list[Share]:
    """Each payer's share over the jobs in ``states`` and their live part lines, in the order of the payers."""
    found: dict[Payer, Share] = {}
    for job in jobs:
        if job.state not in states:
            continue
        found.setdefault(job.payer, Share(job.payer)).labour_fen += job.amount_fen
        for line in job.part_lines:
            if not line.cancelled:
                found.setdefault(line.payer, Share(line.payer)).material_fen += line.amount_fen
    return [found[payer] for payer in Payer if payer in found]


def estimated(order: RepairOrder) -> list[Share]:
    """The shares of everything that is not declined: what the customer is asked about."""
    return shares(order.jobs, TO_BE_DONE | {JobState.PROPOSED})


def own_share(jobs: Iterable[Job], states: frozenset[JobState] = TO_BE_DONE) -> int:
    """What the customer himself pays of some jobs, in fen."""
    return sum(share.total_fen for share in shares(jobs, states) if share.payer is Payer.CUSTOMER)


def job_total(job: Job) -> int:
    """A job with its parts, in fen."""
    return job.amount_fen + sum(line.amount_fen for line in job.part_lines if not line.cancelled)
