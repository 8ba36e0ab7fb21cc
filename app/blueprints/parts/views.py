"""The parts desk: what to pick now, issue, return, receive, look up."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.domain.catalogue import queries as catalogue
from app.domain.repair_orders import findings, parts, picking, waiting
from app.domain.repair_orders import queries as orders
from app.domain.repair_orders.model import PartLine
from app.domain.repair_orders.moves import lock_order
from app.domain.stock import operations as stock
from app.domain.stock import queries as stock_queries
from app.extensions import db
from app.kernel.errors import N_, InvalidInput
from app.kernel.money import divide_half_up, parse_yuan, split_vat
from app.kernel.permission import Permission as P
from app.kernel.quantity import parse_quantity
from app.printing import pdf_of
from app.printing.picking_list import PickingList, PickLine
from app.web import forms, language, live
from app.web.papers import paper_shop, paper_vehicle


@live.board("parts", permission=P.PARTS_ISSUE, template="parts/_desk.html")
def desk_facts(who: live.Audience) -> Mapping[str, Any]:
    """What lies to be picked, and what technicians ask for."""
    session = db.session()
    return {"orders": picking.to_pick(session), "requests": waiting.open_requests(session)}


@bp.get("/desk", endpoint="desk")
@page(P.PARTS_ISSUE)
def desk_page(**_kwargs: Any) -> Any:
    """What to pick now, in promise order; live."""
    return render_template("parts/desk.html", board=live.mount("parts"), scanned=request.args.get("scan", ""))


def _locked_line(line_id: int) -> PartLine:
    line = orders.get_line(db.session(), line_id)
    lock_order(db.session(), line.order_id)
    db.session.refresh(line)
    return line


@bp.post("/scan")
@command(P.PARTS_ISSUE, again=desk_page)
def scan() -> Any:
    """A scanned part is issued to the first order that waits for it; a scanned order opens its picking page."""
    session = db.session()
    code = forms.text("scan", longest=120)
    if code.upper().startswith("RO-"):
        return redirect(url_for("parts.pick", number=orders.order_by_number(session, code.upper()).number))
    part = catalogue.part_by_number(session, code)
    if part is None:
        raise InvalidInput(N_("No part has the number “%(code)s”."), field="scan", code=code[:40])
    for order in picking.to_pick(session):
        for row in order.lines:
            if row.part_id == part.id and row.reserved_milli > 0:
                line = _locked_line(row.id)
                quantity = min(line.reserved_milli, line.quantity_milli - line.issued_milli)
                parts.issue_line(session, actor(), clock(), line, quantity)
                flash(gettext("%(part)s issued to %(plate)s.", part=part.name, plate=order.plate), "success")
                return redirect(url_for("parts.desk"))
    raise InvalidInput(N_("No order waits for “%(part)s” with stock on the shelf."), field="scan", part=part.name)


@bp.get("/orders/<number:number>")
@page(P.PARTS_ISSUE)
def pick(number: str) -> Any:
    """The lines of one order: issue, return."""
    order = orders.order_by_number(db.session(), number)
    return render_template("parts/pick.html", order=order, live_lines=parts.live(order.part_lines), form=request.form)


@bp.post("/lines/<row:line_id>/issue")
@command(P.PARTS_ISSUE)
def issue(line_id: int) -> Any:
    """Hand out what is wanted, or the quantity that was typed."""
    line = _locked_line(line_id)
    typed = request.form.get("quantity", "").strip()
    wanted = parse_quantity(typed, field="quantity") if typed else line.quantity_milli - line.issued_milli
    parts.issue_line(db.session(), actor(), clock(), line, wanted)
    flash(gettext("%(part)s issued.", part=line.name), "success")
    return redirect(forms.own_path("back", url_for("parts.desk")))


@bp.post("/lines/<row:line_id>/return")
@command(P.PARTS_ISSUE)
def give_back(line_id: int) -> Any:
    """Take back what was not used."""
    line = _locked_line(line_id)
    quantity = parse_quantity(request.form.get("quantity", ""), field="quantity")
    parts.return_line(db.session(), actor(), clock(), line, quantity, forms.text("reason"))
    flash(gettext("%(part)s is back on the shelf.", part=line.name), "success")
    return redirect(url_for("parts.pick", number=line.order.number))


@bp.post("/requests/<row:request_id>/answer")
@command(P.PARTS_ISSUE, again=desk_page)
def answer_request(request_id: int) -> Any:
    """Answer a technician in words."""
    found = orders.get_request(db.session(), request_id)
    findings.answer_request(db.session(), actor(), clock(), found, forms.text("answer", longest=300))
    return redirect(url_for("parts.desk"))


@bp.get("/stock", endpoint="stock")
@page(P.STOCK_VIEW)
def stock_page() -> Any:
    """Find a part by its number in any way of writing, its name or pinyin."""
    typed = request.args.get("q", "").strip()[:60]
    found = stock_queries.find_parts(db.session(), typed, 50) if typed else []
    return render_template("parts/stock.html", typed=typed, found=found)


@bp.get("/<row:part_id>")
@page(P.STOCK_VIEW)
def part(part_id: int) -> Any:
    """A part: what lies where, what moved, and goods receipt."""
    session = db.session()
    found = catalogue.get_part(session, part_id)
    return render_template(
        "parts/part.html",
        part=found,
        balances=stock_queries.balances_of(session, part_id),
        movements=stock_queries.movements_of(session, part_id),
        value=stock_queries.value_of(session, part_id),
        form=request.form,
    )


@bp.post("/<row:part_id>/receipts")
@command(P.STOCK_RECEIVE, again=part)
def receive(part_id: int) -> Any:
    """Goods in: into a bin, at a purchase price with VAT; those who wait are served in promise order."""
    session = db.session()
    found = catalogue.get_part(session, part_id)
    quantity = parse_quantity(request.form.get("quantity", ""), field="quantity")
    price = parse_yuan(request.form.get("price", ""), field="price")
    place = stock.ensure_bin(session, forms.text("bin", longest=30))
    value = divide_half_up(split_vat(price)[0] * quantity, 1000)
    stock.receive(
        session,
        actor(),
        clock(),
        part_id=found.id,
        bin_id=place.id,
        quantity_milli=quantity,
        value_fen=value,
        source="receipt",
        source_id=found.id,
        reason=forms.text("reason"),
    )
    served = parts.serve_waiting(session, actor(), clock(), found.id)
    flash(gettext("Received. %(count)s waiting lines are served.", count=len(served)), "success")
    return redirect(url_for("parts.part", part_id=part_id))


@bp.get("/orders/<number:number>/picking-list.pdf")
@page(P.PARTS_ISSUE)
def picking_list(number: str) -> Response:
    """The picking list, by bin."""
    session = db.session()
    order = orders.order_by_number(session, number)
    bins = next((o.bins for o in picking.to_pick(session) if o.number == number), {})
    lines = [line for line in parts.live(order.part_lines) if line.issued_milli < line.quantity_milli]
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
            for line in sorted(lines, key=lambda line: bins.get(line.id, ""))
        ),
        needed_at=order.promised_at,
    )
    pdf = pdf_of(document, language())
    return send_file(io.BytesIO(pdf), mimetype="application/pdf", download_name=f"{number}-picking.pdf")
