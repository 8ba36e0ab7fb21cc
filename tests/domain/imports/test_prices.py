"""A supplier's price list: what is as agreed stays, small moves hold at once, large ones wait for a decision."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.imports.runner import Result, import_file
from app.domain.purchasing import held_prices, prices
from app.domain.purchasing.model import HeldPrice, SupplierPrice
from app.domain.suppliers.model import Supplier
from app.kernel.clock import FixedClock, business_date
from app.kernel.errors import Forbidden, InvalidInput, WrongState
from tests.support import cast
from tests.support.orders import broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop

FILTER, PADS, LIGHT = "A 270 180 01 09", "A 000 420 21 05", "A 206 900 51 02"


def taken(
    session: Session, clock: FixedClock, folder: Path, rows: list[tuple[object, ...]], *, supplier: bool = True
) -> tuple[Result, list[list[str]]]:
    """A spreadsheet as a supplier sends it, imported; and the lines of the report."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(("2026 年价目表",))
    sheet.append(("配件编号", "品名", "含税单价", "包装数", "起订量", "生效日期"))
    for row in rows:
        sheet.append(row)
    path = folder / "prices.xlsx"
    book.save(path)
    out = io.StringIO()
    own = session.scalars(select(Supplier.id)).one() if supplier else None
    manager = cast.acting(session, "parts_manager")
    result = import_file(session, manager, clock, "prices", path, report=out, language="en", supplier_id=own)
    session.flush()
    return result, list(csv.reader(io.StringIO(out.getvalue())))[1:]


def price_of(session: Session, part: int, day: date) -> int | None:
    supplier = session.scalars(select(Supplier.id)).one()
    held = prices.prices_on(session, supplier, [part], day).get(part)
    return held.unit_fen if held else None


def test_small_moves_hold_and_large_ones_wait(
    session: Session, clock: FixedClock, shop: SmallShop, tmp_path: Path
) -> None:
    today = business_date(clock.now())  # purchase prices: 132.00, 1,120.00, 4,653.33
    rows = [
        (FILTER, "机油滤清器", 135, 10, 10, None),
        (PADS, "前制动片", 1500.5, None, None, None),
        (LIGHT, "前照灯", "4,653.33", 1, 0, None),
    ]
    result, report = taken(
        session, clock, tmp_path, [*rows, ("X 9", "不明", 3, None, None, None), (FILTER, "", -1, None, None, None)]
    )
    assert price_of(session, shop.filter, today) == 135_00 and price_of(session, shop.pads, today) is None
    (held,) = held_prices.waiting(session)
    assert (held.part_id, held.was_fen, held.unit_fen) == (shop.pads, 112_000, 150_050)
    assert [(line[0], line[1], line[3]) for line in report if line[1] in {"rejected", "warned"}] == [
        ("4", "warned", "moved further than the limit: held for a decision"),
        ("6", "rejected", "no such part number in the catalogue"),
        ("7", "rejected", "the price is not above zero"),
    ]
    assert result.counts["rejected"] == 2 and result.counts["warned"] == 1
    again, _report = taken(session, clock, tmp_path, rows)
    assert again.counts["unchanged"] == 3 and len(held_prices.waiting(session)) == 1
    assert len(session.scalars(select(SupplierPrice)).all()) == 2
    with pytest.raises(Forbidden):
        held_prices.decide(session, cast.acting(session, "parts_clerk"), clock, [held.id], accept=True)
    held_prices.decide(session, cast.acting(session, "parts_manager"), clock, [held.id], accept=True)
    assert price_of(session, shop.pads, today) == 150_050
    with pytest.raises(WrongState):
        held_prices.decide(session, cast.acting(session, "parts_manager"), clock, [held.id], accept=False)
    assert broken(session) == []


def test_a_price_that_comes_back_is_taken_over_again(
    session: Session, clock: FixedClock, shop: SmallShop, tmp_path: Path
) -> None:
    for price in (135, 140, 135):
        taken(session, clock, tmp_path, [(FILTER, "", price, None, None, None)])
        assert price_of(session, shop.filter, business_date(clock.now())) == price * 100
        clock.advance(timedelta(days=30))
    spans = [(p.valid_from, p.valid_until) for p in session.scalars(select(SupplierPrice).order_by(SupplierPrice.id))]
    assert all(ends is not None and ends == begins - timedelta(days=1) for (_b, ends), (begins, _e) in pairwise(spans))
    assert spans[-1][1] is None


def test_a_list_for_a_day_to_come_holds_from_then_on(
    session: Session, clock: FixedClock, shop: SmallShop, tmp_path: Path
) -> None:
    today = business_date(clock.now())
    taken(session, clock, tmp_path, [(FILTER, "", 130, None, None, None)])
    taken(session, clock, tmp_path, [(FILTER, "", 134, None, None, "2027-01-01")])
    assert price_of(session, shop.filter, today) == 130_00
    assert price_of(session, shop.filter, date(2027, 1, 1)) == 134_00


def test_it_must_be_said_whose_list_it_is(session: Session, clock: FixedClock, shop: SmallShop, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        taken(session, clock, tmp_path, [(FILTER, "", 130, None, None, None)], supplier=False)
    two = [(FILTER, "", 130, None, None, None), ("A2701800109", "", 131, None, None, None)]
    result, _report = taken(session, clock, tmp_path, two)
    assert result.counts["rejected"] == 1 and session.scalars(select(HeldPrice)).all() == []


def test_of_more_prices_than_a_page_shows_the_furthest_moved_come_first_and_all_are_counted(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    supplier, today = session.scalars(select(Supplier.id)).one(), business_date(clock.now())
    for unit_fen in [*range(11_100, 11_301), 5_000]:  # 202 of them: up by 11 to 13 per cent, and one down by half
        session.add(
            HeldPrice(
                supplier_id=supplier, part_id=shop.filter, unit_fen=unit_fen, was_fen=10_000, pack_milli=1000,
                minimum_milli=0, valid_from=today, at=clock.now(),
            )
        )  # fmt: skip
    session.commit()
    assert [held.unit_fen for held in held_prices.waiting(session, 2)] == [5_000, 11_300]
    session.rollback()
    client.as_("parts_manager", language="en")
    assert "202 prices wait" in client.get("/").get_data(as_text=True)
    assert "200 of 202" in client.get("/parts/suppliers").get_data(as_text=True)
