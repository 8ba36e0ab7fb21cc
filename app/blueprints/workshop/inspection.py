"""The final inspection, item by item."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.workshop import bp
from app.domain.repair_orders import queries as orders
from app.domain.repair_orders.guarantee import CERTIFIED, certificate_number
from app.domain.repair_orders.moves import lock_order
from app.domain.repair_orders.states import JobState, OrderState
from app.domain.workshop import operations
from app.domain.workshop.queries import send_backs
from app.extensions import db
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.permission import Permission as P
from app.printing.completion_certificate import Check, CompletionCertificate
from app.web import forms
from app.web.papers import paper_guarantee, paper_shop, paper_vehicle, printed


@bp.get("/inspections")
@page(P.INSPECT_FINAL)
def inspections() -> Any:
    """Cars whose work is done."""
    return render_template("workshop/inspections.html", orders=orders.in_states(db.session(), OrderState.WORK_DONE))


@bp.get("/inspections/<number:number>")
@page(P.INSPECT_FINAL)
def inspection(number: str) -> Any:
    """One car: pass or reject each job."""
    session = db.session()
    row = orders.order_by_number(session, number)
    jobs = [job for job in row.jobs if job.state is JobState.DONE]
    workers = operations.worked_on(session, [job.id for job in jobs])
    return render_template(
        "workshop/inspection.html",
        order=row,
        jobs=jobs,
        own={job.id for job in jobs if actor().staff_id in workers[job.id]},
        sent_back=send_backs(session, [job.id for job in jobs]),
        form=request.form,
    )


@bp.post("/inspections/<number:number>")
@command(P.INSPECT_FINAL, again=inspection)
def save_inspection(number: str) -> Any:
    """Keep the verdicts."""
    session = db.session()
    row = orders.order_by_number(session, number)
    lock_order(session, row.id)
    verdicts = {}
    for name, value in request.form.items():
        match = re.fullmatch(r"job-([1-9]\d{0,8})", name, re.ASCII)
        if match and value in {"pass", "reject"}:
            verdicts[int(match[1])] = (value == "pass", forms.text(f"reason-{match[1]}", longest=300))
    result = operations.inspect_order(
        session,
        actor(),
        clock(),
        row,
        forms.whole_number("version"),
        verdicts,
        road_test_km=_optional("road_test"),
        mileage_out_km=_optional("mileage_out"),
        remark=forms.text("remark", longest=300),
    )
    flash(gettext("Passed.") if result.passed else gettext("Sent back to the workshop."), "success")
    return redirect(url_for("workshop.inspections"))


def _optional(name: str) -> int | None:
    if not request.form.get(name, "").strip():
        return None
    value = forms.whole_number(name)
    if value is None or value > 1_999_999:
        raise InvalidInput(N_("A whole number is needed here."), field=name)
    return value


@bp.get("/orders/<number:number>/completion-certificate.pdf")
@page(P.ORDER_VIEW)
def certificate(number: str) -> Response:
    """The completion certificate, for the repairs that the law names."""
    session = db.session()
    row = orders.order_by_number(session, number)
    if row.kind not in CERTIFIED or row.completed_at is None:
        raise RuleBroken(N_("This order has no completion certificate."))
    by = next((event.actor for event in reversed(row.events) if event.move == "inspect"), "")
    document = CompletionCertificate(
        shop=paper_shop(session),
        number=certificate_number(row.number),
        order_number=row.number,
        qr=row.number,
        customer_name=row.customer.name,
        vehicle=paper_vehicle(row.vehicle),
        kind=row.kind,
        completed_at=row.completed_at,
        mileage_km=row.mileage_out_km or row.mileage_in_km or 0,
        inspector=by,
        guarantee=paper_guarantee(row.kind),
        arrived_at=row.created_at,
        checks=tuple(Check(job.name) for job in row.jobs if job.state is JobState.PASSED),
    )
    return printed(document, f"{number}-certificate.pdf")
