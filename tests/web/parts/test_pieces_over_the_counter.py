"""Batteries with serial numbers over the counter, and a cart that has lain there since yesterday."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part, Tracking
from app.domain.counter_sales.model import CounterSaleLine
from app.domain.repair_orders import parts
from app.domain.stock import batches
from app.domain.stock.model import StockMovement
from app.kernel.clock import FixedClock
from tests.support import buying, cast
from tests.support.orders import authorised, broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, version_in
from tests.web.parts.test_counter_sales import new_cart, pay, printed, shown


@pytest.fixture
def battery(session: Session, clock: FixedClock, shop: SmallShop) -> str:
    """The number of a part of which three pieces lie there, each with a serial number."""
    part, manager = session.get_one(Part, shop.headlight), cast.acting(session, "parts_manager")
    batches.change_tracking(session, manager, clock, part, Tracking.SERIAL)
    for piece in ("SN-1", "SN-2", "SN-3"):
        parts.receive_goods(
            session, manager, clock, part, bin_code="B-1", quantity_milli=1000, unit_fen=50_000, batch=piece
        )
    number = part.number
    session.commit()
    return number


def test_which_piece_it_is_is_tapped_or_scanned_and_stands_on_the_receipt(
    session: Session, client: PageClient, shop: SmallShop, battery: str
) -> None:
    here = new_cart(client.as_("parts_clerk", language="en"), battery)
    assert "SN-1 · 1" in shown(client, here) and "SN-3 · 1" in shown(client, here)
    version = version_in(client.get(here).get_data(as_text=True))
    line = session.scalars(select(CounterSaleLine.id)).one()
    price = session.get_one(Part, shop.headlight).retail_fen // 100
    session.rollback()
    unnamed = {"method_1": "wechat", "amount_1": price, "version": version}
    answer = client.post(f"{here}/pay", unnamed, status=422).get_data(as_text=True)
    assert "Say which batch or piece it is." in answer and f'id="batches-{line}-error"' in answer
    client.post(f"{here}/parts", {"part": shop.headlight, "piece": "SN-2"})
    client.post(f"{here}/scan", {"scan": "SN-3"})
    assert 'value="SN-2, SN-3"' in client.get(here).get_data(as_text=True)
    client.post(f"{here}/lines/{line}", {"quantity": "2", "batches": "SN-2 SN-1"})
    pay(client, here, str(2 * price))
    assert "SN-2, SN-1" in shown(client, here) and "SN-2,SN-1" in printed(client, here)
    client.as_("manager", language="en")
    back = {f"back-{line}": "1", "method": "wechat", "reason": "型号不符"}
    assert "Which come back: SN-1, SN-2" in shown(client, here)
    answer = client.post(f"{here}/returns", {**back, f"batches-{line}": "SN-3"}, status=422).get_data(as_text=True)
    assert "none of those that are here" in answer and 'value="SN-3"' in answer
    slip = client.post(f"{here}/returns", {**back, f"batches-{line}": "SN-1"}).headers["Location"]
    assert "SN-1" in shown(client, slip) and "SN-2" not in shown(client, slip)
    assert broken(session) == []


def test_the_very_piece_that_is_scanned_at_the_desk_goes_into_the_car(
    session: Session, client: PageClient, clock: FixedClock, shop: SmallShop, battery: str
) -> None:
    order = authorised(session, clock, shop, {shop.service: [(shop.headlight, 2000)]})
    session.commit()
    desk = client.as_("parts_clerk", language="en")
    assert desk.get("/parts/find?q=SN-2", status=302).headers["Location"].endswith(f"/parts/{shop.headlight}")
    assert "Say which batch or piece" in desk.post("/parts/scan", {"scan": battery}, status=422).get_data(as_text=True)
    desk.post("/parts/scan", {"scan": "SN-2"})
    desk.post(f"/parts/orders/{order.number}/scan", {"scan": "SN-3"})
    went = select(StockMovement.batch).where(StockMovement.source == parts.SOURCE).order_by(StockMovement.id)
    assert session.scalars(went).all() == ["SN-2", "SN-3"]
    session.rollback()
    again = desk.post("/parts/scan", {"scan": "SN-2"}, status=422).get_data(as_text=True)  # it lies here no more
    assert "No part has the number “SN-2”." in again and 'value="SN-2"' in again
    assert broken(session) == []


def test_each_piece_of_a_delivery_gets_a_label_with_its_own_number(
    session: Session, client: PageClient, clock: FixedClock, shop: SmallShop, battery: str
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 2000, shop.pads: 3000})
    buying.receive(session, clock, order, good_milli=2000, batch="SN-8, SN-9")
    session.commit()
    labels = client.as_("parts_clerk").get(f"/parts/purchases/{order.number}/receipts/1/labels.pdf").data
    text = PdfReader(io.BytesIO(labels)).pages[0].extract_text()
    assert text.count("SN-8") == 1 and text.count("SN-9") == 1 and text.count("B-1") == 2
    assert text.count("GR-202611-0001") == 2


def test_a_cart_of_yesterday_is_not_paid_at_yesterdays_price(
    session: Session, client: PageClient, clock: FixedClock, shop: SmallShop
) -> None:
    here = new_cart(client.as_("parts_clerk", language="en"), "A2701800109")
    part = session.get_one(Part, shop.filter)
    part.retail_fen = 20_000
    session.commit()
    assert "today 200.00" not in shown(client, here)  # what was said today is held to
    clock.advance(timedelta(days=1))
    client.as_("parts_clerk", language="en")
    assert "today 200.00" in shown(client, here)
    version = version_in(client.get(here).get_data(as_text=True))
    old = {"method_1": "cash", "amount_1": "198", "version": version}
    answer = client.post(f"{here}/pay", old, status=409).get_data(as_text=True)
    assert "take the prices of today first" in answer
    client.post(f"{here}/prices")
    assert "today 200.00" not in shown(client, here)
    session.get_one(Part, shop.filter).active = False
    session.commit()
    old |= {"amount_1": "200", "version": version_in(client.get(here).get_data(as_text=True))}
    assert "is not sold any more" in client.post(f"{here}/pay", old, status=409).get_data(as_text=True)
    session.get_one(Part, shop.filter).active = True
    session.commit()
    pay(client, here, "200")
    assert "CS-202611-0001" in shown(client, here)
    assert broken(session) == []
