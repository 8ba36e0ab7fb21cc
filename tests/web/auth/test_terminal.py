"""A shared terminal: tiles, PIN, two idle minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.access.secrets import hash_secret
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.page_client import PageClient
from tests.support.shop import open_small_shop


@pytest.fixture
def terminal(app: Flask, session: Session, client: PageClient, clock: FixedClock) -> PageClient:
    """A device that the administrator enrolled, with nobody signed in."""
    open_small_shop(session, clock)
    for who in ("technician", "parts_clerk"):
        cast.person(session, who).pin_hash = hash_secret("246813")
    session.commit()
    client.as_("administrator").post("/admin/terminals", {"name": "1 号工位"})
    client.post("/auth/sign-out")
    return client


def sign_in(terminal: PageClient, session: Session, who: str) -> str:
    """Tap the own name and type the PIN; where it leads."""
    member = cast.person(session, who).id
    session.rollback()
    assert cast.PEOPLE[who][0] in terminal.get("/auth/sign-in").get_data(as_text=True)
    return terminal.post(f"/auth/pin/{member}", {"pin": "246813"}).headers["Location"]


def test_a_technician_stands_before_the_jobs_at_once(terminal: PageClient, session: Session) -> None:
    assert sign_in(terminal, session, "technician") == "/workshop/my-jobs"
    terminal.post("/auth/lock")
    assert sign_in(terminal, session, "parts_clerk") == "/"


def test_two_idle_minutes_end_the_session_but_not_under_the_hands_of_a_writer(
    terminal: PageClient, session: Session, clock: FixedClock
) -> None:
    sign_in(terminal, session, "technician")
    for _ in range(6):
        clock.advance(timedelta(seconds=40))
        terminal.get("/auth/still-here", status=204)
    assert 'id="lock-form"' in terminal.get("/workshop/my-jobs").get_data(as_text=True)
    clock.advance(timedelta(seconds=121))
    assert "/auth/sign-in" in terminal.get("/workshop/my-jobs", status=302).headers["Location"]
