"""The appointment calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.reception import bp
from app.domain.appointments import operations, queries
from app.domain.customers import queries as customer_queries
from app.domain.repair_orders.search import search
from app.domain.vehicles import queries as vehicle_queries
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.labour import parse_hours
from app.kernel.permission import Permission as P
from app.web import forms


def _day() -> date:
    text = request.values.get("day", "")
    today = business_date(clock().now())
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs((day - today).days) < 2000 else today


@bp.get("/appointments", endpoint="appointments")
@page(P.APPOINTMENT_EDIT)
def appointments_page(**_kwargs: Any) -> Any:
    """A day: its times with free places, who comes, and the loading of the week."""
    session = db.session()
    day = _day()
    return render_template(
        "reception/appointments.html",
        day=day,
        slots=queries.slots_of(session, day),
        appointments=queries.of_day(session, day),
        loads=queries.loads(session, day - timedelta(days=day.weekday())),
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
    )


@bp.get("/appointments/new")
@page(P.APPOINTMENT_EDIT)
def new_appointment() -> Any:
    """Book: the car by search, then the time, the hours and the wish."""
    session = db.session()
    day = _day()
    vehicle_id = request.values.get("vehicle", "")
    car = (
        vehicle_queries.get(session, int(vehicle_id))
        if vehicle_id.isascii() and vehicle_id.isdigit() and len(vehicle_id) < 10
        else None
    )
    typed = request.args.get("find", "")
    return render_template(
        "reception/appointment_new.html",
        day=day,
        vehicle=car,
        typed=typed,
        found=search(session, typed) if typed and car is None else None,
        slots=queries.slots_of(session, day),
        load=queries.loads(session, day, 1)[0],
        form=request.form,
        chosen=request.values.get("starts_at", ""),
    )


@bp.post("/appointments")
@command(P.APPOINTMENT_EDIT, again=new_appointment)
def book() -> Any:
    """Take the place."""
    session = db.session()
    car = vehicle_queries.get(session, forms.required_number("vehicle", lowest=1))
    if car.owner is None:
        raise InvalidInput(N_("This car has no owner yet. Open the car and choose one."))
    starts_at = forms.local_moment("starts_at")
    if starts_at is None:
        raise InvalidInput(N_("Choose one of the reception's times."), field="starts_at")
    booked = operations.book(
        session,
        actor(),
        clock(),
        starts_at=starts_at,
        customer=customer_queries.get(session, car.owner.id),
        vehicle=car,
        hours_centi=parse_hours(request.form.get("hours", ""), field="hours"),
        wish=forms.text("wish", longest=1000),
    )
    flash(gettext("Booked: %(number)s.", number=booked.number), "success")
    return redirect(url_for("reception.appointments", day=booked.day.isoformat()))


@bp.get("/appointments/<row:appointment_id>")
@page(P.APPOINTMENT_EDIT)
def appointment(appointment_id: int) -> Any:
    """One appointment: move, cancel, note that nobody came; with its history."""
    session = db.session()
    found = queries.get(session, appointment_id)
    day = _day() if request.values.get("day") else found.day
    return render_template(
        "reception/appointment.html",
        appointment=found,
        day=day,
        slots=queries.slots_of(session, day),
        form=request.form,
    )


@bp.post("/appointments/<row:appointment_id>/move")
@command(P.APPOINTMENT_EDIT, again=appointment)
def move_appointment(appointment_id: int) -> Any:
    """Another time, with the reason."""
    found = queries.get(db.session(), appointment_id)
    starts_at = forms.local_moment("starts_at")
    if starts_at is None:
        raise InvalidInput(N_("Choose one of the reception's times."), field="starts_at")
    version = forms.whole_number("version")
    operations.reschedule(db.session(), actor(), clock(), found, version, starts_at, forms.text("reason"))
    flash(gettext("The appointment is moved."), "success")
    return redirect(url_for("reception.appointments", day=found.day.isoformat()))


@bp.post("/appointments/<row:appointment_id>/cancel")
@command(P.APPOINTMENT_EDIT, again=appointment)
def cancel_appointment(appointment_id: int) -> Any:
    """Cancel, with the reason."""
    found = queries.get(db.session(), appointment_id)
    operations.cancel(db.session(), actor(), clock(), found, forms.whole_number("version"), forms.text("reason"))
    flash(gettext("The appointment is cancelled."), "success")
    return redirect(url_for("reception.appointments", day=found.day.isoformat()))


@bp.post("/appointments/<row:appointment_id>/no-show")
@command(P.APPOINTMENT_EDIT, again=appointment)
def miss_appointment(appointment_id: int) -> Any:
    """Nobody came."""
    found = queries.get(db.session(), appointment_id)
    operations.miss(db.session(), actor(), clock(), found, forms.whole_number("version"))
    return redirect(url_for("reception.appointments", day=found.day.isoformat()))
