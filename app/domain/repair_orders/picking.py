"""What the parts desk hands out now: columns only, in promise order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.repair_orders.model import Job, PartLine, PartsRequest, RepairOrder
from app.domain.repair_orders.parts import SOURCE
from app.domain.repair_orders.rules import NOT_ENDED, ON_THE_FLOOR, OPEN_FOR_WORK, TO_BE_DONE
from app.domain.repair_orders.states import JobState, OrderState
from app.domain.staff.model import Staff
from app.domain.stock.model import Bin, Reservation, StockBalance, StockOwner
from app.domain.vehicles.model import Vehicle


@dataclass(slots=True)
class PickOrder:
    """An order with the lines that still lie at the desk."""

    number: str
    plate: str
    promised_at: datetime | None
    technician: str = ""
    urgent: bool = False
    lines: list[Any] = field(default_factory=list)
    # line → the bins to walk to; line → what lies there of the part, in thousandths
    bins: dict[int, str] = field(default_factory=dict)
    on_hand: dict[int, int] = field(default_factory=dict)

    @property
    def ready(self) -> int:
        """How many lines can be issued in full now."""
        return sum(line.reserved_milli + line.issued_milli >= line.quantity_milli for line in self.lines)


def to_pick(session: Session, limit: int = 400) -> list[PickOrder]:
    """Orders with lines to issue; jobs that are being worked on first, then by promised time."""
    begun = case((Job.state.in_([JobState.WORKING, JobState.PAUSED, JobState.DISPATCHED]), 0), else_=1)
    rows = session.execute(
        select(
            PartLine.id,
            PartLine.part_id,
            PartLine.number.label("part_number"),
            PartLine.name,
            PartLine.unit,
            PartLine.quantity_milli,
            PartLine.issued_milli,
            PartLine.reserved_milli,
            PartLine.version,
            Job.name.label("job"),
            Job.state.label("job_state"),
            RepairOrder.number,
            RepairOrder.promised_at,
            Vehicle.plate,
            Staff.name.label("technician"),
        )
        .join(Job, Job.id == PartLine.job_id)
        .join(RepairOrder, RepairOrder.id == PartLine.order_id)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .outerjoin(Staff, Staff.id == Job.technician_id)
        .where(
            PartLine.cancelled.is_(False),
            PartLine.customer_supplied.is_(False),
            PartLine.issued_milli < PartLine.quantity_milli,
            Job.state.in_(ON_THE_FLOOR),
            RepairOrder.state.in_(OPEN_FOR_WORK),
        )
        .order_by(begun, RepairOrder.promised_at.is_(None), RepairOrder.promised_at, RepairOrder.id, PartLine.id)
        .limit(limit)
    ).all()
    orders: dict[str, PickOrder] = {}
    for row in rows:
        order = orders.setdefault(row.number, PickOrder(row.number, row.plate, row.promised_at))
        order.lines.append(row)
        order.urgent = order.urgent or row.job_state in {JobState.WORKING, JobState.PAUSED}
        order.technician = order.technician or row.technician or ""
    bins, on_hand = bins_of(session, {row.id: row.part_id for row in rows})
    for order in orders.values():
        order.bins, order.on_hand = bins, on_hand
    return list(orders.values())


def bins_of(session: Session, parts: dict[int, int]) -> tuple[dict[int, str], dict[int, int]]:
    """For lines (line → part): the bins where it is reserved, else where the part lies; and what is on hand of it."""
    if not parts:
        return {}, {}
    reserved: dict[int, list[str]] = {}
    for line_id, code in session.execute(
        select(Reservation.source_id, Bin.code)
        .join(StockBalance, StockBalance.id == Reservation.balance_id)
        .join(Bin, Bin.id == StockBalance.bin_id)
        .where(Reservation.source == SOURCE, Reservation.source_id.in_(list(parts)))
        .order_by(Bin.code)
    ):
        reserved.setdefault(line_id, []).append(code)
    lying: dict[int, list[str]] = {}
    total: dict[int, int] = {}
    for part_id, code, on_hand in session.execute(
        select(StockBalance.part_id, Bin.code, StockBalance.on_hand_milli)
        .join(Bin, Bin.id == StockBalance.bin_id)
        .where(
            StockBalance.part_id.in_(set(parts.values())),
            StockBalance.owner == StockOwner.SHOP,
            StockBalance.on_hand_milli > 0,
        )
        .order_by(Bin.code)
    ):
        lying.setdefault(part_id, []).append(code)
        total[part_id] = total.get(part_id, 0) + on_hand
    return (
        {line: " ".join(reserved.get(line) or lying.get(part, [])) for line, part in parts.items()},
        {line: total.get(part, 0) for line, part in parts.items()},
    )


def to_take_back(session: Session, limit: int = 50) -> Sequence[Any]:
    """(number, plate, name, unit, issued) of parts out for work that is not done after all: they must come back."""
    return session.execute(
        select(RepairOrder.number, Vehicle.plate, PartLine.id, PartLine.name, PartLine.unit, PartLine.issued_milli)
        .join(Job, Job.id == PartLine.job_id)
        .join(RepairOrder, RepairOrder.id == PartLine.order_id)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(
            # No order ends while such a part is out (rules.may_finish_work, may_settle, may_cancel).
            RepairOrder.state.in_(NOT_ENDED),
            PartLine.issued_milli > 0,
            or_(PartLine.cancelled.is_(True), Job.state.not_in(TO_BE_DONE)),
        )
        .order_by(RepairOrder.id, PartLine.id)
        .limit(limit)
    ).all()


def wanted_by(session: Session, part_id: int, limit: int = 50) -> Sequence[Any]:
    """(number, plate, promised_at, wanted, reserved) of the lines that still want a part, in promise order."""
    # The few open orders first: a popular part stands on nearly every order there ever was.
    waiting = select(RepairOrder.id).where(RepairOrder.state.in_(OPEN_FOR_WORK | {OrderState.ESTIMATED}))
    return session.execute(
        select(
            RepairOrder.number,
            Vehicle.plate,
            RepairOrder.promised_at,
            (PartLine.quantity_milli - PartLine.issued_milli).label("wanted_milli"),
            PartLine.reserved_milli,
        )
        .join(Job, Job.id == PartLine.job_id)
        .join(RepairOrder, RepairOrder.id == PartLine.order_id)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(
            PartLine.part_id == part_id,
            PartLine.cancelled.is_(False),
            PartLine.customer_supplied.is_(False),
            PartLine.issued_milli < PartLine.quantity_milli,
            or_(PartLine.reserved_milli > 0, Job.state.in_(ON_THE_FLOOR)),
            PartLine.order_id.in_(waiting),
        )
        .order_by(RepairOrder.promised_at.is_(None), RepairOrder.promised_at, PartLine.id)
        .limit(limit)
    ).all()


def orders_of_lines(session: Session, line_ids: list[int]) -> dict[int, str]:
    """part line → the number of its order."""
    rows = session.execute(
        select(PartLine.id, RepairOrder.number)
        .join(RepairOrder, RepairOrder.id == PartLine.order_id)
        .where(PartLine.id.in_(line_ids))
    )
    return dict(rows.tuples().all())


def requests_of(session: Session, order_id: int) -> Sequence[PartsRequest]:
    """What technicians asked for on an order, open ones first."""
    return session.scalars(
        select(PartsRequest)
        .where(PartsRequest.order_id == order_id)
        .options(joinedload(PartsRequest.job), joinedload(PartsRequest.requested_by).lazyload(Staff.roles))
        .order_by(PartsRequest.answered_at.is_not(None), PartsRequest.id.desc())
    ).all()
