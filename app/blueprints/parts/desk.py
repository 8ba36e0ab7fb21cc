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


def scanned_part(code: str, field: str = "scan") -> Part:
    """The part of a scanned number, however it is written; raises InvalidInput for an unknown one."""
    part = catalogue.part_by_number(db.session(), code) if code else None
    if part is None:
        raise InvalidInput(N_("No part has the number “%(code)s”."), field=field, code=code[:40])
    return part


def issue_what_is_there(line: PartLine) -> int:
    """Issue as much of a line as is wanted and promised to it; returns the quantity in thousandths."""
    quantity = min(line.reserved_milli, line.quantity_milli - line.issued_milli)
    parts.issue_line(db.session(), actor(), clock(), line, quantity)
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
    part = scanned_part(code)
    for order in picking.to_pick(session):
        for row in order.lines:
            if row.part_id == part.id and row.reserved_milli > 0:
                lock_order(session, orders.get_line(session, row.id).order_id)
                issue_what_is_there(orders.get_line(session, row.id))
                flash(gettext("%(part)s issued to %(plate)s.", part=part.name, plate=order.plate), "success")
                return redirect(url_for("parts.desk"))
    raise RuleBroken(N_("No order waits for “%(part)s” with stock on the shelf."), field="scan", part=part.name)


@bp.get("/find")
@page(P.STOCK_VIEW)
def find() -> Any:
    """A scanned or typed code from the stock page: a whole number opens the part, anything else searches."""
    typed = request.args.get("q", "").strip()[:60]
    part = catalogue.part_by_number(db.session(), typed) if typed else None
    return redirect(url_for("parts.part", part_id=part.id) if part else url_for("parts.stock", q=typed))
