"""The counter as clerk, cashier and manager use it: scan, take the money, print; and a piece that comes back."""

from __future__ import annotations

import html
import io
import re

from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.counter_sales.model import CounterSaleLine
from tests.support.orders import broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, version_in


def shown(client: PageClient, path: str) -> str:
    """The words of a page."""
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", client.get(path).get_data(as_text=True)))


def new_cart(client: PageClient, *codes: str) -> str:
    """A cart with what was scanned; returns its address."""
    here = client.post("/parts/sales").headers["Location"]
    for code in codes:
        client.post(f"{here}/scan", {"scan": code})
    return here


def pay(client: PageClient, here: str, amount: str, **more: object) -> None:
    version = version_in(client.get(here).get_data(as_text=True))
    client.post(f"{here}/pay", {"method_1": "wechat", "amount_1": amount, "version": version, **more})


def printed(client: PageClient, here: str) -> str:
    pages = PdfReader(io.BytesIO(client.get(f"{here}/receipt.pdf").data)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def test_a_clerk_scans_the_customer_pays_and_the_till_knows(
    session: Session, client: PageClient, shop: SmallShop
) -> None:
    here = new_cart(client.as_("parts_clerk", language="en"), "a 270 180 01 09", "A2701800109")
    assert client.post(f"{here}/scan", {"scan": "刹车片"}).headers["Location"].endswith("q=%E5%88%B9%E8%BD%A6%E7%89%87")
    client.post(f"{here}/customer", {"customer": "沪N·0E116"})
    assert "396.00" in shown(client, here) and "王志澜" in shown(client, here)
    pay(client, here, "300", method_2="cash", amount_2="96.00", reference_1="4200001")
    page = shown(client, here)
    assert "CS-202611-0001" in page and "人民币叁佰玖拾陆元整" in page and "4200001" in page
    text = printed(client, here)
    assert "CS-202611-0001" in text and "Salesreceipt" in text and "王志澜" in text and "396.00" in text
    assert "19900001234" not in text
    till = shown(client.as_("cashier", language="en"), "/cashier/desk")
    assert "Taken today" in till and "300.00" in till and "96.00" in till and "396.00" in till
    assert "CS-202611-0001" in shown(client, "/parts/sales")
    client.as_("parts_clerk", language="en")
    assert "Issue" in shown(client, f"/parts/{shop.filter}")
    assert broken(session) == []


def test_what_is_typed_wrongly_is_told_and_kept(session: Session, client: PageClient, shop: SmallShop) -> None:
    here = new_cart(client.as_("parts_clerk", language="en"), "A2701800109")
    version = version_in(client.get(here).get_data(as_text=True))
    (line,) = session.scalars(select(CounterSaleLine.id))
    session.rollback()
    form = {"method_1": "card", "amount_1": "198", "reference_1": "尾号 4417", "method_2": "cash"}
    form["version"] = version
    for wrong, says in (
        ({"amount_1": "197.99"}, "The payments must add up to 198.00 yuan."),
        ({"amount_1": "lots"}, "is not an amount in yuan"),
        ({"amount_1": ""}, "Fill this in."),
        ({"method_1": "gold"}, "Choose one of the possibilities."),
        ({"amount_2": "-1"}, "must not be below zero"),
        ({"amount_2": "0"}, "The payments must add up to 198.00 yuan."),
    ):
        answer = client.post(f"{here}/pay", {**form, **wrong}, status=422).get_data(as_text=True)
        assert says in answer and "尾号 4417" in answer, wrong
    client.post(f"{here}/pay", {**form, "version": "1"}, status=409)
    for quantity, says in (
        ("0", "above zero"),
        ("-1", "not a quantity"),
        ("99999999999", "not a quantity"),
        ("", "Fill"),
    ):
        answer = client.post(f"{here}/lines/{line}", {"quantity": quantity}, status=422).get_data(as_text=True)
        assert says in answer
    client.post(f"{here}/lines/{line}", {"quantity": "1", "discount": "10"}, status=403)
    client.post(f"{here}/lines/999", {"quantity": "1"}, status=404)
    client.post(f"{here}/parts", {"part": "999"}, status=404)
    answer = client.post(f"{here}/customer", {"customer": "KH9"}, status=422).get_data(as_text=True)
    assert "No car and no customer goes by “KH9”." in answer and 'value="KH9"' in answer
    client.post(f"{here}/lines/{line}", {"quantity": "4"})
    assert "only 3 there" in shown(client, here)
    version = version_in(client.get(here).get_data(as_text=True))
    short = {**form, "amount_1": "792", "version": version}
    answer = client.post(f"{here}/pay", short, status=409).get_data(as_text=True)
    assert "There is not enough of “机油滤清器” on the shelf any more." in html.unescape(answer)
    client.post(f"{here}/lines/{line}/remove")
    assert "Nothing in it yet" in shown(client, here)
    client.post(f"{here}/drop")
    assert "Not bought after all" in shown(client, here)
    assert broken(session) == []


def test_the_manager_takes_a_piece_back_and_the_paper_says_so(
    session: Session, client: PageClient, shop: SmallShop
) -> None:
    here = new_cart(client.as_("cashier", language="en"), "A2701800109", "A2701800109")
    pay(client, here, "396")
    (line,) = session.scalars(select(CounterSaleLine.id))
    session.rollback()
    back = {f"back-{line}": "1", "method": "wechat", "reason": "型号不符"}
    assert "Take goods back" not in shown(client, here)
    client.post(f"{here}/returns", back, status=403)
    client.as_("manager", language="en")
    assert "Take goods back" in shown(client, here)
    for wrong, says in (
        ({f"back-{line}": "3"}, "More would come back than was sold."),
        ({f"back-{line}": ""}, "Say how much comes back."),
        ({"reason": " "}, "Say why."),
        ({"method": ""}, "Choose one of the possibilities."),
    ):
        answer = client.post(f"{here}/returns", {**back, **wrong}, status=422).get_data(as_text=True)
        assert says in answer and f'name="back-{line}"' in answer, wrong
    slip = client.post(f"{here}/returns", back).headers["Location"]
    assert "−198.00" in shown(client, slip) and "1 came back" in shown(client, here)
    text = printed(client, slip)
    assert "Returnofgoods" in text and "CS-202611-0001" in text and "-198.00" in text and "型号不符" in text
    assert "−¥198.00" in shown(client, here)
    assert broken(session) == []


def test_a_cart_has_no_receipt_number_and_a_technician_no_counter(client: PageClient, shop: SmallShop) -> None:
    here = new_cart(client.as_("parts_clerk", language="en"), "A2701800109")
    assert "notpaidyet" in printed(client, here)
    client.as_("technician").get("/parts/sales", status=403)
    client.as_("parts_clerk", via="pin").post("/parts/sales", status=403)
