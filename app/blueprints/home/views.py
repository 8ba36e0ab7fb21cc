"""The morning page, the search and the address that says "ready"."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template
from sqlalchemy import text

from app.access.guard import page, public_page
from app.blueprints.home import bp
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
    return render_template("home/morning.html")


@bp.get("/search")
@page(Permission.PORTAL_USE)
def search() -> Any:
    """Plate, VIN, order number, phone, name or pinyin."""
    return render_template("home/search.html")
