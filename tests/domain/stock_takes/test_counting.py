"""A stock-take from its first line to the ledger: blind, twice when in doubt, and never confused by what moves meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part, Tracking
from app.domain.repair_orders import parts, shelf
from app.domain.repair_orders.model import OrderEvent, PartLine, RepairOrder
from app.domain.stock import operations as stock
from app.domain.stock.abc import AbcClass
from app.domain.stock.model import MovementKind, StockMovement, StockOwner
from app.domain.stock_takes import counting, ending
from app.domain.stock_takes.model import StockTakeLine
from app.domain.stock_takes.states import TakeKind, TakeState
from app.kernel.actor import SYSTEM
from app.kernel.clock import FixedClock
from app.kernel.errors import Forbidden, InvalidInput, RuleBroken, StaleVersion, WrongState
from tests.support.counting import Store
from tests.support.orders import authorised, broken
from tests.support.shop import SmallShop


@pytest.fixture
def store(session: Session, clock: FixedClock, shop: SmallShop) -> Store:
    return Store(session, clock)


def test_what_is_missing_leaves_with_its_share_of_the_value(store: Store, shop: SmallShop) -> None:
    take = store.start()
    assert store.count(take, shop.filter, 2000) is True  # a third is missing: it has to be counted again
    assert store.count(take, shop.pads, 1000) is False
    with pytest.raises(RuleBroken, match="1"):
        store.finish(take)
    assert store.count(take, shop.filter, 2000, "parts_manager") is False  # the second count decides
    store.finish(take)
    assert (take.net_fen, take.absolute_fen, take.stock_fen) == (-9900, 9900, 3 * 9900 + 84000)
    assert store.on_hand(shop.filter) == 3000  # nothing has moved before it is posted
    store.post(take)
    assert store.on_hand(shop.filter) == 2000 and store.worth(shop.filter) == 2 * 9900
    (moved,) = store.session.scalars(select(StockMovement).where(StockMovement.kind == MovementKind.COUNT))
    assert (moved.quantity_milli, moved.value_fen, moved.reason) == (-1000, -9900, take.number)
    assert take.state is TakeState.POSTED and broken(store.session) == []


def test_what_is_found_enters_at_average_cost_or_at_the_purchase_price_without_vat(
    store: Store, shop: SmallShop
) -> None:
    take = store.start()
    headlight = store.session.get_one(Part, shop.headlight)
    line = counting.add_found(
        store.session, store.clerk, store.clock, take, headlight, bin_code="A-01-01", counted_milli=1000
    )
    assert line.found and line.again
    store.count(take, shop.headlight, 1000, "parts_manager")
    store.twice(take, shop.filter, 5000)
    store.count(take, shop.pads, 1000)
    store.finish(take)
    store.post(take)
    assert store.worth(shop.filter) == 5 * 9900
    assert store.worth(shop.headlight) == round(headlight.purchase_fen / 1.13)
    assert broken(store.session) == []


def test_an_issue_between_count_and_posting_does_not_disturb_the_difference(
    store: Store, shop: SmallShop, clock: FixedClock
) -> None:
    order = authorised(store.session, clock, shop, {shop.service: [(shop.filter, 1000)]})
    take = store.start()
    store.twice(take, shop.filter, 2000)
    (line,) = order.part_lines
    parts.issue_line(store.session, store.clerk, clock, line, 1000)  # after the count: two less one are left
    store.count(take, shop.pads, 1000)
    store.finish(take)
    store.post(take)
    assert store.on_hand(shop.filter) == 1000
    assert broken(store.session) == []


def test_an_issue_before_the_count_is_no_difference(store: Store, shop: SmallShop, clock: FixedClock) -> None:
    order = authorised(store.session, clock, shop, {shop.service: [(shop.filter, 1000)]})
    take = store.start()
    parts.issue_line(store.session, store.clerk, clock, order.part_lines[0], 1000)
    assert store.count(take, shop.filter, 2000) is False
    store.count(take, shop.pads, 1000)
    store.finish(take)
    assert take.absolute_fen == 0
    store.post(take)
    assert store.on_hand(shop.filter) == 2000 and broken(store.session) == []


def test_what_left_after_the_count_cannot_be_missing_too(store: Store, shop: SmallShop, clock: FixedClock) -> None:
    order = authorised(store.session, clock, shop, {shop.service: [(shop.filter, 2000)]})
    take = store.start()
    store.twice(take, shop.filter, 0)
    parts.issue_line(store.session, store.clerk, clock, order.part_lines[0], 2000)
    store.count(take, shop.pads, 1000)
    store.finish(take)
    with pytest.raises(RuleBroken, match="only 1 lie there now"), store.session.begin_nested():
        store.post(take)
    ending.reject(store.session, store.chief, clock, take, take.version, [], "数错")
    assert take.state is TakeState.COUNTING
    store.count(take, shop.filter, 1000)
    store.finish(take)
    assert take.absolute_fen == 0


def test_the_order_with_the_latest_promise_loses_its_part_and_says_so(
    store: Store, shop: SmallShop, clock: FixedClock
) -> None:
    session = store.session
    late = authorised(session, clock, shop, {shop.service: [(shop.filter, 1000)]}, promise=timedelta(hours=9))
    early = authorised(session, clock, shop, {shop.service: [(shop.filter, 2000)]}, promise=timedelta(hours=3))
    take = store.start()
    store.twice(take, shop.filter, 1000)
    store.count(take, shop.pads, 1000)
    store.finish(take)
    lines = ending.different_lines(session, take)
    assert shelf.would_lose(session, lines) == {lines[0].id: [late.number, early.number]}
    outcome = store.post(take)
    assert outcome.lost == sorted([late.number, early.number])
    reserved = {
        line.order_id: line.reserved_milli
        for line in session.scalars(select(PartLine).execution_options(populate_existing=True))
    }
    assert reserved == {late.id: 0, early.id: 1000}
    told = session.scalars(select(OrderEvent.order_id).where(OrderEvent.move == "parts_lost")).all()
    assert sorted(told) == sorted([late.id, early.id])
    assert store.line(take, shop.filter).lost == ", ".join(outcome.lost)
    assert broken(session) == []


def test_a_surplus_serves_the_order_that_waits(store: Store, shop: SmallShop, clock: FixedClock) -> None:
    order = authorised(store.session, clock, shop, {shop.brakes: [(shop.pads, 2000)]})
    number = order.number
    take = store.start()
    store.twice(take, shop.pads, 2000)
    store.count(take, shop.filter, 3000)
    store.finish(take)
    assert store.post(take).served == [number]
    arrived = store.session.scalars(select(OrderEvent).where(OrderEvent.move == "parts_arrive")).all()
    assert [event.order_id for event in arrived] == [order.id] and broken(store.session) == []


def test_what_lay_in_the_wrong_bin_keeps_value_and_order(store: Store, shop: SmallShop, clock: FixedClock) -> None:
    authorised(store.session, clock, shop, {shop.service: [(shop.filter, 3000)]})
    take = store.start()
    part = store.session.get_one(Part, shop.filter)
    counting.add_found(store.session, store.clerk, clock, take, part, bin_code="Z-9", counted_milli=3000)
    store.twice(take, shop.filter, 0, bin_code="A-01-01")
    store.count(take, shop.filter, 3000, "parts_manager", bin_code="Z-9")
    store.count(take, shop.pads, 1000)
    store.finish(take)
    outcome = store.post(take)
    assert outcome.lost == [] and store.worth(shop.filter) == 3 * 9900
    assert {line.lost for line in store.session.scalars(select(StockTakeLine))} == {""}
    assert broken(store.session) == []


def test_who_counted_does_not_post_and_a_large_sum_is_the_service_managers(store: Store, shop: SmallShop) -> None:
    take = store.start()
    store.count(take, shop.filter, 3000)
    store.twice(take, shop.pads, 0)  # 840 yuan, above the limit of 500
    store.finish(take)
    with pytest.raises(Forbidden):
        store.post(take, "parts_clerk")
    with pytest.raises(RuleBroken, match="service manager"):
        store.post(take, "parts_manager")
    store.post(take, "manager")
    assert store.on_hand(shop.pads) == 0 and store.worth(shop.pads) == 0
    again = store.start(TakeKind.BINS, first_bin="a-01")
    store.count(again, shop.filter, 3000, "parts_manager")
    store.count(again, shop.pads, 0, "parts_manager")
    store.finish(again)
    with pytest.raises(RuleBroken, match="somebody else"):
        store.post(again, "parts_manager")


def test_a_line_that_somebody_else_counted_is_not_counted_over(
    store: Store, shop: SmallShop, clock: FixedClock
) -> None:
    take = store.start()
    line = store.line(take, shop.filter)
    seen = line.version
    store.count(take, shop.filter, 3000)
    with pytest.raises(StaleVersion):
        counting.count_line(store.session, store.chief, clock, take, line, seen, 2000)
    with pytest.raises(WrongState):
        counting.count_line(store.session, store.chief, clock, take, line, line.version, 2000)
    with pytest.raises(InvalidInput):
        pads = store.line(take, shop.pads)
        counting.count_line(store.session, store.clerk, clock, take, pads, pads.version, 1500)  # half a set of pads


def test_oil_is_counted_in_litres_with_decimals(store: Store, shop: SmallShop) -> None:
    store.session.get_one(Part, shop.filter).unit = "升"
    store.session.flush()
    take = store.start()
    assert store.count(take, shop.filter, 2950) is False  # less than five per cent, and little money
    store.count(take, shop.pads, 1000)
    store.finish(take)
    assert take.net_fen == -495
    store.post(take, "parts_manager")
    assert store.on_hand(shop.filter) == 2950 and broken(store.session) == []


def test_a_shelf_is_counted_for_one_stock_take_at_a_time_and_is_free_after_it(
    store: Store, shop: SmallShop, clock: FixedClock
) -> None:
    take = store.start(TakeKind.BINS, first_bin="A-01", last_bin="A-02")
    with pytest.raises(RuleBroken, match=take.number):
        store.start()
    ending.cancel(store.session, store.chief, clock, take, take.version, "改天再盘")
    assert take.state is TakeState.CANCELLED
    second = store.start()
    assert second.number != take.number
    with pytest.raises(InvalidInput):
        store.start(TakeKind.BINS, first_bin="Q")
    with pytest.raises(InvalidInput):
        store.start(TakeKind.BINS)
    with pytest.raises(InvalidInput):
        store.start(TakeKind.CYCLE)
    assert broken(store.session) == []


def test_the_a_parts_are_those_that_made_the_money(store: Store, shop: SmallShop, clock: FixedClock) -> None:
    order = authorised(
        store.session, clock, shop, {shop.brakes: [(shop.pads, 1000)], shop.service: [(shop.filter, 1000)]}
    )
    for line in order.part_lines:
        parts.issue_line(store.session, store.clerk, clock, line, 1000)
    take = store.start(TakeKind.CYCLE, abc=AbcClass.A)
    lines = store.session.scalars(select(StockTakeLine).where(StockTakeLine.take_id == take.id)).all()
    assert [line.balance.part_id for line in lines] == [shop.pads]  # at zero, and counted all the same


def test_goods_of_others_are_counted_and_have_no_value(store: Store, shop: SmallShop) -> None:
    session = store.session
    shelf_id = stock.ensure_bin(session, "K-1").id
    put = {"part_id": shop.headlight, "bin_id": shelf_id, "source": "foreign_goods", "source_id": 1, "value_fen": 0}
    stock.receive(session, SYSTEM, store.clock, quantity_milli=2000, owner=StockOwner.CONSIGNMENT, **put)
    take = store.start(TakeKind.BINS, first_bin="K")
    store.twice(take, shop.headlight, 1000)
    store.finish(take)
    assert take.absolute_fen == 0
    store.post(take)
    assert store.on_hand(shop.headlight) == 1000 and broken(session) == []


def test_of_a_tracked_part_it_is_said_which_piece_is_missing(store: Store, shop: SmallShop) -> None:
    session = store.session
    session.get_one(Part, shop.headlight).tracking = Tracking.SERIAL
    shelf_id = stock.ensure_bin(session, "S-1").id
    put = {"part_id": shop.headlight, "bin_id": shelf_id, "source": "receipt", "source_id": 1, "value_fen": 10_000}
    for serial in ("X1", "X2", "X3"):
        stock.receive(session, SYSTEM, store.clock, quantity_milli=1000, batch=serial, **put)
    take = store.start(TakeKind.BINS, first_bin="S")
    store.twice(take, shop.headlight, 1000)
    store.finish(take)
    line = store.line(take, shop.headlight)
    for names in ({}, {line.id: ["X1"]}, {line.id: ["X1", "nobody's"]}):
        with pytest.raises((InvalidInput, RuleBroken)), session.begin_nested():
            store.post(take, batches=names)
    store.post(take, batches={line.id: ["X1", "X3"]})
    assert store.on_hand(shop.headlight) == 1000 and broken(session) == []


def test_orders_that_are_done_are_left_alone(store: Store, shop: SmallShop, clock: FixedClock) -> None:
    order = authorised(store.session, clock, shop, {shop.service: [(shop.filter, 1000)]})
    state = order.state
    take = store.start()
    store.count(take, shop.filter, 3000)
    store.count(take, shop.pads, 1000)
    store.finish(take)
    store.post(take)
    assert store.session.get_one(RepairOrder, order.id).state is state
    assert broken(store.session) == []
