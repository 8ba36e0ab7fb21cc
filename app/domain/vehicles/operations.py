"""Cars: adding, changing, their mileage."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.customers.model import Customer
from app.domain.vehicles import identity
from app.domain.vehicles.model import Energy, MileageReading, Vehicle
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput
from app.kernel.orm import expect_version
from app.kernel.permission import Permission

HIGHEST_MILEAGE = 1_999_999


@dataclass(frozen=True, slots=True)
class VehicleFacts:
    """What a form says of a car. ``doubts_confirmed``: the person has looked again at an unusual plate or VIN."""

    plate: str
    vin: str
    model: str = ""
    colour: str = ""
    series: str = ""
    energy: Energy = Energy.FUEL
    doubts_confirmed: bool = False


class Doubtful(InvalidInput):
    """Unusual, but possible: the form asks to look again, and takes it the second time."""


def _checked(session: Session, facts: VehicleFacts, own_id: int | None) -> tuple[str, str]:
    plate, vin = identity.normal_plate(facts.plate), identity.normal_vin(facts.vin)
    if not plate and not vin:
        raise InvalidInput(N_("A car needs a plate or a VIN."), field="plate")
    if vin:
        if len(vin) > 17:
            raise InvalidInput(N_("A VIN has 17 characters; this one has %(count)s."), field="vin", count=len(vin))
        other = session.scalar(select(Vehicle.id).where(Vehicle.vin == vin, Vehicle.id != (own_id or 0)))
        if other is not None:
            raise InvalidInput(N_("There is a car with this VIN already."), field="vin")
    if not facts.doubts_confirmed:
        if plate and not identity.plate_is_usual(plate):
            raise Doubtful(N_("The plate %(plate)s looks unusual. Is it right?"), field="plate", plate=plate)
        if vin and not identity.has_vin_shape(vin):
            raise Doubtful(N_("The VIN %(vin)s looks unusual. Is it right?"), field="vin", vin=vin)
        if vin and identity.carries_check_digit(vin) and not identity.check_digit_fits(vin):
            raise Doubtful(N_("The check digit of the VIN %(vin)s does not fit. Is it right?"), field="vin", vin=vin)
    return plate, vin


def add_vehicle(session: Session, actor: Actor, clock: Clock, owner: Customer, facts: VehicleFacts) -> Vehicle:
    """A new car of a customer; raises :class:`Doubtful` once for an unusual plate or VIN."""
    actor.require(Permission.CUSTOMER_EDIT)
    plate, vin = _checked(session, facts, None)
    vehicle = Vehicle(
        plate=plate,
        plate_doubtful=bool(plate) and not identity.plate_is_usual(plate),
        vin=vin or None,
        vin_tail=vin[-6:],
        model=facts.model.strip(),
        series=facts.series.strip(),
        colour=facts.colour.strip(),
        energy=facts.energy,
        owner_id=owner.id,
        created_at=clock.now(),
    )
    session.add(vehicle)
    session.flush()
    audit.record(session, actor, clock, "vehicle.add", f"vehicle:{vehicle.id}")
    return vehicle


def change_vehicle(
    session: Session,
    actor: Actor,
    clock: Clock,
    vehicle: Vehicle,
    version: int | None,
    facts: VehicleFacts,
    owner: Customer,
) -> None:
    """Change a car or its owner; raises StaleVersion, InvalidInput or Doubtful."""
    actor.require(Permission.CUSTOMER_EDIT)
    expect_version(vehicle, version)
    plate, vin = _checked(session, facts, vehicle.id)
    vehicle.plate, vehicle.plate_doubtful = plate, bool(plate) and not identity.plate_is_usual(plate)
    vehicle.vin, vehicle.vin_tail = vin or None, vin[-6:]
    vehicle.model, vehicle.series, vehicle.colour = facts.model.strip(), facts.series.strip(), facts.colour.strip()
    vehicle.energy, vehicle.owner_id = facts.energy, owner.id
    audit.record(session, actor, clock, "vehicle.change", f"vehicle:{vehicle.id}", owner=owner.id)


def read_mileage(
    session: Session, actor: Actor, clock: Clock, vehicle: Vehicle, km: int, source: str, lower_reason: str
) -> None:
    """Note the mileage at a visit. A lower one than before needs a reason in words; it warns and never blocks.

    Raises :class:`Doubtful` for a lower value without a reason.
    """
    if not 0 <= km <= HIGHEST_MILEAGE:
        raise InvalidInput(
            N_("This mileage cannot be: at most %(highest)s km."), field="mileage", highest=HIGHEST_MILEAGE
        )
    last = vehicle.mileage_km
    reason = lower_reason.strip()
    if last is not None and km < last and not reason:
        raise Doubtful(
            N_("The last mileage was %(last)s km. Why is it lower now?"), field="mileage_reason", last=f"{last:,}"
        )
    lower = last is not None and km < last
    session.add(
        MileageReading(
            vehicle_id=vehicle.id,
            km=km,
            read_at=clock.now(),
            source=source[:80],
            lower_reason=reason[:200] if lower else "",
        )
    )
    vehicle.mileage_km = km
    if lower:
        audit.record(
            session, actor, clock, "mileage.lower", f"vehicle:{vehicle.id}", was=last, now=km, reason=reason[:200]
        )
