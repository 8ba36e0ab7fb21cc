"""Jobs and part lines of an order, edited in place."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from app.access.guard import actor, clock, command
from app.blueprints.reception import bp
from app.blueprints.reception.order_page import order
from app.blueprints.reception.order_rows import order_to_change
from app.domain.catalogue import queries as catalogue
from app.domain.repair_orders import findings, lines, queries
from app.domain.repair_orders.states import JobState, Payer
from app.extensions import db
from app.kernel.errors import N_, NotFound
from app.kernel.permission import Permission as P
from app.kernel.quantity import parse_quantity
from app.web import forms


def _back(number: str) -> Any:
    return redirect(url_for("reception.order", number=number) + "#jobs")


@bp.post("/orders/<number:number>/jobs")
@command(P.ORDER_EDIT, again=order)
def add_job(number: str) -> Any:
    """Put an operation of the catalogue on the order; priced from a finding if one is named."""
    row = order_to_change(number)
    operation = catalogue.get_operation(db.session(), forms.required_number("operation", lowest=1))
    finding_id = forms.whole_number("finding")
    finding = queries.get_finding(db.session(), finding_id) if finding_id else None
    if finding is not None and finding.order_id != row.id:
        raise NotFound(N_("There is no such finding."))
    lines.add_job(
        db.session(),
        actor(),
        clock(),
        row,
        operation,
        payer=forms.choice("payer", Payer, Payer.CUSTOMER),
        discount_permille=forms.percent("discount"),
        finding=finding,
    )
    return _back(number)


@bp.post("/orders/<number:number>/jobs/<row:job_id>")
@command(P.ORDER_EDIT, again=order)
def change_job(number: str, job_id: int) -> Any:
    """Who pays a job, and its discount."""
    row = order_to_change(number)
    lines.change_job(
        db.session(),
        actor(),
        clock(),
        queries.job_of(row, job_id),
        payer=forms.required_choice("payer", Payer),
        discount_permille=forms.percent("discount"),
    )
    return _back(number)


@bp.post("/orders/<number:number>/jobs/<row:job_id>/remove")
@command(P.ORDER_EDIT, again=order)
def remove_job(number: str, job_id: int) -> Any:
    """Take a job off that the customer has not answered."""
    lines.remove_job(db.session(), actor(), clock(), queries.job_of(order_to_change(number), job_id))
    return _back(number)


@bp.post("/orders/<number:number>/jobs/<row:job_id>/parts")
@command(P.ORDER_EDIT, again=order)
def add_part(number: str, job_id: int) -> Any:
    """Put a part on a job; on a job that is answered already it becomes additional work."""
    row = order_to_change(number)
    job = queries.job_of(row, job_id)
    part = catalogue.get_part(db.session(), forms.required_number("part", lowest=1))
    quantity = parse_quantity(request.form.get("quantity", "1"), field="quantity")
    if job.state is JobState.PROPOSED:
        lines.add_part(
            db.session(),
            actor(),
            clock(),
            job,
            part,
            quantity,
            discount_permille=forms.percent("discount"),
            customer_supplied=request.form.get("customer_supplied") == "1",
        )
    else:
        lines.add_extra_part(db.session(), actor(), clock(), job, part, quantity, f"{job.name} + {part.name}")
    return _back(number)


@bp.post("/orders/<number:number>/lines/<row:line_id>")
@command(P.ORDER_EDIT, again=order)
def change_part(number: str, line_id: int) -> Any:
    """Quantity, payer and discount of a part line."""
    row = order_to_change(number)
    lines.change_part(
        db.session(),
        actor(),
        clock(),
        queries.line_of(row, line_id),
        quantity_milli=parse_quantity(request.form.get("quantity", ""), field="quantity"),
        payer=forms.required_choice("payer", Payer),
        discount_permille=forms.percent("discount"),
    )
    return _back(number)


@bp.post("/orders/<number:number>/lines/<row:line_id>/remove")
@command(P.ORDER_EDIT, again=order)
def remove_part(number: str, line_id: int) -> Any:
    """Strike a part line out."""
    row = order_to_change(number)
    lines.remove_part(db.session(), actor(), clock(), queries.line_of(row, line_id))
    return _back(number)


@bp.post("/orders/<number:number>/findings/<row:finding_id>/set-aside")
@command(P.ORDER_EDIT, again=order)
def set_finding_aside(number: str, finding_id: int) -> Any:
    """A finding that is not offered to the customer."""
    row = order_to_change(number)
    finding = queries.get_finding(db.session(), finding_id)
    if finding.order_id != row.id:
        raise NotFound(N_("There is no such finding."))
    findings.set_aside(db.session(), actor(), clock(), finding)
    return _back(number)
