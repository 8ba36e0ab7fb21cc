"""Parts by batch or serial number, and goods that are not ours: the ledger knows which piece went where."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue import operations as catalogue
from app.domain.catalogue.model import Part, Tracking
from app.domain.purchasing import orders
from app.domain.repair_orders import parts
from app.domain.repair_orders.model import OrderEvent
from app.domain.stock import batches, others
from app.domain.stock.model import StockBalance, StockBatch, StockMovement, StockOwner, StockValue
from app.kernel.clock import FixedClock
from app.kernel.errors import InvalidInput, RuleBroken
from tests.support import buying, cast
from tests.support.orders import authorised, broken
from tests.support.shop import SmallShop, open_small_shop


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    return open_small_shop(session, clock)


def track(session: Session, clock: FixedClock, part: int, how: Tracking) -> None:
    batches.change_tracking(session, cast.acting(session, "parts_manager"), clock, session.get_one(Part, part), how)


def receive(session: Session, clock: FixedClock, part: int, milli: int, batch: str) -> None:
    clerk, found = cast.acting(session, "parts_clerk"), session.get_one(Part, part)
    parts.receive_goods(
        session, clerk, clock, found, bin_code="B-1", quantity_milli=milli, unit_fen=50_000, batch=batch
    )


def test_which_batch_went_into_a_car_is_said_and_kept(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    track(session, clock, shop.headlight, Tracking.BATCH)
    with pytest.raises(InvalidInput):
        receive(session, clock, shop.headlight, 2000, "")
    receive(session, clock, shop.headlight, 2000, "L-1")
    line = authorised(session, clock, shop, {shop.service: [(shop.headlight, 3000)]}).part_lines[0]
    clerk = cast.acting(session, "parts_clerk")
    parts.issue_line(session, clerk, clock, line, 1000)  # only one batch is there
    receive(session, clock, shop.headlight, 2000, "L-2")
    with pytest.raises(InvalidInput) as asked:
        parts.issue_line(session, clerk, clock, line, 1000)
    assert asked.value.field == "batch"
    with pytest.raises(RuleBroken):
        parts.issue_line(session, clerk, clock, line, 2000, "L-1")
    parts.issue_line(session, clerk, clock, line, 1000, "L-2")
    with pytest.raises(InvalidInput):
        parts.return_line(session, clerk, clock, line, 1000, "拿错了")
    parts.return_line(session, clerk, clock, line, 1000, "拿错了", batch="L-2")
    session.flush()
    out = session.scalars(select(StockMovement.batch).where(StockMovement.source == parts.SOURCE))
    assert list(out) == ["L-1", "L-2", "L-2"]
    assert {row.batch: row.on_hand_milli for row in session.scalars(select(StockBatch))} == {"L-1": 1000, "L-2": 2000}
    with pytest.raises(RuleBroken):
        track(session, clock, shop.headlight, Tracking.NONE)
    assert broken(session) == []


def test_a_serial_number_is_one_piece_and_comes_once(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    track(session, clock, shop.headlight, Tracking.SERIAL)
    receive(session, clock, shop.headlight, 1000, "SN-1")
    for milli, serial in ((2000, "SN-2"), (1000, "SN-1")):
        with pytest.raises(InvalidInput):
            receive(session, clock, shop.headlight, milli, serial)
    order = buying.sent(session, clock, {shop.headlight: 2000})
    with pytest.raises(InvalidInput) as refused:
        buying.receive(session, clock, order, good_milli=2000, batch="SN-3")
    assert refused.value.field == f"batch-{order.lines[0].id}"
    buying.receive(session, clock, order, good_milli=2000, batch="SN-3, SN-4")
    assert sorted(row.batch for row in batches.on_hand(session, shop.headlight)) == ["SN-1", "SN-3", "SN-4"]
    assert broken(session) == []


def test_goods_that_are_not_ours_have_no_value_and_serve_no_car(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clerk = cast.acting(session, "parts_clerk")
    line = authorised(session, clock, shop, {shop.service: [(shop.headlight, 1000)]}).part_lines[0]
    with pytest.raises(InvalidInput):
        others.take_in(session, clerk, clock, shop.headlight, StockOwner.CUSTOMER, 1000, bin_code="K-1")
    others.take_in(session, clerk, clock, shop.headlight, StockOwner.CUSTOMER, 1000, bin_code="K-1", reason="沪N0E116")
    others.take_in(session, clerk, clock, shop.headlight, StockOwner.CONSIGNMENT, 2000, bin_code="K-2")
    assert line.reserved_milli == 0 and session.get(StockValue, shop.headlight) is None
    rows = {
        row.owner: row for row in session.scalars(select(StockBalance).where(StockBalance.part_id == shop.headlight))
    }
    theirs, lent = rows[StockOwner.CUSTOMER], rows[StockOwner.CONSIGNMENT]
    with pytest.raises(InvalidInput):
        others.hand_out(session, clerk, clock, theirs, 2000, "沪N0E116")
    others.hand_out(session, clerk, clock, theirs, 1000, "沪N0E116")
    with pytest.raises(RuleBroken):
        others.take_over(session, clerk, clock, theirs, 1000, 100)
    served = parts.buy_from_consignment(session, clerk, clock, lent, 1000, 113_00)
    assert [s.id for s in served] == [line.id] and line.reserved_milli == 1000
    told = session.scalars(select(OrderEvent.order_id).where(OrderEvent.move == "parts_arrive")).all()
    assert told == [line.order_id]  # the controller hears of it, as of any delivery
    assert session.get_one(StockValue, shop.headlight).value_fen == 100_00
    own = session.scalar(
        select(StockBalance).where(StockBalance.owner == StockOwner.SHOP, StockBalance.part_id == shop.headlight)
    )
    assert own is not None
    with pytest.raises(RuleBroken):
        others.hand_out(session, clerk, clock, own, 1000, "x")
    assert broken(session) == []


def test_a_superseded_part_is_not_ordered_and_a_substitute_goes_one_way(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    manager, pads = cast.acting(session, "parts_manager"), session.get_one(Part, shop.pads)
    light = session.get_one(Part, shop.headlight)
    same = {"supplier_id": pads.supplier_id}
    catalogue.change_part(session, manager, clock, pads, pads.version, {}, successor="A 206 900 51 02", **same)
    with pytest.raises(InvalidInput):
        catalogue.change_part(session, manager, clock, light, light.version, {}, successor=pads.number, **same)
    with pytest.raises(InvalidInput):
        catalogue.change_part(session, manager, clock, light, light.version, {}, successor="X 1", **same)
    with pytest.raises(RuleBroken) as refused:
        buying.draft(session, clock, {shop.pads: 1000})
    assert "A2069005102" in str(refused.value)
    catalogue.add_substitute(session, manager, clock, light, "a 270 180 01 09", "仅限 C 级")
    from app.domain.stock.queries import replaced_by_this, substitutes_of

    found = substitutes_of(session, [shop.headlight, shop.filter])
    assert [row.Part.id for row in found[shop.headlight]] == [shop.filter] and shop.filter not in found
    assert [part.id for part in replaced_by_this(session, session.get_one(Part, shop.filter))] == [shop.headlight]
    assert [part.id for part in replaced_by_this(session, light)] == [shop.pads]
    order = buying.draft(session, clock, {shop.headlight: 1000})
    assert orders.draft_for(session, order.supplier_id, order.kind) is order
    clock.advance(timedelta(minutes=1))
