"""Lists in which each line is a form of its own: whatever stands typed when another button is pressed is not lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.counter_sales import operations as counter
from app.domain.purchasing.model import PurchaseOrder
from app.domain.purchasing.states import PurchaseState
from app.domain.stock_takes import counting
from app.domain.stock_takes.model import StockTakeLine
from app.domain.stock_takes.states import TakeKind
from app.extensions import db
from app.kernel.clock import FixedClock, SystemClock
from tests.conftest import SETTINGS, make_app
from tests.support import buying, cast
from tests.support.browser import Device
from tests.support.live_server import running_server
from tests.support.screen import Screen
from tests.support.shop import SmallShop, open_small_shop


@dataclass
class Store:
    """The parts manager at the PC, and the rows behind the screen."""

    device: Device
    session: Session
    clock: FixedClock
    shop: SmallShop

    def kept(self, statement: Any) -> Any:
        """What is stored now."""
        self.session.rollback()
        self.session.expire_all()
        return self.session.scalars(statement).all()

    def fields(self, name: str) -> Locator:
        """The fields of this name, line by line."""
        return self.device.page.locator(f"main table input[name={name}]:not([type=hidden])")


@pytest.fixture
def store(browser: Browser, sqlite_template: Path, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    shutil.copy(sqlite_template, tmp_path / "portal.sqlite3")
    url = f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    app, clock = make_app(url, tmp_path), FixedClock(SystemClock().now())
    with app.app_context():
        engine = db.engine

    @contextmanager
    def opened(begin: Callable[[Session, FixedClock, SmallShop], str]) -> Iterator[Store]:
        with Session(engine) as session:
            shop = open_small_shop(session, clock)
            path = begin(session, clock, shop)
            session.commit()
            with running_server(url, tmp_path, SECRET_KEY=str(SETTINGS["SECRET_KEY"]), PORTAL_WORKERS="1") as address:
                device = Device(browser, address, "manager", (1280, 800), language="zh")
                name, value = Screen(app, address, "parts_manager").cookie.split("=", 1)
                device.context.add_cookies([{"name": name, "value": value, "url": address}])
                device.open(path)
                yield Store(device, session, clock, shop)
                faults = device.faults
                device.close()
            assert not faults

    yield opened
    engine.dispose()


def _draft(session: Session, clock: FixedClock, shop: SmallShop) -> str:
    order = buying.draft(session, clock, {shop.pads: 2000, shop.filter: 3000, shop.headlight: 1000}, unit_fen=100_10)
    return f"/parts/purchases/{order.number}"


def test_a_quantity_that_was_only_typed_is_on_the_order_before_it_is_sent(store: Callable[..., Any]) -> None:
    with store(_draft) as at:
        device, page = at.device, at.device.page
        for nth, typed in enumerate(("7", "9")):
            at.fields("quantity").nth(nth).fill(typed)
        device.press("Send to the supplier")
        expect(page.locator("#toasts")).to_contain_text(
            device.t("What you typed is saved. Look at it, then press once more.")
        )
        expect(page.locator("main")).to_contain_text("1,701.70")  # 17 pieces: to be seen before it goes out
        order = at.kept(select(PurchaseOrder))[0]
        assert order.state is PurchaseState.DRAFT
        assert sorted(line.quantity_milli for line in order.lines) == [1000, 7000, 9000]
        at.session.rollback()
        device.press("Send to the supplier")
        expect(page.locator(".page-head")).to_contain_text(device.t("Sent to the supplier"))


def test_what_is_refused_of_the_typed_lines_is_shown_and_nothing_is_sent(store: Callable[..., Any]) -> None:
    with store(_draft) as at:
        device, page = at.device, at.device.page
        at.fields("quantity").nth(0).fill("seven")
        at.fields("quantity").nth(1).fill("9")
        with device.refused(422):
            device.press("Send to the supplier")
            expect(page.locator("#toasts")).to_contain_text("seven")
        expect(at.fields("quantity").nth(0)).to_be_focused()
        expect(at.fields("quantity").nth(1)).to_have_value("9")
        assert at.kept(select(PurchaseOrder))[0].state is PurchaseState.DRAFT


def _take(session: Session, clock: FixedClock, _shop: SmallShop) -> str:
    take = counting.start(session, cast.acting(session, "parts_clerk"), clock, TakeKind.FULL)
    return f"/parts/stock-takes/{take.number}/count"


def test_a_whole_bin_may_be_typed_before_the_first_save(store: Callable[..., Any]) -> None:
    with store(_take) as at:
        device = at.device
        lines = at.fields("counted").count()
        assert lines > 1
        for nth in range(lines):
            at.fields("counted").nth(nth).fill(str(nth + 1))
        device.press(device.page.locator("form[id^=count-] button").last)
        expect(device.page.locator("main")).to_contain_text(
            device.t("What is left has to be counted again by somebody else")
        )
        assert all(line.rounds == 1 for line in at.kept(select(StockTakeLine)))


def _cart(session: Session, clock: FixedClock, shop: SmallShop) -> str:
    clerk = cast.acting(session, "parts_clerk")
    sale = counter.begin(session, clerk, clock)
    counter.add(session, clerk, clock, sale, session.get_one(Part, shop.filter))
    return f"/parts/sales/{sale.id}"


def test_the_till_takes_the_money_for_what_stands_in_the_cart(store: Callable[..., Any]) -> None:
    with store(_cart) as at:
        device, page = at.device, at.device.page
        one = page.locator(".row-total strong").inner_text()
        at.fields("quantity").first.fill("2")
        device.press("Take payment, hand over")
        expect(page.locator("#toasts")).to_be_visible()
        expect(page.locator(".row-total strong")).not_to_have_text(one)
        expect(page.locator("h1")).to_contain_text(device.t("Counter sale"))  # still to be paid


def _unpacked(session: Session, clock: FixedClock, shop: SmallShop) -> str:
    return f"/parts/purchases/{buying.sent(session, clock, {shop.pads: 2000, shop.filter: 3000}).number}/goods-in"


def test_a_refused_delivery_still_shows_the_bins_beside_it(store: Callable[..., Any]) -> None:
    with store(_unpacked) as at:
        page = at.device.page
        page.locator("input[name^=good-]").first.fill("9")
        with at.device.refused(422):
            at.device.press("Take it in")
            expect(page.locator("input[name^=keep-]")).to_be_attached()
        cut = page.locator(".goods-in input[type=text]").evaluate_all(
            "fields => fields.filter((f) => f.scrollWidth > f.clientWidth).map((f) => f.name)"
        )
        assert cut == [] and (page.locator("input[name^=bin-]").first.bounding_box() or {})["width"] > 90


def _sent(session: Session, clock: FixedClock, shop: SmallShop) -> str:
    order = buying.sent(session, clock, {shop.pads: 2000, shop.filter: 3000, shop.headlight: 4000})
    return f"/parts/purchases/{order.number}/goods-in"


def test_a_delivery_that_came_as_ordered_is_taken_in_with_two_presses(store: Callable[..., Any]) -> None:
    with store(_sent) as at:
        device, page = at.device, at.device.page
        fields = {kind: page.locator(f"main table input[name^={kind}-]") for kind in ("good", "damaged", "bin")}
        fields["damaged"].nth(1).fill("1")
        fields["good"].nth(2).fill("3")
        device.press("All as ordered")
        assert [fields["good"].nth(nth).input_value() for nth in range(3)] == ["2", "2", "3"]
        fields["bin"].nth(2).fill("C-4")
        device.field("Number of the delivery note").fill("SH-8")
        device.field("Number of the delivery note").press("Enter")  # as the scanner does: that takes it in
        expect(page.locator("h1")).to_contain_text("PO-")
        expect(page.locator("main")).to_contain_text("GR-")
