"""The next call of the same customer: his settlement was wrong. It is put right while his car is at home.

This file goes on where the day of the first three ended, with the order closed and paid.
"""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.day import SERVICE, SERVICE_NAME, Day
from tests.journeys.shop import PC
from tests.support.browser import Device

TENDERS = [("cash", "842.60"), ("wechat", "2000")]  # what the till took on the day itself


def price_page(device: Device, day: Day, code: str) -> Page:
    """From the order to the price of one of its jobs."""
    device.open(f"/orders/{day.number}")
    device.press(device.named("Correct price", device.page.locator("#jobs .job", has_text=code)))
    expect(device.page.locator("h1")).to_have_text(device.t("Correct price"))
    return device.page


def test_18_the_manager_takes_the_settlement_of_a_delivered_car_back(day: Day) -> None:
    shop, number = day.shop, day.number
    assert day.state() == "closed"
    desk = shop.sign_in(shop.device("manager-pc", PC), "manager")
    desk.open(f"/cashier/orders/{number}")
    shop.look(desk, "12-before-the-correction")
    for method, amount in TENDERS:
        desk.press(desk.page.locator("summary", has_text=desk.t("Give money back")))
        refund = desk.page.locator("form[action$=refunds]")
        refund.locator("select").select_option(method)
        desk.field("Amount", refund).fill(amount)
        desk.field("Reason", refund).fill("结算有误")
        desk.press(desk.named("Give back", refund))
        desk.press(desk.page.locator("[data-confirm-go]"))
        expect(desk.page.locator("main")).to_contain_text(f"−{float(amount):,.2f}")
    desk.press(desk.page.locator("summary", has_text=desk.t("Reverse the settlement")))
    back = desk.page.locator("form[action$=reverse]")
    desk.field("Reason", back).fill("首保折扣漏给")
    shop.look(desk, "12-reverse")
    desk.press(desk.named("Reverse", back))
    desk.press(desk.page.locator("[data-confirm-go]"))
    expect(desk.page.locator(".page-head")).to_contain_text(desk.t("Settlement being corrected"))
    shop.look(desk, "12-reopened")


def test_19_the_adviser_corrects_and_the_customer_signs_for_what_costs_him_more(day: Day) -> None:
    shop, adviser = day.shop, day.adviser.at
    page = price_page(adviser, day, SERVICE)
    shop.look(adviser, "12-price")
    first = page.locator("main tbody tr", has_text=SERVICE_NAME).first
    adviser.field("Discount %%", first).fill("50")
    adviser.field("Reason").fill("首保折扣漏给")
    adviser.press("Save")
    expect(page.locator("#prices")).to_contain_text("首保折扣漏给")
    warranty = page.locator("#jobs .job", has_text=adviser.t("Warranty")).first
    shop.look(adviser, "12-corrected")
    adviser.press(adviser.named("Correct price", warranty))
    payer = page.locator("select[name=payer]")
    payer.select_option("customer")
    adviser.field("Reason").fill("厂家拒赔，客户同意自费")
    with adviser.refused(409):
        adviser.press("Save")
        expect(page.locator(".error-summary")).to_be_visible()
    expect(payer).to_have_value("customer")
    shop.look(adviser, "12-refused")
    adviser.press(page.locator("label.check", has=page.locator("[name=ask]")))
    adviser.press("Save")
    expect(page.locator("#prices")).to_contain_text(adviser.t("Waiting for the customer"))
    shop.look(adviser, "12-waiting")
    adviser.press("Customer signs here")
    shop.look(adviser, "12-sign")
    adviser.press(page.locator("label.choice", has=page.locator("[value=approved]")))
    adviser.draw_signature()
    adviser.press("Confirm")
    expect(page.locator("#prices")).to_contain_text(adviser.t("In force"))
    shop.look(adviser, "12-signed")


def test_20_it_is_settled_anew_paid_and_closed_again(day: Day) -> None:
    shop, cashier, adviser = day.shop, day.cashier, day.adviser.at
    delivered = shop.value("SELECT delivered_at FROM repair_order WHERE number = :n", n=day.number)
    cashier.open_car(day.number)
    shop.look(cashier.at, "12-to-settle")
    cashier.at.press("Settle")
    page = cashier.at.page
    amount = page.locator("input[name=amount]").first.input_value()
    cashier.take("wechat", amount, "4200009999")
    expect(page.locator("main")).to_contain_text(cashier.at.t("Paid"))
    cashier.at.open("/cashier/desk")
    shop.look(cashier.at, "12-desk")
    adviser.open(f"/orders/{day.number}")
    adviser.press("End the correction")
    shop.look(adviser, "12-end")
    adviser.press(adviser.page.locator("label.check", has=adviser.page.locator("[name=explained]")))
    adviser.press("End the correction")
    expect(adviser.page.locator(".page-head")).to_contain_text(adviser.t("Closed"))
    assert day.state() == "closed"
    assert shop.value("SELECT delivered_at FROM repair_order WHERE number = :n", n=day.number) == delivered
    assert "invariants hold" in shop.flask("check")
    assert "holds" in shop.flask("audit", "verify")
