"""One car through the shop, on real screens: every role at its own device, all open at once, all in Chinese.

The tests are the hours of one day and build on each other; when one fails, the later ones fail with it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from app.kernel.clock import business_date, shanghai
from tests.journeys import files
from tests.journeys.administrator import Administrator
from tests.journeys.adviser import Adviser
from tests.journeys.controller import Controller
from tests.journeys.counter import Care, Cashier, Inspector, PartsClerk
from tests.journeys.files import CUSTOMER, PLATE, VIN
from tests.journeys.shop import PC, PHONE, Shop
from tests.journeys.technician import Technician

pytestmark = pytest.mark.xdist_group("journey-zh")

SERVICE, LAMP, BRAKES, WIPERS = "00-2095", "82-1050", "42-1180", "82-4110"
SERVICE_NAME, LAMP_NAME, BRAKES_NAME, WIPERS_NAME = "A 类保养", "前照灯调整", "更换前制动片", "更换雨刮片"
TECHNICIAN = "刘衡"


class Day:
    """The people of this day, and what they carry along."""

    def __init__(self, shop: Shop, bag: Path) -> None:
        self.shop, self.bag = shop, bag
        self.administrator = Administrator(shop)
        self.adviser = Adviser(shop)
        self.controller = Controller(shop)
        self.technician = Technician(shop, TECHNICIAN)
        self.clerk, self.inspector = PartsClerk(shop), Inspector(shop)
        self.cashier, self.care = Cashier(shop), Care(shop)
        self.link = ""

    @property
    def number(self) -> str:
        """The order's number."""
        return self.adviser.number

    def state(self) -> str:
        """The order's state in the database."""
        return str(self.shop.value("SELECT state FROM repair_order WHERE number = :n", n=self.number))

    def job_id(self, code: str) -> int:
        """The id of a job of the order."""
        return int(
            self.shop.value(
                "SELECT job.id FROM job JOIN repair_order o ON o.id = job.order_id WHERE o.number = :n AND job.code = :c",
                n=self.number,
                c=code,
            )
        )


@pytest.fixture(scope="module")
def day(chinese_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    yield Day(chinese_shop, tmp_path_factory.mktemp("bag"))


def pages(pdf: bytes) -> str:
    """The text of a printed paper, without blanks."""
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def test_01_people_sign_in_by_password_and_by_tile_and_pin(day: Day) -> None:
    shop, admin = day.shop, day.administrator
    admin.at.open("/")
    shop.look(admin.at, "01-sign-in")
    with admin.at.refused(422):
        admin.at.field("Sign-in name").fill("admin")
        admin.at.field("Password").fill("not this one at all")
        admin.at.press("Sign in")
        expect(admin.at.page.locator(".error-summary")).to_contain_text(admin.at.t("Name and secret do not match."))
    expect(admin.at.field("Sign-in name")).to_have_value("admin")
    admin.sign_in()
    now = shanghai(datetime.now(UTC))
    admin.set_reception(min(24, max(18, now.hour + 3)), cars_per_slot=1)

    admin.enrol("1 号工位", "terminal")
    terminal = day.technician.at
    shop.look(terminal, "01-tiles")
    with terminal.refused(422):
        shop.sign_in_by_pin(terminal, TECHNICIAN, "000000")
        expect(terminal.page.locator(".error-summary")).to_be_visible()
    shop.look(terminal, "01-pin")
    day.technician.sign_in()
    shop.look(terminal, "01-my-jobs")
    # A PIN opens no door that needs a password: the cashier's till is shut for a technician at a terminal.
    with terminal.refused(403):
        terminal.open("/cashier/desk")
        expect(terminal.page.locator("main")).to_contain_text(
            terminal.t("You may not do this. Ask someone whose role allows it.")
        )


def test_02_each_person_has_a_language_of_their_own(day: Day) -> None:
    shop = day.shop
    desk = shop.device("second-adviser", PC)
    shop.sign_in(desk, "adviser2")
    desk.press(desk.page.locator(".person-menu summary"))
    desk.press(desk.page.get_by_role("button", name="English"))
    desk.language = "en"
    expect(desk.page.locator("nav.rail")).to_contain_text("Appointments")
    shop.look(desk, "01-morning-in-english")
    shop.sign_out(desk)
    desk.language = "zh"  # nobody is there: the device speaks as its browser does
    shop.sign_in(desk, "adviser2")
    expect(desk.page.locator("nav.rail")).to_contain_text("Appointments")
    shop.sign_in(day.adviser.at, "adviser")
    expect(day.adviser.at.page.locator("nav.rail")).to_contain_text("预约")


def test_03_the_old_customers_and_cars_are_taken_in(day: Day) -> None:
    admin = day.administrator
    customers = files.export(day.bag, "客户.csv", files.CUSTOMERS)
    admin.take_in("customers", customers, accepted=2, rejected=1)
    admin.take_in("vehicles", files.export(day.bag, "车辆.csv", files.VEHICLES), accepted=1, rejected=0)
    report = admin.at.named("Download the report").get_attribute("href")
    assert report and "车辆" in admin.at.page.locator("h1").inner_text()
    admin.at.open("/admin/import")
    expect(admin.at.page.locator("main")).to_contain_text("客户.csv")
    day.shop.look(admin.at, "02-imports")
    assert day.adviser.at.post("/admin/import") == 403


def test_04_the_search_finds_the_car_by_whatever_is_typed(day: Day) -> None:
    adviser, page = day.adviser, day.adviser.at.page
    for typed in (PLATE, PLATE[1:].lower(), VIN, VIN[-6:]):
        adviser.at.open("/")
        adviser.find(typed)
        expect(page.locator(".page-head .plate")).to_have_text(PLATE)
    day.shop.look(adviser.at, "01-vehicle")
    for typed in (files.PHONE, files.INITIALS, CUSTOMER):
        adviser.find(typed)
        expect(page.locator(".row-link", has_text=CUSTOMER)).to_be_visible()
    day.shop.look(adviser.at, "01-search")
    adviser.find("沪N9Z998")
    adviser.at.press("New car and customer")
    expect(page.locator('[name="plate"]')).to_have_value("沪N9Z998")
    day.shop.look(adviser.at, "01-new-car")


def test_05_a_time_is_booked_once_and_never_twice(day: Day) -> None:
    adviser, shop = day.adviser, day.shop
    adviser.at.open("/appointments")
    shop.look(adviser.at, "03-appointments")
    slot = adviser.at.page.locator("a.slot b").last.inner_text()
    other = shop.value("SELECT plate FROM vehicle WHERE energy = 'fuel' ORDER BY id DESC LIMIT 1 OFFSET 30")
    care = Adviser(shop)
    care.at = shop.device("care-pc", PC)
    day.care.sign_in()
    care.choose_slot(slot, other, "空调不凉")
    adviser.choose_slot(slot, PLATE, "A 类保养，左前灯不亮")
    shop.look(adviser.at, "03-appointment-form")
    adviser.at.press("Book")
    expect(adviser.at.page.locator(".row-link", has_text=CUSTOMER)).to_be_visible()
    with care.at.refused(409):
        care.at.press("Book")
        expect(care.at.page.locator(".error-summary")).to_contain_text(
            care.at.t("This time has just been taken. Choose another one.")
        )
    expect(care.at.field("What does the customer want?")).to_have_value("空调不凉")
    shop.look(care.at, "03-slot-taken")
    adviser.at.open("/appointments")
    expect(adviser.at.page.locator(".slot", has_text=slot)).to_contain_text(adviser.at.t("full"))
    assert (
        day.inspector.at.context is not None
        and shop.value("SELECT count(*) FROM appointment WHERE wish LIKE '%左前灯%'") == 1
    )


def test_06_the_car_is_checked_in_beside_the_car(day: Day) -> None:
    adviser, shop = day.adviser, day.shop
    page = adviser.at.page
    adviser.arrive(PLATE[1:])
    expect(adviser.at.field("Customer's words")).to_have_value("A 类保养，左前灯不亮")
    shop.look(adviser.at, "04-check-in-empty")
    adviser.walk_around("51000", files.photo(day.bag, "左前门.jpg"))
    adviser.at.draw_signature()
    with adviser.at.refused(422):
        adviser.at.press("Check in")
        expect(page.locator(".error-summary")).to_contain_text("52,000")
    expect(page.locator(".damage-note").first).to_have_value("左前门，停车场刮碰")
    expect(adviser.at.field("Mileage")).to_have_value("51000")
    expect(page.locator('[name="warning_lights"][value="service"]')).to_be_checked()
    expect(page.locator(".damage-row .thumb img")).not_to_have_js_property("naturalWidth", 0)
    assert (page.locator("#signature").input_value()).startswith("data:image/png")
    shop.look(adviser.at, "04-check-in-doubt")
    adviser.at.field("Why is the mileage lower?").fill("上次抄错，仪表为证")
    adviser.check_in()
    shop.look(adviser.at, "05-order-new")
    sheet = pages(adviser.paper("Inspection sheet"))
    for printed in (PLATE, "51,000", "左前门，停车场刮碰", "行车记录仪", CUSTOMER, "A类保养"):
        assert printed.replace(" ", "") in sheet, f"{printed} is not on the inspection sheet: {sheet}"
    adviser.arrive(PLATE)
    expect(page.locator("main")).to_contain_text(day.number)
    expect(adviser.at.named("Check in")).to_have_attribute("aria-disabled", "true")


def test_07_the_order_is_priced_and_signed(day: Day) -> None:
    adviser, shop = day.adviser, day.shop
    page = adviser.at.page
    adviser.open_order()
    expect(adviser.at.named("Give estimate")).to_have_attribute("aria-disabled", "true")
    adviser.add_job("保养", SERVICE)
    adviser.add_part(SERVICE, "A 270 180 01 09")
    adviser.give_discount(SERVICE, "10")
    expect(adviser.job(SERVICE)).to_contain_text("381.60")
    adviser.add_job("qzd", LAMP, "warranty")
    adviser.add_part(LAMP, "前照灯模块")
    money = page.locator("#money")
    expect(money.locator("tr", has_text=adviser.at.t("Customer pays"))).to_contain_text("579.60")
    expect(money.locator("tr", has_text=adviser.at.t("Warranty"))).to_contain_text("7,192.00")
    expect(money.locator(".row-total")).to_contain_text("7,771.60")
    shop.look(adviser.at, "05-order-priced")

    stale = adviser.at.new_page()
    stale.goto(adviser.order)
    edit = stale.locator("#jobs .job", has_text=SERVICE).locator(".job-actions details")
    edit.locator("summary").tap()
    adviser.at.press("Give estimate")
    expect(page.locator(".page-head")).to_contain_text(adviser.at.t("Estimate given"))
    with adviser.at.refused(409):
        adviser.at.field("Discount %%", edit).fill("25")
        edit.get_by_role("button").tap()
        expect(stale.locator(".error-summary")).to_be_visible()
        expect(adviser.at.field("Discount %%", edit)).to_have_value("25")  # still there to be read, and sent again
    stale.close()
    assert shop.value("SELECT discount_permille FROM job WHERE id = :id", id=day.job_id(SERVICE)) == 100

    adviser.at.press("Customer signs here")
    expect(adviser.at.field("Signed by")).to_have_value(CUSTOMER)
    expect(page.locator("main")).to_contain_text("¥579.60")  # the warranty pays the rest
    shop.look(adviser.at, "05-sign")
    with adviser.at.refused(422):
        adviser.at.press("Confirm")
        expect(page.locator(".error-summary")).to_contain_text(adviser.at.t("The signature is missing."))
    adviser.at.draw_signature()
    adviser.at.press("Confirm")
    page.wait_for_url(f"**{adviser.order}")
    assert day.state() == "authorised"
    card = pages(adviser.paper("Job card"))
    assert day.number in card and PLATE in card and SERVICE in card and "机油滤清器" in card
    expect(adviser.job(LAMP)).to_contain_text(adviser.at.t("Short of %(count)s", count=1))


def test_08_the_board_dispatches_and_every_screen_follows(day: Day) -> None:
    controller, shop = day.controller, day.shop
    controller.sign_in()
    day.clerk.sign_in()
    lane = controller.lane(TECHNICIAN)
    expect(controller.card(PLATE, LAMP_NAME)).to_contain_text(controller.at.t("Parts missing"))
    shop.look(controller.at, "06-board-before")
    slot = controller.slot_now()
    controller.drag(controller.card(PLATE, SERVICE_NAME), lane, slot + 1)
    expect(controller.bar(PLATE, SERVICE_NAME)).to_be_visible()
    controller.tap_tap(controller.card(PLATE, LAMP_NAME), lane, slot + 5)
    expect(lane.locator(".bar", has_text=PLATE)).to_have_count(2)
    shop.look(controller.at, "06-board-after")
    expect(controller.wall.page.locator(".wall-row", has_text=PLATE[2:]).filter(has_text=SERVICE_NAME)).to_contain_text(
        TECHNICIAN
    )
    shop.look(controller.wall, "06-wall")
    adviser = day.adviser.at
    assert adviser.post("/workshop/assign", {"job": str(day.job_id(SERVICE))}) == 403
    adviser.open("/workshop/board")
    expect(adviser.page.locator("[data-lane]").first).to_be_visible()
    assert adviser.page.locator("[data-job]").count() == 0
    shop.look(adviser, "06-board-adviser")


def test_09_the_technician_works_asks_and_reports(day: Day) -> None:
    technician, shop = day.technician, day.shop
    technician.sign_in()
    job = technician.job(PLATE, SERVICE_NAME)
    technician.press(job, "Start")
    expect(job).to_have_class(re.compile("is-working"))
    expect(
        day.controller.wall.page.locator(".wall-row", has_text=PLATE[2:]).filter(has_text=SERVICE_NAME)
    ).to_contain_text(day.controller.wall.t("Working"))
    expect(technician.at.named("Done", job)).to_have_attribute("aria-disabled", "true")
    assert technician.at.post(f"/workshop/jobs/{day.job_id(SERVICE)}/finish") == 409
    assert technician.at.post(f"/workshop/jobs/{day.job_id(LAMP)}/start") == 409
    technician.press(job, "Pause")
    shop.look(technician.at, "06-terminal-pause")
    technician.at.press(technician.at.named("Tool or lift not free", technician.at.page.locator("dialog[open]")))
    expect(job).not_to_have_class(re.compile("is-working"))
    expect(day.controller.at.page.locator(".dispatch-layout")).to_contain_text(
        day.controller.at.t("Tool or lift not free")
    )
    technician.press(job, "Start")
    technician.ask(job, "放油螺塞密封圈一件")
    expect(day.clerk.at.page.locator(".row-link", has_text="放油螺塞密封圈一件")).to_be_visible()
    technician.press(job, "Report a finding")
    shop.look(technician.at, "06-terminal-finding")
    technician.at.page.keyboard.press("Escape")
    technician.report(job, "前制动片剩余 3 mm", files.photo(day.bag, "制动片.jpg"), urgent=True)
    technician.report(job, "雨刮片老化", None)
    shop.look(technician.at, "06-terminal")
    assert shop.value("SELECT count(*) FROM clock_entry WHERE job_id = :id", id=day.job_id(SERVICE)) == 2


def test_10_the_parts_desk_picks_issues_and_takes_back(day: Day) -> None:
    clerk, shop = day.clerk, day.shop
    page = clerk.at.page
    expect(page.locator(f"#pick-{day.number}")).to_contain_text(clerk.at.t("Short of %(count)s", count=1))
    shop.look(clerk.at, "07-desk")
    with clerk.at.refused(422):
        clerk.scan("A 999 999 99 99")
        expect(page.locator(".error-summary")).to_contain_text("A 999 999 99 99")
    clerk.scan(day.number)
    expect(page.locator("h1")).to_contain_text(day.number)
    shop.look(clerk.at, "07-pick")
    clerk.scan("a 270 180 01 09")
    expect(clerk.line("机油滤清器")).to_contain_text(clerk.at.t("Issued"))
    with clerk.at.refused(409):
        clerk.scan("A2701800109")
        expect(page.locator(".error-summary")).to_be_visible()
    clerk.take_back("机油滤清器", "包装破损")
    expect(clerk.line("机油滤清器")).to_contain_text(clerk.at.t("On the shelf"))
    clerk.scan("A2701800109")
    expect(clerk.line("机油滤清器")).to_contain_text(clerk.at.t("Issued"))
    request = page.locator("section[id^=request-]")
    clerk.at.field("Or answer in words", request).fill("已放在 3 号料盒")
    clerk.at.press(clerk.at.named("Answer", request))
    expect(request).to_contain_text("已放在 3 号料盒")
    clerk.receive("A 206 900 51 02", "C-04-01", "2")
    expect(page.locator("#toasts")).to_contain_text(day.number)
    shop.look(clerk.at, "07-received")
    clerk.at.open(f"/parts/orders/{day.number}")
    form = clerk.line("前照灯模块").locator("form[action$='/issue']")
    values, path = clerk.at.form_values(form), form.get_attribute("action") or ""
    clerk.at.press(clerk.at.named("Issue", form))
    expect(clerk.line("前照灯模块")).to_contain_text(clerk.at.t("Issued"))
    assert clerk.at.post(path, values) == 302  # the same form once more: the same answer, nothing issued twice
    assert (
        shop.value("SELECT issued_milli FROM part_line WHERE name = '前照灯模块' AND job_id = :id", id=day.job_id(LAMP))
        == 1000
    )
    day.adviser.open_order()
    expect(day.adviser.job(LAMP)).to_contain_text(day.adviser.at.t("Issued"))
    assert day.adviser.at.post(path, {"quantity": "1"}) == 403


def test_11_the_customer_decides_on_the_phone(day: Day) -> None:
    adviser, shop = day.adviser, day.shop
    adviser.open_order()
    expect(adviser.at.page.locator(".finding img")).to_have_js_property("complete", True)
    shop.look(adviser.at, "08-findings")
    adviser.price_finding("前制动片剩余 3 mm", "制动片", BRAKES)
    adviser.add_part(BRAKES, "前制动片套件")
    adviser.price_finding("雨刮片老化", "雨刮", WIPERS)
    brakes = day.job_id(BRAKES)
    form = {"job": str(brakes), "technician": "5", "start": "2099-01-01T10:00", "version": "1"}
    assert day.controller.at.post("/workshop/assign", form) == 409
    expect(day.controller.at.page.locator(f"#card-w{brakes}")).to_contain_text(
        day.controller.at.t("Waiting for approval")
    )
    day.link = adviser.link_for_customer()
    shop.look(adviser.at, "08-link")

    phone = shop.device("customer-phone", PHONE, touch=True)
    phone.open(day.link)
    expect(phone.page.locator(".question-photo")).to_have_js_property("complete", True)
    expect(phone.page.locator("fieldset.question", has_text=BRAKES_NAME)).to_contain_text("2,263.00")
    shop.look(phone, "08-phone")
    phone.choose(f"job-{brakes}", "approved")
    phone.choose(f"job-{day.job_id(WIPERS)}", "declined")
    phone.field("Your name").fill(CUSTOMER)
    with phone.refused(422):
        phone.press("Send my answer")
        expect(phone.page.locator(".error-summary")).to_contain_text(phone.t("The signature is missing."))
    expect(phone.page.locator(f'input[name="job-{brakes}"][value="approved"]')).to_be_checked()
    phone.draw_signature()
    shop.look(phone, "08-phone-signed")
    phone.press("Send my answer")
    expect(phone.page.locator("main")).to_contain_text(phone.t("Thank you, we have your answer"))
    shop.look(phone, "08-phone-thanks")
    phone.open(day.link)
    expect(phone.page.locator("form#answer-form")).to_have_count(0)
    adviser.at.open(f"/vehicles/{shop.value('SELECT id FROM vehicle WHERE plate = :p', p=PLATE)}")
    expect(adviser.at.page.locator("main")).to_contain_text(WIPERS_NAME)
    shop.look(adviser.at, "08-recommendation")


def test_12_the_work_is_finished(day: Day) -> None:
    controller, technician, clerk = day.controller, day.technician, day.clerk
    controller.tap_tap(controller.card(PLATE, BRAKES_NAME), controller.lane(TECHNICIAN), controller.slot_now() + 3)
    expect(controller.bar(PLATE, BRAKES_NAME)).to_be_visible()
    clerk.at.open(f"/parts/orders/{day.number}")
    clerk.scan("A 000 420 21 05")
    expect(clerk.line("前制动片套件")).to_contain_text(clerk.at.t("Issued"))
    technician.sign_in()
    technician.press(technician.job(PLATE, SERVICE_NAME), "Done")
    for name in (LAMP_NAME, BRAKES_NAME):
        technician.press(technician.job(PLATE, name), "Start")
        expect(technician.job(PLATE, name)).to_have_class(re.compile("is-working"))
        technician.press(technician.job(PLATE, name), "Done")
        expect(technician.job(PLATE, name)).to_have_count(0)
    assert day.state() == "work_done"
    day.shop.look(technician.at, "09-terminal-done")


def test_13_somebody_else_inspects_rejects_and_passes(day: Day) -> None:
    inspector, technician, shop = day.inspector, day.technician, day.shop
    page = inspector.at.page
    inspector.sign_in()
    inspector.open_car(day.number)
    shop.look(inspector.at, "09-inspection")
    path = f"/workshop/inspections/{day.number}"
    assert technician.at.post(path) == 403
    inspector.judge(SERVICE_NAME, passed=True)
    inspector.judge(LAMP_NAME, passed=True)
    with inspector.at.refused(422):
        inspector.at.press("Finish inspection")
        expect(page.locator(".error-summary")).to_contain_text(inspector.at.t("Decide on every item."))
    expect(inspector.item(LAMP_NAME).locator("input[value=pass]")).to_be_checked()
    inspector.judge(BRAKES_NAME, passed=False)
    with inspector.at.refused(409):
        inspector.at.press("Finish inspection")
        expect(page.locator(".error-summary")).to_contain_text(inspector.at.t("Say why."))
    inspector.judge(BRAKES_NAME, passed=False, reason="制动片导向销未润滑")
    shop.look(inspector.at, "09-inspection-reject")
    inspector.at.press("Finish inspection")
    expect(page.locator("#toasts")).to_contain_text(inspector.at.t("Sent back to the workshop."))
    assert day.state() == "in_work"

    technician.sign_in()
    job = technician.job(PLATE, BRAKES_NAME)
    expect(job).to_contain_text("制动片导向销未润滑")
    shop.look(technician.at, "09-terminal-sent-back")
    technician.press(job, "Start")
    technician.press(job, "Done")
    expect(job).to_have_count(0)
    inspector.open_car(day.number)
    inspector.judge(BRAKES_NAME, passed=True)
    inspector.at.field("Road test").fill("5")
    inspector.at.field("Mileage out").fill("50000")
    with inspector.at.refused(422):
        inspector.at.press("Finish inspection")
        expect(page.locator(".error-summary")).to_be_visible()
    inspector.at.field("Mileage out").fill("51005")
    inspector.at.press("Finish inspection")
    expect(page.locator("#toasts")).to_contain_text(inspector.at.t("Passed."))
    assert day.state() == "inspected"
    expect(day.controller.wall.page.locator(".wall-row", has_text=PLATE[2:])).to_contain_text(
        day.controller.wall.t("Ready")
    )


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
