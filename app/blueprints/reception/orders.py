"""An order: its page, its first lines, its moves, its papers."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from flask_login import current_user

from app.access.guard import actor, clock, command, page
from app.blueprints.reception import bp
from app.blueprints.reception.order_papers import estimate_of, inspection_sheet_of, job_card_of
from app.domain.catalogue import queries as catalogue
from app.domain.repair_orders import approvals, lines, queries
from app.domain.repair_orders import check_in as arrivals
from app.domain.repair_orders.facts import order_facts
from app.domain.repair_orders.guarantee import CERTIFIED
from app.domain.repair_orders.moves import lock_order, move_order
from app.domain.repair_orders.states import Payer, RepairKind
from app.domain.repair_orders.totals import estimated, shares
from app.domain.repair_orders.workflows import ORDER
from app.domain.vehicles import queries as vehicle_queries
from app.extensions import db
from app.kernel.errors import N_, InvalidInput
from app.kernel.orm import expect_version
from app.kernel.permission import Permission as P
from app.kernel.quantity import parse_quantity
from app.printing import pdf_of
from app.web import forms, language
from app.web.papers import note_unmasking

MOST_LINES = 20


@bp.get("/orders/<number:number>")
@page(P.ORDER_VIEW)
def order(number: str, **extra: Any) -> Any:
    """One order on one page."""
    session = db.session()
    row = queries.order_by_number(session, number)
    facts = order_facts(row)
    extra.pop("finding_id", None)  # of a refused form's address: the page has its own
    question, answers = approvals.requests_of(session, row.id)
    return render_template(
        "reception/order.html",
        order=row,
        offers={offer.move.name: offer for offer in ORDER.offers(row.state, current_user.actor(), facts)},
        findings=queries.open_findings(session, row.id),
        question=question,
        answers=answers,
        history=queries.history(session, row.id),
        job_names={job.id: job.name for job in row.jobs},
        certified=row.kind in CERTIFIED and row.completed_at is not None,
        shares=shares(row.jobs) or estimated(row),
        payers=list(Payer),
        found_operations=_found_operations(row),
        found_parts=_found_parts(),
        adding=request.args.get("job", ""),
        finding_id=request.values.get("finding", ""),
        **extra,
    )


def _found_operations(row: Any) -> Any:
    typed = request.args.get("operation", "")
    return catalogue.find_operations(db.session(), typed, row.vehicle.series) if typed else None


def _found_parts() -> Any:
    from app.domain.stock.queries import find_parts

    typed = request.args.get("part", "")
    return find_parts(db.session(), typed) if typed else None


@bp.get("/vehicles/<row:vehicle_id>/orders/new")
@page(P.ORDER_EDIT)
def new_order(vehicle_id: int) -> Any:
    """A quick order with its lines on one form: a walk-in whose check-in follows."""
    session = db.session()
    car = vehicle_queries.get(session, vehicle_id)
    return render_template(
        "reception/order_new.html",
        vehicle=car,
        kinds=list(RepairKind),
        operations=catalogue.find_operations(session, request.values.get("operation_text", ""), car.series, 60),
        open_order=queries.open_order_of(session, car.id),
    )


@bp.post("/vehicles/<row:vehicle_id>/orders")
@command(P.ORDER_EDIT, again=new_order)
def create_order(vehicle_id: int) -> Any:
    """Open an order with its jobs and parts in one go."""
    session = db.session()
    car = vehicle_queries.get(session, vehicle_id)
    if car.owner is None:
        raise InvalidInput(N_("This car has no owner yet. Open the car and choose one."))
    words = forms.text("words", longest=2000)
    if not words:
        raise InvalidInput(N_("Write down what the customer says."), field="words")
    codes, numbers = request.form.getlist("operation"), request.form.getlist("part")
    if len(codes) + len(numbers) > MOST_LINES:
        raise InvalidInput(N_("Take at most %(count)s lines at a time."), field="operation", count=MOST_LINES)
    row = arrivals.open_order(
        session, actor(), clock(), car, car.owner, words, forms.choice("kind", RepairKind, RepairKind.MINOR)
    )
    operations = catalogue.get_operations(session, [_id(text, "operation") for text in codes])
    jobs = lines.add_jobs(session, actor(), clock(), row, operations) if operations else []
    job = jobs[-1] if jobs else None
    quantities = request.form.getlist("quantity") or ["1"] * len(numbers)
    if len(quantities) != len(numbers):
        raise InvalidInput(N_("Give a quantity for each part."), field="quantity")
    for text, quantity in zip(numbers, quantities, strict=True):
        if job is None:
            raise InvalidInput(N_("A part belongs to a job: choose a job first."), field="part")
        part = catalogue.get_part(session, _id(text, "part"))
        lines.add_part(session, actor(), clock(), job, part, parse_quantity(quantity, field="quantity"))
    return redirect(url_for("reception.order", number=row.number))


def _id(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10):
        raise InvalidInput(N_("Choose one of the possibilities."), field=field)
    return int(text)


@bp.post("/orders/<number:number>/promise")
@command(P.ORDER_EDIT, again=order)
def change_promise(number: str) -> Any:
    """Give or change the promised time."""
    row = queries.order_by_number(db.session(), number)
    lock_order(db.session(), row.id)
    expect_version(row, forms.whole_number("version"))
    at = forms.local_moment("promised_at")
    if at is None:
        raise InvalidInput(N_("Give a promised time."), field="promised_at")
    lines.promise(db.session(), actor(), clock(), row, at, forms.text("reason", longest=300))
    return redirect(url_for("reception.order", number=number))


@bp.post("/orders/<number:number>/estimate")
@command(P.ORDER_EDIT, again=order)
def give_estimate(number: str) -> Any:
    """The estimate is complete: it can be printed, signed or sent."""
    row = queries.order_by_number(db.session(), number)
    lock_order(db.session(), row.id)
    expect_version(row, forms.whole_number("version"))
    move_order(db.session(), actor(), clock(), row, "estimate", order_facts(row))
    return redirect(url_for("reception.order", number=number))


@bp.post("/orders/<number:number>/cancel")
@command(P.ORDER_CANCEL, again=order)
def cancel_order(number: str) -> Any:
    """Cancel before work begins, with the reason."""
    row = queries.order_by_number(db.session(), number)
    lock_order(db.session(), row.id)
    expect_version(row, forms.whole_number("version"))
    approvals.cancel(db.session(), actor(), clock(), row, forms.text("reason", longest=300))
    flash(gettext("The order is cancelled."), "success")
    return redirect(url_for("reception.order", number=number))


@bp.post("/orders/<number:number>/check-in")
@command(P.CHECK_IN, again=order)
def check_in_draft(number: str) -> Any:
    """A quick order whose car stands here: from draft to checked in."""
    row = queries.order_by_number(db.session(), number)
    lock_order(db.session(), row.id)
    expect_version(row, forms.whole_number("version"))
    move_order(db.session(), actor(), clock(), row, "check_in")
    return redirect(url_for("reception.order", number=number))


def _pdf(document: Any, name: str) -> Response:
    db.session.remove()  # a printer may be waited for: no connection is held meanwhile
    return send_file(io.BytesIO(pdf_of(document, language())), mimetype="application/pdf", download_name=name)


@bp.get("/orders/<number:number>/estimate.pdf")
@page(P.ORDER_VIEW)
def estimate_pdf(number: str) -> Response:
    """The estimate, which is the contract."""
    row = queries.order_by_number(db.session(), number)
    document = estimate_of(db.session(), clock(), row)
    note_unmasking(row, "estimate")
    return _pdf(document, f"{number}-estimate.pdf")


@bp.get("/orders/<number:number>/job-card.pdf")
@page(P.ORDER_VIEW)
def job_card(number: str) -> Response:
    """The job card for the workshop."""
    row = queries.order_by_number(db.session(), number)
    return _pdf(job_card_of(db.session(), clock(), row), f"{number}-job-card.pdf")


@bp.get("/orders/<number:number>/inspection-sheet.pdf")
@page(P.ORDER_VIEW)
def inspection_sheet(number: str) -> Response:
    """The walk-around, as signed."""
    session = db.session()
    row = queries.order_by_number(session, number)
    seen = queries.check_in_of(session, row.id)
    if seen is None:
        raise InvalidInput(N_("This order has no check-in."))
    document = inspection_sheet_of(session, clock(), row, seen)
    note_unmasking(row, "inspection sheet")
    return _pdf(document, f"{number}-inspection.pdf")
