"""What must always be true of care."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.care.model import FollowUp
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import OrderState
from app.kernel.invariants import invariant


@invariant("every delivered car has a follow-up")
def delivered_has_follow_up(session: Session) -> Iterator[str]:
    """Delivered and closed orders."""
    with_one = select(FollowUp.order_id)
    missing = select(RepairOrder.number).where(
        RepairOrder.state.in_([OrderState.DELIVERED, OrderState.CLOSED]), RepairOrder.id.not_in(with_one)
    )
    for number in session.scalars(missing):
        yield f"{number} has no follow-up"
