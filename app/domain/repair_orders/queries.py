"""Reading orders: the list in one query of columns, the page with its jobs and parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, inspect, select, union
from sqlalchemy.orm import Session, joinedload, lazyload, load_only, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.customers.model import Customer
from app.domain.repair_orders.model import Finding, Job, OrderEvent, PartLine, PartsRequest, RepairOrder
from app.domain.repair_orders.reception_model import CheckIn, Damage, Recommendation
from app.domain.repair_orders.rules import ENDED, NOT_ENDED, OFF
from app.domain.repair_orders.states import OrderState
from app.domain.staff.model import Staff
from app.domain.vehicles.identity import normal_plate
from app.domain.vehicles.model import HistoryOrder, Vehicle
from app.kernel.errors import N_, NotFound
from app.kernel.orm import total

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed to; kept in the URL."""

    states: tuple[OrderState, ...] = ()
    adviser_id: int | None = None
    text: str = ""
    before: int | None = None  # keyset: orders older than this id


@dataclass(slots=True)
class Listed:
    """A page of the list."""

    rows: Sequence[Row[Any]] = field(default_factory=list)
    next_before: int | None = None


def _picked(session: Session, wanted: Filter, limit: int) -> Select[int]:
    """The ids of the newest orders that fit: one index look-up per state or per meaning of the text.

    Asked as one OR, both engines would walk through every order there ever was to find a rare one.
    """
    own, state = RepairOrder.adviser_id, RepairOrder.state
    before = [RepairOrder.id < wanted.before] if wanted.before else []
    newest = [*before, own == wanted.adviser_id] if wanted.adviser_id else [*before]
    branches = [(*newest, state == one) for one in wanted.states] or [(*newest,)]
    ways: list[tuple[Any, Sequence[ColumnElement[bool]]]] = [(RepairOrder.id, branch) for branch in branches]
    if wanted.text:
        if wanted.states:
            newest.append(state.in_(wanted.states))
        # Sums and coalesce are there for the engine: few orders are looked for by their owners, by no other index.
        few = [own + 0 == wanted.adviser_id] if wanted.adviser_id else []
        few += [func.coalesce(state, "").in_(one.value for one in wanted.states)] if wanted.states else []
        ways = [
            (RepairOrder.id, (meaning, *newest)) if common else (RepairOrder.id + 0, (meaning, *before, *few))
            for meaning, common in _meanings(session, wanted.text.strip())
        ]
    parts = [
        select(select(RepairOrder.id).where(*where).order_by(way.desc()).limit(limit).subquery().c.id)
        for way, where in ways
    ]
    found = union(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    return select(found.c.id).order_by(found.c.id.desc()).limit(limit)


# From so many cars or customers on, a page of their orders is found sooner by walking back from the newest order.
COMMON = 1000


def _meanings(session: Session, text: str) -> list[tuple[ColumnElement[bool], bool]]:
    """What a typed text may be: an order's number, the beginning of a name or a plate; and whether that is common."""
    meanings: list[tuple[ColumnElement[bool], bool]] = [(RepairOrder.number == text.upper(), False)]
    for order_key, key, column, start in (
        (RepairOrder.customer_id, Customer.id, Customer.name, text),
        (RepairOrder.vehicle_id, Vehicle.id, Vehicle.plate, normal_plate(text)),
    ):
        if not start:
            continue
        begins = (column >= start, column < start + "\U0010ffff")
        some = select(key).where(*begins).limit(COMMON).subquery()
        common = session.scalar(select(func.count()).select_from(some)) == COMMON
        owners = exists().where(key == order_key + 0, *begins) if common else order_key.in_(select(key).where(*begins))
        meanings.append((owners, common))
    return meanings


@cache  # built once: putting it together took longer than running it
def _listed() -> Select[Any]:
    """Every order as a row of the list, newest first; columns of the tables, so that no object is built of a row."""
    order, vehicle, customer = RepairOrder.__table__.c, Vehicle.__table__.c, Customer.__table__.c
    job, line, staff = Job.__table__.c, PartLine.__table__.c, Staff.__table__.c
    labour = (
        select(total(job.amount_fen))
        .where(job.state.not_in(OFF), job.order_id == order.id)
        .correlate(RepairOrder.__table__)
        .scalar_subquery()
    )
    material = (
        select(total(line.amount_fen))
        .join_from(PartLine.__table__, Job.__table__, job.id == line.job_id)
        .where(line.order_id == order.id, line.cancelled.is_(False), job.state.not_in(OFF))
        .correlate(RepairOrder.__table__)
        .scalar_subquery()
    )
    return (
        select(
            order.id,
            order.number,
            order.state,
            order.promised_at,
            order.created_at,
            vehicle.plate,
            vehicle.model,
            customer.name.label("customer"),
            staff.name.label("adviser"),
            (labour + material).label("total_fen"),
        )
        .join_from(RepairOrder.__table__, Vehicle.__table__, vehicle.id == order.vehicle_id)
        .join(Customer.__table__, customer.id == order.customer_id)
        .join(Staff.__table__, staff.id == order.adviser_id)
        .order_by(order.id.desc())
    )


@cache
def _unfiltered(limit: int) -> Select[Any]:
    return _listed().limit(limit)


def list_orders(session: Session, wanted: Filter, limit: int = PAGE) -> Listed:
    """A page of orders, newest first, each with its total: what is to be done and not declined, in fen."""
    if wanted == Filter():
        query = _unfiltered(limit + 1)
    else:
        query = _listed().where(RepairOrder.id.in_(_picked(session, wanted, limit + 1))).limit(limit + 1)
    rows = session.execute(query).all()
    return Listed(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


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
