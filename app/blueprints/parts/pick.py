"""The parts of one order: issue, return, answer the technician."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.blueprints.parts.blind import being_counted
from app.blueprints.parts.desk import issue_what_is_there, scanned_order, scanned_piece
from app.domain.catalogue import queries as catalogue
from app.domain.repair_orders import findings, part_requests, parts, picking
from app.domain.repair_orders import queries as orders
from app.domain.repair_orders.expected import expected_of_order
from app.domain.repair_orders.model import PartLine, PartsRequest, RepairOrder
from app.domain.repair_orders.moves import lock_order
from app.domain.repair_orders.rules import TO_BE_DONE
from app.domain.stock import batches
from app.domain.stock.queries import find_parts, substitutes_of
from app.domain.workshop.operations import try_finish_work
from app.extensions import db
from app.kernel.actor import SYSTEM
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken
from app.kernel.orm import expect_version
from app.kernel.permission import Permission as P
from app.kernel.quantity import format_quantity, parse_quantity
from app.printing.picking_list import PickingList, PickLine
from app.web import forms
from app.web.errors import refusal_answer
from app.web.papers import paper_shop, paper_vehicle, printed


@bp.get("/orders/<number:number>")
@page(P.PARTS_ISSUE)
def pick(number: str, **row: Any) -> Any:
    """The lines of one order: issue, return; what its technician asks for."""
    if request.headers.get("HX-Request") and g.get("refusal") is not None:
        return refusal_answer(g.refusal)  # a button of the live desk: the desk stays as it is
    session = db.session()
    order = orders.order_by_number(session, number)
    lines = parts.live(order.part_lines) + [line for line in order.part_lines if line.cancelled and line.issued_milli]
    bins, on_hand = picking.bins_of(session, {line.id: line.part_id for line in lines})
    typed = request.args.get("part", "").strip()[:60]
    short = substitutes_of(session, [line.part_id for line in lines if _short(line)])
    found = find_parts(session, typed) if typed else None
    shown = {line.part_id for line in lines} | {row.Part.id for rows in short.values() for row in rows}
    return render_template(
        "parts/pick.html",
        order=order,
        lines=lines,
        to_be_done=TO_BE_DONE,
        ready=sum(_issuable(line) > 0 for line in lines),
        bins=bins,
        on_hand=on_hand,
        expected=expected_of_order(session, order),
        substitutes=short,
        counted=being_counted(shown | {part.id for part, _free in found or ()}),
        batches=batches.good_of(session, [line.part_id for line in lines]),
        tracked=batches.tracked(session, [line.part_id for line in lines]),
        requests=picking.requests_of(session, order.id),
        found=found,
        typed=typed,
        asked_id=request.args.get("request", ""),
        refused_line=row.get("line_id"),
        refused_request=row.get("request_id"),
        form=request.form,
    )


def _issuable(line: PartLine) -> int:
    if line.customer_supplied or line.cancelled or line.job.state not in TO_BE_DONE:
        return 0
    return min(line.reserved_milli, line.quantity_milli - line.issued_milli)


def _short(line: PartLine) -> bool:
    return line.quantity_milli > line.issued_milli + line.reserved_milli and not line.customer_supplied


def _locked(number: str) -> RepairOrder:
    lock_order(db.session(), orders.id_of_number(db.session(), number))  # locked first: read once, after the lock
    return orders.order_by_number(db.session(), number)


def _back(number: str) -> Any:
    return redirect(url_for("parts.pick", number=number))


@bp.post("/orders/<number:number>/lines/<row:line_id>/issue")
@command(P.PARTS_ISSUE, again=pick)
def issue(number: str, line_id: int) -> Any:
    """Hand out the quantity that was typed, or (a button of the desk) what is promised to the line."""
    line = orders.line_of(_locked(number), line_id)
    if "version" in request.form:
        expect_version(line, forms.whole_number("version"))
    if "quantity" in request.form:
        quantity = parse_quantity(request.form["quantity"], field="quantity")
        parts.issue_line(db.session(), actor(), clock(), line, quantity, forms.text("batch", longest=60))
    else:
        issue_what_is_there(line)
    text = gettext("%(part)s issued to %(plate)s.", part=line.name, plate=line.order.vehicle.plate)
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Trigger": forms.toast(text)})
    flash(text, "success")
    return _back(number)


@bp.post("/orders/<number:number>/issue-ready")
@command(P.PARTS_ISSUE, again=pick)
def issue_ready(number: str) -> Any:
    """Hand out everything that lies ready for an order."""
    issued = 0
    for line in _locked(number).part_lines:
        if _issuable(line) > 0:
            issue_what_is_there(line)
            issued += 1
    if not issued:
        raise RuleBroken(N_("Nothing lies ready for this order."))
    flash(gettext("Lines issued: %(count)s.", count=issued), "success")
    return _back(number)


@bp.post("/orders/<number:number>/scan")
@command(P.PARTS_ISSUE, again=pick)
def scan_order(number: str) -> Any:
    """A scanned part is issued to this order; a scanned order opens that one."""
    code = forms.text("scan", longest=120)
    other = scanned_order(code)
    if other:
        return _back(other)
    part, piece = scanned_piece(code)
    own = [line for line in _locked(number).part_lines if line.part_id == part.id and not line.cancelled]
    if not own:
        raise RuleBroken(N_("“%(part)s” is not on this order."), field="scan", part=part.name)
    waiting = [line for line in own if _issuable(line) > 0]
    if not waiting:
        raise RuleBroken(N_("“%(part)s” is issued already, or none of it lies ready."), field="scan", part=part.name)
    quantity = issue_what_is_there(waiting[0], piece)
    flash(gettext("%(part)s × %(quantity)s issued.", part=part.name, quantity=format_quantity(quantity)), "success")
    return _back(number)


@bp.post("/orders/<number:number>/lines/<row:line_id>/return")
@command(P.PARTS_ISSUE, again=pick)
def give_back(number: str, line_id: int) -> Any:
    """Take a quantity back; say whether the job gets another one."""
    order = _locked(number)
    line = orders.line_of(order, line_id)
    quantity = parse_quantity(request.form.get("quantity", ""), field="quantity")
    said = request.form.get("still_needed")
    if said not in {"0", "1"}:  # the price of the order hangs on it: nobody takes a part off by leaving it out
        raise InvalidInput(N_("Say whether the job still needs it."), field="still_needed")
    parts.return_line(
        db.session(),
        actor(),
        clock(),
        line,
        quantity,
        forms.text("reason"),
        still_needed=said == "1",
        batch=forms.text("batch", longest=60),
    )
    # The last thing that an order waited for may be this part: then its work is done, by nobody's further deed.
    try_finish_work(db.session(), SYSTEM, clock(), order)
    flash(gettext("%(part)s is back on the shelf.", part=line.name), "success")
    return _back(number)


@bp.post("/orders/<number:number>/lines/<row:line_id>/drop")
@command(P.PARTS_ISSUE, again=pick)
def drop_rest(number: str, line_id: int) -> Any:
    """The job does not need what is still to be handed out."""
    order = _locked(number)
    line = orders.line_of(order, line_id)
    expect_version(line, forms.whole_number("version"))
    parts.drop_rest(db.session(), actor(), clock(), line)
    try_finish_work(db.session(), SYSTEM, clock(), order)
    flash(gettext("What was not issued of %(part)s is taken off the order.", part=line.name), "success")
    return _back(number)


def _request(order: RepairOrder, request_id: int) -> PartsRequest:
    found = orders.get_request(db.session(), request_id)
    if found.order_id != order.id:
        raise NotFound(N_("There is no such request."))
    return found


@bp.post("/orders/<number:number>/requests/<row:request_id>/answer")
@command(P.PARTS_ISSUE, again=pick)
def answer_request(number: str, request_id: int) -> Any:
    """Answer a technician in words."""
    found = _request(_locked(number), request_id)
    findings.answer_request(db.session(), actor(), clock(), found, forms.text("answer", longest=300))
    return _back(number)


@bp.post("/orders/<number:number>/requests/<row:request_id>/part")
@command(P.PARTS_ISSUE, again=pick)
def propose_part(number: str, request_id: int) -> Any:
    """Answer a technician with a part: the customer is asked about it."""
    found = _request(_locked(number), request_id)
    part = catalogue.get_part(db.session(), forms.required_number("part", lowest=1))
    quantity = parse_quantity(request.form.get("quantity", ""), field="quantity")
    answer = gettext("%(part)s is on the order; the customer is asked.", part=part.name)
    part_requests.propose_part(db.session(), actor(), clock(), found, part, quantity, answer[:300])
    flash(gettext("%(part)s is on the order. The adviser asks the customer.", part=part.name), "success")
    return _back(number)


@bp.get("/orders/<number:number>/picking-list.pdf")
@page(P.PARTS_ISSUE)
def picking_list(number: str) -> Response:
    """The picking list, by bin."""
    session = db.session()
    order = orders.order_by_number(session, number)
    wanted = [
        line
        for line in parts.live(order.part_lines)
        if line.issued_milli < line.quantity_milli and not line.customer_supplied and line.job.state in TO_BE_DONE
    ]
    bins, _on_hand = picking.bins_of(session, {line.id: line.part_id for line in wanted})
    technicians = dict.fromkeys(line.job.technician.name for line in wanted if line.job.technician)
    document = PickingList(
        shop=paper_shop(session),
        order_number=order.number,
        qr=order.number,
        printed_at=clock().now(),
        vehicle=paper_vehicle(order.vehicle),
        adviser=order.adviser.name,
        lines=tuple(
            PickLine(
                bin=bins.get(line.id, ""),
                number=line.number,
                name=line.name,
                quantity_milli=line.quantity_milli - line.issued_milli,
                unit=line.unit,
                origin=line.origin,
                job=line.job.name,
            )
            for line in sorted(wanted, key=lambda line: (not bins.get(line.id), bins.get(line.id, "")))
        ),
        technician=" ".join(technicians),
        needed_at=order.promised_at,
    )
    return printed(document, f"{number}-picking.pdf")
