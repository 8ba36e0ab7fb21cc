"""Terminals, settings and the audit log."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access import TERMINAL_COOKIE, terminal_token, terminals
from app.access.audit_log import newest as audit_log_rows
from app.access.guard import actor, clock, command, page
from app.access.model import Terminal
from app.blueprints.admin import bp
from app.domain.staff import settings
from app.extensions import db
from app.kernel.errors import N_, NotFound
from app.kernel.permission import Permission as P

AUDIT_PAGE = 100


@bp.get("/terminals", endpoint="terminals")
@page(P.TERMINAL_ENROL)
def terminals_page(**_kwargs: Any) -> Any:
    """The enrolled terminals, and the button that enrols the device in front of you."""
    session = db.session()
    here = terminals.by_token(session, terminal_token(request))
    return render_template("admin/terminals.html", terminals=terminals.listed(session), here=here)


@bp.post("/terminals")
@command(P.TERMINAL_ENROL, again=terminals_page)
def enrol_terminal() -> Any:
    """Enrol this device: from now on it shows the name tiles."""
    terminal, token = terminals.enrol(db.session(), actor(), clock(), request.form.get("name", ""))
    flash(gettext("This device is now the terminal “%(name)s”.", name=terminal.name), "success")
    response = make_response(redirect(url_for("admin.terminals")))
    response.set_cookie(
        TERMINAL_COOKIE,
        token,
        max_age=400 * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["PORTAL_TLS"],
    )
    return response


@bp.post("/terminals/<row:terminal_id>/revoke")
@command(P.TERMINAL_ENROL, again=terminals_page)
def revoke_terminal(terminal_id: int) -> Any:
    """A lost or sold device: no PIN is taken there any more."""
    terminal = db.session.get(Terminal, terminal_id)
    if terminal is None:
        raise NotFound(N_("There is no such terminal."))
    terminals.revoke(db.session(), actor(), clock(), terminal)
    flash(gettext("“%(name)s” is no longer a terminal.", name=terminal.name), "success")
    return redirect(url_for("admin.terminals"))


@bp.get("/settings")
@page(P.SETTINGS_EDIT)
def settings_page() -> Any:
    """The shop's settings."""
    values = {**settings.read_all(db.session()), **request.form.to_dict()}
    return render_template("admin/settings.html", settings=settings.SETTINGS, values=values)


@bp.post("/settings")
@command(P.SETTINGS_EDIT, again=settings_page)
def change_settings() -> Any:
    """Save the settings; unknown fields are ignored."""
    given = {key: request.form[key] for key in settings.SETTINGS if key in request.form}
    settings.change(db.session(), actor(), clock(), given)
    flash(gettext("The settings are saved."), "success")
    return redirect(url_for("admin.settings_page"))


@bp.get("/audit")
@page(P.AUDIT_VIEW)
def audit_log() -> Any:
    """Who did what, newest first, a page at a time."""
    before = request.args.get("before", "")
    subject = request.args.get("subject", "").strip()[:80]
    known = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    rows = audit_log_rows(db.session(), before=known, subject=subject, limit=AUDIT_PAGE + 1)
    older = rows[AUDIT_PAGE - 1].seq if len(rows) > AUDIT_PAGE else None
    return render_template("admin/audit.html", rows=rows[:AUDIT_PAGE], older=older, subject=subject)
