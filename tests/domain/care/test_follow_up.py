"""From the key to the last call: what must be ticked, whom to call, what a bad answer leads to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.billing import operations as billing
from app.domain.billing.model import TenderMethod
from app.domain.care import operations as care
from app.domain.care import queries
from app.domain.care.model import FollowUp, FollowUpState
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import OldParts, OrderState, RepairKind
from app.kernel.clock import FixedClock, business_date
from app.kernel.errors import Forbidden, InvalidInput, RuleBroken, StaleVersion, WrongState
from tests.support import cast
from tests.support.orders import authorised, broken, inspected
from tests.support.shop import SmallShop


def settled(
    session: Session, clock: FixedClock, shop: SmallShop, kind: RepairKind = RepairKind.MINOR, *, paid: bool = True
) -> RepairOrder:
    order = inspected(session, clock, authorised(session, clock, shop, {shop.service: []}, kind=kind))
    cashier = cast.acting(session, "cashier")
    share = billing.settle(session, cashier, clock, order, order.version)[0]
    if paid:
        billing.take_tender(session, cashier, clock, share.id, TenderMethod.CASH, share.total_fen, "")
    session.flush()
    return order


def hand_over(session: Session, clock: FixedClock, order: RepairOrder, **facts: object) -> FollowUp:
    ticked = {"explained": True, "old_parts_given": False, **facts}
    return care.hand_over(session, cast.acting(session, "adviser"), clock, order, order.version, **ticked)  # type: ignore[arg-type]


@pytest.fixture
def follow_up(session: Session, clock: FixedClock, shop: SmallShop) -> FollowUp:
    return hand_over(session, clock, settled(session, clock, shop))


def record(session: Session, clock: FixedClock, follow_up: FollowUp, outcome: str, **facts: object) -> None:
    given = {"words": "", **facts}
    caller = cast.acting(session, "care")
    care.record_call(
        session,
        caller,
        clock,
        follow_up,
        follow_up.version,
        outcome=FollowUpState(outcome),
        **given,  # type: ignore[arg-type]
    )
    session.flush()


def test_the_key_is_kept_until_everything_is_ticked_and_paid(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = settled(session, clock, shop, RepairKind.ASSEMBLY, paid=False)
    order.old_parts = OldParts.TAKE
    session.flush()
    for facts in (
        {"explained": False, "old_parts_given": True, "certificate_given": True},
        {"certificate_given": True},
        {"old_parts_given": True},
    ):
        with pytest.raises(InvalidInput):
            hand_over(session, clock, order, **facts)
    everything = {"old_parts_given": True, "certificate_given": True, "next_visit": "下次：前制动片"}
    with pytest.raises(RuleBroken):
        hand_over(session, clock, order, **everything)
    share = billing.of_order(session, order.id)[0]
    billing.take_tender(
        session, cast.acting(session, "cashier"), clock, share.id, TenderMethod.CARD, share.total_fen, ""
    )
    found = hand_over(session, clock, order, **everything)
    assert order.state is OrderState.DELIVERED and order.delivered_at == clock.now()
    assert found.due_on == business_date(clock.now()) + timedelta(days=3)
    session.refresh(order)
    assert order.events[-1].reason == "下次：前制动片"
    assert broken(session) == []


def test_a_happy_customer_closes_the_order(session: Session, clock: FixedClock, follow_up: FollowUp) -> None:
    with pytest.raises(InvalidInput):
        record(session, clock, follow_up, "reached", score=9)
    with pytest.raises(InvalidInput):
        record(session, clock, follow_up, "reached", fixed=True, score=11)
    with pytest.raises(InvalidInput):
        record(session, clock, follow_up, "due")
    record(session, clock, follow_up, "reached", fixed=True, score=9, words="很满意")
    assert follow_up.order.state is OrderState.CLOSED and not follow_up.needs_action
    with pytest.raises(WrongState):
        record(session, clock, follow_up, "reached", fixed=True, score=9)
    assert broken(session) == []


@pytest.mark.parametrize(("fixed", "score"), [(False, 10), (True, 6), (True, 0)])
def test_a_bad_answer_waits_for_the_adviser(
    session: Session, clock: FixedClock, follow_up: FollowUp, fixed: bool, score: int
) -> None:
    record(session, clock, follow_up, "reached", fixed=fixed, score=score, words="异响还在")
    assert [found.id for found in queries.needing_action(session)] == [follow_up.id]
    adviser = cast.acting(session, "adviser")
    with pytest.raises(InvalidInput):
        care.settle_action(session, adviser, clock, follow_up, follow_up.version, " ")
    with pytest.raises(StaleVersion):
        care.settle_action(session, adviser, clock, follow_up, follow_up.version - 1, "已安排返修")
    with pytest.raises(Forbidden):
        care.settle_action(session, cast.acting(session, "cashier"), clock, follow_up, follow_up.version, "已安排返修")
    care.settle_action(session, adviser, clock, follow_up, follow_up.version, "已安排返修")
    session.flush()
    assert "异响还在" in follow_up.words and "已安排返修" in follow_up.words
    assert queries.needing_action(session) == []


def test_nobody_answers_three_times(session: Session, clock: FixedClock, follow_up: FollowUp) -> None:
    for attempt in (1, 2):
        clock.advance(timedelta(days=2))
        record(session, clock, follow_up, "unreachable")
        assert (follow_up.state, follow_up.attempts) == (FollowUpState.DUE, attempt)
        assert follow_up.due_on > business_date(clock.now())
    record(session, clock, follow_up, "unreachable")
    assert follow_up.state is FollowUpState.UNREACHABLE and follow_up.order.state is OrderState.CLOSED
    assert broken(session) == []


def test_the_longest_overdue_is_called_first(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    first = hand_over(session, clock, settled(session, clock, shop))
    clock.advance(timedelta(days=1))
    second = hand_over(session, clock, settled(session, clock, shop))
    assert queries.due(session, date(2026, 11, 26)) == []
    assert [f.id for f in queries.due(session, date(2026, 11, 30))] == [first.id, second.id]
