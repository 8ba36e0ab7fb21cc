"""Correcting what an answered job costs: its own page, because few orders need it and the order's page is long."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.reception import bp
from app.blueprints.reception.order_rows import order_to_change
from app.domain.repair_orders import corrections, price_changes, queries
from app.domain.repair_orders.model import Job, PartLine
from app.domain.repair_orders.price_changes import Terms
from app.domain.repair_orders.rules import OPEN_FOR_PRICES, TO_BE_DONE
from app.domain.repair_orders.states import Payer
from app.extensions import db
from app.kernel.errors import InvalidInput
from app.kernel.permission import Permission as P
from app.web import forms


@bp.get("/orders/<number:number>/jobs/<row:job_id>/price")
@page(P.ORDER_EDIT)
def price(number: str, job_id: int) -> Any:
    """Payer and discount of an answered job and of its parts, beside what the customer agreed to."""
    session = db.session()
    row = queries.order_by_number(session, number)
    job = queries.job_of(row, job_id)
    return render_template(
        "reception/correct.html",
        order=row,
        job=job,
        open=row.state in OPEN_FOR_PRICES and job.state in TO_BE_DONE,
        lines=price_changes.priced_lines(job),
        agreed=price_changes.agreed(session, job),
        own=price_changes.own_under,
        seen=price_changes.asked(job),
        waiting=price_changes.waiting(job),
        payers=list(Payer),
        form=request.form,
    )


def _terms(row: Job | PartLine) -> Terms:
    """What was chosen for a line; the fields of the labour have no number."""
    end = f"-{row.id}" if isinstance(row, PartLine) else ""
    return Terms(forms.required_choice(f"payer{end}", Payer), forms.percent(f"discount{end}"))


@bp.post("/orders/<number:number>/jobs/<row:job_id>/price")
@command(P.ORDER_EDIT, again=price)
def correct_price(number: str, job_id: int) -> Any:
    """In the customer's favour at once; what costs him more waits for his answer."""
    job = queries.job_of(order_to_change(number), job_id)
    wanted = {price_changes.key(row): _terms(row) for row in price_changes.priced_lines(job)}
    reason = forms.text("reason", longest=300)
    if not reason:
        raise InvalidInput(corrections.WHY, field="reason")
    ask = request.form.get("ask") == "1"
    if corrections.correct(db.session(), actor(), clock(), job, wanted, reason, ask=ask):
        flash(gettext("The new price waits for the customer: let him sign here, or send him the link."), "success")
    else:
        flash(gettext("The price is corrected. What the customer approved stays on record."), "success")
    return redirect(url_for("reception.order", number=number) + "#prices")


@bp.post("/orders/<number:number>/jobs/<row:job_id>/price/withdraw")
@command(P.ORDER_EDIT, again=price)
def withdraw_price(number: str, job_id: int) -> Any:
    """The customer is not asked after all; everything stays as he agreed."""
    corrections.withdraw(db.session(), actor(), clock(), queries.job_of(order_to_change(number), job_id))
    return redirect(url_for("reception.order", number=number) + "#prices")
