"""Demand that was lost: noted where it is heard, and looked at by whoever buys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.domain.catalogue import queries as catalogue
from app.domain.stock import lost_demand
from app.domain.stock.model import LostReason
from app.extensions import db
from app.kernel.permission import Permission as P
from app.web import forms

DAYS = 90


@bp.get("/lost")
@page(P.STOCK_VIEW)
def lost() -> Any:
    """What customers and workshop asked for in vain in the last months."""
    session, since = db.session(), clock().now() - timedelta(days=DAYS)
    return render_template(
        "parts/lost.html",
        days=DAYS,
        notes=lost_demand.lost_since(session, since),
        counts=lost_demand.counts_since(session, since),
        reasons=list(LostReason),
        me=current_user.staff_id,
    )


@bp.post("/lost")
@command(P.STOCK_VIEW, again=lost)
def note_lost() -> Any:
    """One tap on the reason, for the part of the page or for what was typed into the search."""
    session = db.session()
    part_id, reason = forms.whole_number("part"), forms.required_choice("reason", LostReason)
    part = catalogue.get_part(session, part_id) if part_id else None
    lost_demand.note_lost(session, actor(), clock(), reason, part=part, words=forms.text("words", longest=120))
    flash(gettext("Noted: this demand was lost."), "success")
    return redirect(url_for("parts.part", part_id=part.id) if part else url_for("parts.lost"))


@bp.post("/lost/<row:lost_id>/take-back")
@command(P.STOCK_VIEW)
def take_back_lost(lost_id: int) -> Any:
    """A slip of the finger."""
    lost_demand.take_back(db.session(), actor(), clock(), lost_id)
    flash(gettext("Taken back."), "success")
    return redirect(url_for("parts.lost"))
