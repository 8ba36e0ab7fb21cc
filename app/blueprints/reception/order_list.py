"""The list of orders, live for everybody who narrowed it the same way, and as a spreadsheet."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from flask import Response, render_template, request, send_file, url_for
from flask_babel import gettext

from app.access.guard import note, page
from app.blueprints.reception import bp
from app.domain.repair_orders.order_list import Filter, list_orders
from app.domain.repair_orders.states import OrderState
from app.domain.staff import queries as staff
from app.domain.staff.model import Role
from app.extensions import db
from app.kernel.errors import N_
from app.kernel.permission import Permission as P
from app.web import forms, live
from app.web.labels import label
from app.web.sheets import workbook

EXPORT_ROWS = 5000


def _filter(given: Mapping[str, str]) -> Filter:
    """What an address asks for; what it cannot mean is left out."""
    known = {state.value for state in OrderState}
    adviser, before = given.get("adviser", ""), given.get("before", "")
    return Filter(
        states=tuple(OrderState(value) for value in given.get("state", "").split(",") if value in known),
        adviser_id=forms.plain_number(adviser),
        text=given.get("text", "").strip()[:60],
        before=forms.plain_number(before),
    )


def _kept(wanted: Filter) -> dict[str, Any]:
    """The filter and nothing else: url_for would take "_external" and its like from the address for its own."""
    found = {
        "state": ",".join(state.value for state in wanted.states),
        "adviser": str(wanted.adviser_id or ""),
        "text": wanted.text,
        "before": str(wanted.before or ""),
    }
    return {name: value for name, value in found.items() if value}


def _asked() -> Filter:
    """The filter of this page; a state may be given several times or separated by commas."""
    return _filter({**request.args.to_dict(), "state": ",".join(request.args.getlist("state"))})


@live.board(
    "orders",
    permission=P.ORDER_VIEW,
    template="reception/_orders.html",
    relevant=frozenset({P.MONEY_VIEW}),
    parameters=("state", "adviser", "text", "before"),
)
def list_facts(who: live.Audience) -> Mapping[str, Any]:
    """A page of the list. What is late depends on the minute, so the fragment is kept for a minute at most."""
    wanted = _filter(dict(who.parameters))
    listed = list_orders(db.session(), wanted)
    kept = _kept(wanted)
    following = {**kept, "before": str(listed.next_before)}
    return {
        "listed": listed,
        "total": sum(row.total_fen for row in listed.rows),
        "see_money": P.MONEY_VIEW in who.permissions,
        "next_url": url_for("reception.orders", **following) if listed.next_before else "",
        "first_url": url_for("reception.orders", **{k: v for k, v in kept.items() if k != "before"}),
    }


@bp.get("/orders", endpoint="orders")
@page(P.ORDER_VIEW)
def orders_page() -> Any:
    """The orders, newest first; the filter stands in the URL."""
    wanted = _asked()
    kept = _kept(wanted)
    return render_template(
        "reception/orders.html",
        wanted=wanted,
        states=list(OrderState),
        advisers=staff.names_with_role(db.session(), Role.SERVICE_ADVISER),
        export_url=url_for("reception.export_orders", **kept),
        board=live.mount("orders", kept),
    )


@bp.get("/orders/export.xlsx")
@page(P.DATA_EXPORT)
def export_orders() -> Response:
    """The filtered list as a spreadsheet; capped, and on record."""
    rows = list_orders(db.session(), _asked(), EXPORT_ROWS).rows
    head = [
        N_("Order"),
        N_("Plate"),
        N_("Model"),
        N_("Customer"),
        N_("Adviser"),
        N_("State"),
        N_("Promised"),
        N_("Total"),
    ]
    body = [
        (r.number, r.plate, r.model, r.customer, r.adviser, label(r.state), r.promised_at, r.total_fen) for r in rows
    ]
    content = workbook([gettext(text) for text in head], body, money={7})
    note("export", "orders", rows=len(body))
    return send_file(io.BytesIO(content), download_name="orders.xlsx", as_attachment=True)
