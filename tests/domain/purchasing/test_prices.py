"""Agreed prices: one holds on a day, whichever way it came in, and two suppliers are held against each other."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.purchasing import prices
from app.domain.purchasing.model import SupplierPrice
from app.domain.suppliers.model import Supplier
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.shop import SmallShop, open_small_shop

DAY = date(2026, 11, 24)


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    return open_small_shop(session, clock)


def test_of_two_suppliers_the_greatest_difference_stands_first_and_only_prices_that_hold_count(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    manager, first = cast.acting(session, "parts_manager"), session.scalars(select(Supplier)).one()
    second = Supplier(name="城北配件", created_at=clock.now())
    session.add(second)
    session.flush()
    pads, filter_, light = (session.get_one(Part, id_) for id_ in (shop.pads, shop.filter, shop.headlight))
    for supplier, part, fen, begins in (
        (first, pads, 100_00, DAY - timedelta(days=30)),
        (first, pads, 110_00, DAY - timedelta(days=3)),
        (first, pads, 190_00, DAY + timedelta(days=3)),
        (second, pads, 120_00, DAY - timedelta(days=90)),
        (first, filter_, 60_00, DAY),
        (second, filter_, 20_00, DAY),
        (first, light, 500_00, DAY),
        (second, light, 400_00, DAY + timedelta(days=1)),
    ):
        prices.set_price(session, manager, clock, supplier, part, unit_fen=fen, valid_from=begins)
    rows, count = prices.sold_by_both(session, first.id, second.id, DAY)
    assert [(part.id, one, other) for part, one, other in rows] == [
        (filter_.id, 60_00, 20_00), (pads.id, 110_00, 120_00),
    ]  # fmt: skip
    assert count == 2
    assert [part.id for part, *_ in prices.sold_by_both(session, first.id, second.id, DAY, limit=1)[0]] == [filter_.id]


SPAN = st.tuples(st.integers(0, 30), st.none() | st.integers(0, 30))


@given(st.lists(SPAN, min_size=1, max_size=8, unique_by=lambda span: span[0]))
def test_in_whatever_order_they_are_agreed_at_most_one_price_holds_on_a_day(
    spans: list[tuple[int, int | None]],
) -> None:
    known: list[SupplierPrice] = []
    for start, length in spans:
        begins = DAY + timedelta(days=start)
        wanted = None if length is None else begins + timedelta(days=length)
        known.sort(key=lambda price: price.valid_from)
        for before in prices.ended_by(known, begins):
            before.valid_until = begins - timedelta(days=1)
        known.append(SupplierPrice(valid_from=begins, valid_until=prices.last_day(known, begins, wanted)))
    for number in range(90):
        day = DAY + timedelta(days=number)
        holding = [p for p in known if p.valid_from <= day and (p.valid_until is None or p.valid_until >= day)]
        assert len(holding) <= 1
