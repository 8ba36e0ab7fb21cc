"""The same shop on PostgreSQL with people who read English: a short visit, every kind of page once, no Chinese label."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import files
from tests.journeys.adviser import Adviser
from tests.journeys.controller import Controller
from tests.journeys.counter import Care, Cashier, Inspector, PartsClerk
from tests.journeys.shop import PC, PHONE, Shop
from tests.journeys.technician import Technician

ALIGNMENT, ALIGNMENT_NAME, FILTER, FILTER_NAME = "40-3210", "四轮定位", "83-5510", "更换空调滤清器"
TECHNICIAN = "刘衡"


class Visit:
    """One car's visit: its plate, and the adviser who has the order's number."""

    def __init__(self, shop: Shop, bag: Path) -> None:
        self.shop, self.bag, self.adviser = shop, bag, Adviser(shop)
        self.plate = str(
            shop.value(
                "SELECT plate FROM vehicle WHERE energy = 'fuel' AND id NOT IN (SELECT vehicle_id FROM repair_order)"
                " AND id NOT IN (SELECT vehicle_id FROM appointment) ORDER BY id LIMIT 1"
            )
        )


@pytest.fixture(scope="module")
def visit(english_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    return Visit(english_shop, tmp_path_factory.mktemp("bag"))


def test_01_a_car_is_checked_in_priced_and_signed(visit: Visit) -> None:
    adviser, shop = visit.adviser, visit.shop
    adviser.at.open("/")
    shop.look(adviser.at, "01-sign-in")
    shop.sign_in(adviser.at, "adviser")
    shop.look(adviser.at, "01-morning")
    for path, step in (("/appointments", "03-appointments"), ("/arrivals", "04-arrivals"), ("/orders", "05-orders")):
        adviser.at.open(path)
        shop.look(adviser.at, step)
    adviser.arrive(visit.plate)
    adviser.at.field("Customer's words").fill("方向盘不正")
    adviser.walk_around("199000", files.photo(visit.bag, "door.jpg"))
    with adviser.at.refused(422):
        adviser.at.press("Check in")
        expect(adviser.at.page.locator(".error-summary")).to_contain_text("The signature is missing.")
    shop.look(adviser.at, "04-check-in")
    adviser.at.draw_signature()
    adviser.check_in()
    adviser.add_job("定位", ALIGNMENT)
    adviser.at.press("Give estimate")
    adviser.at.press("Customer signs here")
    expect(adviser.at.field("Signed by")).to_be_visible()
    shop.look(adviser.at, "05-sign")
    adviser.at.draw_signature()
    adviser.at.press("Confirm")
    adviser.at.page.wait_for_url(f"**{adviser.order}")
    shop.look(adviser.at, "05-order")


def test_02_it_is_dispatched_worked_on_and_more_is_asked(visit: Visit) -> None:
    shop, adviser = visit.shop, visit.adviser
    controller, clerk = Controller(shop), PartsClerk(shop)
    controller.sign_in()
    clerk.sign_in()
    card = controller.card(visit.plate, ALIGNMENT_NAME)
    controller.tap_tap(card, controller.lane(TECHNICIAN), controller.slot_now() + 1)
    expect(controller.bar(visit.plate, ALIGNMENT_NAME)).to_be_visible()
    shop.look(controller.at, "06-board")
    shop.look(controller.wall, "06-wall")
    desk = shop.device("technician-pc", PC)
    shop.sign_in(desk, "tech")
    technician = Technician(shop, TECHNICIAN)
    technician.at = desk
    desk.open("/workshop/my-jobs")
    job = technician.job(visit.plate, ALIGNMENT_NAME)
    technician.press(job, "Start")
    technician.report(job, "空调滤清器发霉", files.photo(visit.bag, "filter.jpg"))
    technician.ask(job, "空调滤清器一件")
    shop.look(desk, "06-my-jobs")
    adviser.price_finding("空调滤清器发霉", "空调滤清器", FILTER)
    adviser.add_part(FILTER, "空调滤清器")
    phone = shop.device("customer-phone", PHONE, touch=True)
    phone.open(adviser.link_for_customer())
    shop.look(adviser.at, "08-link")
    shop.look(phone, "08-phone")
    phone.press(phone.page.locator("label.choice").first)
    phone.field("Your name").fill("王")
    phone.draw_signature()
    phone.press("Send my answer")
    expect(phone.page.locator("main")).to_contain_text("Thank you, we have your answer")
    expect(clerk.at.page.locator(f"#pick-{adviser.number}")).to_be_visible()
    shop.look(clerk.at, "07-desk")
    clerk.scan(adviser.number)
    expect(clerk.at.page.locator("h1")).to_contain_text(adviser.number)
    clerk.scan("A 205 835 01 47")
    expect(clerk.line("空调滤清器")).to_contain_text("Issued")
    shop.look(clerk.at, "07-pick")
    controller.tap_tap(
        controller.card(visit.plate, FILTER_NAME), controller.lane(TECHNICIAN), controller.slot_now() + 7
    )
    expect(controller.bar(visit.plate, FILTER_NAME)).to_be_visible()
    technician.press(job, "Done")
    technician.press(technician.job(visit.plate, FILTER_NAME), "Start")
    technician.press(technician.job(visit.plate, FILTER_NAME), "Done")
    expect(desk.page.locator("#toasts")).to_contain_text("Done. Well done!")


def test_03_it_is_inspected_paid_and_followed_up(visit: Visit) -> None:
    shop, adviser, number = visit.shop, visit.adviser, visit.adviser.number
    inspector, cashier, care = Inspector(shop), Cashier(shop), Care(shop)
    inspector.sign_in()
    inspector.open_car(number)
    shop.look(inspector.at, "09-inspection")
    for name in (ALIGNMENT_NAME, FILTER_NAME):
        inspector.judge(name, passed=True)
    inspector.at.press("Finish inspection")
    expect(inspector.at.page.locator("#toasts")).to_contain_text("Passed.")
    cashier.sign_in()
    cashier.open_car(number)
    cashier.at.press("Settle")
    cashier.at.choose("method", "card")
    shop.look(cashier.at, "10-settlement")
    cashier.at.press("Take payment")
    expect(cashier.at.page.locator(".panel-foot")).to_contain_text("Paid")
    adviser.at.open(f"/cashier/handover/{number}")
    for name in ("explained", "old_parts_given"):
        adviser.at.press(adviser.at.page.locator("label.check", has=adviser.at.page.locator(f"[name={name}]")))
    shop.look(adviser.at, "10-handover")
    adviser.at.press("Hand over")
    adviser.at.page.wait_for_url(re.compile(r"/orders/RO-"))
    shop.look(adviser.at, "10-delivered")
    care.sign_in()
    care.at.open("/care/calls")
    expect(care.panel("Next days")).to_contain_text(number)
    shop.look(care.at, "10-calls")
    called = care.panel("Calls due").locator(".row-link a").first
    number = called.inner_text().split("RO-")[1][:11]
    care.at.press(called)
    expect(care.at.field("What the customer said")).to_be_visible()
    shop.look(care.at, "10-call")
    care.answer("no", "4", "还是跑偏")
    expect(care.panel("Unhappy customers").locator(".row-link", has_text=number)).to_have_count(1)


def test_04_the_books_are_in_order(visit: Visit) -> None:
    assert "invariants hold" in visit.shop.flask("check")
    assert "holds" in visit.shop.flask("audit", "verify")
