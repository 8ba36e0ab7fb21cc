"""A test client that is a person with an eye for bad pages: every page it gets is linted, every query counted."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.extensions import db
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.html_lint import lint


class PageClient:
    """Somebody at a screen. ``as_(who)`` signs in a person of the cast; ``get`` and ``post`` return linted answers."""

    def __init__(self, app: Flask, clock: FixedClock) -> None:
        self.app, self.clock = app, clock
        self.browser: FlaskClient = app.test_client()
        self.queries: list[str] = []
        self.last = ""  # the text of the page that came last

    def another(self, who: str) -> PageClient:
        """Somebody at a screen of his own, at the same time."""
        return PageClient(self.app, self.clock).as_(who)

    def as_(self, who: str, via: str = "password", language: str | None = None) -> PageClient:
        """Be ``who`` from now on; signed in as sign-in does it."""
        with self.app.app_context(), Session(db.engine) as session:
            token = cast.session_token(session, who, self.clock, via)
            if language:
                cast.person(session, who).language = language  # type: ignore[assignment]
            session.commit()
        with self.browser.session_transaction() as cookie:
            cookie.clear()
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return self

    def get(self, path: str, *, status: int = 200, htmx: bool = False, **options: Any) -> TestResponse:
        """Fetch a page and hold it to the house's rules."""
        return self._checked("GET", path, status, htmx, options)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, status: int = 302, htmx: bool = False, **options: Any
    ) -> TestResponse:
        """Send a form as the page would: with a fresh one-time key unless ``data`` has its own."""
        form = {"_key": secrets.token_urlsafe(9), **(data or {})}
        return self._checked("POST", path, status, htmx, {"data": form, **options})

    def _checked(self, method: str, path: str, status: int, htmx: bool, options: dict[str, Any]) -> TestResponse:
        if htmx:
            options["headers"] = {**options.get("headers", {}), "HX-Request": "true"}
        with self.app.app_context():
            engine = db.engine
        self.queries = []

        def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            self.queries.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        try:
            response = self.browser.open(path, method=method, **options)
        finally:
            event.remove(engine, "before_cursor_execute", count)
        text = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
        self.last = text
        assert response.status_code == status, (
            f"{method} {path}: {response.status_code}, wanted {status}\n{text[-3000:]}"
        )
        if response.mimetype == "text/html" and response.status_code not in {301, 302, 303}:
            lint(text, self.app, whole=text.lstrip().lower().startswith("<!doctype"), where=f"{method} {path}")
        return response
