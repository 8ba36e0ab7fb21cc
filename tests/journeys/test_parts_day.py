"""A day of the parts department: what is missing is suggested, ordered, unpacked with a fault, and the car goes on by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.counter import PartsClerk
from tests.journeys.shop import PC, Shop, open_demo_shop
from tests.support.browser import Device

PART, NUMBER = "前照灯模块", "A 206 900 51 02"
WAITS = """
    SELECT o.number FROM part_line l JOIN job j ON j.id = l.job_id JOIN repair_order o ON o.id = l.order_id
    WHERE l.name = :part AND l.quantity_milli > l.reserved_milli + l.issued_milli
      AND j.state IN ('approved', 'dispatched', 'working', 'paused') AND o.state IN ('authorised', 'in_work')
    ORDER BY o.promised_at IS NULL, o.promised_at, l.id
"""
PO = "SELECT max(number) FROM purchase_order WHERE kind = 'stock' AND supplier_id = 1"


@pytest.fixture(scope="module")
def shop(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("parts-day")
    with open_demo_shop(browser, f"sqlite:///{folder}/portal.sqlite3", folder, "zh") as opened:
        yield opened


@pytest.fixture(scope="module")
def clerk(shop: Shop) -> PartsClerk:
    clerk = PartsClerk(shop)
    clerk.sign_in()
    return clerk


def test_1_what_a_car_waits_for_is_suggested_with_its_reason(shop: Shop, clerk: PartsClerk) -> None:
    number = shop.value(WAITS, part=PART)
    clerk.at.open(f"/parts/orders/{number}")
    expect(clerk.line(PART)).to_contain_text(clerk.at.t("Short of %(count)s", count="1"))
    desk = shop.sign_in(shop.device("manager-pc", PC), "partsmanager")
    desk.open("/parts/suggested")
    if desk.page.locator("#calculate").count():
        desk.press("Calculate what to order")
    row = desk.page.locator("tr[id^=suggestion-]", has_text=PART)
    expect(row).to_be_visible()
    shop.look(desk, "parts-1-suggested")
    desk.press(row.locator("xpath=following-sibling::tr[1]").locator("summary"))
    expect(row.locator("xpath=following-sibling::tr[1]").locator("svg").first).to_be_visible()
    shop.look(desk, "parts-1-why")
    desk.open("/parts/suggested?supplier=1")
    desk.press("Draw up the purchase order")
    if desk.page.locator("[data-confirm-go]").is_visible():
        desk.press(desk.page.locator("[data-confirm-go]"))
    expect(desk.page.locator("h1")).to_contain_text("PO-")
    expect(desk.page.locator("main")).to_contain_text(PART)


def test_2_the_order_is_sent_and_printed(shop: Shop) -> None:
    desk, po = shop.device("manager-pc", PC), shop.value(PO)
    desk.open(f"/parts/purchases/{po}")
    shop.look(desk, "parts-2-draft")
    desk.press("Send to the supplier")
    expect(desk.page.locator(".page-head")).to_contain_text(desk.t("Sent to the supplier"))
    shop.look(desk, "parts-2-sent")
    assert desk.fetch(f"/parts/purchases/{po}/purchase-order.pdf").startswith(b"%PDF")


def test_3_a_delivery_with_a_fault_makes_the_waiting_car_ready_on_the_board(shop: Shop, clerk: PartsClerk) -> None:
    number, po = shop.value(WAITS, part=PART), shop.value(PO)
    plate = shop.value(
        "SELECT plate FROM vehicle v JOIN repair_order o ON o.vehicle_id = v.id WHERE o.number = :n", n=number
    )
    board = shop.sign_in(shop.device("controller-pc", PC), "controller")
    board.open("/workshop/board")
    card = board.page.locator(".job-card", has_text=plate).first
    expected = board.t("Parts expected %(day)s", day="|").split("|")[0].strip()
    expect(card).to_contain_text(expected)
    shop.look(board, "parts-3-board-waits")
    clerk.at.open(f"/parts/purchases/{po}/goods-in")
    row = clerk.at.page.locator("tr[id^=line-]", has_text=PART)
    wanted = re.search(r"\d+", row.locator("td.num").first.inner_text())
    assert wanted is not None
    inputs = {kind: row.locator(f"input[name^={kind}-]") for kind in ("good", "noted", "bin", "damaged")}
    inputs["good"].fill(str(int(wanted[0]) + 5))
    inputs["bin"].fill("C-04-01")
    clerk.at.field("Number of the delivery note").fill("SH-31007")
    with clerk.at.refused(422):
        clerk.at.press("Take it in")
        expect(clerk.at.page.locator("main")).to_contain_text(clerk.at.t("Keep the surplus"))
    shop.look(clerk.at, "parts-3-too-many")
    row = clerk.at.page.locator("tr[id^=line-]", has_text=PART)
    expect(row.locator("input[name^=bin-]")).to_have_value("C-04-01")
    row.locator("input[name^=good-]").fill(wanted[0])
    row.locator("input[name^=noted-]").fill(str(int(wanted[0]) + 1))
    clerk.at.press("Take it in")
    expect(clerk.at.page.locator("main")).to_contain_text(clerk.at.t("Less came than was on the note"))
    expect(clerk.at.page.locator("body")).to_contain_text(number)
    shop.look(clerk.at, "parts-3-received")
    expect(card).not_to_contain_text(expected)  # the board was not touched
    shop.look(board, "parts-3-board-ready")
    board.open("/")
    expect(board.page.locator("main")).to_contain_text(board.t("Parts have arrived"))
    page = clerk.at.page
    clerk.at.press(page.locator("#discrepancies").get_by_role("button", name=clerk.at.t("Settle it")))
    expect(page.locator("#discrepancies")).to_contain_text(clerk.at.t("Supplier credits it"))


def test_4_it_is_picked_by_scan_and_one_comes_back(shop: Shop, clerk: PartsClerk) -> None:
    issued = "SELECT sum(issued_milli) FROM part_line WHERE name = :part"
    before = shop.value(issued, part=PART)
    clerk.at.open("/parts/desk")
    clerk.scan(NUMBER)
    expect(clerk.at.page.locator("main")).to_contain_text(PART)
    expect(clerk.at.page.locator("#toasts")).to_contain_text(PART)
    clerk.at.wait_until_ready()
    assert shop.value(issued, part=PART) == before + 1000
    number = shop.value(
        "SELECT o.number FROM part_line l JOIN repair_order o ON o.id = l.order_id WHERE l.name = :part AND l.issued_milli > 0 ORDER BY l.id DESC LIMIT 1",
        part=PART,
    )
    clerk.at.open(f"/parts/orders/{number}")
    clerk.take_back(PART, "型号不符")
    clerk.at.wait_until_ready()
    assert shop.value(issued, part=PART) == before
    shop.look(clerk.at, "parts-4-came-back")
    assert "invariants hold" in shop.flask("check")


def counted(at: Device, pieces: int) -> None:
    """What lies there, typed into the first line that asks for it."""
    at.page.locator("input[name=counted]").first.fill(str(pieces))
    at.press(at.page.locator("form[id^=count-] button").first)
    at.wait_until_ready()


def test_5_a_stock_take_finds_a_disc_missing_and_the_manager_approves(shop: Shop, clerk: PartsClerk) -> None:
    lies = """SELECT b.on_hand_milli FROM stock_balance b JOIN bin ON bin.id = b.bin_id WHERE bin.code = 'B-02-01'"""
    before, at = shop.value(lies), clerk.at
    at.open("/parts/stock-takes")
    at.choose("kind", "bins")
    at.field("First bin").fill("B-02-01")
    at.field("Through bin").fill("B-02-01")
    at.press("Begin")
    expect(at.page.locator("h1")).to_contain_text("SC-")
    st = at.page.url.rsplit("/", 1)[1]
    at.press("Go on counting")
    expect(at.page.locator("main")).not_to_contain_text(f"{before // 1000}件")  # blind: nobody is told what to find
    shop.look(at, "parts-5-counting")
    counted(at, before // 1000 - 1)
    expect(at.page.locator("main")).to_contain_text(at.t("What is left has to be counted again by somebody else"))
    at.open(f"/parts/stock-takes/{st}/count")  # far from the ledger: another counts it again, and nobody says how far
    expect(at.page.locator("main")).to_contain_text(
        at.t("You counted this line the last time: somebody else counts it again.")
    )
    expect(at.page.locator("input[name=counted]")).to_have_count(0)
    shop.look(at, "parts-5-not-again")
    second = shop.sign_in(shop.device("second-pc", PC), "partsmanager")
    second.open("/")
    second.press(second.page.locator(".row-link a", has_text=st))
    second.press("Go on counting")
    expect(second.page.locator("main")).to_contain_text(second.t("Count again"))
    expect(second.page.locator("main")).not_to_contain_text(f"{before // 1000 - 1}件")
    shop.look(second, "parts-5-counting-again")
    counted(second, before // 1000 - 1)
    at.open(f"/parts/stock-takes/{st}")
    at.press("All is counted")
    expect(at.page.locator(".page-head")).to_contain_text(at.t("Counted, to be posted"))
    expect(at.page.locator("main")).not_to_contain_text("−1")  # who counts sees it when it is posted
    shop.look(at, "parts-5-all-counted")
    chief = shop.sign_in(shop.device("chief-pc", PC), "manager")
    chief.open("/")
    chief.press(chief.page.locator(".row-link a", has_text=st))
    expect(chief.page.locator("main")).to_contain_text("−1")
    shop.look(chief, "parts-5-to-approve")
    chief.press("Post the differences")
    chief.press(chief.page.locator("[data-confirm-go]"))
    expect(chief.page.locator(".page-head")).to_contain_text(chief.t("Posted"))
    at.open(f"/parts/stock-takes/{st}")
    expect(at.page.locator("main")).to_contain_text("−1")
    shop.look(at, "parts-5-posted")
    assert shop.value(lies) == before - 1000
    assert "invariants hold" in shop.flask("check") and "holds" in shop.flask("audit", "verify")
