"""While a part is counted, who counts does not see how much of it there should be, and sells and issues it all the same."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.catalogue import operations as catalogue
from app.domain.catalogue.model import Part
from app.domain.stock.model import StockBalance
from app.domain.suppliers.model import Supplier
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.orders import authorised
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop

FIGURE = re.compile(r"\b(87|86|85|84)\b")  # what lies there, and what lies free


@pytest.fixture
def counted(client: PageClient, session: Session, clock: FixedClock, shop: SmallShop) -> str:
    """The address of a full stock-take of a shelf with 87 filters, of which an order waits for one; the order's number."""
    session.execute(update(StockBalance).where(StockBalance.part_id == shop.filter).values(on_hand_milli=87_000))
    number = authorised(session, clock, shop, {shop.service: [(shop.filter, 1000)]}, promise=timedelta(hours=5)).number
    session.commit()
    client.as_("parts_clerk", language="en").post("/parts/stock-takes", {"kind": "full"})
    return number


def seen(client: PageClient, who: str, path: str) -> str:
    page = client.as_(who, language="en").get(path).get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_who_counts_reads_being_counted_where_the_figures_stood(
    client: PageClient, session: Session, shop: SmallShop, counted: str
) -> None:
    filter_number = session.get_one(Part, shop.filter).number
    session.rollback()
    sale = client.as_("parts_clerk", language="en").post("/parts/sales", {}).headers["Location"]
    for path in (
        "/parts/stock",
        f"/parts/stock?q={filter_number}",
        f"/parts/{shop.filter}",
        f"/parts/{shop.filter}/scrap",
        f"{sale}?q={filter_number}",
        f"/parts/orders/{counted}",
        f"/orders/{counted}",
        "/parts/desk",
        "/",
        f"/search?q={filter_number}",
    ):
        page = seen(client, "parts_clerk", path)
        assert not FIGURE.search(page), (path, FIGURE.search(page))
    for path in ("/parts/stock", f"/parts/{shop.filter}", f"{sale}?q={filter_number}"):
        assert "being counted" in seen(client, "parts_clerk", path)
    for who in ("parts_manager", "adviser"):  # she orders and plans by it; he does not count
        page = seen(client, who, f"/parts/{shop.filter}")
        assert FIGURE.search(page) and "being counted" not in page
    assert "being counted" in re.sub(
        r"<[^>]+>", "", client.as_("parts_manager", via="pin", language="en").get("/parts/stock").get_data(as_text=True)
    )


def test_no_refusal_tells_what_the_page_does_not(
    client: PageClient, session: Session, shop: SmallShop, counted: str
) -> None:
    balance = session.scalars(select(StockBalance.id).where(StockBalance.part_id == shop.filter)).one()
    session.rollback()
    client.as_("parts_clerk", language="en")
    form = {"balance": balance, "quantity": "500", "to_bin": "Z-1", "reason": ""}
    page = client.post(f"/parts/{shop.filter}/transfers", form, status=409).get_data(as_text=True)
    assert "Not so many lie free" in page and not FIGURE.search(re.sub(r"<[^>]+>", " ", page))


def test_it_is_sold_and_issued_while_it_is_counted(
    client: PageClient, session: Session, shop: SmallShop, counted: str
) -> None:
    client.as_("parts_clerk", language="en").post(f"/parts/orders/{counted}/issue-ready", {})
    sale = client.post("/parts/sales", {}).headers["Location"]
    client.post(f"{sale}/parts", {"part": str(shop.filter)})
    page = seen(client, "parts_clerk", sale)
    assert "being counted" in page and not FIGURE.search(page)
    left = session.scalars(select(StockBalance.on_hand_milli).where(StockBalance.part_id == shop.filter)).one()
    assert left == 86_000


def test_the_figures_are_back_when_the_stock_take_is_over(
    client: PageClient, session: Session, shop: SmallShop, counted: str
) -> None:
    take = client.as_("manager", language="en").get("/parts/stock-takes").get_data(as_text=True)
    found = re.search(r"/parts/stock-takes/SC-[0-9-]+", take)
    assert found
    client.post(f"{found[0]}/cancel", {"version": "1", "cancel_reason": "改天再盘"})
    page = seen(client, "parts_clerk", f"/parts/{shop.filter}")
    assert FIGURE.search(page) and "being counted" not in page


def test_a_substitute_that_is_counted_is_named_without_its_figure(
    client: PageClient, session: Session, clock: FixedClock, shop: SmallShop, counted: str
) -> None:
    of, by = session.get_one(Part, shop.headlight), session.get_one(Part, shop.filter).number
    catalogue.add_substitute(session, cast.acting(session, "parts_manager"), clock, of, by)
    number = authorised(
        session, clock, shop, {shop.brakes: [(shop.headlight, 1000)]}, promise=timedelta(hours=5)
    ).number
    session.commit()
    for path in (f"/parts/orders/{number}", f"/parts/{shop.headlight}"):
        page = seen(client, "parts_clerk", path)
        assert "机油滤清器" in page and not FIGURE.search(page), path
        assert FIGURE.search(seen(client, "parts_manager", path)), path


def test_the_search_of_a_purchase_order_keeps_it_too(
    client: PageClient, session: Session, shop: SmallShop, counted: str
) -> None:
    filter_number = session.get_one(Part, shop.filter).number
    supplier = Supplier(name="配件中心", created_at=cast.OPENING)
    session.add(supplier)
    session.commit()
    draft = client.as_("parts_clerk", language="en").post("/parts/purchases", {"supplier": str(supplier.id)})
    path = f"{draft.headers['Location']}?part={filter_number}"
    assert "being counted" in seen(client, "parts_clerk", path) and not FIGURE.search(seen(client, "parts_clerk", path))
    assert FIGURE.search(seen(client, "parts_manager", path))
