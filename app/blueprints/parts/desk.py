"""The desk: what to pick now, in promise order; a scan issues or opens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.domain.catalogue import queries as catalogue
from app.domain.catalogue.model import Part
from app.domain.counter_sales.queries import waiting_pickups
from app.domain.repair_orders import parts, picking, waiting
from app.domain.repair_orders import queries as orders
from app.domain.repair_orders.expected import expected_of_lines
from app.domain.repair_orders.model import PartLine
from app.domain.repair_orders.moves import lock_order
from app.domain.stock import batches
from app.extensions import db
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken
from app.kernel.fullwidth import to_ascii
from app.kernel.permission import Permission as P
from app.web import forms, live


# Fragments are shared between people: links and keyless buttons only, never a form with somebody's token in it.
@live.board("parts", permission=P.PARTS_ISSUE, template="parts/_desk.html", relevant=frozenset({P.COUNTER_SELL}))
def desk_facts(who: live.Audience) -> Mapping[str, Any]:
    """What lies to be picked, what must come back, and what technicians ask for."""
    session = db.session()
    return {
        "orders": picking.to_pick(session),
        "expected": expected_of_lines(session),
        "requests": waiting.open_requests(session),
        "take_back": picking.to_take_back(session),
        "pickups": waiting_pickups(session) if P.COUNTER_SELL in who.permissions else (),
    }


@bp.get("/desk", endpoint="desk")
@page(P.PARTS_ISSUE)
def desk_page(**_kwargs: Any) -> Any:
    """What to pick now, in promise order; live."""
    return render_template("parts/desk.html", board=live.mount("parts"))


def scanned_order(code: str) -> str | None:
    """The order's number when the scanned code is one, as on the job card; raises InvalidInput for an unknown one."""
    plain = to_ascii(code).strip().upper()
    if not plain.startswith("RO-"):
        return None
    try:
        return orders.order_by_number(db.session(), plain).number
    except NotFound as error:  # the clerk stays at the desk, with what was scanned
        raise InvalidInput(error.message, field="scan") from None


def piece_of(code: str) -> tuple[Part, str] | None:
    """(part, batch) of a scanned part number, however it is written, or of the serial number or batch of what lies here."""
    session = db.session()
    part = catalogue.part_by_number(session, code) if code else None
    if part is not None:
        return part, ""
    found = batches.piece_scanned(session, code)
    return (catalogue.get_part(session, found[0]), found[1]) if found else None


def scanned_piece(code: str, field: str = "scan") -> tuple[Part, str]:
    """What :func:`piece_of` finds; raises InvalidInput for an unknown number."""
    found = piece_of(code)
    if found is None:
        raise InvalidInput(N_("No part has the number “%(code)s”."), field=field, code=code[:40])
    return found


def scanned_part(code: str, field: str = "scan") -> Part:
    """The part of a scanned number; raises InvalidInput for an unknown one."""
    return scanned_piece(code, field)[0]


def issue_what_is_there(line: PartLine, piece: str = "") -> int:
    """Issue as much of a line as is wanted and promised to it, or of that the piece or batch that was scanned; returns
    the quantity in thousandths.
    """
    session = db.session()
    quantity = min(line.reserved_milli, line.quantity_milli - line.issued_milli)
    if piece:
        there = batches.good_of(session, [line.part_id]).get(line.part_id, {})
        quantity = min(quantity, there.get(piece, quantity))
    parts.issue_line(session, actor(), clock(), line, quantity, piece)
    return quantity


@bp.post("/scan")
@command(P.PARTS_ISSUE, again=desk_page)
def scan() -> Any:
    """A scanned part is issued to the first order that waits for it; a scanned order opens its picking page."""
    session = db.session()
    code = forms.text("scan", longest=120)
    number = scanned_order(code)
    if number:
        return redirect(url_for("parts.pick", number=number))
    sheet = to_ascii(code).strip().upper()
    if re.fullmatch(r"SC-\d{6}-\d{4,6}", sheet, re.ASCII):  # a count sheet
        return redirect(url_for("parts.stock_take", st=sheet))
    part, piece = scanned_piece(code)
    for order in picking.to_pick(session):
        for row in order.lines:
            if row.part_id == part.id and row.reserved_milli > 0:
                lock_order(session, orders.get_line(session, row.id).order_id)
                issue_what_is_there(orders.get_line(session, row.id), piece)
                flash(gettext("%(part)s issued to %(plate)s.", part=part.name, plate=order.plate), "success")
                return redirect(url_for("parts.desk"))
    raise RuleBroken(N_("No order waits for “%(part)s” with stock on the shelf."), field="scan", part=part.name)


@bp.get("/find")
@page(P.STOCK_VIEW)
def find() -> Any:
    """A scanned or typed code from the stock page: a whole number opens the part, anything else searches."""
    typed = request.args.get("q", "").strip()[:60]
    found = piece_of(typed)
    return redirect(url_for("parts.part", part_id=found[0].id) if found else url_for("parts.stock", q=typed))
