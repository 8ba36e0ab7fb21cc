"""A car arrives: who is it, and the walk-around on one page."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flask import Response, abort, current_app, jsonify, redirect, render_template, request, send_file, url_for

from app.access.guard import actor, clock, command, page
from app.blueprints.reception import bp
from app.domain.appointments import queries as appointment_queries
from app.domain.files import operations as files
from app.domain.files.model import FileKind, StoredFile
from app.domain.repair_orders import check_in as arrivals
from app.domain.repair_orders import queries as order_queries
from app.domain.repair_orders.check_in import Mark, WalkAround
from app.domain.repair_orders.search import search
from app.domain.repair_orders.states import DamageKind, OldParts, RepairKind, WarningLight
from app.domain.vehicles import queries as vehicle_queries
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.web import forms

MOST_MARKS = 60


@bp.get("/arrivals")
@page(P.CHECK_IN)
def arrival() -> Any:
    """Type or scan the plate; today's expected cars stand below."""
    session = db.session()
    today = business_date(clock().now())
    return render_template(
        "reception/arrival.html",
        expected=[a for a in appointment_queries.of_day(session, today) if a.state == "booked"],
    )


@bp.get("/arrivals/find")
@page(P.CHECK_IN)
def find_arrival() -> Any:
    """The cars for what was typed; a single one opens its check-in at once."""
    typed = request.args.get("plate", "")
    found = search(db.session(), typed, people=False)
    if len(found.vehicles) == 1:
        return redirect(url_for("reception.check_in", vehicle_id=found.vehicles[0].id))
    return render_template("reception/arrival.html", expected=[], found=found, typed=typed)


@bp.get("/vehicles/<row:vehicle_id>/check-in")
@page(P.CHECK_IN)
def check_in(vehicle_id: int) -> Any:
    """Everything that the adviser must know of the car, and the walk-around, on one page."""
    session = db.session()
    car = vehicle_queries.get(session, vehicle_id)
    today = business_date(clock().now())
    return render_template(
        "reception/check_in.html",
        vehicle=car,
        open_order=order_queries.open_order_of(session, car.id),
        appointment=appointment_queries.booked_for(session, car.id, today),
        recommendations=order_queries.open_recommendations(session, car.id),
        visits=order_queries.visits(session, car.id, 3),
        old_visits=order_queries.old_visits(session, car.id, 3),
        lights=list(WarningLight),
        old_parts=list(OldParts),
        repair_kinds=list(RepairKind),
        default_promise=clock().now() + timedelta(hours=4),
        form=request.form,
    )


@bp.post("/vehicles/<row:vehicle_id>/check-in")
@command(P.CHECK_IN, again=check_in)
def save_check_in(vehicle_id: int) -> Any:
    """Check the car in."""
    session = db.session()
    car = vehicle_queries.get(session, vehicle_id)
    if car.owner is None:
        raise InvalidInput(N_("This car has no owner yet. Open the car and choose one."))
    appointment = appointment_queries.booked_for(session, car.id, business_date(clock().now()))
    signature = files.store_signature(
        session, actor(), clock(), _folder(), request.form.get("signature", ""), f"vehicle:{car.id}"
    )
    order = arrivals.check_in(
        session, actor(), clock(), car, car.owner, _walk_around(), signature=signature, appointment=appointment
    )
    signature.subject = f"order:{order.id}"
    return redirect(url_for("reception.order", number=order.number))


def _folder() -> Any:
    return current_app.config["PORTAL_DATA"]


def _walk_around() -> WalkAround:
    try:
        lights = [WarningLight(value) for value in request.form.getlist("warning_lights")]
    except ValueError:
        raise InvalidInput(N_("Choose one of the possibilities."), field="warning_lights") from None
    return WalkAround(
        words=forms.text("words", longest=2000),
        mileage_km=forms.required_number("mileage", highest=1_999_999),
        energy_percent=forms.required_number("energy", highest=8) * 100 // 8,  # eighths, as the gauge has them
        kind=forms.choice("kind", RepairKind, RepairKind.MINOR),
        mileage_reason=forms.text("mileage_reason"),
        warning_lights=lights,
        valuables=forms.text("valuables", longest=300),
        old_parts=forms.choice("old_parts", OldParts, OldParts.NONE),
        customer_waits=request.form.get("customer_waits") == "1",
        promised_at=forms.local_moment("promised_at"),
        damages=_marks(),
        signed_name=forms.text("signed_name", longest=80),
    )


def _marks() -> list[Mark]:
    """The marks on the drawing, as damage.js writes them; anything strange is refused, not guessed."""
    text = request.form.get("damages", "") or "[]"
    if len(text) > 60_000:
        raise InvalidInput(N_("There are too many marks on the drawing."), field="damages")
    try:
        raw = json.loads(text)
        marks = [_mark(entry) for entry in raw]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise InvalidInput(N_("The marks on the drawing cannot be read. Mark them again."), field="damages") from None
    if len(marks) > MOST_MARKS:
        raise InvalidInput(N_("There are too many marks on the drawing."), field="damages")
    return marks


def _mark(entry: dict[str, Any]) -> Mark:
    x, y = int(entry["x"]), int(entry["y"])
    if not (0 <= x <= 1000 and 0 <= y <= 1000):
        raise ValueError("off the drawing")
    photo_ids = [int(value) for value in entry.get("photo_ids") or []]
    photo = db.session.get(StoredFile, photo_ids[0]) if photo_ids and 0 < photo_ids[0] < 2**31 else None
    if photo is not None and (photo.kind is not FileKind.PHOTO or photo.stored_by != actor().name):
        photo = None
    words = str(entry.get("note") or "")[:200]
    # Escaped in JSON, these pass the look at the request's text; no database stores them.
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in words):
        raise ValueError("impossible characters")
    return Mark(x, y, DamageKind(entry["kind"]), words, photo.id if photo else None)


@bp.post("/files")
@command(P.FINDING_REPORT)
def upload_photo() -> Any:
    """Keep one photo at once, so that a refused form loses nothing; answers its id."""
    file = request.files.get("photo")
    if file is None:
        raise InvalidInput(N_("There is no photo in this form."), field="photo")
    stored = files.store_photo(
        db.session(), actor(), clock(), _folder(), file.stream, file.filename or "", f"staff:{actor().staff_id}"
    )
    return jsonify({"id": stored.id})


@bp.get("/files/<row:file_id>", endpoint="file")
@page(P.ORDER_VIEW)
def show_file(file_id: int) -> Response:
    """A photo or signature, to those who may see orders."""
    stored = db.session.get(StoredFile, file_id)
    if stored is None:
        abort(404)
    path = files.path_of(_folder(), stored)
    if not path.is_file():
        abort(404)
    return send_file(path, mimetype=stored.media_type)
