"""Parts of an order's jobs: reserved when the customer has said yes, issued to the technician, given back."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.repair_orders.model import Job, PartLine, RepairOrder
from app.domain.repair_orders.rules import OPEN_FOR_WORK, TO_BE_DONE, readiness
from app.domain.repair_orders.states import JobState, PartsReadiness
from app.domain.stock import operations as stock
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, RuleBroken

SOURCE = "part_line"


def live(lines: Iterable[PartLine]) -> list[PartLine]:
    """The lines that are not struck out."""
    return [line for line in lines if not line.cancelled]


def job_readiness(job: Job) -> PartsReadiness:
    """Can the job start? Derived from its live lines; what the customer brings is always there."""
    lines = [line for line in live(job.part_lines) if not line.customer_supplied]
    return readiness([(line.quantity_milli, line.reserved_milli, line.issued_milli) for line in lines])


def reserve_line(session: Session, actor: Actor, clock: Clock, line: PartLine) -> None:
    """Promise what is on the shelf to a line; what is missing stays visible as short."""
    if line.customer_supplied or line.cancelled:
        return
    missing = line.quantity_milli - line.issued_milli - line.reserved_milli
    if missing > 0:
        line.reserved_milli += stock.reserve(session, line.part_id, SOURCE, line.id, missing)


def release_line(session: Session, actor: Actor, clock: Clock, line: PartLine) -> None:
    """Give back what was promised to a line, to those who wait for it."""
    if line.reserved_milli:
        stock.release(session, SOURCE, line.id)
        line.reserved_milli = 0
        session.flush()
        serve_waiting(session, actor, clock, line.part_id)


def issue_line(session: Session, actor: Actor, clock: Clock, line: PartLine, quantity_milli: int) -> None:
    """Hand a quantity to the technician; raises InvalidInput or RuleBroken, and then nothing moved.

    The caller has locked the order.
    """
    if line.cancelled or line.job.state not in TO_BE_DONE or line.order.state not in OPEN_FOR_WORK:
        raise RuleBroken(N_("The customer has not approved this job: nothing may be issued for it."))
    if line.customer_supplied:
        raise RuleBroken(N_("The customer brings this part: there is nothing to issue."))
    if quantity_milli <= 0:
        raise InvalidInput(N_("The quantity must be above zero."), field="quantity")
    if quantity_milli > line.quantity_milli - line.issued_milli:
        raise InvalidInput(N_("More would be issued than the job needs."), field="quantity")
    stock.issue(
        session, actor, clock, part_id=line.part_id, source=SOURCE, source_id=line.id, quantity_milli=quantity_milli
    )
    line.issued_milli += quantity_milli
    line.reserved_milli = stock.held(session, SOURCE, line.id)


def return_line(session: Session, actor: Actor, clock: Clock, line: PartLine, quantity_milli: int, reason: str) -> None:
    """Take an unused quantity back into the bin it came from; those who wait are served from it."""
    if quantity_milli <= 0:
        raise InvalidInput(N_("The quantity must be above zero."), field="quantity")
    if quantity_milli > line.issued_milli:
        raise InvalidInput(N_("More would come back than was issued."), field="quantity")
    stock.give_back(
        session,
        actor,
        clock,
        part_id=line.part_id,
        source=SOURCE,
        source_id=line.id,
        quantity_milli=quantity_milli,
        reason=reason,
    )
    line.issued_milli -= quantity_milli
    session.flush()
    serve_waiting(session, actor, clock, line.part_id)


def serve_waiting(session: Session, actor: Actor, clock: Clock, part_id: int) -> list[PartLine]:
    """Promise free stock of a part to the lines that wait for it, earliest promised time first; returns those served."""
    waiting = session.scalars(
        select(PartLine)
        .join(PartLine.order)
        .join(PartLine.job)
        .where(
            PartLine.part_id == part_id,
            PartLine.cancelled.is_(False),
            PartLine.customer_supplied.is_(False),
            PartLine.reserved_milli + PartLine.issued_milli < PartLine.quantity_milli,
            RepairOrder.state.in_(OPEN_FOR_WORK),
            Job.state.in_([JobState.APPROVED, JobState.DISPATCHED, JobState.WORKING, JobState.PAUSED]),
        )
        .order_by(RepairOrder.promised_at.is_(None), RepairOrder.promised_at, PartLine.id)
    ).all()
    served = []
    for line in waiting:
        before = line.reserved_milli
        reserve_line(session, actor, clock, line)
        if line.reserved_milli > before:
            served.append(line)
    return served
