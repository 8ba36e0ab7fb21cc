"""The used-car desk asks, the workshop answers in time."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.used_cars import bp
from app.domain.used_cars import operations
from app.extensions import db
from app.kernel.money import parse_yuan
from app.kernel.permission import Permission as P
from app.web import forms


@bp.get("/enquiries")
@page(P.USED_CARS_VIEW)
def enquiries(**_kwargs: Any) -> Any:
    """Open questions first, by their deadline."""
    return render_template(
        "used_cars/enquiries.html",
        enquiries=operations.listed(db.session()),
        form=request.form,
        at_fault=_kwargs.get("enquiry_id"),
    )


@bp.post("/enquiries")
@command(P.USED_CARS_EDIT, again=enquiries)
def ask() -> Any:
    """Ask the workshop about a car."""
    operations.ask(
        db.session(),
        actor(),
        clock(),
        plate=forms.text("plate", longest=20),
        vin=forms.text("vin", longest=40),
        words=forms.text("words", longest=1000),
        due_at=forms.local_moment("due_at"),
    )
    flash(gettext("The workshop has your question."), "success")
    return redirect(url_for("used_cars.enquiries"))


@bp.post("/enquiries/<row:enquiry_id>/answer")
@command(P.USED_CARS_ANSWER, again=enquiries)
def answer(enquiry_id: int) -> Any:
    """Answer a question."""
    enquiry = operations.get(db.session(), enquiry_id)
    typed = request.form.get("cost", "").strip()
    cost = parse_yuan(typed, field="cost") if typed else None
    version, words = forms.whole_number("version"), forms.text("answer", longest=1000)
    operations.answer(db.session(), actor(), clock(), enquiry, version, words=words, cost_fen=cost)
    return redirect(url_for("used_cars.enquiries"))
