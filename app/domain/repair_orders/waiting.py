"""What waits for somebody on the floor: columns only, for boards and morning pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.repair_orders.model import Finding, Job, OrderEvent, PartLine, PartsRequest, RepairOrder
from app.domain.repair_orders.rules import ON_THE_FLOOR, OPEN_FOR_WORK
from app.domain.repair_orders.states import JobState
from app.domain.staff.model import Staff
from app.domain.vehicles.model import Vehicle


def undispatched(session: Session, limit: int = 100) -> Sequence[Any]:
    """(id, name, number, plate, promised_at) of approved jobs that nobody has yet, the earliest promise first."""
    return session.execute(
        select(Job.id, Job.name, RepairOrder.number, Vehicle.plate, RepairOrder.promised_at)
        .join(RepairOrder, RepairOrder.id == Job.order_id)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(Job.state == JobState.APPROVED, RepairOrder.state.in_(OPEN_FOR_WORK))
        .order_by(RepairOrder.promised_at.is_(None), RepairOrder.promised_at, Job.id)
        .limit(limit)
    ).all()


def parts_arrived(session: Session, since: datetime, limit: int = 20) -> Sequence[Any]:
    """(id, name, number, plate, parts, at) of jobs whose last missing part came and that nobody works on yet."""
    return session.execute(
        select(Job.id, Job.name, RepairOrder.number, Vehicle.plate, OrderEvent.reason.label("parts"), OrderEvent.at)
        .join(RepairOrder, RepairOrder.id == Job.order_id)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .join(OrderEvent, (OrderEvent.order_id == RepairOrder.id) & (OrderEvent.job_id == Job.id))
        .where(
            RepairOrder.state.in_(OPEN_FOR_WORK),
            Job.state.in_((JobState.APPROVED, JobState.DISPATCHED, JobState.PAUSED)),
            OrderEvent.move == "parts_arrive",
            OrderEvent.at >= since,
        )
        .order_by(OrderEvent.id.desc())
        .limit(limit)
    ).all()


def open_jobs_of(staff_id: int) -> Select[int]:
    """The ids of a technician's open jobs; picked first, or sorting them would lead through all that the person ever did."""
    return select(Job.id).where(
        Job.technician_id == staff_id, Job.state.in_([JobState.DISPATCHED, JobState.WORKING, JobState.PAUSED])
    )


def jobs_of(session: Session, staff_id: int, limit: int = 50) -> Sequence[Any]:
    """(id, name, state, number, plate) of a technician's open jobs in planned order."""
    return session.execute(
        select(Job.id, Job.name, Job.state, RepairOrder.number, Vehicle.plate)
        .join(RepairOrder, RepairOrder.id == Job.order_id)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(Job.id.in_(open_jobs_of(staff_id)), RepairOrder.state.in_(OPEN_FOR_WORK))
        .order_by(Job.planned_start_at, Job.id)
        .limit(limit)
    ).all()


def to_pick(session: Session, limit: int = 20) -> Sequence[Any]:
    """(number, plate, lines, short) of orders whose parts still lie at the desk."""
    missing = PartLine.quantity_milli - PartLine.issued_milli - PartLine.reserved_milli
    return session.execute(
        select(
            RepairOrder.number,
            Vehicle.plate,
            func.count(PartLine.id).label("lines"),
            func.sum(case((missing > 0, 1), else_=0)).label("short"),
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
        .group_by(RepairOrder.id, RepairOrder.number, RepairOrder.promised_at, Vehicle.plate)
        .order_by(RepairOrder.promised_at.is_(None), RepairOrder.promised_at)
        .limit(limit)
    ).all()


def open_requests(session: Session, limit: int = 20) -> Sequence[PartsRequest]:
    """What technicians ask the parts desk for."""
    return session.scalars(
        select(PartsRequest)
        .where(PartsRequest.answered_at.is_(None))
        .options(
            joinedload(PartsRequest.order).joinedload(RepairOrder.vehicle),
            joinedload(PartsRequest.job),
            joinedload(PartsRequest.requested_by).lazyload(Staff.roles),
        )
        .order_by(PartsRequest.id)
        .limit(limit)
    ).all()


def open_findings(session: Session, limit: int = 20) -> Sequence[Any]:
    """(words, urgent, number, plate) of findings that wait for an adviser, urgent ones first."""
    return session.execute(
        select(Finding.words, Finding.urgent, RepairOrder.number, Vehicle.plate)
        .join(RepairOrder, RepairOrder.id == Finding.order_id)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(Finding.handled_at.is_(None), RepairOrder.state.in_(OPEN_FOR_WORK))
        .order_by(Finding.urgent.desc(), Finding.id)
        .limit(limit)
    ).all()
