"""Reading cars."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.vehicles.model import Vehicle
from app.kernel.errors import N_, NotFound


def get(session: Session, vehicle_id: int) -> Vehicle:
    """A car with its owner; raises :class:`NotFound`."""
    vehicle = session.scalar(select(Vehicle).where(Vehicle.id == vehicle_id).options(joinedload(Vehicle.owner)))
    if vehicle is None:
        raise NotFound(N_("There is no such car."))
    return vehicle


def of_owner(session: Session, customer_id: int) -> Sequence[Vehicle]:
    """The cars of a customer."""
    return session.scalars(select(Vehicle).where(Vehicle.owner_id == customer_id).order_by(Vehicle.plate)).all()
