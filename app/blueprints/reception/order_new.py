"""A quick order with its lines on one form."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from app.access.guard import actor, clock, command, page
from app.blueprints.reception import bp
from app.domain.catalogue import queries as catalogue
from app.domain.repair_orders import queries
from app.domain.repair_orders.quick_order import open_with_lines
from app.domain.repair_orders.states import RepairKind
from app.domain.vehicles import queries as vehicle_queries
from app.extensions import db
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.kernel.quantity import parse_quantity
from app.web import forms

MOST_LINES = 20


@bp.get("/vehicles/<row:vehicle_id>/orders/new")
@page(P.ORDER_EDIT)
def new_order(vehicle_id: int) -> Any:
    """A quick order with its lines on one form: a walk-in whose check-in follows."""
    session = db.session()
    car = vehicle_queries.get(session, vehicle_id)
    return render_template(
        "reception/order_new.html",
        vehicle=car,
        kinds=list(RepairKind),
        operations=catalogue.find_operations(session, request.values.get("operation_text", ""), car.series, 60),
        open_order=queries.open_order_of(session, car.id),
    )


@bp.post("/vehicles/<row:vehicle_id>/orders")
@command(P.ORDER_EDIT, again=new_order)
def create_order(vehicle_id: int) -> Any:
    """Open an order with its jobs and parts in one go."""
    session = db.session()
    car = vehicle_queries.get(session, vehicle_id)
    codes, numbers = request.form.getlist("operation"), request.form.getlist("part")
    if len(codes) + len(numbers) > MOST_LINES:
        raise InvalidInput(N_("Take at most %(count)s lines at a time."), field="operation", count=MOST_LINES)
    quantities = request.form.getlist("quantity") or ["1"] * len(numbers)
    if len(quantities) != len(numbers):
        raise InvalidInput(N_("Give a quantity for each part."), field="quantity")
    number = open_with_lines(
        session,
        actor(),
        clock(),
        car,
        forms.text("words", longest=2000),
        forms.choice("kind", RepairKind, RepairKind.MINOR),
        catalogue.get_operations(session, [_id(text, "operation") for text in codes]),
        [
            (catalogue.get_part(session, _id(text, "part")), parse_quantity(quantity, field="quantity"))
            for text, quantity in zip(numbers, quantities, strict=True)
        ],
    )
    return redirect(url_for("reception.order", number=number))


def _id(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10):
        raise InvalidInput(N_("Choose one of the possibilities."), field=field)
    return int(text)
