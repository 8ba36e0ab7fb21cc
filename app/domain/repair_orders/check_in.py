"""A car arrives: the order is opened and the walk-around is recorded, as signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.appointments.model import Appointment, AppointmentChange, AppointmentState
from app.domain.customers.model import Customer
from app.domain.files.model import StoredFile
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.moves import move_order
from app.domain.repair_orders.reception_model import CheckIn, Damage
from app.domain.repair_orders.states import DamageKind, OldParts, OrderState, RepairKind, WarningLight
from app.domain.vehicles.model import Vehicle
from app.domain.vehicles.operations import read_mileage
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.numbering import next_number
from app.kernel.permission import Permission


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark on the drawing; x and y in thousandths of the drawing's width."""

    x: int
    y: int
    kind: DamageKind
    note: str = ""
    photo_id: int | None = None


@dataclass(frozen=True, slots=True)
class WalkAround:
    """What adviser and customer saw."""

    words: str
    mileage_km: int
    energy_percent: int
    kind: RepairKind = RepairKind.MINOR
    mileage_reason: str = ""
    warning_lights: Sequence[WarningLight] = ()
    valuables: str = ""
    old_parts: OldParts = OldParts.NONE
    customer_waits: bool = False
    promised_at: datetime | None = None
    damages: Sequence[Mark] = field(default_factory=tuple)
    signed_name: str = ""


def draft_values(
    session: Session, actor: Actor, clock: Clock, vehicle: Vehicle, customer: Customer, words: str, kind: RepairKind
) -> dict[str, Any]:
    """The columns of a draft order; its number follows without gaps. For those who check cars in or write orders."""
    if not actor.may(Permission.CHECK_IN):
        actor.require(Permission.ORDER_EDIT)
    assert actor.staff_id is not None
    return {
        "number": next_number(session, "RO", business_date(clock.now())),
        "state": OrderState.DRAFT,
        "kind": kind,
        "vehicle_id": vehicle.id,
        "customer_id": customer.id,
        "adviser_id": actor.staff_id,
        "words": words.strip(),
        "created_at": clock.now(),
    }


def note_opened(session: Session, actor: Actor, clock: Clock, order_id: int, number: str) -> None:
    """Put on record that an order was opened."""
    audit.record(session, actor, clock, "order.open", f"order:{order_id}", number=number)


def open_order(
    session: Session, actor: Actor, clock: Clock, vehicle: Vehicle, customer: Customer, words: str, kind: RepairKind
) -> RepairOrder:
    """Open a draft order for a car, without lines."""
    order = RepairOrder(**draft_values(session, actor, clock, vehicle, customer, words, kind), jobs=[], part_lines=[])
    order.vehicle, order.customer = vehicle, customer
    session.add(order)
    session.flush()
    note_opened(session, actor, clock, order.id, order.number)
    return order


def check_in(
    session: Session,
    actor: Actor,
    clock: Clock,
    vehicle: Vehicle,
    customer: Customer,
    seen: WalkAround,
    *,
    signature: StoredFile | None,
    appointment: Appointment | None = None,
) -> RepairOrder:
    """Check a car in: order, walk-around, mileage and appointment in one act.

    Raises :class:`InvalidInput` for missing words, name or signature, and Doubtful for a mileage below the last one.
    """
    actor.require(Permission.CHECK_IN)
    if not seen.words.strip():
        raise InvalidInput(N_("Write down what the customer says."), field="words")
    if not 0 <= seen.energy_percent <= 100:
        raise InvalidInput(N_("Fuel or charge lies between 0 and 100 %%."), field="energy")
    if not seen.signed_name.strip():
        raise InvalidInput(N_("Write the name of the person who signs."), field="signed_name")
    order = open_order(session, actor, clock, vehicle, customer, seen.words, seen.kind)
    read_mileage(session, actor, clock, vehicle, seen.mileage_km, order.number, seen.mileage_reason)
    if signature is None:
        raise InvalidInput(N_("The signature is missing."), field="signature")
    order.mileage_in_km, order.old_parts, order.customer_waits = seen.mileage_km, seen.old_parts, seen.customer_waits
    if seen.promised_at is not None:
        if seen.promised_at <= clock.now():
            raise InvalidInput(N_("The promised time must lie ahead."), field="promised_at")
        order.first_promised_at = order.promised_at = seen.promised_at
    session.add(
        CheckIn(
            order_id=order.id,
            mileage_km=seen.mileage_km,
            energy_percent=seen.energy_percent,
            warning_lights=" ".join(light.value for light in seen.warning_lights),
            valuables=seen.valuables.strip()[:300],
            no_damage=not seen.damages,
            signature_id=signature.id,
            signed_name=seen.signed_name.strip()[:80],
            at=clock.now(),
            actor=actor.name,
            damages=[
                Damage(x=mark.x, y=mark.y, kind=mark.kind, note=mark.note[:200], photo_id=mark.photo_id)
                for mark in seen.damages
            ],
        )
    )
    if appointment is not None:
        _arrive(session, actor, clock, order, appointment)
    move_order(session, actor, clock, order, "check_in")
    return order


def _arrive(session: Session, actor: Actor, clock: Clock, order: RepairOrder, appointment: Appointment) -> None:
    if appointment.state is not AppointmentState.BOOKED:
        return
    appointment.state = AppointmentState.ARRIVED
    order.appointment_id = appointment.id
    session.add(
        AppointmentChange(
            appointment_id=appointment.id, what="arrived", at=clock.now(), actor=actor.name, reason=order.number
        )
    )
