"""Counting again: by somebody else who knows nothing but the shelf, or with leave and a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.stock_takes import counting, ending, recounts
from app.domain.stock_takes.model import StockCount, StockTake, StockTakeLine
from app.domain.stock_takes.rules import allowed, refuse_recount
from app.domain.stock_takes.states import TakeState, compared
from app.kernel.actor import Actor
from app.kernel.clock import FixedClock
from app.kernel.errors import Forbidden, InvalidInput, RuleBroken, StaleVersion, WrongState
from tests.support import cast
from tests.support.counting import Store
from tests.support.orders import broken
from tests.support.shop import SmallShop

CLERK, CHIEF, MANAGER = 1, 2, 3


@pytest.fixture
def store(session: Session, clock: FixedClock, shop: SmallShop) -> Store:
    return Store(session, clock)


@pytest.mark.parametrize(
    ("counter", "last", "knows", "allowed_by", "refused"),
    [
        (CHIEF, CLERK, False, None, ""),  # somebody else
        (CLERK, CLERK, False, None, "the last time"),
        (CHIEF, CLERK, True, None, "may have seen"),
        (CLERK, CLERK, False, CHIEF, ""),  # with leave
        (CHIEF, CLERK, True, MANAGER, ""),
        (CHIEF, CHIEF, False, CHIEF, "the last time"),  # which does not serve the one who gives it
        (CHIEF, CLERK, True, CHIEF, "may have seen"),
    ],
)
def test_two_who_know_nothing_but_the_shelf_count(
    counter: int, last: int, knows: bool, allowed_by: int | None, refused: str
) -> None:
    refusal = refuse_recount(counter, last, knows, allowed_by)
    assert (refused in refusal.message) if refusal and refused else (refusal is None and not refused)


def test_nobody_gives_leave_to_himself() -> None:
    assert allowed(CLERK, CHIEF) and not allowed(CHIEF, CHIEF) and not allowed(CLERK, None)


@pytest.mark.parametrize("state", list(TakeState))
def test_who_posts_compares_when_all_is_in_and_the_others_when_it_is_posted(state: TakeState) -> None:
    assert compared(state, may_post=True) is (state in {TakeState.COUNTED, TakeState.POSTED})
    assert compared(state, may_post=False) is (state is TakeState.POSTED)


def open_for(session: Session, actor: Actor, take: StockTake) -> list[int]:
    """The parts whose lines a person may count now; the query and the rule say the same."""
    session.flush()
    lines = session.scalars(select(StockTakeLine).where(StockTakeLine.take_id == take.id)).all()
    by_rule = {line.id for line in lines if line.to_be_counted and recounts.refusal(actor, take, line) is None}
    of = select(StockTakeLine.id).where(StockTakeLine.take_id == take.id, recounts.open_to(actor, take))
    assert set(session.scalars(of)) == by_rule
    return sorted(line.balance.part_id for line in lines if line.id in by_rule)


def test_who_counted_does_not_count_it_again_and_the_check_would_tell(store: Store, shop: SmallShop) -> None:
    take = store.start()
    assert open_for(store.session, store.clerk, take) == [shop.filter, shop.pads]
    assert store.count(take, shop.filter, 2000) is True
    with pytest.raises(RuleBroken, match="somebody else counts it again"):
        store.count(take, shop.filter, 2000)
    with pytest.raises(RuleBroken, match="somebody else"):  # at a terminal the person is who typed the PIN
        counting.count_line(
            store.session, replace(store.clerk, via="pin"), store.clock, take, (line := store.line(take, shop.filter)), line.version, 2000,
        )  # fmt: skip
    assert open_for(store.session, store.clerk, take) == [shop.pads]
    assert open_for(store.session, store.chief, take) == [shop.filter, shop.pads]
    store.count(take, shop.filter, 1000, "parts_manager")
    store.count(take, shop.pads, 1000)
    store.finish(take)
    store.post(take)
    assert store.on_hand(shop.filter) == 1000 and broken(store.session) == []


def test_what_was_found_is_counted_again_by_another_too(store: Store, shop: SmallShop) -> None:
    take = store.start()
    headlight = store.session.get_one(Part, shop.headlight)
    counting.add_found(store.session, store.clerk, store.clock, take, headlight, bin_code="A-01-01", counted_milli=1000)
    with pytest.raises(RuleBroken, match="somebody else"):
        store.count(take, shop.headlight, 1000)


def test_a_shop_with_one_clerk_goes_on_with_leave_and_a_reason(store: Store, shop: SmallShop) -> None:
    session, clock = store.session, store.clock
    take = store.start()
    store.count(take, shop.filter, 2000)
    store.count(take, shop.pads, 1000)
    with pytest.raises(Forbidden):
        recounts.allow(session, store.clerk, clock, take, take.version, "只有我")
    with pytest.raises(Forbidden):  # a PIN is too weak a secret for it
        recounts.allow(session, cast.acting(session, "parts_manager", "pin"), clock, take, take.version, "只有他")
    with pytest.raises(InvalidInput, match="nobody else"):
        recounts.allow(session, store.chief, clock, take, take.version, "  ")
    with pytest.raises(StaleVersion):
        recounts.allow(session, store.chief, clock, take, take.version - 1, "只有一名配件员")
    recounts.allow(session, store.chief, clock, take, take.version, "今日只有一名配件员在岗")
    assert open_for(session, store.clerk, take) == [shop.filter]
    store.count(take, shop.filter, 2000)
    counts = session.scalars(select(StockCount).order_by(StockCount.id)).all()
    assert [(count.round, count.doubtful, count.allowed_by_id) for count in counts] == [
        (1, True, None),
        (1, False, None),
        (2, True, store.chief.staff_id),
    ]
    store.finish(take)
    with pytest.raises(WrongState):
        recounts.allow(session, store.chief, clock, take, take.version, "晚了")
    store.post(take, "parts_manager")  # two people all the same: who counted, and who allowed and posts
    assert broken(session) == []
    take.allowed_reason = ""
    assert any("without leave" in str(found) for found in broken(session))


def test_leave_does_not_serve_the_one_who_gives_it(store: Store, shop: SmallShop) -> None:
    take = store.start()
    recounts.allow(store.session, store.chief, store.clock, take, take.version, "只有我一人")
    store.count(take, shop.filter, 2000, "parts_manager")
    with pytest.raises(RuleBroken, match="somebody else"):
        store.count(take, shop.filter, 2000, "parts_manager")
    recounts.allow(store.session, store.manager, store.clock, take, take.version, "配件员请假")
    store.count(take, shop.filter, 2000, "parts_manager")
    assert broken(store.session) == []


def test_who_sent_it_back_has_seen_what_differs_and_does_not_count_it(
    store: Store, shop: SmallShop, clock: FixedClock
) -> None:
    take = store.start()
    store.twice(take, shop.filter, 2000)
    store.count(take, shop.pads, 1000)
    store.finish(take)
    ending.reject(store.session, store.manager, clock, take, take.version, [], "请复盘")
    clock.advance(timedelta(minutes=5))
    for who in ("manager", "parts_manager"):  # the second may have looked as well
        with pytest.raises(RuleBroken):
            store.count(take, shop.filter, 3000, who)
        assert open_for(store.session, cast.acting(store.session, who), take) == []
    pin = cast.acting(store.session, "manager", "pin")  # who may do less at a terminal knows as much there
    line = store.line(take, shop.filter)
    with pytest.raises(RuleBroken):
        counting.count_line(store.session, pin, clock, take, line, line.version, 3000)
    assert open_for(store.session, pin, take) == []
    store.count(take, shop.filter, 3000)  # not the last who counted it
    store.finish(take)
    store.post(take)
    assert store.on_hand(shop.filter) == 3000 and broken(store.session) == []


def test_who_counted_once_does_not_post_even_when_another_count_decided(store: Store, shop: SmallShop) -> None:
    take = store.start()
    store.count(take, shop.filter, 2000, "parts_manager")
    store.count(take, shop.filter, 2000)
    store.count(take, shop.pads, 1000)
    store.finish(take)
    with pytest.raises(RuleBroken, match="counted lines of this stock-take yourself"):
        store.post(take, "parts_manager")
    store.post(take)
    assert broken(store.session) == []
