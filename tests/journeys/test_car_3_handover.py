"""One car through the shop on real screens, all in Chinese: till, handover, the call three days later, and the books.

The tests of the three files are the hours of one day and build on each other: when one fails, the later ones may too.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from app.kernel.clock import business_date
from tests.journeys.day import (
    SERVICE,
    WIPERS_NAME,
    Day,
    pages,
)
from tests.journeys.files import CUSTOMER, PLATE
from tests.journeys.shop import PC


def test_14_the_till_settles_and_every_fen_is_explained(day: Day) -> None:
    cashier, shop = day.cashier, day.shop
    page = cashier.at.page
    cashier.sign_in()
    cashier.open_car(day.number)
    shop.look(cashier.at, "10-settlement-before")
    stale = cashier.at.new_page()
    stale.goto(f"/cashier/orders/{day.number}")
    cashier.at.press("Settle")
    customer = page.locator("section.panel", has_text=cashier.at.t("Customer pays"))
    expect(customer).to_contain_text("人民币贰仟捌佰肆拾贰元陆角")
    with cashier.at.refused(409):
        stale.locator("[data-main-action]").click()
        expect(stale.locator(".error-summary")).to_be_visible()
    stale.close()
    warranty = page.locator("section.panel", has_text=cashier.at.t("Warranty")).filter(has_text="7,192.00")
    expect(warranty.locator("input[name=amount]")).to_have_count(0)
    expect(page.locator("input[name=amount]").first).to_have_value("2842.60")
    shop.look(cashier.at, "10-settlement")
    with cashier.at.refused(422):
        cashier.take("cash", "2842.61")
        expect(page.locator(".error-summary")).to_contain_text(cashier.at.t("That is more than is open."))
    expect(cashier.at.field("Amount")).to_have_value("2842.61")
    cashier.at.choose("method", "cash")
    cashier.at.field("Amount").fill("842.60")
    form = page.locator("form[id^=tender-form]")
    values, path = cashier.at.form_values(form), form.get_attribute("action") or ""
    cashier.at.press("Take payment")
    expect(customer).to_contain_text(cashier.at.t("Open: %(amount)s", amount="2,000.00"))
    assert cashier.at.post(path, values) == 302
    assert shop.value("SELECT count(*) FROM tender WHERE amount_fen = 84260") == 1
    assert day.adviser.at.post(f"/cashier/handover/{day.number}", {"explained": "1"}) == 409
    day.adviser.at.open(f"/cashier/handover/{day.number}")
    expect(day.adviser.at.named("Hand over")).to_have_attribute("aria-disabled", "true")
    cashier.take("wechat", "2000", "4200001234")
    expect(customer).to_contain_text(cashier.at.t("Paid"))
    shop.look(cashier.at, "10-paid")
    settlement = pages(cashier.at.fetch(page.locator("a[href$='.pdf']").first.get_attribute("href") or ""))
    for printed in (day.number, PLATE, CUSTOMER, "贰仟捌佰肆拾贰元陆角", SERVICE, "51,005"):
        assert printed in settlement, f"{printed} is not on the settlement list: {settlement}"
    assert day.technician.at.post(path, values) == 403


def test_15_the_car_is_handed_over_and_the_customer_called(day: Day) -> None:
    adviser, care, shop = day.adviser, day.care, day.shop
    adviser.at.open(f"/cashier/handover/{day.number}")
    expect(adviser.at.page.locator("main")).to_contain_text(WIPERS_NAME)
    shop.look(adviser.at, "10-handover")
    with adviser.at.refused(422):
        adviser.at.press("Hand over")
        expect(adviser.at.page.locator(".error-summary")).to_be_visible()
    adviser.at.press(adviser.at.page.locator("label.check", has=adviser.at.page.locator("[name=explained]")))
    adviser.at.press(adviser.at.page.locator("label.check", has=adviser.at.page.locator("[name=old_parts_given]")))
    adviser.at.press("Hand over")
    adviser.at.page.wait_for_url(f"**{adviser.order}")
    assert day.state() == "delivered"
    shop.look(adviser.at, "10-delivered")

    today = business_date(datetime.now(UTC))
    care.at.open("/care/calls")
    coming = care.panel("Next days").locator(".row-link", has_text=day.number)
    expect(coming).to_contain_text((today + timedelta(days=3)).isoformat())
    shop.look(care.at, "10-calls")
    order = shop.value("SELECT id FROM repair_order WHERE number = :n", n=day.number)
    shop.change("UPDATE follow_up SET due_on = :today WHERE order_id = :id", today=today.isoformat(), id=order)
    care.at.open("/care/calls")
    care.at.press(care.panel("Calls due").locator(".row-link a", has_text=day.number))
    expect(care.at.page.locator("h1")).to_have_text(CUSTOMER)
    shop.look(care.at, "10-call")
    with care.at.refused(422):
        care.at.press("Save the answer")
        expect(care.at.page.locator(".error-summary")).to_contain_text(
            care.at.t("Ask whether everything was put right.")
        )
    care.answer("yes", "9", "很满意，下次再来换雨刮片")
    assert day.state() == "closed"
    adviser.open_order()
    expect(adviser.at.page.locator(".page-head")).to_contain_text(adviser.at.t("Closed"))


@pytest.mark.parametrize(
    "login",
    [
        "adviser",
        "controller",
        "tech",
        "inspector",
        "parts",
        "partsmanager",
        "warranty",
        "cashier",
        "care",
        "trainer",
        "usedcars",
        "manager",
        "gm",
        "admin",
    ],
)
def test_16_everybody_has_a_morning_page(day: Day, login: str) -> None:
    desk = day.shop.device("any-pc", PC)
    day.shop.sign_in(desk, login)
    expect(desk.page.locator("h1")).to_contain_text(day.shop.value("SELECT name FROM staff WHERE login = :l", l=login))
    day.shop.look(desk, f"11-morning-{login}")
    day.shop.sign_out(desk)


def test_17_the_books_are_in_order(day: Day) -> None:
    assert "invariants hold" in day.shop.flask("check")
    assert "holds" in day.shop.flask("audit", "verify")
