"""One car through the shop on real screens, all in Chinese: from the old system's files to the signed order.

The tests of the three files are the hours of one day and build on each other: when one fails, the later ones may too.
"""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.sync_api import expect

from app.kernel.clock import shanghai
from tests.journeys import files
from tests.journeys.adviser import Adviser
from tests.journeys.day import (
    LAMP,
    SERVICE,
    TECHNICIAN,
    Day,
    pages,
)
from tests.journeys.files import CUSTOMER, PLATE, VIN
from tests.journeys.shop import PC


def test_01_people_sign_in_by_password_and_by_tile_and_pin(day: Day) -> None:
    shop, admin = day.shop, day.administrator
    admin.at.open("/")
    shop.look(admin.at, "01-sign-in")
    with admin.at.refused(422):
        admin.at.field("Sign-in name").fill("admin")
        admin.at.field("Password").fill("not this one at all")
        admin.at.press("Sign in")
        expect(admin.at.page.locator(".error-summary")).to_contain_text(
            admin.at.t("The name and the password or PIN do not match.")
        )
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
    care.choose_slot(slot, other, "空调有异味，先查滤芯")
    adviser.choose_slot(slot, PLATE, "A 类保养，左前灯不亮")
    shop.look(adviser.at, "03-appointment-form")
    adviser.at.press("Book")
    expect(adviser.at.page.locator(".row-link", has_text=CUSTOMER)).to_be_visible()
    with care.at.refused(409):
        care.at.press("Book")
        expect(care.at.page.locator(".error-summary")).to_contain_text(
            care.at.t("This time has just been taken. Choose another one.")
        )
    expect(care.at.field("What does the customer want?")).to_have_value("空调有异味，先查滤芯")
    shop.look(care.at, "03-slot-taken")
    adviser.at.open("/appointments")
    expect(adviser.at.page.locator(".slot", has_text=slot)).to_contain_text(adviser.at.t("full"))
    assert shop.value("SELECT count(*) FROM appointment WHERE wish LIKE '%左前灯%'") == 1
    assert shop.value("SELECT count(*) FROM appointment WHERE wish LIKE '空调有异味，先查滤芯'") == 0


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
