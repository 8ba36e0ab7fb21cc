"""The figures of the store: each is its rows, counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.repair_orders import parts, parts_figures
from app.domain.stock import lost_demand
from app.domain.stock.model import LostReason, StockValue
from app.kernel.clock import FixedClock, business_date
from tests.support import cast
from tests.support.orders import authorised
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, open_small_shop


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    return open_small_shop(session, clock)


def read(session: Session, clock: FixedClock, days: int = 30) -> parts_figures.Figures:
    now = clock.now()
    return parts_figures.figures(session, now, business_date(now), days=days, obsolete_days=365)


def test_first_time_supply_counts_what_lay_there_when_it_was_asked_for(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    authorised(session, clock, shop, {shop.service: [(shop.filter, 1000), (shop.pads, 1000)]})
    late = authorised(session, clock, shop, {shop.service: [(shop.pads, 1000)]})  # the last one is promised already
    clerk, pads = cast.acting(session, "parts_clerk"), session.get_one(Part, shop.pads)
    parts.receive_goods(session, clerk, clock, pads, bin_code="B-1", quantity_milli=1000, unit_fen=100)
    assert late.part_lines[0].reserved_milli == 1000  # served, but not at once
    for reason in (LostReason.NOT_STOCKED, LostReason.PRICE_REFUSED):
        lost_demand.note_lost(session, clerk, clock, reason, words="行李架")
    found = read(session, clock)
    assert (found.first_time.numerator, found.first_time.denominator) == (2, 4)
    assert found.first_time.permille == 500 and found.lost_lines == 2
    number = late.number
    session.commit()
    page = client.as_("parts_manager", language="en").get("/parts/figures?of=supply&days=30").get_data(as_text=True)
    assert "2 of 4 demand lines" in page and number in page and "50.0" in page
    assert "and 1 line of lost demand" in page  # two were missed, one of them stands elsewhere
    assert "行李架" in client.get("/parts/figures?of=lost&days=30").get_data(as_text=True)
    client.as_("parts_clerk").get("/parts/figures", status=403)


def test_turnover_and_obsolete_stock_follow_the_ledger(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    worth = {id_: session.get_one(StockValue, id_).value_fen for id_ in (shop.filter, shop.pads)}
    line = authorised(session, clock, shop, {shop.service: [(shop.filter, 3000)]}).part_lines[0]
    parts.issue_line(session, cast.acting(session, "parts_clerk"), clock, line, 3000)
    session.flush()
    found = read(session, clock)
    assert found.cost_sold_fen == worth[shop.filter]
    assert found.turns_centi is None and found.obsolete.numerator == 0  # a day tells nothing of a year
    clock.advance(timedelta(days=73))
    found = read(session, clock)
    assert found.mean_value_fen == worth[shop.pads] and found.sold_days == 73
    assert found.turns_centi == round(worth[shop.filter] * 5 * 100 / worth[shop.pads])
    clock.advance(timedelta(days=327))
    found = read(session, clock)
    assert (found.obsolete.numerator, found.obsolete.denominator) == (worth[shop.pads], worth[shop.pads])
    assert found.cost_sold_fen == 0 and found.range_days is None
    session.commit()
    page = client.as_("parts_manager", language="en").get("/parts/figures?of=obsolete").get_data(as_text=True)
    assert "前制动片套件" in page and "100.0" in page
    assert "前制动片套件" in client.get("/parts/figures?of=turnover").get_data(as_text=True)
