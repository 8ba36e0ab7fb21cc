"""Customers and cars."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page, show_once
from app.blueprints.reception import bp
from app.domain.billing import operations as billing
from app.domain.customers import operations as customers
from app.domain.customers import queries as customer_queries
from app.domain.customers.model import ConsentPurpose, Customer, CustomerKind
from app.domain.customers.operations import CustomerFacts
from app.domain.repair_orders import queries as order_queries
from app.domain.repair_orders import recommendations
from app.domain.vehicles import operations as vehicles
from app.domain.vehicles import queries as vehicle_queries
from app.domain.vehicles.model import Energy
from app.domain.vehicles.operations import VehicleFacts
from app.extensions import db
from app.kernel.money import parse_yuan
from app.kernel.permission import Permission as P
from app.web import forms
from app.web.masking import mask_phone


def _customer_facts(known: Customer | None = None) -> CustomerFacts:
    typed = [forms.text("phone", longest=40), forms.text("phone2", longest=40)]
    # A masked number that comes back untouched stands for the number behind it, in its own field: two may look alike.
    for place, phone in enumerate(known.phones[:2] if known else ()):
        if typed[place] == mask_phone(phone.number):
            typed[place] = phone.number
    return CustomerFacts(
        name=forms.text("name", longest=120),
        kind=forms.choice("kind", CustomerKind, CustomerKind.PRIVATE),
        contact_name=forms.text("contact_name", longest=80),
        address=forms.text("address", longest=300),
        phones=[*typed, *_further(known)],
        remark=forms.text("remark", longest=1000),
    )


def _further(known: Customer | None) -> list[str]:
    """Numbers beyond the two that the form shows."""
    return [phone.number for phone in known.phones[2:]] if known else []


def _vehicle_facts() -> VehicleFacts:
    return VehicleFacts(
        plate=forms.text("plate", longest=20),
        vin=forms.text("vin", longest=40),
        model=forms.text("model", longest=80),
        colour=forms.text("colour", longest=40),
        series=forms.text("series", longest=20),
        energy=forms.choice("energy", Energy, Energy.FUEL),
        doubts_confirmed=request.form.get("doubts_confirmed") == "1",
    )


@bp.get("/customers/<row:customer_id>")
@page(P.CUSTOMER_VIEW)
def customer(customer_id: int, numbers: list[str] | None = None) -> Any:
    """A customer: how to reach them, their consents, their cars."""
    session = db.session()
    person = customer_queries.get(session, customer_id)
    return render_template(
        "reception/customer.html",
        customer=person,
        consents=customer_queries.consents(person),
        vehicles=vehicle_queries.of_owner(session, person.id),
        visits=order_queries.visits_of_customer(session, person.id),
        owed_fen=billing.credit_used(session, person.id) if actor().may(P.MONEY_VIEW) else 0,
        kinds=list(CustomerKind),
        numbers=numbers,
    )


@bp.post("/customers/<row:customer_id>")
@command(P.CUSTOMER_EDIT, again=customer)
def change_customer(customer_id: int) -> Any:
    """Save a customer."""
    person = customer_queries.get(db.session(), customer_id)
    version = forms.whole_number("version")
    customers.change_customer(db.session(), actor(), clock(), person, version, _customer_facts(person))
    flash(gettext("The customer is saved."), "success")
    return redirect(url_for("reception.customer", customer_id=person.id))


@bp.post("/customers/<row:customer_id>/credit-limit")
@command(P.CREDIT_AUTHORISE, again=customer)
def set_credit_limit(customer_id: int) -> Any:
    """How much this customer may owe."""
    person = customer_queries.get(db.session(), customer_id)
    limit = parse_yuan(request.form.get("limit", ""), field="limit")
    version = forms.whole_number("version")
    customers.set_credit_limit(db.session(), actor(), clock(), person, version, limit, forms.text("reason"))
    flash(gettext("The credit limit is saved."), "success")
    return redirect(url_for("reception.customer", customer_id=person.id))


@bp.post("/customers/<row:customer_id>/consents")
@command(P.CUSTOMER_EDIT, again=customer)
def record_consent(customer_id: int) -> Any:
    """Give or withdraw one consent."""
    person = customer_queries.get(db.session(), customer_id)
    purpose = forms.required_choice("purpose", ConsentPurpose)
    granted = request.form.get("granted") == "1"
    customers.record_consent(db.session(), actor(), clock(), person, purpose, granted, "portal")
    return redirect(url_for("reception.customer", customer_id=person.id))


@bp.post("/customers/<row:customer_id>/telephone")
@command(P.CUSTOMER_UNMASK, again=customer)
def unmask(customer_id: int) -> Any:
    """Show the telephone numbers in full, once, with a reason."""
    person = customer_queries.get(db.session(), customer_id)
    numbers = customers.unmask(db.session(), actor(), clock(), person, forms.text("reason"))
    shown = customer(customer_id, numbers=numbers)
    return show_once(shown, url_for("reception.customer", customer_id=customer_id))


@bp.get("/arrivals/new")
@page(P.CUSTOMER_EDIT)
def new_car() -> Any:
    """A customer and a car that the portal does not know yet, on one page; what was searched for is filled in."""
    known = request.values.get("customer", "")
    person = (
        customer_queries.get(db.session(), int(known))
        if known.isascii() and known.isdigit() and len(known) < 10
        else None
    )
    return render_template("reception/new_car.html", customer=person, kinds=list(CustomerKind), energies=list(Energy))


@bp.post("/arrivals/new")
@command(P.CUSTOMER_EDIT, again=new_car)
def add_car() -> Any:
    """Add the car and, unless there is one already, its owner."""
    session = db.session()
    known = forms.whole_number("customer")
    owner = (
        customer_queries.get(session, known)
        if known
        else customers.add_customer(session, actor(), clock(), _customer_facts())
    )
    car = vehicles.add_vehicle(session, actor(), clock(), owner, _vehicle_facts())
    return redirect(url_for("reception.vehicle", vehicle_id=car.id))


@bp.get("/vehicles/<row:vehicle_id>")
@page(P.CUSTOMER_VIEW)
def vehicle(vehicle_id: int, **_kwargs: Any) -> Any:
    """A car: its owner, visits, what was recommended, what the old system knew."""
    session = db.session()
    car = vehicle_queries.get(session, vehicle_id)
    return render_template(
        "reception/vehicle.html",
        vehicle=car,
        energies=list(Energy),
        open_order=order_queries.open_order_of(session, car.id),
        visits=order_queries.visits(session, car.id),
        old_visits=order_queries.old_visits(session, car.id),
        recommendations=order_queries.open_recommendations(session, car.id),
    )


@bp.post("/vehicles/<row:vehicle_id>/recommendations/<row:recommendation_id>/drop")
@command(P.ORDER_EDIT, again=vehicle)
def drop_recommendation(vehicle_id: int, recommendation_id: int) -> Any:
    """What was put off is not wanted any more."""
    recommendations.drop(db.session(), actor(), clock(), vehicle_id, recommendation_id, forms.text("reason"))
    return redirect(url_for("reception.vehicle", vehicle_id=vehicle_id))


@bp.post("/vehicles/<row:vehicle_id>")
@command(P.CUSTOMER_EDIT, again=vehicle)
def change_vehicle(vehicle_id: int) -> Any:
    """Save a car."""
    session = db.session()
    car = vehicle_queries.get(session, vehicle_id)
    owner = customer_queries.get(session, forms.whole_number("owner") or car.owner_id or 0)
    version = forms.whole_number("version")
    vehicles.change_vehicle(session, actor(), clock(), car, version, _vehicle_facts(), owner)
    flash(gettext("The car is saved."), "success")
    return redirect(url_for("reception.vehicle", vehicle_id=car.id))
