"""Who is behind a cookie, and until when: the old one is refused at once, wherever it was copied to."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access import secrets, sign_in, terminals
from app.access.model import SignInAttempt, SignInSession
from app.extensions import db
from app.kernel.audit import AuditRow
from app.kernel.clock import FixedClock
from app.kernel.unit_of_work import transact
from tests.support import cast
from tests.support.page_client import PageClient

PASSWORD, PIN = "vier Worte ohne Sinn 2026", "135790"


@pytest.fixture(scope="module")
def hashes() -> tuple[str, str]:
    return secrets.hash_secret(PASSWORD), secrets.hash_secret(PIN)


@pytest.fixture
def people(session: Session, hashes: tuple[str, str]) -> None:
    for who in cast.PEOPLE:
        cast.person(session, who).password_hash = hashes[0]
    for who in ("technician", "second_technician", "administrator"):
        cast.person(session, who).pin_hash = hashes[1]
    session.commit()


def enrolled(app: Flask, session: Session, clock: FixedClock, name: str = "工位 1") -> tuple[FlaskClient, int]:
    """A shop-floor terminal: its browser, its id."""
    terminal, token = terminals.enrol(session, cast.acting(session, "administrator"), clock, name)
    session.commit()
    browser = app.test_client()
    browser.set_cookie("portal-terminal", token)
    return browser, terminal.id


def by_password(browser: FlaskClient, who: str, password: str = PASSWORD) -> int:
    return browser.post("/auth/sign-in", data={"login": who, "password": password}).status_code


def by_pin(session: Session, browser: FlaskClient, who: str, pin: str = PIN) -> int:
    staff_id = cast.person(session, who).id
    session.rollback()
    return browser.post(f"/auth/pin/{staff_id}", data={"pin": pin}).status_code


def cookie(browser: FlaskClient) -> str:
    found = browser.get_cookie("portal")
    assert found is not None
    return found.value


def still_in(app: Flask, stolen: str) -> bool:
    """Whether a copied cookie opens the morning page."""
    thief = app.test_client()
    thief.set_cookie("portal", stolen)
    return thief.get("/").status_code == 200


def test_a_copied_cookie_ends_with_signing_out(app: Flask, people: None) -> None:
    browser = app.test_client()
    assert by_password(browser, "adviser") == 302
    stolen = cookie(browser)
    assert still_in(app, stolen)
    browser.post("/auth/sign-out")
    assert not still_in(app, stolen)


def test_signing_in_as_somebody_else_ends_the_session_before(app: Flask, people: None) -> None:
    browser = app.test_client()
    by_password(browser, "adviser")
    stolen = cookie(browser)
    assert by_password(browser, "cashier") == 302
    assert not still_in(app, stolen) and still_in(app, cookie(browser))


def test_a_terminal_has_one_operator_however_they_signed_in(
    app: Flask, session: Session, clock: FixedClock, people: None
) -> None:
    browser, _terminal = enrolled(app, session, clock)
    assert by_password(browser, "controller") == 302
    before = cookie(browser)
    browser.delete_cookie("portal")  # the browser was closed, the session was not
    assert by_pin(session, browser, "technician") == 302
    assert not still_in(app, before)
    before = cookie(browser)
    browser.delete_cookie("portal")
    assert by_password(browser, "controller") == 302
    assert not still_in(app, before)


def test_a_new_password_ends_every_session(app: Flask, people: None) -> None:
    browser, elsewhere = app.test_client(), app.test_client()
    by_password(browser, "adviser")
    by_password(elsewhere, "adviser")
    old = [cookie(browser), cookie(elsewhere)]
    new = {"old": PASSWORD, "password": "ganz andere vier Worte", "repeated": "ganz andere vier Worte"}
    assert browser.post("/auth/password", data=new).status_code == 302
    assert [still_in(app, stolen) for stolen in old] == [False, False]
    assert by_password(browser, "adviser") == 422
    assert by_password(browser, "adviser", "ganz andere vier Worte") == 302


def test_disabling_or_a_new_pin_ends_what_was_open(
    app: Flask, session: Session, clock: FixedClock, client: PageClient, people: None
) -> None:
    browser, _terminal = enrolled(app, session, clock)
    by_pin(session, browser, "technician")
    stolen = cookie(browser)
    staff_id = cast.person(session, "technician").id
    session.rollback()
    client.as_("administrator").post(f"/admin/staff/{staff_id}/pin", {"pin": "864202"})
    assert not still_in(app, stolen)
    assert by_pin(session, browser, "technician", "864202") == 302
    stolen = cookie(browser)
    client.post(f"/admin/staff/{staff_id}/disable")
    assert not still_in(app, stolen)
    assert by_pin(session, browser, "technician", "864202") == 404 and by_password(browser, "technician") == 422


def test_a_revoked_terminal_signs_out_whoever_stands_there(
    app: Flask, session: Session, clock: FixedClock, client: PageClient, people: None
) -> None:
    browser, terminal_id = enrolled(app, session, clock)
    by_pin(session, browser, "technician")
    stolen = cookie(browser)
    client.as_("administrator").post(f"/admin/terminals/{terminal_id}/revoke")
    assert not still_in(app, stolen)
    assert by_pin(session, browser, "technician") == 404


def test_a_terminal_locks_on_the_server_after_two_idle_minutes(
    app: Flask, session: Session, clock: FixedClock, people: None
) -> None:
    browser, _terminal = enrolled(app, session, clock)
    by_pin(session, browser, "technician")
    for _ in range(4):  # whoever works is not locked out
        clock.advance(timedelta(seconds=100))
        assert browser.get("/workshop/my-jobs").status_code == 200
    clock.advance(timedelta(seconds=110))
    # A board that refreshes itself is nobody who is there.
    assert browser.get("/live/workshop/fragment?rev=0").status_code == 200
    clock.advance(timedelta(seconds=11))
    assert browser.get("/workshop/my-jobs").status_code == 302


def test_a_pin_opens_a_tile_on_a_terminal_and_nothing_else(
    app: Flask, session: Session, clock: FixedClock, people: None
) -> None:
    assert by_pin(session, app.test_client(), "technician") == 404  # no terminal
    browser, _terminal = enrolled(app, session, clock)
    assert by_pin(session, browser, "administrator") == 404  # has a PIN, and no tile
    assert browser.post("/auth/pin/999999", data={"pin": PIN}).status_code == 404
    assert browser.post("/auth/pin/999999", data={"pin": "1"}).status_code == 404


def test_what_a_pin_never_opens(client: PageClient, session: Session) -> None:
    for who in cast.PEOPLE:
        cast.person(session, who)
    session.commit()
    refused = {
        "manager": ["/customers/1/telephone", "/cashier/orders/RO-202611-0001/reverse", "/care/calls/1/telephone"],
        "cashier": ["/cashier/orders/RO-202611-0001/settlements/1/tenders"],
        "administrator": ["/admin/settings", "/admin/staff", "/admin/terminals", "/admin/import"],
    }
    refused["manager"] += [f"/cashier/orders/RO-202611-0001/settlements/1/{deed}" for deed in ("refunds", "credit")]
    refused["parts_manager"] = [
        "/parts/periods",
        "/parts/invoices",
        "/parts/invoices/1/accept",
        "/parts/invoices/1/paid",
    ]
    refused["parts_manager"] += ["/parts/purchases/PO-202611-0001/send", "/parts/suppliers/1/prices"]
    for who, paths in refused.items():
        for path in paths:
            client.as_(who, via="pin").post(path, status=403)
            assert client.as_(who).browser.post(path).status_code != 403
    client.as_("adviser", via="pin").get("/orders/export.xlsx", status=403)
    client.as_("adviser").get("/orders/export.xlsx")


def evaluated(session: Session) -> int:
    session.rollback()
    count = session.execute(select(func.count()).select_from(SignInAttempt)).scalar_one()
    session.rollback()
    return count


def test_ten_passwords_and_five_pins_in_a_quarter_of_an_hour(
    app: Flask, session: Session, clock: FixedClock, people: None
) -> None:
    browser = app.test_client()
    assert {by_password(browser, "adviser", f"falsch {n}") for n in range(14)} == {422}
    assert evaluated(session) == 10
    assert by_password(browser, "adviser") == 422  # the right one is not even looked at
    here, _terminal = enrolled(app, session, clock)
    assert by_password(here, "adviser") == 302  # the owner, at a device of the shop
    here.post("/auth/sign-out")
    assert {by_pin(session, here, "technician", f"00000{n}") for n in range(8)} == {422}
    assert evaluated(session) == 10 + 1 + 5
    assert by_pin(session, here, "technician") == 422
    assert by_pin(session, here, "second_technician") == 302
    clock.advance(timedelta(minutes=15, seconds=1))
    assert by_password(browser, "adviser") == 302 and by_pin(session, here, "technician") == 302


def test_guessing_at_the_present_password_is_counted_as_well(app: Flask, session: Session, people: None) -> None:
    browser = app.test_client()
    by_password(browser, "adviser")
    for n in range(12):
        guess = {"old": f"falsch {n}", "password": "ganz andere vier Worte", "repeated": "ganz andere vier Worte"}
        assert browser.post("/auth/password", data=guess).status_code == 422
    assert evaluated(session) == 1 + 10
    right = {"old": PASSWORD, "password": "ganz andere vier Worte", "repeated": "ganz andere vier Worte"}
    assert browser.post("/auth/password", data=right).status_code == 422


def test_guesses_in_the_same_moment_are_counted_one_by_one(
    app: Flask, session: Session, clock: FixedClock, people: None
) -> None:
    gate, ends = threading.Barrier(16), Counter[str]()

    def guess(number: int) -> None:
        with app.app_context(), Session(db.engine) as own:
            gate.wait()

            def work() -> None:
                try:
                    sign_in.with_password(own, clock, "adviser", f"falsch {number}", None)
                except sign_in.SignInRefused as error:
                    ends[type(error).__name__] += 1

            transact(own, work, lambda _seconds: None)

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert evaluated(session) == 10
    assert ends == {"SignInRefused": 10, "TooManyGuesses": 6}


def test_denied_sign_in_and_refused_deeds_are_on_record(
    app: Flask, session: Session, client: PageClient, people: None
) -> None:
    by_password(app.test_client(), "adviser", "falsch")
    client.as_("technician").get("/cashier/desk", status=403)
    actions = list(session.scalars(select(AuditRow.action).order_by(AuditRow.seq)))
    assert actions == ["sign_in.failed", "denied"]
    denied = session.scalars(select(AuditRow).where(AuditRow.action == "denied")).one()
    assert denied.subject == "route:cashier.desk" and denied.staff_id == cast.person(session, "technician").id


def test_no_secret_lies_in_the_database(app: Flask, session: Session, people: None) -> None:
    browser = app.test_client()
    form = {"login": "adviser", "password": PASSWORD, "_key": "a key of this form"}
    assert browser.post("/auth/sign-in", data=form).status_code == 302
    import hashlib

    from app.kernel.idempotency import IdempotencyKey

    kept = session.scalars(select(IdempotencyKey)).one()
    plain = hashlib.sha256(f"/auth/sign-in\0login\0adviser\0password\0{PASSWORD}".encode()).hexdigest()
    assert kept.fingerprint != plain and PASSWORD not in kept.body
    with browser.session_transaction() as signed:
        token = signed["_user_id"]
    assert token not in session.scalars(select(SignInSession.token_hash)).one()
