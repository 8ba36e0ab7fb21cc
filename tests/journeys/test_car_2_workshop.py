"""One car through the shop on real screens, all in Chinese: board, terminal, parts desk, customer's phone, inspection.

The tests of the three files are the hours of one day and build on each other: when one fails, the later ones may too.
"""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys import files
from tests.journeys.day import (
    BRAKES,
    BRAKES_NAME,
    LAMP,
    LAMP_NAME,
    SERVICE,
    SERVICE_NAME,
    TECHNICIAN,
    WIPERS,
    WIPERS_NAME,
    Day,
)
from tests.journeys.files import CUSTOMER, PLATE
from tests.journeys.shop import PHONE


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
        day.controller.wall.t("Work finished")
    )
