"""The shop's window for customers: accessories with their price, and a reservation without an account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app.access.guard import clock, public_command, public_page
from app.domain.counter_sales import pickups, queries
from app.domain.files import operations as files
from app.domain.staff import settings
from app.extensions import db
from app.kernel.errors import N_, NotFound
from app.web import forms

bp = Blueprint("window", __name__, url_prefix="/accessories")


@bp.get("/")
@public_page
def offers() -> Any:
    """What is shown, and whether it is there; never how many."""
    session = db.session()
    return render_template(
        "portal/offers.html", offers=queries.offers(session), shop_phone=settings.read(session, "shop.phone")
    )


@bp.get("/<row:part_id>")
@public_page
def offer(part_id: int) -> Any:
    """One of them, with the form that reserves it."""
    session = db.session()
    found = queries.offer_online(session, part_id)
    return render_template(
        "portal/offer.html",
        offer=found,
        there=queries.is_there(session, part_id),
        most=pickups.MOST_PIECES,
        days=settings.number(session, "pickup.days"),
        shop_phone=settings.read(session, "shop.phone"),
        form=request.form,
    )


@bp.post("/<row:part_id>")
@public_command(again=offer)
def reserve(part_id: int) -> Any:
    """Keep it for him."""
    made = pickups.reserve(
        db.session(),
        clock(),
        part_id,
        name=forms.text("name", longest=40),
        phone=forms.text("phone", longest=30),
        pieces=forms.required_number("pieces", lowest=1, highest=pickups.MOST_PIECES),
        consent=request.form.get("consent") == "1",
        address=request.remote_addr or "",
        secret=str(current_app.config["SECRET_KEY"]),
    )
    return redirect(url_for("window.reserved", code=made.code))


@bp.get("/reserved/<code>")
@public_page
def reserved(code: str) -> Any:
    """What is kept, until when, and the code to say at the counter; not for whom."""
    session = db.session()
    values = settings.read_all(session)
    return render_template(
        "portal/reserved.html",
        pickup=queries.pickup_by_code(session, code),
        address=values["shop.address"],
        shop_phone=values["shop.phone"],
    )


@bp.get("/<row:part_id>/photo")
@public_page
def photo(part_id: int) -> Response:
    """The photo of something that is shown."""
    found = queries.offer_online(db.session(), part_id)
    if found.photo is None:
        raise NotFound(N_("There is nothing here. It may have been moved, or you may not see it."))
    path = files.path_of(current_app.config["PORTAL_DATA"], found.photo)
    return send_file(path, mimetype=found.photo.media_type, max_age=600)
