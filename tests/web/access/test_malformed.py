"""A thousand and more odd requests over all routes and fields: refused in words, never an error of ours, nothing broken."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.access import secrets
from app.access.model import SignInSession
from app.domain.staff.model import Role, StaffRole
from app.kernel import audit
from app.kernel.clock import FixedClock
from app.web.headers import POLICY
from tests.support import cast, orders
from tests.support.orders import broken
from tests.support.shop import SmallShop, open_small_shop, signature

VIEWS = Path(__file__).parents[3] / "app" / "blueprints"
# Fields as the views read them.
FIELD = re.compile(r"""(?:forms\.\w+|form\.get|form\.getlist|args\.get|values\.get|_optional)\(\s*"([\w.]+)\"""")

ODD: list[bytes] = [
    b"", b" ", b"-1", b"0", b"00", b"1.5", b"+1", b"1e999", b"NaN", b"Infinity", b"1_000", b"0x7f", b"\x00", b"a\x00b",
    b"\xed\xa0\x80", b"\xff\xfe", "²".encode(), "١٢".encode(), "１２".encode(), str(2**31).encode(), str(2**63).encode(),
    b"9" * 5000, b"A" * 5000, "长".encode() * 3000, "\U0001f697".encode() * 200, b"2026-13-45", b"0001-01-01T00:00",
    b"9999-12-31T23:59", b"2026-W01-1", b"2026-11-24T10:00:00.5", b"2026-11-24T10:00+23:59", b"{}", b"[]", b"[1e999]",
    b'[{"x":1e999,"y":1,"kind":"dent"}]', b'[{"x":1,"y":1,"kind":"dent","note":"\\u0000"}]', b"[[[[", b"[" * 3000,
    b'[{"x":1,"y":1,"kind":"dent","note":"\\ud800"}]', b'[{"x":1,"y":1,"kind":["dent"],"photo_ids":[1e999]}]',
    b'[{"x":1,"y":1,"kind":"dent","photo_ids":5}]', b"data:image/png;base64,AAAA", b"data:image/png;base64,====",
    b"<script>alert(1)</script>", b"'; DROP TABLE staff; --", b"%s%n%(x)s", b"{{7*7}}", b"../../etc/passwd", b"//evil.example",
    b"\r\nSet-Cookie: a=b", "\u202e\u2028".encode(), b"javascript:alert(1)",
]  # fmt: skip
NAMES = [
    b"_external",
    b"_anchor",
    b"_scheme",
    b"_method",
    b"endpoint",
    b"self",
    b"before",
    b"day",
    b"text",
    b"state",
    b"q",
]
PATHS = [
    "0",
    "00",
    "-1",
    "1.5",
    "9999999999",
    "999999999",
    "%00",
    "%ED%A0%80",
    "x" * 3000,
    "RO-202611-9999",
    "..",
    "²",
    "1%20",
]

PLAUSIBLE = {
    "operation": "1", "part": "1", "quantity": "1", "payer": "customer", "discount": "5", "words": "刹车", "mileage": "60000",
    "energy": "4", "signed_name": "王", "signature": signature(), "promised_at": "2026-11-25T10:00", "reason": "改期", "who": "王",
    "plate": "沪A12345", "vin": "", "name": "王", "phone": "13812345678", "job": "1", "technician": "4", "kind": "private",
    "start": "2026-11-24T14:00", "amount": "1", "method": "cash", "explained": "1", "old_parts_given": "1", "scan": "A2701800109",
    "outcome": "reached", "fixed": "yes", "score": "9", "bin": "A-1", "price": "1", "answer": "好", "what": "好", "cost": "1",
    "due_at": "2026-11-25T10:00", "person": "4", "issued_on": "2026-01-01", "expires_on": "2027-01-01", "login": "neu",
    "password": "vier Worte ohne Sinn", "pin": "135790", "language": "en", "starts_at": "2026-11-25T10:00", "hours": "1",
    "vehicle": "1", "purpose": "sms", "granted": "1", "roles": "trainer", "owner": "1", "customer": "1", "doubts_confirmed": "1",
    "old_parts": "take", "still_needed": "1", "damages": "[]",
}  # fmt: skip
# They end the session or start a program; their own tests are elsewhere.
NOT_HERE = {"auth.sign_out", "auth.lock", "live.stream", "admin.take_in_upload", "static"}


def fields_of(endpoint: str) -> list[str]:
    """The fields that the views of a department read."""
    department = endpoint.partition(".")[0]
    found: set[str] = set()
    for path in (VIEWS / department).glob("*.py"):
        found |= set(FIELD.findall(path.read_text(encoding="utf-8")))
    return sorted(found | {"version", "_key"})


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    made = open_small_shop(session, clock)
    orders.inspected(session, clock, orders.authorised(session, clock, made, {made.service: [(made.filter, 1000)]}))
    orders.authorised(session, clock, made, {made.brakes: [(made.pads, 1000)]})
    everyone = cast.person(session, "manager")
    everyone.roles += [StaffRole(role=role) for role in Role if role not in everyone.role_set]
    session.commit()
    return made


def sign_in(app: Flask, session: Session, clock: FixedClock) -> Any:
    """A browser of somebody with every role."""
    token = secrets.new_token()
    person = cast.person(session, "manager")
    row = {"staff_id": person.id, "via": "password", "started_at": clock.now(), "seen_at": clock.now()}
    session.add(SignInSession(token_hash=secrets.token_hash(token), **row))
    session.commit()
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return browser


def addresses(app: Flask, dice: random.Random, odd: bool) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, path) of every route, with ids that are there or odd ones."""
    there = {"number": ["RO-202611-0001", "RO-202611-0002"], "row": ["1", "2", "3"], "string": ["x"]}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in NOT_HERE or (odd and not rule.arguments):
            continue
        method = "POST" if "POST" in (rule.methods or set()) else "GET"

        def value(match: re.Match[str]) -> str:
            kind = match[0].strip("<>").partition(":")[0] if ":" in match[0] else "string"
            return dice.choice(PATHS if odd else there[kind])

        yield rule.endpoint, method, re.sub(r"<[^>]+>", value, rule.rule)


def body(dice: random.Random, names: list[str], share: float) -> bytes:
    """A form with some of its fields odd, some twice, some left out."""
    pairs = []
    for name in names:
        for _ in range(dice.choice([0, 1, 1, 1, 1, 1, 1, 2])):
            plausible = PLAUSIBLE.get(name, str(dice.randint(1, 9))).encode()
            value = dice.choice(ODD) if dice.random() < share else plausible
            pairs.append(name.encode() + b"=" + quote_from_bytes(value).encode())
    return b"&".join(pairs)


def test_no_request_however_odd_is_an_error_of_ours(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    app.testing = False  # errors are pages now, as in the shop
    dice, browser, count, faults = random.Random(20261124), sign_in(app, session, clock), 0, []
    plan = [target for _ in range(3) for target in addresses(app, dice, odd=False)]
    plan += [target for _ in range(2) for target in addresses(app, dice, odd=True)]
    slow = {endpoint for endpoint, _method, path in plan if path.endswith((".pdf", ".xlsx"))}
    for number, (endpoint, method, path) in enumerate(plan):
        if endpoint in slow and number % 4:
            continue
        query = b"&".join(
            dice.choice([*NAMES, *(name.encode() for name in fields_of(endpoint))])
            + b"="
            + quote_from_bytes(dice.choice(ODD)[:200]).encode()
            for _ in range(dice.randint(0, 4))
        )
        options: dict[str, Any] = {"query_string": query.decode()}
        if dice.random() < 0.2:
            options["headers"] = {"HX-Request": "true"}
        tries = 1 if method == "GET" else 3
        for _ in range(tries):
            if method == "POST":
                form = body(dice, fields_of(endpoint), dice.choice([0.03, 0.15, 0.6]))
                options |= {"data": form, "content_type": "application/x-www-form-urlencoded"}
            answer = browser.open(path, method=method, **options)
            count += 1
            told = f"{method} {path} {query[:200]!r} {options.get('data', b'')[:300]!r}"
            if answer.status_code >= 500 or b"Traceback" in answer.data:
                faults.append(f"{answer.status_code} {told}")
            if (
                answer.status_code == 302
                and "/auth/sign-in" in answer.headers["Location"]
                and endpoint != "auth.sign_in"
            ):
                browser = sign_in(app, session, clock)
            assert (answer.headers["Content-Security-Policy"] == POLICY and "Location" not in answer.headers) or (
                answer.headers["Location"].startswith("/") and not answer.headers["Location"].startswith("//")
            ), told
            assert (
                answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Content-Type-Options"] == "nosniff"
            ), told
    assert not faults, f"{len(faults)} of {count}:\n" + "\n".join(faults[:12])
    assert count > 1000
    assert broken(session) == []
    assert list(audit.verify(session)) == []


BODIES: list[tuple[bytes, str, set[int]]] = [
    (b"\0" * 10, "multipart/form-data; boundary=x", {400, 422}),
    (b"--x\r\n" * 1000, "multipart/form-data; boundary=x", {400, 413, 422}),
    (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 500 + b"--x--", "multipart/form-data; boundary=x", {413}),
    (b"words=" + b"a" * (5 * 1024 * 1024), "application/x-www-form-urlencoded", {413}),
    (b"words=1&" * 500, "application/x-www-form-urlencoded", {413}),
    (b"{", "application/json", {400, 422}),
    (b"a=1", "text/\xff", {400, 422}),
    (b"", "", {400, 422}),
]  # fmt: skip


def test_bodies_that_are_too_much_or_nothing(app: Flask, session: Session, clock: FixedClock, shop: SmallShop) -> None:
    app.testing = False
    browser = sign_in(app, session, clock)
    for path in (f"/vehicles/{shop.vehicle}/check-in", "/files", "/auth/sign-in", "/appointments"):
        for content, kind, statuses in BODIES:
            answer = browser.post(path, data=content, content_type=kind)
            assert answer.status_code in statuses, (path, content[:40], answer.status_code)
            assert answer.headers["Content-Security-Policy"] == POLICY


def test_a_strange_host_is_refused_with_a_page(app: Flask, session: Session, clock: FixedClock) -> None:
    app.testing = False
    app.config["TRUSTED_HOSTS"] = ["portal.shop.example"]
    assert app.test_client().get("/auth/sign-in", base_url="http://portal.shop.example").status_code == 200
    answer = app.test_client().get("/auth/sign-in", base_url="http://evil.example")
    assert answer.status_code == 400 and answer.headers["Content-Security-Policy"] == POLICY
