"""Who may do what: the policy table, sign-in, sessions, terminals, and the guard on every route."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask, Request, Response, request

TERMINAL_COOKIE = "portal-terminal"


def init_app(app: Flask) -> None:
    """Bind Flask-Login to session rows and keep track of who is still there."""
    from flask_login import AnonymousUserMixin
    from sqlalchemy.exc import OperationalError
    from sqlalchemy.orm import Session

    from app.access import sign_in
    from app.access.guard import clock
    from app.extensions import db, login
    from app.kernel.clock import SystemClock
    from app.kernel.permission import Permission
    from app.kernel.unit_of_work import set_writing

    class Anonymous(AnonymousUserMixin):  # type: ignore[misc]
        """Nobody is signed in."""

        language: str | None = None
        via = ""

        def may(self, _permission: Permission) -> bool:
            return False

    app.extensions.setdefault("clock", SystemClock())
    login.anonymous_user = Anonymous
    login.session_protection = None  # a session row can be ended; a guess from the browser's name cannot

    @app.before_request
    def _choose_transaction() -> None:
        # Before the first query: whoever only reads does not queue behind a writer on SQLite. A command says when it
        # begins to write (app.access.guard): finding out who asks, and showing a refusal, need no writer's turn.
        set_writing(False)

    @login.user_loader
    def _load(token: str) -> sign_in.SignedIn | None:
        return sign_in.signed_in(db.session(), clock(), token)

    @app.after_request
    def _touch(response: Response) -> Response:
        from flask_login import current_user

        # Boards refresh themselves: only a person's own requests count as being there.
        if request.blueprint != "live" and getattr(current_user, "needs_touch", False):
            set_writing(True)
            db.session.rollback()
            # The deed is committed: that its doer was here may fail to be noted, and the answer still goes out.
            with suppress(OperationalError), Session(db.engine) as own:
                sign_in.touch(own, clock(), current_user.session_id)
                own.commit()
            set_writing(False)
        return response


def terminal_token(req: Request) -> str | None:
    """The terminal's cookie, if this device is enrolled."""
    return req.cookies.get(TERMINAL_COOKIE)
