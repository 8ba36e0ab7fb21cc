"""Handing the car over, and the call that follows."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.billing import operations as billing
from app.domain.care.model import Call, FollowUp, FollowUpState
from app.domain.repair_orders.facts import order_facts
from app.domain.repair_orders.guarantee import CERTIFIED
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.moves import lock_order, move_order
from app.domain.repair_orders.states import OrderState
from app.domain.staff import settings
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, WrongState
from app.kernel.orm import expect_version
from app.kernel.permission import Permission

ATTEMPTS = 3
UNHAPPY = 6  # 0 to 6 on the scale of recommendation


def hand_over(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: RepairOrder,
    version: int | None,
    *,
    explained: bool,
    old_parts_given: bool,
    certificate_given: bool = False,
    next_visit: str = "",
) -> FollowUp:
    """The car leaves: explained, old parts as agreed, everything paid or on credit; a follow-up call becomes due.

    For the repairs that the law names the completion certificate goes along (``guarantee.CERTIFIED``). What was agreed
    about the next visit stands in the order's history. A car that has left already needs no more than that its new
    settlement is explained and paid; when it left, its guarantee and its one follow-up stay as they are.
    """
    lock_order(session, order.id)
    expect_version(order, version)
    if not explained:
        raise InvalidInput(N_("Explain the settlement to the customer first, then tick it."), field="explained")
    if order.delivered_at is not None:
        return _end_correction(session, actor, clock, order)
    if order.old_parts.value == "take" and not old_parts_given:
        raise InvalidInput(N_("The customer wants the old parts: hand them over, then tick it."), field="old_parts")
    if order.kind in CERTIFIED and not certificate_given:
        raise InvalidInput(
            N_("This repair needs its completion certificate: give it, then tick it."), field="certificate"
        )
    unpaid = billing.shares_open(billing.of_order(session, order.id))
    move_order(
        session, actor, clock, order, "deliver", order_facts(order, shares_open=unpaid), reason=next_visit.strip()
    )
    order.delivered_at = clock.now()
    days = settings.number(session, "care.follow_up_days")
    follow_up = FollowUp(order_id=order.id, due_on=business_date(clock.now()) + timedelta(days=days))
    session.add(follow_up)
    session.flush()
    return follow_up


def _end_correction(session: Session, actor: Actor, clock: Clock, order: RepairOrder) -> FollowUp:
    follow_up = session.scalars(select(FollowUp).where(FollowUp.order_id == order.id)).one()
    is_due = follow_up.state is FollowUpState.DUE
    unpaid = billing.shares_open(billing.of_order(session, order.id))
    facts = order_facts(order, shares_open=unpaid, follow_up_open=is_due)
    move_order(session, actor, clock, order, "deliver" if is_due else "close_again", facts)
    return follow_up


def record_call(
    session: Session,
    actor: Actor,
    clock: Clock,
    follow_up: FollowUp,
    version: int | None,
    *,
    outcome: FollowUpState,
    words: str,
    fixed: bool | None = None,
    score: int | None = None,
) -> None:
    """Keep what a call brought. Reached or refused ends it; not reached keeps it due, three times at most.

    A score of 6 or less, or a car that is not fixed, needs action. While the settlement is being corrected the call is
    kept all the same: the order closes with its correction.
    """
    actor.require(Permission.CARE_CALL)
    assert actor.staff_id is not None
    order = lock_order(session, follow_up.order_id)
    expect_version(follow_up, version)
    if follow_up.state is not FollowUpState.DUE:
        raise WrongState(N_("This call has been made already."))
    if outcome is FollowUpState.DUE:
        raise InvalidInput(N_("Say how the call went."), field="outcome")
    if outcome is FollowUpState.REACHED:
        if fixed is None:
            raise InvalidInput(N_("Ask whether everything was put right."), field="fixed")
        if score is None or not 0 <= score <= 10:
            raise InvalidInput(N_("Ask for a mark from 0 to 10."), field="score")
    follow_up.attempts += 1
    session.add(
        Call(
            follow_up_id=follow_up.id,
            outcome=outcome,
            words=words.strip()[:2000],
            called_at=clock.now(),
            caller_id=actor.staff_id,
        )
    )
    audit.record(session, actor, clock, "care.call", f"order:{order.id}", outcome=outcome.value, score=score)
    if outcome is FollowUpState.UNREACHABLE and follow_up.attempts < ATTEMPTS:
        follow_up.due_on = max(follow_up.due_on, business_date(clock.now())) + timedelta(days=1)
        return
    follow_up.state, follow_up.closed_at, follow_up.words = outcome, clock.now(), words.strip()[:2000]
    if outcome is FollowUpState.REACHED:
        follow_up.fixed_first_visit, follow_up.score = fixed, score
        follow_up.needs_action = not fixed or (score is not None and score <= UNHAPPY)
    if order.state is OrderState.DELIVERED:
        move_order(session, actor, clock, order, "close", order_facts(order))


def settle_action(
    session: Session, actor: Actor, clock: Clock, follow_up: FollowUp, version: int | None, what: str
) -> None:
    """Somebody has dealt with a bad answer: customer care, or the adviser who owns the order; what was done is kept."""
    if actor.staff_id != follow_up.order.adviser_id:
        actor.require(Permission.CARE_CALL)
    expect_version(follow_up, version)
    if not follow_up.needs_action:
        raise WrongState(N_("This has been dealt with already."))
    if not what.strip():
        raise InvalidInput(N_("Say what was done for the customer."), field="what")
    follow_up.needs_action = False
    follow_up.words = f"{follow_up.words}\n→ {what.strip()} ({actor.name})".strip()
    audit.record(session, actor, clock, "care.action_done", f"order:{follow_up.order_id}")
