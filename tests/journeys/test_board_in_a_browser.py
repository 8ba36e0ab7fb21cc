"""The board in a real browser when the server goes away: it says so, and it heals by itself."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.clock import FixedClock, SystemClock
from tests.conftest import SETTINGS, make_app
from tests.support.databases import free_port
from tests.support.live_server import running_server
from tests.support.orders import authorised
from tests.support.screen import Screen
from tests.support.shop import open_small_shop


def test_a_board_that_lost_its_server_says_so_and_heals_by_itself(
    browser: Browser, sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "portal.sqlite3")
    url = f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    app, port, clock = make_app(url, tmp_path), free_port(), FixedClock(SystemClock().now())
    options = {"SECRET_KEY": str(SETTINGS["SECRET_KEY"]), "PORTAL_WORKERS": "1"}
    with app.app_context():
        engine = db.engine
    with Session(engine) as session:
        shop = open_small_shop(session, clock)
        session.commit()
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    with running_server(url, tmp_path, port=port, **options) as address:
        name, value = Screen(app, address, "controller").cookie.split("=", 1)
        page.context.add_cookies([{"name": name, "value": value, "url": address}])
        page.goto(f"{address}/workshop/board")
        page.wait_for_selector(".live-status.is-live")
    # The server is gone: after some seconds without a word the board must not look as if it were true.
    page.wait_for_selector(".live-status.is-stale", timeout=40_000)
    with Session(engine) as session:
        order = authorised(session, clock, shop, {shop.service: []}, promise=timedelta(hours=6))
        number = order.number
        session.commit()
    with running_server(url, tmp_path, port=port, **options):
        page.wait_for_selector(f'a[href="/orders/{number}"]', timeout=60_000)
        # By polling first; the stream is tried again within a minute.
        page.wait_for_selector(".live-status.is-live, .live-status.is-polling", timeout=20_000)
        assert page.locator(".is-stale").count() == 0
    page.context.close()
    engine.dispose()
