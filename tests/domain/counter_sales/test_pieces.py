"""Tracked parts over the counter: which battery went to whom is known as it is for a car, and comes back as itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.billing.model import TenderMethod
from app.domain.catalogue.model import Part, Tracking
from app.domain.counter_sales import operations as sales
from app.domain.counter_sales import paying, returns
from app.domain.counter_sales.model import CounterSale
from app.domain.counter_sales.paying import Payment
from app.domain.files.model import FileKind
from app.domain.repair_orders import parts, shelf
from app.domain.stock import batches, scrap
from app.domain.stock.model import ScrapReason, StockBalance, StockBatch, StockMovement
from app.kernel.clock import FixedClock
from app.kernel.errors import InvalidInput, RuleBroken
from tests.support import cast
from tests.support.orders import authorised, broken
from tests.support.shop import SmallShop, open_small_shop
from tests.support.stored import stored


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    return open_small_shop(session, clock)


def shelve(session: Session, clock: FixedClock, part_id: int, how: Tracking, *pieces: tuple[str, int]) -> Part:
    """A part tracked from now on, with these batches or pieces (name, thousandths) on the shelf."""
    part, manager = session.get_one(Part, part_id), cast.acting(session, "parts_manager")
    batches.change_tracking(session, manager, clock, part, how)
    for batch, milli in pieces:
        parts.receive_goods(
            session, manager, clock, part, bin_code="B-1", quantity_milli=milli, unit_fen=50_000, batch=batch
        )
    return part


def pay(session: Session, clock: FixedClock, sale: CounterSale) -> CounterSale:
    cash = [Payment(TenderMethod.CASH, sale.total_fen)]
    return paying.pay(session, cast.acting(session, "cashier"), clock, sale, sale.version, cash)


def moved(session: Session) -> list[tuple[str, int]]:
    own = select(StockMovement.batch, StockMovement.quantity_milli).where(StockMovement.source == sales.SOURCE)
    return [(batch, milli) for batch, milli in session.execute(own.order_by(StockMovement.id))]


def test_of_several_pieces_the_one_that_is_named_is_sold_and_comes_back(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    cashier = cast.acting(session, "cashier")
    light = shelve(session, clock, shop.headlight, Tracking.SERIAL, ("SN-1", 1000), ("SN-2", 1000), ("SN-3", 1000))
    sale = sales.begin(session, cashier, clock)
    line = sales.add(session, cashier, clock, sale, light)
    with pytest.raises(InvalidInput) as asked:
        pay(session, clock, sale)
    assert asked.value.field == f"batches-{line.id}"
    assert batches.piece_scanned(session, " SN-3 ") == (light.id, "SN-3")
    sales.add(session, cashier, clock, sale, light, piece="SN-3")  # names the one that lies there
    sales.add(session, cashier, clock, sale, light, piece="SN-1")  # and another one
    assert (line.quantity_milli, line.batches) == (2000, "SN-3, SN-1")
    with pytest.raises(InvalidInput):
        sales.add(session, cashier, clock, sale, light, piece="SN-1")
    pay(session, clock, sale)
    assert moved(session) == [("SN-3", -1000), ("SN-1", -1000)]
    manager = cast.acting(session, "manager")
    for said in ("", "SN-2"):
        with pytest.raises(InvalidInput) as refused:
            returns.take_back(
                session, manager, clock, sale, {line.id: 1000}, TenderMethod.CASH, "不合适", {line.id: said}
            )
        assert refused.value.field == f"batches-{line.id}"
    back = returns.take_back(
        session, manager, clock, sale, {line.id: 1000}, TenderMethod.CASH, "不合适", {line.id: "SN-1"}
    )
    assert back.lines[0].batches == "SN-1"
    assert [row.batch for row in batches.on_hand(session, light.id)] == ["SN-1", "SN-2"]
    assert broken(session) == []


def test_a_quantity_of_two_batches_is_sold_from_both(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    cashier = cast.acting(session, "cashier")
    light = shelve(session, clock, shop.headlight, Tracking.BATCH, ("LOT 1", 2000), ("LOT 2", 2000))
    sale = sales.begin(session, cashier, clock)
    line = sales.add(session, cashier, clock, sale, light, 3000)
    for said in ("LOT 1", "LOT 9, LOT 1", "LOT 1, LOT 2, LOT 3"):
        sales.change_line(session, cashier, clock, sale, line.id, 3000, 0, said)
        with pytest.raises(InvalidInput):
            pay(session, clock, sale)
    sales.change_line(session, cashier, clock, sale, line.id, 3000, 0, "LOT 1，LOT 2")
    pay(session, clock, sale)
    assert moved(session) == [("LOT 1", -2000), ("LOT 2", -1000)]
    assert line.batches == "LOT 1, LOT 2"
    assert broken(session) == []


def test_the_only_batch_that_is_there_need_not_be_named(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    cashier = cast.acting(session, "cashier")
    light = shelve(session, clock, shop.headlight, Tracking.BATCH, ("LOT 1", 2000))
    sale = sales.begin(session, cashier, clock)
    sales.add(session, cashier, clock, sale, light, 2000)
    pay(session, clock, sale)
    assert sale.lines[0].batches == "LOT 1"
    again = sales.begin(session, cashier, clock)
    sales.add(session, cashier, clock, again, light)
    with pytest.raises(RuleBroken):
        pay(session, clock, again)


def test_what_was_sold_before_it_was_tracked_comes_back_under_a_name(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    manager, light = cast.acting(session, "manager"), session.get_one(Part, shop.headlight)
    parts.receive_goods(session, manager, clock, light, bin_code="B-1", quantity_milli=1000, unit_fen=50_000)
    sale = sales.begin(session, manager, clock)
    line = sales.add(session, manager, clock, sale, light)
    pay(session, clock, sale)
    shelve(session, clock, light.id, Tracking.SERIAL)
    with pytest.raises(InvalidInput):
        returns.take_back(session, manager, clock, sale, {line.id: 1000}, TenderMethod.CASH, "不合适")
    returns.take_back(session, manager, clock, sale, {line.id: 1000}, TenderMethod.CASH, "不合适", {line.id: "SN-7"})
    assert [row.batch for row in batches.on_hand(session, light.id)] == ["SN-7"]
    assert broken(session) == []


def test_a_piece_that_waits_to_be_scrapped_goes_into_no_car(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clerk = cast.acting(session, "parts_clerk")
    light = shelve(session, clock, shop.headlight, Tracking.SERIAL, ("SN-1", 1000), ("SN-2", 1000), ("SN-3", 1000))
    lying = session.scalars(select(StockBalance).where(StockBalance.part_id == light.id)).one()
    facts = {
        "quantity_milli": 1000,
        "reason": ScrapReason.DAMAGED,
        "words": "",
        "photo": stored(session, FileKind.PHOTO, clock.now()),
    }
    asked, _ = shelf.ask_for_scrap(session, clerk, clock, lying, batch="SN-1", **facts)
    with pytest.raises(InvalidInput):
        shelf.ask_for_scrap(session, clerk, clock, lying, batch="SN-1", **facts)
    line = authorised(session, clock, shop, {shop.service: [(shop.headlight, 2000)]}).part_lines[0]
    with pytest.raises(RuleBroken) as refused:
        parts.issue_line(session, clerk, clock, line, 1000, "SN-1")
    assert "SN-1" in str(refused.value)
    parts.issue_line(session, clerk, clock, line, 1000, "SN-2")
    parts.issue_line(session, clerk, clock, line, 1000)  # only one good piece is left
    scrap.approve(session, cast.acting(session, "parts_manager"), clock, scrap.lock_request(session, asked.id))
    assert session.scalars(select(StockBatch).where(StockBatch.on_hand_milli > 0)).all() == []
    assert broken(session) == []
