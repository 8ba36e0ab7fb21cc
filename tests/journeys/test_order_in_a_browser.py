"""The order's page in a real browser: it knows at once what others did, and never under somebody's hands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part
from app.domain.repair_orders import lines, parts, queries
from app.domain.repair_orders.model import RepairOrder
from app.extensions import db
from app.kernel.clock import FixedClock, SystemClock
from tests.conftest import SETTINGS, make_app
from tests.support import cast
from tests.support.browser import Device
from tests.support.live_server import running_server
from tests.support.orders import authorised
from tests.support.screen import Screen
from tests.support.shop import SmallShop, open_small_shop


@dataclass
class Counter:
    """An adviser at an order's page, and the rest of the shop behind the scenes."""

    device: Device
    session: Session
    clock: FixedClock
    shop: SmallShop
    number: str

    def deliver_headlight(self) -> None:
        """The parts desk books in a headlight module."""
        clerk, part = cast.acting(self.session, "parts_clerk"), self.session.get_one(Part, self.shop.headlight)
        parts.receive_goods(
            self.session, clerk, self.clock, part, bin_code="A-01-02", quantity_milli=1000, unit_fen=450_000
        )
        self.session.commit()

    def stored(self) -> RepairOrder:
        """The order as it is now."""
        self.session.expire_all()
        return queries.order_by_number(self.session, self.number)


@pytest.fixture
def counter(browser: Browser, sqlite_template: Path, tmp_path: Path) -> Iterator[Counter]:
    shutil.copy(sqlite_template, tmp_path / "portal.sqlite3")
    url = f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    app, clock = make_app(url, tmp_path), FixedClock(SystemClock().now())
    with app.app_context():
        engine = db.engine
    with Session(engine) as session:
        shop = open_small_shop(session, clock)
        wanted = {shop.service: [(shop.headlight, 1000)]}
        order = authorised(session, clock, shop, wanted, promise=timedelta(hours=6))
        adviser = cast.acting(session, "adviser")
        lines.add_job(session, adviser, clock, order, session.get_one(Operation, shop.brakes))
        session.commit()
        with running_server(url, tmp_path, SECRET_KEY=str(SETTINGS["SECRET_KEY"]), PORTAL_WORKERS="1") as address:
            device = Device(browser, address, "adviser", (1280, 800), language="zh")
            name, value = Screen(app, address, "adviser").cookie.split("=", 1)
            device.context.add_cookies([{"name": name, "value": value, "url": address}])
            device.open(f"/orders/{order.number}")
            expect(device.page.locator(".live-status.is-live")).to_be_visible()
            yield Counter(device, session, clock, shop, order.number)
            faults = device.faults
            device.close()
        assert not faults
    engine.dispose()


def test_a_part_that_arrives_shows_at_once_and_the_page_can_still_be_used(counter: Counter) -> None:
    device, page = counter.device, counter.device.page
    job = page.locator(".job").first
    expect(job).to_contain_text("缺 1")
    expect(page.locator("#add-job table")).to_have_count(0)  # nothing was looked for yet
    counter.deliver_headlight()
    expect(job).to_contain_text("货架有货")
    device.picture("order-part-has-come")
    # The forms came with the news, without anybody's key in them: this screen filled in its own.
    brakes = page.locator(".job").nth(1)
    device.press(brakes.locator("summary", has_text=device.t("Payer and discount")))
    device.field("Discount %%", brakes).fill("10")
    device.press(device.named("Save", brakes))
    expect(page.locator(".job").nth(1)).to_contain_text("−10.0 %")
    assert counter.stored().jobs[1].discount_permille == 100


def test_news_wait_until_an_open_form_is_done_with(counter: Counter) -> None:
    device, page = counter.device, counter.device.page
    brakes = page.locator(".job").nth(1)
    summary = brakes.locator("summary", has_text=device.t("Payer and discount"))
    device.press(summary)
    device.field("Discount %%", brakes).fill("5")
    counter.deliver_headlight()
    news = page.locator(".live-status.is-held")
    expect(news).to_contain_text(device.t("There is something new. It is shown when you are done here."))
    device.picture("order-news-wait")
    expect(page.locator(".job").first).to_contain_text("缺 1")
    assert device.field("Discount %%", brakes).input_value() == "5"
    device.field("Discount %%", brakes).fill("")
    device.press(summary)
    expect(page.locator(".job").first).to_contain_text("货架有货")
    expect(page.locator(".live-status.is-live")).to_be_visible()


def test_two_tabs_of_one_page_never_share_a_key(counter: Counter) -> None:
    keys = []
    for _tab in range(2):
        counter.device.open(f"/orders/{counter.number}")
        fields = counter.device.page.locator('main input[name="_key"]')
        keys += [fields.nth(n).input_value() for n in range(fields.count())]
    assert len(keys) > 4 and len(set(keys)) == len(keys)
