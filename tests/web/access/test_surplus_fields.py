"""Fields that no form has (a role, a price, a state) change nothing, and no text that is typed becomes markup."""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Session

from app.access.policy import POLICY
from app.extensions import db
from app.kernel.clock import FixedClock
from tests.conftest import make_app
from tests.support import cast
from tests.support.orders import broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, open_small_shop
from tests.web.access.whole_day import WholeDay

# What is told elsewhere: keys and tokens, uploads of exports, sign-in and its pages.
NOT_IN_THE_DAY = {
    "admin.upload_export", "admin.take_in_upload", "admin.discard_upload", "auth.sign_in_by_password", "auth.lock",
    "auth.sign_in_by_pin", "auth.sign_out", "auth.change_password", "parts.scan", "parts.scan_order",
    "reception.cancel_order", "reception.check_in_draft", "reception.create_order",
}  # fmt: skip

SURPLUS = {
    "role": "administrator", "is_admin": "1", "permissions": "admin.staff", "active": "", "staff_id": "1", "via": "password",
    "state": "closed", "order_state": "closed", "price_fen": "1", "rate_fen": "1", "amount_fen": "1", "retail_fen": "1",
    "hours_centi": "1", "total_fen": "1", "net_fen": "1", "tax_fen": "1", "credit_limit_fen": "9999999",
    "credit_limit": "9999999", "id": "7", "order_id": "7", "customer_id": "7", "adviser_id": "7", "owner_id": "7",
    "issued_milli": "1", "reserved_milli": "1", "completed_at": "2020-01-01T00:00", "first_promised_at": "2020-01-01T00:00",
    "promised": "2020-01-01T00:00", "authorised_at": "2020-01-01T00:00", "on_credit_at": "2020-01-01T00:00",
    "received_at": "2020-01-01T00:00", "cashier_id": "1", "actor": "x", "grade": "A", "merged_into_id": "1", "taken": "0",
    "capacity": "99", "certificate": "", "origin": "ordered", "inspector_id": "1", "passed": "1", "needs_action": "",
}  # fmt: skip

# Different in every run by their nature.
BY_CHANCE = {
    "token_hash",
    "password_hash",
    "pin_hash",
    "sha256",
    "hash",
    "previous",
    "name@stored_file",
    "code@pickup",
    "details",
}
SKIPPED = {"idempotency_key", "sign_in_session", "audit_head"}


def contents(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every table, but for what is random."""
    found = {}
    for table in db.metadata.sorted_tables:
        if table.name in SKIPPED:
            continue
        columns = [
            column
            for column in table.columns
            if column.name not in BY_CHANCE
            and f"{column.name}@{table.name}" not in BY_CHANCE
            and not isinstance(column.type, LargeBinary)
        ]
        found[table.name] = [tuple(row) for row in session.execute(select(*columns).order_by(*table.primary_key))]
    session.rollback()
    return found


def a_day(template: Path, folder: Path, surplus: dict[str, str]) -> tuple[dict[str, list[tuple[Any, ...]]], set[str]]:
    """What a day leaves in a database of its own, and which forms were sent."""
    folder.mkdir()
    shutil.copy(template, folder / "portal.sqlite3")
    app, clock = make_app(f"sqlite:///{folder / 'portal.sqlite3'}", folder), FixedClock(cast.OPENING)
    app.extensions["clock"] = clock
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        shop = open_small_shop(session, clock)
        day = WholeDay(PageClient(app, clock), session, clock, shop, surplus=surplus)
        day.run()
        assert broken(session) == []
        session.rollback()
        left = contents(session)
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())}
    engine.dispose()
    return left, posts - day.sent


def test_fields_that_no_form_has_change_nothing(sqlite_template: Path, tmp_path: Path) -> None:
    plain, not_sent = a_day(sqlite_template, tmp_path / "plain", {})
    assert not_sent == NOT_IN_THE_DAY, "send these in whole_day.py as well"
    with_more, _not_sent = a_day(sqlite_template, tmp_path / "surplus", SURPLUS)
    for table, rows in plain.items():
        assert with_more[table] == rows, table


def canaries() -> Any:
    """Texts that would be markup if one place forgot to escape, each with a number of its own."""
    numbers = itertools.count(1)
    return lambda field: f"\"'><img src=x onerror=a{next(numbers)}>"


def test_no_text_that_is_typed_becomes_markup(
    app: Flask, session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    day = WholeDay(client, session, clock, shop, text=canaries())
    day.run()
    ids = {
        "number": day.floor.number,
        "customer_id": shop.customer,
        "vehicle_id": shop.vehicle,
        "part_id": shop.headlight,
    }
    shown: set[str] = set()
    links = app.url_map.bind("localhost")
    opened = 0
    for who in ("manager", "administrator", "technician", "inspector"):
        (role,) = cast.PEOPLE[who][1]
        for rule in app.url_map.iter_rules():
            view = app.view_functions[rule.endpoint]
            if "GET" not in (rule.methods or set()) or rule.rule.endswith((".pdf", ".xlsx", ".csv")):
                continue
            if getattr(view, "permission", None) not in POLICY[role] or rule.arguments & {"token", "file_id"}:
                continue
            path = links.build(rule.endpoint, {name: ids.get(name, 1) for name in rule.arguments})
            page = client.as_(who).browser.get(path)
            if page.mimetype != "text/html" or page.status_code != 200:
                continue
            opened += 1
            client.get(path)  # once more under the eyes of the linter, which knows inline handlers
            html = page.get_data(as_text=True)
            assert "<img src=x" not in html, path
            shown |= set(re.findall(r"onerror=a(\d+)&gt;", html))
    for path in (day.link, f"/search?q={'%3Cimg src=x onerror=a0%3E'}", "/orders?text=%22%3E%3Cimg src=x%3E"):
        html = client.as_("manager").get(path).get_data(as_text=True)
        assert "<img src=x" not in html, path
    assert opened > 50
    # Seen, not lost: what was typed stands on the pages.
    assert len(shown) > 20
    assert broken(session) == []
