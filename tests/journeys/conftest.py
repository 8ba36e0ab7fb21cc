"""A running demo shop with its screens: the real server process, a real browser, every role at its own device."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.day import Day
from tests.journeys.shop import Shop, open_demo_shop
from tests.support.browser import CHROMIUM, running_browser
from tests.support.databases import Postgres


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One chromium for all journeys of this worker."""
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed: apt-get install -y --no-install-recommends chromium")
    with running_browser() as running:
        yield running


@pytest.fixture(scope="package")
def day(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A day in the demo shop on SQLite, everybody in Chinese; three files of tests share it."""
    folder = tmp_path_factory.mktemp("shop")
    with open_demo_shop(browser, f"sqlite:///{folder / 'portal.sqlite3'}", folder, "zh") as shop:
        yield Day(shop, tmp_path_factory.mktemp("bag"))


@pytest.fixture(scope="module")
def english_shop(
    browser: Browser, postgres: Postgres, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """The demo shop on PostgreSQL, everybody in English."""
    name = postgres.copy_of(postgres_template)
    try:
        with open_demo_shop(browser, postgres.url(name), tmp_path_factory.mktemp("shop"), "en") as shop:
            yield shop
    finally:
        postgres.drop(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """When a step fails, keep what every screen shows at that moment."""
    report = yield
    shops = [
        value for value in getattr(item, "funcargs", {}).values() if isinstance(getattr(value, "shop", None), Shop)
    ]
    if report.when == "call" and report.failed and shops:
        for device in shops[0].shop.devices.values():
            device.picture(f"failed-{item.name}")
            report.sections.append((f"screen {device.name}", f"{device.page.url}\n{device.faults}"))
    return report
