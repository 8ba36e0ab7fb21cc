"""When the missing parts of an order come: what is on its way is handed out on paper in the order in which a delivery will be.

Derived anew each time from the lines that wait and from what stock knows to be incoming; nothing is stored that could be
wrong tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from app.domain.repair_orders.model import Job, PartLine, RepairOrder
from app.domain.repair_orders.rules import ON_THE_FLOOR, OPEN_FOR_WORK
from app.domain.repair_orders.states import PartsReadiness
from app.domain.stock import incoming
from app.kernel.clock import business_date


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of the missing pieces: whether somebody ordered them all, and the day on which the last of them comes."""

    ordered: bool
    day: date | None = None

    @property
    def readiness(self) -> PartsReadiness:
        """Short while nobody ordered it, expected from then on."""
        return PartsReadiness.EXPECTED if self.ordered else PartsReadiness.SHORT

    def late_for(self, day: date | None) -> bool:
        """True when it comes after a day on which it is needed."""
        return self.day is not None and day is not None and self.day > day


_missing = PartLine.quantity_milli - PartLine.issued_milli - PartLine.reserved_milli
_WAITING = (  # built once: the board asks for it at every change; in the order in which a delivery serves them
    select(PartLine.id, PartLine.order_id, PartLine.job_id, PartLine.part_id, _missing.label("missing_milli"))
    .join(RepairOrder, RepairOrder.id == PartLine.order_id)
    .join(Job, Job.id == PartLine.job_id)
    .where(
        PartLine.cancelled.is_(False),
        PartLine.customer_supplied.is_(False),
        _missing > 0,
        PartLine.order_id.in_(
            select(RepairOrder.id).where(RepairOrder.state.in_(bindparam("states", expanding=True, unique=False)))
        ),
        Job.state.in_(ON_THE_FLOOR),
    )
    .order_by(RepairOrder.promised_at.is_(None), RepairOrder.promised_at, PartLine.id)
)


def waiting_lines(session: Session) -> Sequence[Any]:
    """(id, order_id, job_id, part_id, missing_milli) of every line that waits for a part, in promise order."""
    return session.execute(_WAITING, {"states": list(OPEN_FOR_WORK)}).all()


def expected_of_lines(session: Session, lines: Sequence[Any] | None = None) -> dict[int, Expected]:
    """part line → what is known of its missing pieces, for every line that waits."""
    waiting = waiting_lines(session) if lines is None else lines
    if not waiting:
        return {}
    coming = incoming.arrivals_of(session, (line.part_id for line in waiting))
    return {line.id: _served(coming.get(line.part_id, []), line.missing_milli) for line in waiting}


def _served(arrivals: list[tuple[date | None, int]], missing: int) -> Expected:
    """Take ``missing`` thousandths out of the arrivals, the earliest first; they get used up for whoever waits longer."""
    last: date | None = None
    named = True
    while missing > 0 and arrivals:
        day, milli = arrivals[0]
        taken = min(milli, missing)
        missing -= taken
        if day is None:
            named = False
        last = day
        if taken == milli:
            arrivals.pop(0)
        else:
            arrivals[0] = (day, milli - taken)
    if missing > 0:
        return Expected(ordered=False)
    return Expected(ordered=True, day=last if named else None)


def expected_of_jobs(session: Session) -> dict[int, Expected]:
    """job → when it can start for parts: on the day of its last missing line; only jobs that wait for one."""
    waiting = waiting_lines(session)
    by_line = expected_of_lines(session, waiting)
    found: dict[int, list[Expected]] = {}
    for line in waiting:
        found.setdefault(line.job_id, []).append(by_line[line.id])
    return {job_id: together(each) for job_id, each in found.items()}


def late_orders(session: Session) -> list[tuple[RepairOrder, date]]:
    """Orders whose ordered parts come after the promised day, with the day on which the last of them comes."""
    waiting = waiting_lines(session)
    by_line = expected_of_lines(session, waiting)
    found: dict[int, list[Expected]] = {}
    for line in waiting:
        if by_line[line.id].ordered:  # what nobody ordered yet has no day: the parts desk is asked to order it
            found.setdefault(line.order_id, []).append(by_line[line.id])
    days = {order_id: day for order_id, each in found.items() if (day := together(each).day) is not None}
    if not days:
        return []
    rows = session.scalars(
        select(RepairOrder)
        .where(RepairOrder.id.in_(days), RepairOrder.promised_at.is_not(None))
        .options(joinedload(RepairOrder.vehicle), joinedload(RepairOrder.customer))
        .order_by(RepairOrder.promised_at)
    )
    return [(row, days[row.id]) for row in rows if row.promised_at and days[row.id] > business_date(row.promised_at)]


def together(each: Iterable[Expected]) -> Expected:
    """What is known of several lines at once: ordered when all are, and there when the last of them is."""
    known = list(each)
    if not all(one.ordered for one in known):
        return Expected(ordered=False)
    days = [one.day for one in known]
    return Expected(ordered=True, day=None if None in days else max(day for day in days if day is not None))


def expected_of_order(session: Session, order: RepairOrder) -> dict[int, Expected]:
    """part line → what is known of its missing pieces, for the lines of one order; nothing is asked when none is missing."""
    missing = any(
        line.quantity_milli > line.issued_milli + line.reserved_milli
        and not (line.cancelled or line.customer_supplied)
        and line.job.state in ON_THE_FLOOR
        for line in order.part_lines
    )
    return expected_of_lines(session) if missing and order.state in OPEN_FOR_WORK else {}
