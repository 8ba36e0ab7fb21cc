"""A job's price page: what the customer agreed to, a correction with its reason, and the question when it costs him more."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.repair_orders.model import PriceChange
from app.domain.repair_orders.states import Payer
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.orders import authorised, inspected
from tests.support.page_client import PageClient
from tests.support.shop import Floor, open_small_shop, signature, version_in


@pytest.fixture
def floor(session: Session, clock: FixedClock, client: PageClient) -> Floor:
    """Inspected: the customer pays a service at 424.00 + 198.00, the manufacturer brakes at 583.00."""
    shop = open_small_shop(session, clock)
    wanted = {shop.service: [(shop.filter, 1000)], shop.brakes: []}
    order = inspected(session, clock, authorised(session, clock, shop, wanted, payers={shop.brakes: Payer.WARRANTY}))
    session.commit()
    floor = Floor(client, shop, clock)
    floor.number = order.number
    session.rollback()
    return floor


def price_of(floor: Floor, position: int) -> str:
    """The address of a job's price page."""
    return f"{floor.url}/jobs/{floor.order().jobs[position].id}/price"


def form(floor: Floor, payer: str, discount: str, reason: str = "等候过久，店里补偿", **more: str) -> dict[str, str]:
    """Labour and part of the service as typed; the part stays with the customer."""
    line = floor.order().part_lines[0].id
    page = floor.page("adviser", price_of(floor, 0))
    kept = {f"payer-{line}": "customer", f"discount-{line}": "", "version": version_in(page)}
    return {"payer": payer, "discount": discount, "reason": reason, **kept, **more}


def link_to_the_customer(floor: Floor) -> str:
    """The address that the customer gets."""
    link = floor.client.as_("adviser").post(f"{floor.url}/questions", {"version": floor.version()}, status=200)
    return "/c/" + link.get_data(as_text=True).split('id="link" readonly value="')[1].split('"')[0].rsplit("/", 1)[1]


def test_a_discount_more_is_given_and_everybody_sees_who_and_why(floor: Floor) -> None:
    here = price_of(floor, 0)
    page = floor.page("adviser", here)
    assert "自付 ¥424.00" in page and "自付 ¥198.00" in page
    floor.client.post(here, form(floor, "customer", "12.5"))
    for who, path in (("adviser", floor.url), ("cashier", f"/cashier/orders/{floor.number}")):
        page = floor.page(who, path)
        assert "371.00" in page and "等候过久，店里补偿" in page and cast.PEOPLE["adviser"][0] in page
        assert "424.00" in page and "客户确认后的改价记录" in page
    assert "A 类保养 · 已改价" in floor.page("adviser")
    assert "622.00" in floor.page("adviser")  # what he approved
    assert "1,152.00" in floor.page("cashier", "/cashier/desk")  # 371.00 + 198.00 + 583.00
    assert "371.00" not in floor.page("technician")  # who sees no money sees no prices


def test_what_was_typed_stays_when_it_is_refused(floor: Floor) -> None:
    here = price_of(floor, 0)
    for sent, status, words in (
        (form(floor, "customer", "12.5", reason=""), 422, "请说明原因"),
        (form(floor, "customer", "lots"), 422, "lots"),
        ({**form(floor, "customer", "12.5"), "version": "1"}, 409, "12.5"),
        (form(floor, "customer", ""), 422, "没有改动"),
    ):
        page = floor.client.as_("adviser").post(here, sent, status=status).get_data(as_text=True)
        assert words in page and f'value="{sent["discount"]}"' in page
    brakes = price_of(floor, 1)
    version = floor.version("adviser", brakes)
    sent = {"payer": "customer", "discount": "10", "reason": "厂家拒赔", "version": version}
    page = floor.client.post(brakes, sent, status=409).get_data(as_text=True)
    assert "524.70 元，高于其已确认的 0.00 元" in page and 'value="厂家拒赔"' in page
    assert re.search(r'<option value="customer" selected>', page)
    assert floor.order().jobs[1].payer is Payer.WARRANTY


def test_a_correction_sent_twice_is_made_once(floor: Floor, session: Session) -> None:
    here, sent = price_of(floor, 0), {**form(floor, "customer", "10"), "_key": "eine-und-dieselbe"}
    first, second = (floor.client.post(here, sent) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert session.scalar(select(func.count()).select_from(PriceChange)) == 1


def test_the_customer_signs_for_what_costs_him_more(floor: Floor, clock: FixedClock) -> None:
    brakes, client = price_of(floor, 1), floor.client
    job = floor.order().jobs[1].id
    sent = {"payer": "customer", "discount": "", "reason": "厂家拒赔", "ask": "1"}
    client.post(brakes, {**sent, "version": floor.version("adviser", brakes)})
    page = floor.page("adviser")
    assert "待客户答复" in page and "客户在此签字" in page and "提出改价，待征询客户" in page
    till = f"/cashier/orders/{floor.number}"
    assert "客户尚未答复改价" in floor.page("cashier", till)
    client.post(f"{till}/settle", {"version": floor.version("cashier", till)}, status=409)
    path = link_to_the_customer(floor)
    page = client.get(path).get_data(as_text=True)
    assert "¥583.00" in page and "原为 ¥0.00" in page and "该项目您已同意维修" in page and "厂家拒赔" not in page
    client.post(path, {f"job-{job}": "approved", "who": "王志澜", "signature": signature()}, status=200)
    order = floor.order()
    assert (order.jobs[1].payer, order.jobs[1].state, order.state) == (Payer.CUSTOMER, "passed", "inspected")
    page = floor.page("adviser")
    assert "客户同意改价" in page and "已生效" in page
    client.as_("cashier").post(f"{till}/settle", {"version": floor.version("cashier", till)})


def test_an_old_page_does_not_undo_what_the_customer_has_agreed_to_meanwhile(floor: Floor) -> None:
    brakes, client = price_of(floor, 1), floor.client
    job = floor.order().jobs[1].id
    sent = {"payer": "customer", "discount": "", "reason": "厂家拒赔", "ask": "1"}
    client.post(brakes, {**sent, "version": floor.version("adviser", brakes)})
    path = link_to_the_customer(floor)
    opened = floor.version("warranty_clerk", brakes)  # the manufacturer still pays on this page
    client.post(path, {f"job-{job}": "approved", "who": "王志澜", "signature": signature()}, status=200)
    late = {"payer": "warranty", "discount": "", "reason": "三包索赔", "version": opened}
    client.as_("warranty_clerk").post(brakes, late, status=409)
    assert floor.order().jobs[1].payer is Payer.CUSTOMER


def test_a_price_stands_before_the_answer_and_after_the_settlement(floor: Floor) -> None:
    till = f"/cashier/orders/{floor.number}"
    here = price_of(floor, 0)
    sent = form(floor, "goodwill", "")
    floor.client.as_("cashier").post(f"{till}/settle", {"version": floor.version("cashier", till)})
    assert "该价格不能更改" in floor.page("adviser", here)
    version = str(floor.order().version)
    page = floor.client.post(here, {**sent, "version": version}, status=409).get_data(as_text=True)
    assert "请先冲销结算再改价" in page
    assert "/price" not in floor.page("adviser")


def test_whose_deed_it_is_not_is_refused(floor: Floor) -> None:
    here = price_of(floor, 0)
    sent = form(floor, "goodwill", "")
    floor.client.as_("cashier").post(here, sent, status=403)
    floor.client.as_("warranty_clerk").post(here, sent, status=403)  # gives nothing away ...
    floor.client.post(here, {**sent, "payer": "warranty"})  # ... and decides what the manufacturer pays
    assert floor.order().jobs[0].payer is Payer.WARRANTY
