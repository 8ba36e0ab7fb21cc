"""Reading follow-ups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.care.model import Call, FollowUp, FollowUpState
from app.domain.customers.model import Customer
from app.domain.repair_orders.model import RepairOrder
from app.domain.staff.model import Staff
from app.kernel.errors import N_, NotFound

_LINE = (
    joinedload(FollowUp.order).joinedload(RepairOrder.customer).selectinload(Customer.phones),
    joinedload(FollowUp.order).joinedload(RepairOrder.vehicle),
)


def due(session: Session, today: date, limit: int = 100) -> Sequence[FollowUp]:
    """The calls due by today, the longest overdue first."""
    return session.scalars(
        select(FollowUp)
        .where(FollowUp.state == FollowUpState.DUE, FollowUp.due_on <= today)
        .options(*_LINE)
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(limit)
    ).all()


def coming(session: Session, today: date, limit: int = 50) -> Sequence[FollowUp]:
    """The calls of the next days."""
    return session.scalars(
        select(FollowUp)
        .where(FollowUp.state == FollowUpState.DUE, FollowUp.due_on > today)
        .options(*_LINE)
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(limit)
    ).all()


def needing_action(session: Session, limit: int = 20) -> Sequence[FollowUp]:
    """Bad answers that somebody has to deal with."""
    return session.scalars(
        select(FollowUp)
        .where(FollowUp.needs_action)  # not "IS true": the index of the few would not be used
        .options(*_LINE)
        .order_by(FollowUp.id.desc())
        .limit(limit)
    ).all()


def get(session: Session, follow_up_id: int) -> FollowUp:
    """A follow-up with its order, what was done and the calls made; raises :class:`NotFound`."""
    found = session.scalar(
        select(FollowUp)
        .where(FollowUp.id == follow_up_id)
        .options(
            *_LINE,
            joinedload(FollowUp.order).selectinload(RepairOrder.jobs),
            selectinload(FollowUp.calls).joinedload(Call.caller).lazyload(Staff.roles),
        )
    )
    if found is None:
        raise NotFound(N_("There is no such call."))
    return found
