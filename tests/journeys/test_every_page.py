"""Every page at the size of its screen, in both languages: nothing cut off, overlapping, untranslated or too small to tap."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.conftest import make_app
from tests.house.test_navigation import pages
from tests.journeys.shop import PC, TABLET, WALL, Shop, open_demo_shop
from tests.support.browser import LOCALES, Device

AT = {"adviser": TABLET, "inspector": TABLET, "tech": TABLET, "manager": PC, "gm": PC, "admin": PC}
# Who stands before a page, at the screen above. The manager holds what controller, clerks, cashier and care hold.
WHERE = {
    "home.morning": ("adviser", "manager", "gm"), "home.search": ("adviser",), "auth.password_page": ("adviser",),
    "workshop.my_jobs": ("tech",), "workshop.inspection": ("inspector",),
    "workshop.inspections": ("inspector",), "cashier.handover": ("adviser",),
}  # fmt: skip
BY_BLUEPRINT = {"reception": "adviser", "admin": "admin"}
# Files, streams and redirects; and what needs a token: those pages the journeys look at.
NO_PAGE = {
    "home.healthz", "live.stream", "live.poll", "auth.still_here", "auth.sign_in", "auth.pin_page", "admin.upload", "admin.upload_report", "portal.approval", "portal.photo",
    "reception.file", "reception.estimate_pdf", "reception.job_card", "reception.inspection_sheet", "reception.export_orders", "workshop.certificate",
    "parts.picking_list", "parts.purchase_pdf", "parts.goods_labels", "parts.return_note", "parts.count_sheet", "parts.variance_pdf", "parts.period_values", "parts.sale_receipt", "parts.tool_labels", "window.reserved", "window.photo", "window.offer", "window.offers", "parts.name_tags", "parts.tool_certificate", "parts.find", "cashier.settlement_list",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    with open_demo_shop(browser, f"sqlite:///{folder / 'portal.sqlite3'}", folder, "en") as found:
        yield found


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, for its addresses only: the pages come from the shop's server."""
    folder = tmp_path_factory.mktemp("links")
    return make_app(f"sqlite:///{folder / 'none.sqlite3'}", folder)


def numbers(shop: Shop, *states: str) -> list[str]:
    """The newest order in each of ``states``."""
    statement = "SELECT number FROM repair_order WHERE state = :state ORDER BY id DESC LIMIT 1"
    return [number for state in states if (number := shop.value(statement, state=state))]


def takes(shop: Shop, *states: str) -> list[str]:
    """A stock-take in each of ``states``."""
    return [shop.value("SELECT max(number) FROM stock_take WHERE state = :state", state=state) for state in states]


def addresses(app: Flask, shop: Shop) -> dict[str, list[str]]:
    """Endpoint -> the addresses of it that are worth a look: orders in several states, the same page full and empty."""
    longest = shop.value(
        "SELECT o.number FROM repair_order o JOIN job j ON j.order_id = o.id GROUP BY o.id, o.number ORDER BY count(*) DESC, o.id DESC LIMIT 1"
    )
    estimated, in_work = numbers(shop, "estimated", "in_work")
    of_order = "SELECT min(j.id) FROM job j JOIN repair_order o ON o.id = j.order_id WHERE o.number = :number"
    job = shop.value(of_order, number=estimated)
    month = shop.value("SELECT max(number) FROM purchase_order")[3:9]
    several = {
        "home.search": ["/search?q=沪A", "/search?q=沪A00000"],
        "reception.orders": ["/orders", "/orders?text=沪A00000"],
        "reception.order": [
            *(f"/orders/{number}" for number in [longest, *numbers(shop, "checked_in", "in_work", "settled")]),
            f"/orders/{estimated}?operation=换#add-job",
            f"/orders/{estimated}?job={job}&part=油",
        ],
        "reception.price": [f"/orders/{in_work}/jobs/{shop.value(of_order, number=in_work)}/price"],
        "reception.sign": [f"/orders/{estimated}/sign"],
        "reception.find_arrival": ["/arrivals/find?plate=沪A", "/arrivals/find?plate=沪A00000"],
        "reception.new_appointment": ["/appointments/new?find=沪A", "/appointments/new?vehicle=1"],
        "reception.appointment": [f"/appointments/{shop.value('SELECT max(id) FROM appointment')}"],
        "parts.stock": ["/parts/stock", "/parts/stock?q=00000"],
        "parts.purchase": [f"/parts/purchases/PO-{month}-000{n}" for n in (1, 3, 5)],
        "parts.goods_in": [f"/parts/purchases/PO-{month}-0003/goods-in"],
        "parts.send_back": [f"/parts/purchases/PO-{month}-0001/receipts/1/return"],
        "parts.supplier_return": [f"/parts/returns/{shop.value('SELECT max(number) FROM supplier_return')}"],
        "parts.compare_suppliers": ["/parts/suppliers/compare", "/parts/suppliers/compare?a=1&b=2"],
        "parts.invoices": ["/parts/invoices", "/parts/invoices?supplier=1"],
        "parts.figures": [f"/parts/figures?of={of}" for of in ("supply", "turnover", "obsolete", "lost")],
        "parts.part": ["/parts/1", "/parts/23"],
        "parts.pick": [f"/parts/orders/{number}" for number in numbers(shop, "in_work", "authorised")],
        "parts.stock_take": [f"/parts/stock-takes/{number}" for number in takes(shop, "counting", "counted", "posted")],
        "parts.count": [f"/parts/stock-takes/{number}/count" for number in takes(shop, "counting")],
        "workshop.inspection": [f"/workshop/inspections/{number}" for number in numbers(shop, "work_done")],
        "cashier.settlement": [
            f"/cashier/orders/{number}" for number in [*numbers(shop, "inspected", "settled"), longest]
        ],
        "cashier.handover": [f"/cashier/handover/{number}" for number in numbers(shop, "settled")],
        "care.call": [f"/care/calls/{shop.value(f'SELECT max(id) FROM follow_up WHERE state = {state!r}')}" for state in ("due", "reached")],
    }  # fmt: skip
    links = app.url_map.bind("localhost")
    found = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in pages(app) - NO_PAGE:
            plain = [links.build(rule.endpoint, dict.fromkeys(rule.arguments, "1"))]
            found[rule.endpoint] = several.get(rule.endpoint, plain)
    return found


def whom(endpoint: str) -> tuple[str, ...]:
    """Who stands before the page."""
    return WHERE.get(endpoint) or (BY_BLUEPRINT.get(endpoint.split(".")[0], "manager"),)


def screen(shop: Shop, who: str, endpoint: str, language: str) -> Device:
    """That person's screen, which speaks ``language`` from the next page on."""
    size = WALL if endpoint == "workshop.wall" else AT[who]
    name = f"{who}-{size[0]}"
    fresh = name not in shop.devices
    device = shop.device(name, size, touch=size == TABLET)
    if fresh:
        shop.sign_in(device, who)
    device.language = language
    return device


def test_every_page_fits_its_screen_in_both_languages(links: Flask, shop: Shop) -> None:
    faults = []
    for language in ("en", "zh"):
        shop.change("UPDATE staff SET language = :language", language=LOCALES[language])
        for endpoint, paths in addresses(links, shop).items():
            for who in whom(endpoint):
                device = screen(shop, who, endpoint, language)
                # English words are the longer ones: it sees every state of a page, Chinese one of each.
                for index, path in enumerate(paths if language == "en" else paths[:1]):
                    device.open(path)
                    faults += shop.inspector.glance(device, f"{endpoint}-{index}")
    assert faults == [], "\n".join(faults)
