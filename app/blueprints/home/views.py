"""The morning page, the search and the address that says "ready"."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import text

from app.access.guard import clock, page, public_page
from app.blueprints.home import bp
from app.blueprints.home.morning import sections
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.search import search as find
from app.extensions import db
from app.kernel.permission import Permission


@bp.get("/healthz")
@public_page
def healthz() -> Response:
    """200 when the portal and its database answer."""
    db.session.execute(text("SELECT 1"))
    return Response("ok\n", mimetype="text/plain")


@bp.get("/")
@page(Permission.PORTAL_USE)
def morning() -> Any:
    """What is late, what is due, what waits for me."""
    return render_template("home/morning.html", sections=sections(db.session(), clock(), current_user))


@bp.get("/search")
@page(Permission.PORTAL_USE)
def search() -> Any:
    """Plate, VIN, order number, phone, name or pinyin. A single exact hit opens at once."""
    typed = request.args.get("q", "")
    people = current_user.may(Permission.CUSTOMER_VIEW)
    found = find(db.session(), typed, people=people)
    if not people:
        found.vehicles = []
    if not current_user.may(Permission.ORDER_VIEW):
        found.orders = []
    only = found.only
    if isinstance(only, RepairOrder):
        return redirect(url_for("reception.order", number=only.number))
    if only is not None:
        return redirect(url_for("reception.vehicle", vehicle_id=only.id))
    return render_template("home/search.html", found=found, search_query=typed)
