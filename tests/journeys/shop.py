"""The shop of a journey: its server, its database as an outsider sees it, and its devices."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, create_engine, inspect, text

from app.domain.demo.shop import PASSWORD, PIN
from app.domain.staff.settings import SETTINGS
from app.kernel.clock import shanghai
from tests.support.browser import LOCALES, Device
from tests.support.browser_checks import Inspector
from tests.support.live_server import ROOT, running_server

TABLET, PC, WALL, PHONE = (1024, 768), (1280, 800), (1920, 1080), (390, 844)


class Shop:
    """A running shop. ``device`` puts up a screen, ``sign_in`` puts somebody before it, ``look`` judges what it shows."""

    def __init__(self, browser: Browser, address: str, database: str, folder: Path, language: str) -> None:
        self.browser, self.address, self.language = browser, address, language
        self.database, self.folder = database, folder
        self.engine: Engine = create_engine(database)
        self.inspector = Inspector(self.is_data)
        self.devices: dict[str, Device] = {}
        self._data = ""

    def device(self, name: str, size: tuple[int, int], *, touch: bool = False, language: str = "") -> Device:
        """The screen called ``name``; put up on first use."""
        if name not in self.devices:
            self.devices[name] = Device(
                self.browser, self.address, name, size, language=language or self.language, touch=touch
            )
        return self.devices[name]

    def sign_in(self, device: Device, login: str) -> Device:
        """Sign somebody in by name and password, as on any PC."""
        device.open("/auth/sign-in?by=password")
        device.field("Sign-in name").fill(login)
        device.field("Password").fill(PASSWORD)
        device.press("Sign in")
        device.page.wait_for_url(lambda url: "/sign-in" not in url)
        return device

    def sign_out(self, device: Device) -> None:
        """By the person's menu."""
        menu = device.page.locator(".person-menu")
        device.press(menu.locator("summary"))
        device.press(device.named("Sign out", menu))
        device.page.wait_for_url("**/auth/sign-in**")

    def sign_in_by_pin(self, device: Device, name: str, pin: str = PIN) -> Device:
        """Sign somebody in at an enrolled terminal: name tile, then the PIN on the pad."""
        device.open("/auth/sign-in")
        device.press(device.page.get_by_role("link", name=name))
        for digit in pin:
            device.press(device.page.locator(f'[data-digit="{digit}"]'))
        return device

    def look(self, device: Device, step: str) -> None:
        """Hold what the device shows to the rules of every page, and keep its picture."""
        self.inspector.look(device, step)

    def value(self, statement: str, **parameters: object) -> Any:
        """One value of the database, read beside the server."""
        with self.engine.connect() as link:
            return link.execute(text(statement), parameters).scalar()

    def change(self, statement: str, **parameters: object) -> None:
        """Change a row beside the server: what only the passing of days would do."""
        with self.engine.begin() as link:
            link.execute(text(statement), parameters)

    def is_data(self, words: str) -> bool:
        """True when ``words`` stand in some text of the database: a name, not a label of ours."""
        if words not in self._data:
            self._data = self._texts()
        return words in self._data

    def _texts(self) -> str:
        found = [setting.default for setting in SETTINGS.values()]
        with self.engine.connect() as link:
            for table in inspect(self.engine).get_table_names():
                if table not in {"idempotency_key", "audit_log", "alembic_version"}:
                    rows = link.execute(text(f'SELECT * FROM "{table}"'))
                    found += {value for row in rows for value in row if isinstance(value, str) and len(value) < 2000}
        return "\n".join(found)

    def flask(self, *arguments: str) -> str:
        """What a flask command says about this shop; raises when it is not content."""
        env = {**os.environ, "DATABASE_URL": self.database, "PORTAL_DATA": str(self.folder), "FLASK_APP": "wsgi.py"}
        done = subprocess.run(
            [sys.executable, "-m", "flask", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def open_demo_shop(browser: Browser, database: str, folder: Path, language: str) -> Iterator[Shop]:
    """Start the portal on an empty database, as on the first day, and have everybody speak ``language``."""
    now = shanghai(datetime.now(UTC))
    if (now.hour, now.minute) >= (23, 20):
        pytest.skip("a journey needs the rest of one business day: it does not start after 23:20 in Shanghai")
    with running_server(database, folder, demo=True) as address:
        shop = Shop(browser, address, database, folder, language)
        shop.change("UPDATE staff SET language = :language", language=LOCALES[language])
        try:
            yield shop
        finally:
            for device in shop.devices.values():
                device.close()
            shop.engine.dispose()
