"""Whom to call next, and what came of it."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from app.access.guard import actor, clock, command, page, show_once
from app.blueprints.care import bp
from app.domain.care import operations, queries
from app.domain.care.model import FollowUpState
from app.domain.customers import operations as customers
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.permission import Permission as P
from app.web import forms


@bp.get("/calls")
@page(P.CARE_CALL)
def calls() -> Any:
    """Calls due, the longest overdue first; bad answers that wait for somebody."""
    session = db.session()
    today = business_date(clock().now())
    return render_template(
        "care/calls.html",
        due=queries.due(session, today),
        coming=queries.coming(session, today),
        unhappy=queries.needing_action(session),
    )


@bp.get("/calls/<row:follow_up_id>")
@page(P.CARE_CALL)
def call(follow_up_id: int, numbers: list[str] | None = None) -> Any:
    """One call: who, what was done, what was said before."""
    found = queries.get(db.session(), follow_up_id)
    outcomes = [state for state in FollowUpState if state is not FollowUpState.DUE]
    return render_template("care/call.html", follow_up=found, outcomes=outcomes, numbers=numbers, form=request.form)


@bp.post("/calls/<row:follow_up_id>")
@command(P.CARE_CALL, again=call)
def record_call(follow_up_id: int) -> Any:
    """Keep the answer."""
    found = queries.get(db.session(), follow_up_id)
    fixed = {"yes": True, "no": False}.get(request.form.get("fixed", ""))
    operations.record_call(
        db.session(),
        actor(),
        clock(),
        found,
        forms.whole_number("version"),
        outcome=forms.required_choice("outcome", FollowUpState),
        words=forms.text("words", longest=2000),
        fixed=fixed,
        score=forms.whole_number("score"),
    )
    return redirect(url_for("care.calls"))


@bp.post("/calls/<row:follow_up_id>/telephone")
@command(P.CUSTOMER_UNMASK, again=call)
def unmask(follow_up_id: int) -> Any:
    """The number in full, for this call; on record."""
    found = queries.get(db.session(), follow_up_id)
    reason = f"follow-up {found.order.number}"
    numbers = customers.unmask(db.session(), actor(), clock(), found.order.customer, reason)
    return show_once(call(follow_up_id, numbers=numbers), url_for("care.call", follow_up_id=follow_up_id))


@bp.post("/calls/<row:follow_up_id>/dealt-with")
@command(P.CARE_CALL, again=call)
def dealt_with(follow_up_id: int) -> Any:
    """A bad answer has been dealt with; what was done is kept."""
    found = queries.get(db.session(), follow_up_id)
    what = forms.text("what", longest=1000)
    operations.settle_action(db.session(), actor(), clock(), found, forms.whole_number("version"), what)
    return redirect(url_for("care.calls"))
