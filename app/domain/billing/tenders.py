"""Money in and out: one ledger for all that is paid at the till, whatever document it is paid on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from app.domain.billing.model import Settlement, Tender, TenderMethod
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.money import format_yuan
from app.kernel.numbering import next_number
from app.kernel.orm import total


def note_tender(
    session: Session,
    actor: Actor,
    clock: Clock,
    method: TenderMethod,
    amount_fen: int,
    reference: str,
    *,
    settlement: Settlement | None = None,
    counter_sale_id: int | None = None,
) -> Tender:
    """Write down money (fen, negative when it is given back) on one document; the caller has held it to its rules."""
    assert actor.staff_id is not None
    tender = Tender(
        number=next_number(session, "TN", business_date(clock.now())),
        settlement=settlement,
        counter_sale_id=counter_sale_id,
        method=method,
        amount_fen=amount_fen,
        reference=reference.strip()[:80],
        received_at=clock.now(),
        cashier_id=actor.staff_id,
    )
    session.add(tender)
    if settlement is not None:
        settlement.open_fen -= amount_fen
    session.flush()
    subject = f"settlement:{settlement.id}" if settlement is not None else f"counter_sale:{counter_sale_id}"
    audit.record(session, actor, clock, "tender", subject, method=method.value, amount=amount_fen)
    return tender


def way_back(
    paid: Iterable[Tender], method: TenderMethod, amount_fen: int, *, all_by_it: bool
) -> dict[TenderMethod, int]:
    """How an amount (fen) goes back of what was paid on a document: method → fen.

    Money goes back as it came (house, and the rule of the card and wallet companies): whoever pays by card and is given
    cash has drawn cash from the till. A bank transfer names its receiver, so anything may go back by it. Unless
    ``all_by_it``, what ``method`` cannot carry goes back by the others. Raises InvalidInput for a method that cannot.
    """
    left: dict[TenderMethod, int] = {}
    for tender in paid:
        left[tender.method] = left.get(tender.method, 0) + tender.amount_fen
    if method is TenderMethod.TRANSFER:
        return {method: amount_fen}
    by_it = min(amount_fen, max(0, left.get(method, 0)))
    if not by_it or (all_by_it and by_it < amount_fen):
        raise InvalidInput(
            N_("%(left)s yuan can go back this way: money goes back as it came, or by bank transfer."),
            field="method",
            left=format_yuan(by_it),
        )
    shares: dict[TenderMethod, int] = {method: by_it}
    rest = amount_fen - by_it
    for other in TenderMethod:
        take = min(rest, max(0, left.get(other, 0))) if other is not method else 0
        if take:
            shares[other], rest = take, rest - take
    return shares


@dataclass(frozen=True, slots=True)
class Takings:
    """What came in and went out by one method, in fen."""

    method: TenderMethod
    received_fen: int
    returned_fen: int

    @property
    def net_fen(self) -> int:
        """What is left of it."""
        return self.received_fen - self.returned_fen


def takings(session: Session, start: datetime, end: datetime) -> list[Takings]:
    """The till between two moments, by method: settlements and counter sales together, for they share one ledger."""
    received = total(case((Tender.amount_fen > 0, Tender.amount_fen), else_=0))
    returned = total(case((Tender.amount_fen < 0, -Tender.amount_fen), else_=0))
    rows = session.execute(
        select(Tender.method, received, returned)
        .where(Tender.received_at >= start, Tender.received_at < end)
        .group_by(Tender.method)
    )
    found = {method: Takings(method, plus, minus) for method, plus, minus in rows}
    return [found[method] for method in TenderMethod if method in found]
