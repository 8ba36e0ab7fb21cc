"""What must always be true of care."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.care.model import Call, FollowUp, FollowUpState
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import OrderState
from app.kernel.invariants import invariant
from app.kernel.orm import stream

LEFT = (OrderState.DELIVERED, OrderState.CLOSED)
CORRECTED = (OrderState.REOPENED, OrderState.SETTLED)  # of a car that has left: its settlement is being put right


@invariant("every delivered car has a follow-up")
def delivered_has_follow_up(session: Session) -> Iterator[str]:
    """Delivered and closed orders, and those whose settlement was reopened since; nobody else is called."""
    with_one = select(FollowUp.order_id)
    left = or_(RepairOrder.state.in_([*LEFT, OrderState.REOPENED]), RepairOrder.delivered_at.is_not(None))
    for number in session.scalars(select(RepairOrder.number).where(left, RepairOrder.id.not_in(with_one))):
        yield f"{number} has no follow-up"


@invariant("a car is delivered when its order says so, and stays delivered")
def delivered_says_when(session: Session) -> Iterator[str]:
    """The moment of delivery is kept through a correction of the settlement, and belongs to no car in the shop."""
    wrong = or_(
        and_(RepairOrder.state.in_([*LEFT, OrderState.REOPENED]), RepairOrder.delivered_at.is_(None)),
        and_(RepairOrder.state.not_in([*LEFT, *CORRECTED]), RepairOrder.delivered_at.is_not(None)),
    )
    for number, state in session.execute(select(RepairOrder.number, RepairOrder.state).where(wrong)):
        yield f"{number} is {state.value}, and its moment of delivery says otherwise"


@invariant("a follow-up says what its calls brought")
def follow_up_is_its_calls(session: Session) -> Iterator[str]:
    """Attempts are calls; an ended one has an end, a reached one its answers; only the open one leaves the order open.

    While a settlement is corrected the call may be due or made; the end of the correction follows it.
    """
    made = select(Call.follow_up_id, func.count().label("calls")).group_by(Call.follow_up_id).subquery()
    rows = (
        select(
            FollowUp.id,
            FollowUp.state,
            FollowUp.attempts,
            func.coalesce(made.c.calls, 0).label("calls"),
            FollowUp.closed_at,
            FollowUp.score,
            FollowUp.fixed_first_visit,
            RepairOrder.state.label("order_state"),
        )
        .join(RepairOrder, RepairOrder.id == FollowUp.order_id)
        .outerjoin(made, made.c.follow_up_id == FollowUp.id)
    )
    for follow_up in stream(session, rows):
        state = follow_up.order_state
        if follow_up.calls != follow_up.attempts:
            yield f"follow-up {follow_up.id}: {follow_up.attempts} attempts, {follow_up.calls} calls"
        is_due = follow_up.state is FollowUpState.DUE
        stands = state in CORRECTED or state is (OrderState.DELIVERED if is_due else OrderState.CLOSED)
        if is_due != (follow_up.closed_at is None) or not stands:
            yield f"follow-up {follow_up.id}: {follow_up.state.value}, its order {state.value}"
        if follow_up.state is FollowUpState.REACHED and (
            follow_up.score is None or follow_up.fixed_first_visit is None
        ):
            yield f"follow-up {follow_up.id}: reached without an answer"
