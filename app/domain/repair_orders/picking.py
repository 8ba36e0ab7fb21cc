"""What the parts desk hands out now: columns only, in promise order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from app.domain.repair_orders.model import Job, PartLine, RepairOrder
from app.domain.repair_orders.parts import SOURCE
from app.domain.repair_orders.rules import OPEN_FOR_WORK
from app.domain.repair_orders.states import JobState
from app.domain.repair_orders.waiting import ON_THE_FLOOR
from app.domain.stock.model import Bin, Reservation, StockBalance, StockOwner
from app.domain.vehicles.model import Vehicle


@dataclass(slots=True)
class PickOrder:
    """An order with the lines that still lie at the desk."""

    number: str
    plate: str
    promised_at: datetime | None
    urgent: bool = False
    lines: list[Any] = field(default_factory=list)
    bins: dict[int, str] = field(default_factory=dict)


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
        )
        .join(Job, Job.id == PartLine.job_id)
        .join(RepairOrder, RepairOrder.id == PartLine.order_id)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
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
    bins = _bins(session, rows)
    for order in orders.values():
        order.bins = bins
    return list(orders.values())


def _bins(session: Session, rows: Sequence[Any]) -> dict[int, str]:
    """line → the bins to go to: where it is reserved, else where the part lies."""
    if not rows:
        return {}
    found: dict[int, list[str]] = {}
    reserved = session.execute(
        select(Reservation.source_id, Bin.code)
        .join(StockBalance, StockBalance.id == Reservation.balance_id)
        .join(Bin, Bin.id == StockBalance.bin_id)
        .where(Reservation.source == SOURCE, Reservation.source_id.in_([row.id for row in rows]))
        .order_by(Bin.code)
    )
    for line_id, code in reserved:
        found.setdefault(line_id, []).append(code)
    return {line_id: " ".join(codes) for line_id, codes in found.items()}


def issued_lines(session: Session, number: str) -> Sequence[PartLine]:
    """The lines of an order of which something is with the technician: what can come back."""
    return session.scalars(
        select(PartLine)
        .join(RepairOrder, RepairOrder.id == PartLine.order_id)
        .where(RepairOrder.number == number, PartLine.issued_milli > 0)
        .order_by(PartLine.id)
    ).all()


def free_anywhere(session: Session, part_id: int) -> int:
    """What nobody has reserved of a part, in thousandths."""
    rows = session.execute(
        select(StockBalance.on_hand_milli, StockBalance.reserved_milli).where(
            StockBalance.part_id == part_id, StockBalance.owner == StockOwner.SHOP
        )
    )
    return sum(on_hand - reserved for on_hand, reserved in rows)
