"""Reading an order with its jobs and parts, and what belongs to it. The list is in ``order_list``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import Session, joinedload, lazyload, load_only, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.repair_orders.model import Finding, Job, OrderEvent, PartLine, PartsRequest, RepairOrder
from app.domain.repair_orders.reception_model import CheckIn, Damage, Recommendation
from app.domain.repair_orders.rules import ENDED, NOT_ENDED
from app.domain.repair_orders.states import OrderState
from app.domain.staff.model import Staff
from app.domain.vehicles.model import HistoryOrder, Vehicle
from app.kernel.errors import N_, NotFound

# An order with its jobs and parts, read by nearly every screen: statements that are built once, one for each table.
# (An eager loader builds its statement anew each time, which took a third of the order's page.) Of people the name is
# enough.
_NAMED = (load_only(Staff.id, Staff.name), lazyload(Staff.roles))
_ORDER = (
    select(RepairOrder)
    .where(RepairOrder.number == bindparam("number"))
    .options(
        joinedload(RepairOrder.vehicle),
        joinedload(RepairOrder.customer),
        joinedload(RepairOrder.adviser).options(*_NAMED),
    )
)
_JOBS = (
    select(Job)
    .where(Job.order_id == bindparam("order_id"))
    .options(joinedload(Job.technician).options(*_NAMED))
    .order_by(Job.position)
)
_LINES = select(PartLine).where(PartLine.order_id == bindparam("order_id")).order_by(PartLine.id)
_event = OrderEvent.__table__.c
_HISTORY = (
    select(_event.move, _event.target, _event.job_id, _event.at, _event.actor, _event.reason)
    .where(_event.order_id == bindparam("order_id"))
    .order_by(_event.id.desc())
)


def order_by_number(session: Session, number: str) -> RepairOrder:
    """An order with its jobs and parts; raises :class:`NotFound`."""
    order = session.scalar(_ORDER, {"number": number})
    if order is None:
        raise NotFound(N_("There is no order of this number."))
    unloaded = inspect(order).unloaded  # what this transaction knows already it may have changed
    for name, statement in (("jobs", _JOBS), ("part_lines", _LINES)):
        if name in unloaded:
            set_committed_value(order, name, session.scalars(statement, {"order_id": order.id}).all())
    attach_parts(order)
    return order


def id_of_number(session: Session, number: str) -> int:
    """The id of an order; raises :class:`NotFound`. For whoever locks it before reading it."""
    found = session.scalar(select(RepairOrder.id).where(RepairOrder.number == number))
    if found is None:
        raise NotFound(N_("There is no order of this number."))
    return found


def history(session: Session, order_id: int) -> Sequence[Any]:
    """(move, target, job_id, at, actor, reason) of every move of an order and its jobs, newest first."""
    return session.execute(_HISTORY, {"order_id": order_id}).all()


def attach_parts(order: RepairOrder) -> None:
    """Hand each job its part lines from those of the order: no query of its own per job."""
    by_job: dict[int, list[PartLine]] = {job.id: [] for job in order.jobs}
    for line in order.part_lines:
        by_job[line.job_id].append(line)
    for job in order.jobs:
        set_committed_value(job, "part_lines", by_job[job.id])
        set_committed_value(job, "order", order)
        for line in by_job[job.id]:
            set_committed_value(line, "job", job)
            set_committed_value(line, "order", order)


_OPEN_FINDINGS = (
    select(Finding)
    .where(Finding.order_id == bindparam("order_id"), Finding.handled_at.is_(None))
    .options(joinedload(Finding.reported_by).options(*_NAMED))
    .order_by(Finding.urgent.desc(), Finding.id)
)


def open_findings(session: Session, order_id: int) -> Sequence[Finding]:
    """Findings that wait for the adviser."""
    return session.scalars(_OPEN_FINDINGS, {"order_id": order_id}).all()


def get_job(session: Session, job_id: int) -> Job:
    """A job; raises :class:`NotFound`."""
    job = session.get(Job, job_id)
    if job is None:
        raise NotFound(N_("There is no such job."))
    return job


def get_line(session: Session, line_id: int) -> PartLine:
    """A part line; raises :class:`NotFound`."""
    line = session.get(PartLine, line_id)
    if line is None:
        raise NotFound(N_("There is no such part line."))
    return line


def job_of(order: RepairOrder, job_id: int) -> Job:
    """A job of this order; raises :class:`NotFound`, also for that of another order."""
    found = next((job for job in order.jobs if job.id == job_id), None)
    if found is None:
        raise NotFound(N_("There is no such job."))
    return found


def line_of(order: RepairOrder, line_id: int) -> PartLine:
    """A part line of this order; raises :class:`NotFound`, also for that of another order."""
    found = next((line for line in order.part_lines if line.id == line_id), None)
    if found is None:
        raise NotFound(N_("There is no such part line."))
    return found


def get_finding(session: Session, finding_id: int) -> Finding:
    """A finding; raises :class:`NotFound`."""
    finding = session.get(Finding, finding_id)
    if finding is None:
        raise NotFound(N_("There is no such finding."))
    return finding


def get_request(session: Session, request_id: int) -> PartsRequest:
    """A parts request; raises :class:`NotFound`."""
    request = session.get(PartsRequest, request_id)
    if request is None:
        raise NotFound(N_("There is no such request."))
    return request


def check_in_of(session: Session, order_id: int) -> CheckIn | None:
    """The walk-around of an order with its marks and photos."""
    return session.scalar(
        select(CheckIn)
        .where(CheckIn.order_id == order_id)
        .options(selectinload(CheckIn.damages).joinedload(Damage.photo), joinedload(CheckIn.signature))
    )


def open_recommendations(session: Session, vehicle_id: int) -> Sequence[Recommendation]:
    """Declined work that waits for the next visit."""
    return session.scalars(
        select(Recommendation)
        .where(Recommendation.vehicle_id == vehicle_id, Recommendation.settled_at.is_(None))
        .order_by(Recommendation.since.desc())
    ).all()


def visits(session: Session, vehicle_id: int, limit: int = 30) -> Sequence[RepairOrder]:
    """The orders of a car, newest first."""
    return session.scalars(
        select(RepairOrder).where(RepairOrder.vehicle_id == vehicle_id).order_by(RepairOrder.id.desc()).limit(limit)
    ).all()


def visits_of_customer(session: Session, customer_id: int, limit: int = 30) -> Sequence[Any]:
    """(number, state, created_at, words, plate) of the orders that a customer gave, newest first."""
    return session.execute(
        select(RepairOrder.number, RepairOrder.state, RepairOrder.created_at, RepairOrder.words, Vehicle.plate)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(RepairOrder.customer_id == customer_id)
        .order_by(RepairOrder.id.desc())
        .limit(limit)
    ).all()


def old_visits(session: Session, vehicle_id: int, limit: int = 30) -> Sequence[HistoryOrder]:
    """The orders that the old system knew of a car."""
    return session.scalars(
        select(HistoryOrder)
        .where(HistoryOrder.vehicle_id == vehicle_id)
        .options(selectinload(HistoryOrder.lines))
        .order_by(HistoryOrder.arrived_on.desc())
        .limit(limit)
    ).all()


def open_order_of(session: Session, vehicle_id: int) -> RepairOrder | None:
    """The order under which a car is in the shop now."""
    return session.scalar(
        select(RepairOrder)
        .where(RepairOrder.vehicle_id == vehicle_id, RepairOrder.state.not_in(ENDED))
        .order_by(RepairOrder.id.desc())
        .limit(1)
    )


def in_states(session: Session, *states: OrderState, limit: int = 60) -> Sequence[RepairOrder]:
    """Orders in some states with car, customer and adviser, the earliest promise first."""
    return session.scalars(
        select(RepairOrder)
        .where(RepairOrder.state.in_(states))
        .options(
            joinedload(RepairOrder.vehicle),
            joinedload(RepairOrder.customer),
            joinedload(RepairOrder.adviser).lazyload(Staff.roles),
        )
        .order_by(RepairOrder.promised_at.is_(None), RepairOrder.promised_at, RepairOrder.id)
        .limit(limit)
    ).all()


def late(session: Session, now: datetime, limit: int = 60) -> Sequence[RepairOrder]:
    """Open orders whose promised time has passed."""
    return session.scalars(
        select(RepairOrder)
        .where(RepairOrder.state.in_(NOT_ENDED), RepairOrder.promised_at < now)
        .options(joinedload(RepairOrder.vehicle), joinedload(RepairOrder.customer))
        .order_by(RepairOrder.promised_at)
        .limit(limit)
    ).all()
