"""Words that a button of the parts department must not borrow from another desk."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.kernel.clock import FixedClock
from tests.support import buying
from tests.support.orders import authorised
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, open_small_shop


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    return open_small_shop(session, clock)


def words(client: PageClient, path: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", client.get(path).get_data(as_text=True).split("<main")[1])


def test_a_part_comes_back_to_the_shelf_and_no_job_is_called_off(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    order = authorised(session, clock, shop, {shop.service: [(shop.filter, 1000)]})
    session.commit()
    client.as_("parts_clerk").post(f"/parts/orders/{order.number}/lines/{order.part_lines[0].id}/issue")
    page = words(client, f"/parts/orders/{order.number}")
    assert "退库，另领一件" in page and "撤回派工" not in page


def test_the_books_are_closed_not_a_window(client: PageClient, shop: SmallShop) -> None:
    page = words(client.as_("parts_manager"), "/parts/periods")
    assert "关闭" not in page and page.count("结账") > 2


def test_a_cart_line_is_saved_and_the_seller_signs(client: PageClient, shop: SmallShop) -> None:
    here = client.as_("parts_clerk").post("/parts/sales").headers["Location"]
    client.post(f"{here}/scan", {"scan": "A2701800109"})
    assert "保存" in words(client, here) and "变动" not in words(client, here)
    paper = "".join(p.extract_text() for p in PdfReader(io.BytesIO(client.get(f"{here}/receipt.pdf").data)).pages)
    assert "销售方" in paper and "承修方" not in paper


def test_what_the_supplier_does_not_send_is_said_in_plain_words(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    number = buying.sent(session, clock, {shop.pads: 2000}).number
    session.commit()
    page = words(client.as_("parts_manager"), f"/parts/purchases/{number}")
    assert "不再到货" in page and "取消余量" in page and "打印采购订单" in page
