"""What the adviser does with an order as a whole: promise, estimate, check in, cancel."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command
from app.blueprints.reception import bp
from app.blueprints.reception.order_page import order
from app.blueprints.reception.order_rows import order_to_change
from app.domain.repair_orders import approvals, lines
from app.domain.repair_orders.facts import order_facts
from app.domain.repair_orders.moves import move_order
from app.extensions import db
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.web import forms


@bp.post("/orders/<number:number>/promise")
@command(P.ORDER_EDIT, again=order)
def change_promise(number: str) -> Any:
    """Give or change the promised time."""
    row = order_to_change(number)
    at = forms.local_moment("promised_at")
    if at is None:
        raise InvalidInput(N_("Give a promised time."), field="promised_at")
    lines.promise(db.session(), actor(), clock(), row, at, forms.text("reason", longest=300))
    return redirect(url_for("reception.order", number=number))


@bp.post("/orders/<number:number>/estimate")
@command(P.ORDER_EDIT, again=order)
def give_estimate(number: str) -> Any:
    """The estimate is complete: it can be printed, signed or sent."""
    row = order_to_change(number)
    move_order(db.session(), actor(), clock(), row, "estimate", order_facts(row))
    return redirect(url_for("reception.order", number=number))


@bp.post("/orders/<number:number>/cancel")
@command(P.ORDER_CANCEL, again=order)
def cancel_order(number: str) -> Any:
    """Cancel before work begins, with the reason."""
    row = order_to_change(number)
    approvals.cancel(db.session(), actor(), clock(), row, forms.text("reason", longest=300))
    flash(gettext("The order is cancelled."), "success")
    return redirect(url_for("reception.order", number=number))


@bp.post("/orders/<number:number>/check-in")
@command(P.CHECK_IN, again=order)
def check_in_draft(number: str) -> Any:
    """A quick order whose car stands here: from draft to checked in."""
    row = order_to_change(number)
    move_order(db.session(), actor(), clock(), row, "check_in")
    return redirect(url_for("reception.order", number=number))
