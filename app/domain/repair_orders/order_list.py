"""The list of orders in one query of columns, narrowed by state, adviser and a typed text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, select, union
from sqlalchemy.orm import Session

from app.domain.customers.model import Customer
from app.domain.repair_orders.model import Job, PartLine, RepairOrder
from app.domain.repair_orders.rules import OFF
from app.domain.repair_orders.states import OrderState
from app.domain.staff.model import Staff
from app.domain.vehicles.identity import normal_plate
from app.domain.vehicles.model import Vehicle
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
