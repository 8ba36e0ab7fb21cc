"""Sign-in by password or PIN, sign-out, lock, language, own password."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_login import current_user, login_user

from app.access import accounts, sign_in, terminal_token, terminals
from app.access.guard import actor, clock, command, keep, page, public_command, public_page
from app.blueprints.auth import bp
from app.domain.staff import operations as staff_operations
from app.domain.staff.model import Language, Staff
from app.extensions import db
from app.kernel.errors import N_, DomainError, InvalidInput
from app.kernel.permission import Permission
from app.web import LANGUAGES, errors
from app.web.safe_next import safe_next


def _terminal() -> Any:
    return terminals.by_token(db.session(), terminal_token(request))


def _welcome(token: str) -> None:
    # A new session for every sign-in: nothing of the operator before stays in the cookie, and the old one is refused.
    if current_user.is_authenticated:
        sign_in.end(db.session(), actor(), clock(), current_user.session_id)
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    signed_in = sign_in.signed_in(db.session(), clock(), token)
    login_user(signed_in)  # type: ignore[arg-type]
    session.permanent = False


@bp.get("/sign-in", endpoint="sign_in")
@public_page
def sign_in_page(**_kwargs: Any) -> Any:
    """Name tiles on an enrolled terminal, else name and password."""
    terminal = _terminal()
    target = request.values.get("next", "")
    if terminal is not None and request.args.get("by") != "password":
        return render_template("auth/tiles.html", terminal=terminal, people=terminals.tiles(db.session()))
    return render_template("auth/sign_in.html", terminal=terminal, next=safe_next(target, ""))


@bp.post("/sign-in")
@public_command()
def sign_in_by_password() -> Any:
    """Sign in by name and password."""
    target = safe_next(request.form.get("next"), url_for("home.morning"))
    terminal = _terminal()
    login, password = request.form.get("login", ""), request.form.get("password", "")[:200]
    try:
        token = sign_in.with_password(db.session(), clock(), login, password, terminal)
    except DomainError as error:
        text = errors.message(error)
        page_ = render_template("auth/sign_in.html", terminal=terminal, next=target, login=login, error=text)
        return keep(make_response(page_, error.status))
    db.session.flush()
    _welcome(token)
    return redirect(target)


@bp.get("/pin/<row:staff_id>")
@public_page
def pin_page(staff_id: int, error: str | None = None) -> Any:
    """The PIN pad of one person."""
    terminal = _terminal()
    person = terminals.has_tile(db.session(), staff_id)
    if terminal is None or person is None:
        abort(404)
    return render_template("auth/pin.html", person=person, terminal=terminal, error=error)


@bp.post("/pin/<row:staff_id>")
@public_command()
def sign_in_by_pin(staff_id: int) -> Any:
    """Sign in by PIN on an enrolled terminal."""
    terminal = _terminal()
    person = terminals.has_tile(db.session(), staff_id)
    if terminal is None or person is None:
        abort(404)
    try:
        token = sign_in.with_pin(db.session(), clock(), staff_id, request.form.get("pin", "")[:20], terminal)
    except DomainError as error:
        page_ = render_template("auth/pin.html", person=person, terminal=terminal, error=errors.message(error))
        return keep(make_response(page_, error.status))
    db.session.flush()
    _welcome(token)
    # Gloves on, standing: a technician's first screen is the job, not an overview.
    working = current_user.may(Permission.CLOCK)
    return redirect(url_for("workshop.my_jobs" if working else "home.morning"))


@bp.get("/still-here")
@page(Permission.PORTAL_USE)
def still_here() -> Any:
    """Asked by a terminal while somebody types for long: the session must not idle out under their hands."""
    return "", 204


@bp.post("/sign-out")
@command(Permission.PORTAL_USE)
def sign_out() -> Any:
    """End this session."""
    sign_in.end(db.session(), actor(), clock(), current_user.session_id)
    session.clear()
    return redirect(url_for("auth.sign_in"))


@bp.post("/lock")
@public_command()
def lock() -> Any:
    """Back to the name tiles; also what a terminal calls after two idle minutes."""
    if current_user.is_authenticated:
        sign_in.end(db.session(), actor(), clock(), current_user.session_id)
        session.clear()
    return redirect(url_for("auth.sign_in"))


@bp.post("/language")
@public_command()
def change_language() -> Any:
    """Switch the language: kept with the person, or on this device before sign-in."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise InvalidInput(N_("This language is not available."))
    session["language"] = chosen
    if current_user.is_authenticated:
        person = db.session.get_one(Staff, current_user.staff_id)
        staff_operations.change_language(db.session(), actor(), clock(), person, Language(chosen))
    return redirect(safe_next((request.form.get("next") or "").rstrip("?"), url_for("home.morning")))


@bp.get("/password")
@page(Permission.PORTAL_USE)
def password_page() -> Any:
    """Change one's own password."""
    return render_template("auth/password.html")


@bp.post("/password")
@command(Permission.PORTAL_USE, again=password_page)
def change_password() -> Any:
    """Change one's own password; ends every session, this one too."""
    person = db.session.get_one(Staff, current_user.staff_id)
    old, new, repeated = (request.form.get(name, "")[:200] for name in ("old", "password", "repeated"))
    try:
        sign_in.confirm_password(db.session(), clock(), person, old, _terminal())
    except sign_in.SignInRefused as error:
        many = isinstance(error, sign_in.TooManyGuesses)
        g.refusal = error if many else InvalidInput(N_("The present password is not right."), field="old")
        return keep(make_response(password_page(), error.status))  # the guess is counted
    if new != repeated:
        raise InvalidInput(N_("The two new passwords differ."), field="repeated")
    accounts.set_password(db.session(), actor(), clock(), person, new)
    session.clear()
    flash(gettext("The password is changed. Sign in with the new one."), "success")
    return redirect(url_for("auth.sign_in"))
