"""The window for customers, without an account; the manager's list behind it; the desk that hands out."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.domain.stock import operations as stock
from app.kernel.clock import FixedClock
from tests.support.orders import broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, photo

ASKS = {"name": "秦女士", "phone": "13812345678", "pieces": "1", "consent": "1"}


def shown(client: PageClient, path: str) -> str:
    """The words of a page."""
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", client.get(path).get_data(as_text=True)))


@pytest.fixture
def window(client: PageClient, shop: SmallShop) -> PageClient:
    """The manager has put the pads and the headlight online; nobody is signed in any more."""
    client.as_("parts_manager", language="en")
    for part, words in ((shop.pads, "适用 E 级"), (shop.headlight, "智能大灯")):
        client.post(f"/parts/offers/{part}", {"online": "1", "words": words})
    client.post("/auth/sign-out")
    return client


def test_a_customer_sees_whether_it_is_there_and_not_how_many(window: PageClient, shop: SmallShop) -> None:
    page = shown(window, "/accessories/")
    assert "前制动片套件" in page and "适用 E 级" in page and "¥1,680.00" in page and "机油滤清器" not in page
    assert page.count("有货") == 1 and page.count("暂时缺货") == 1
    window.get(f"/accessories/{shop.filter}", status=404)
    assert "预留 3 天" in shown(window, f"/accessories/{shop.pads}")
    assert "请致电我们" in shown(window, f"/accessories/{shop.headlight}")
    window.post("/auth/language", {"language": "en"})
    assert "In stock" in shown(window, "/accessories/")


def test_a_reservation_is_told_what_is_missing_and_keeps_what_was_typed(
    session: Session, window: PageClient, shop: SmallShop
) -> None:
    here = f"/accessories/{shop.pads}"
    for wrong, says in (
        ({"name": ""}, "请填写姓名。"),
        ({"phone": "12"}, "不是"),
        ({"phone": "02160000000"}, "请填写手机号码。"),
        ({"pieces": "9"}, "1"),
        ({"pieces": "many"}, ""),
        ({"consent": ""}, "未经同意"),
    ):
        answer = window.post(here, {**ASKS, **wrong}, status=422).get_data(as_text=True)
        assert says in answer and ("秦女士" in answer or not wrong.get("name", "x")), wrong
    window.post(here, {**ASKS, "pieces": "2"}, status=409)
    window.post(f"/accessories/{shop.filter}", ASKS, status=404)
    window.post("/accessories/999", ASKS, status=404)
    assert broken(session) == []


def test_what_is_reserved_is_handed_out_at_the_counter_by_one_tap(
    session: Session, window: PageClient, shop: SmallShop
) -> None:
    kept = window.post(f"/accessories/{shop.pads}", ASKS).headers["Location"]
    page = shown(window, kept)
    code = kept.rsplit("/", 1)[1]
    assert f"{code[:4]} {code[4:]}" in page and "2026-11-27" in page
    assert "秦女士" not in page and "1234" not in page  # whoever reads the address reads no name
    window.get("/accessories/reserved/ABCD2345", status=404)
    desk = window.as_("parts_clerk", language="en")
    for path in ("/parts/desk", "/parts/sales", "/parts/pickups"):
        assert f"{code[:4]} {code[4:]}" in shown(desk, path)
        assert "13812345678" not in desk.get(path).get_data(as_text=True)
    assert "138****5678" in shown(desk, "/parts/pickups")
    cart = desk.post("/parts/pickups/1/fetch").headers["Location"]
    assert desk.post("/parts/pickups/1/fetch").headers["Location"] == cart
    desk.post("/parts/pickups/1/cancel", status=409)
    version = re.search(r'name="version" value="(\d+)"', desk.get(cart).get_data(as_text=True))
    assert version
    desk.post(f"{cart}/pay", {"method_1": "wechat", "amount_1": "1680", "version": version[1]})
    assert "Nothing is kept for anybody" in shown(desk, "/parts/pickups")
    desk.post("/auth/sign-out")
    assert "已取货" in shown(window, kept)
    assert broken(session) == []


def test_what_is_not_fetched_is_free_when_the_desk_looks_or_by_the_nights_command(
    app: Flask, session: Session, clock: FixedClock, window: PageClient, shop: SmallShop
) -> None:
    window.post(f"/accessories/{shop.pads}", ASKS)
    clock.advance(timedelta(days=4))
    assert "暂时缺货" in shown(window, f"/accessories/{shop.pads}")
    assert "Nothing is kept" in shown(window.as_("parts_clerk", language="en"), "/parts/pickups")
    window.post("/auth/sign-out")
    assert "预留 3 天" in shown(window, f"/accessories/{shop.pads}")
    assert stock.held(session, "pickup", 1) == 0
    session.rollback()
    answer = app.test_cli_runner().invoke(args=["expire-pickups"])
    assert answer.exit_code == 0 and "0 reservations let go" in answer.output
    assert broken(session) == []


def test_a_photo_is_shown_as_long_as_its_part_is(window: PageClient, shop: SmallShop) -> None:
    here, picture = f"/parts/offers/{shop.pads}", f"/accessories/{shop.pads}/photo"
    window.get(picture, status=404)
    window.as_("parts_clerk").get(here, status=403)
    window.as_("parts_manager", language="en")
    send = {"content_type": "multipart/form-data"}
    form = {"online": "1", "words": "适用 E 级与 C 级", "photo": (photo(), "x.jpg")}
    window.post(here, form, **send)
    assert window.browser.get(picture).mimetype == "image/jpeg"
    assert "适用 E 级与 C 级" in shown(window, "/parts/offers")
    too_long = {"words": "长" * 201, "online": "1"}
    assert "Take at most 200 characters." in window.post(here, too_long, status=422, **send).get_data(as_text=True)
    window.post(here, {"words": "适用 E 级与 C 级"}, **send)
    window.get(picture, status=404)
    assert "前制动片套件" not in shown(window, "/accessories/")
