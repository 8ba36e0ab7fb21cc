"""The parts that all documents share, from rows to plain values."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.domain.repair_orders.guarantee import term
from app.domain.repair_orders.states import RepairKind
from app.domain.staff import settings
from app.printing.facts import Customer, Guarantee, Shop, Vehicle


def paper_shop(session: Session) -> Shop:
    """The letterhead from the settings."""
    values = settings.read_all(session)
    return Shop(values["shop.name"], values["shop.address"], values["shop.phone"], values["shop.licence"])


def paper_customer(customer: Any) -> Customer:
    """The party that signs; on its own contract the telephone stands in full."""
    phone = customer.phones[0].number if customer.phones else ""
    return Customer(customer.name, phone, customer.address)


def paper_vehicle(vehicle: Any) -> Vehicle:
    """The car."""
    return Vehicle(
        model=vehicle.model,
        plate=vehicle.plate,
        vin=vehicle.vin or "",
        engine_no=vehicle.engine_no,
        colour=vehicle.colour,
        energy=vehicle.energy,
        purchased_on=vehicle.purchased_on,
    )


def paper_guarantee(kind: RepairKind) -> Guarantee:
    """The guarantee of a kind of repair."""
    return Guarantee(*term(kind))
