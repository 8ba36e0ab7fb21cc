"""Errors as people read them: what happened, what was kept, what to do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, SecurityError

from app.extensions import db
from app.kernel.errors import N_, DomainError

_TEXTS = {
    400: N_("The request could not be read. Go back and try again."),
    401: N_("Sign in to go on."),
    403: N_("You may not do this. Ask someone whose role allows it."),
    404: N_("There is nothing here. It may have been moved, or you may not see it."),
    405: N_("This address does not take that kind of request."),
    413: N_("That is too large to send. Use fewer or smaller photos."),
    429: N_("Too many requests. Wait a moment."),
    500: N_("Something went wrong on our side. Nothing was saved. Try again; if it stays, tell the administrator."),
    503: N_("The portal is busy. What you typed is still on your screen: send it again in a moment."),
}


def message(error: DomainError) -> str:
    """A refusal in the language of the person, with its parameters translated where they are enum labels."""
    from app.web.labels import label_if_enum

    return gettext(error.message, **{name: label_if_enum(value) for name, value in error.params.items()})


def refusal_text() -> str | None:
    """The refusal that this page is shown again with, if any; templates put it on top."""
    error = g.get("refusal")
    return message(error) if error is not None else None


def refusal_of_move(refusal: Any) -> str:
    """Why a move is not possible now, in the language of the person; empty when it is."""
    return message(refusal.error()) if refusal is not None else ""


def refusal_field() -> str | None:
    """The form field that the refusal is about, if it names one."""
    error = g.get("refusal")
    return error.field if error is not None else None


def begin_form(action: str) -> str:
    """Templates say which form follows, so that :func:`fault_of` marks the fields of the one that was refused."""
    g.form_here = urlsplit(action).path
    return ""


def fault_of(name: str, *, required: bool) -> str | None:
    """What is wrong with the field ``name`` of a form that is shown again: the refusal's own field, and all left blank.

    A refusal names one fault at a time; whoever left three fields blank sees all three at once.
    """
    error = g.get("refusal")
    if error is None or error.status != 422 or g.get("form_here") != request.script_root + request.path:
        return None
    if error.field == name:
        return message(error)
    blank = required and name not in request.files and not any(map(str.strip, request.form.getlist(name)))
    return gettext("Fill this in.") if blank else None


def _page(status: int, text: str) -> Response:
    if request.headers.get("HX-Request"):
        response = make_response(render_template("errors/_message.html", text=text), status)
        response.headers["HX-Retarget"] = "#messages"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    return make_response(render_template("errors/page.html", status=status, text=text, back_url=_back()), status)


def _back() -> str:
    """Where this person came from, if that is a page: a form sent twice came from an address that only takes POST."""
    path = urlsplit(request.referrer or "").path
    if not path or not (request.referrer or "").startswith(request.host_url):
        return ""
    try:
        current_app.url_map.bind_to_environ(request.environ).match(path, method="GET")
    except HTTPException:
        return ""
    return request.referrer or ""


def refusal_answer(error: DomainError) -> Response:
    """The answer to a refused deed that has no form of its own to be shown on."""
    return _page(error.status, message(error))


def init_app(app: Flask) -> None:
    """Register the pages for refusals, HTTP errors and a database that is not there."""

    @app.errorhandler(DomainError)
    def _domain(error: DomainError) -> Any:
        return refusal_answer(error)

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> Any:
        return _page(400, gettext(N_("This page was open too long. Reload it and send again; check what you typed.")))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Any:
        if isinstance(error, SecurityError):
            return Response(_TEXTS[400], 400, mimetype="text/plain")  # a host that is not ours: no page has an address
        if error.code is None or error.code < 400:
            return error
        return _page(error.code, gettext(_TEXTS.get(error.code, _TEXTS[400 if error.code < 500 else 500])))

    @app.errorhandler(PoolTimeout)
    @app.errorhandler(OperationalError)
    def _database(error: Any) -> Any:
        db.session.rollback()
        cause = getattr(error, "orig", None)
        name = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
        app.logger.error("database: %s %s", type(cause or error).__name__, name or "")
        return _page(503, gettext(_TEXTS[503]))

    @app.errorhandler(Exception)
    def _bug(error: Exception) -> Any:
        db.session.rollback()
        app.logger.exception("unhandled", exc_info=error)
        if app.testing:
            raise error
        return _page(500, gettext(_TEXTS[500]))
