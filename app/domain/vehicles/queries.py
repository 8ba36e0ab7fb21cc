"""Reading cars."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from app.domain.vehicles.model import Vehicle
from app.kernel.errors import N_, NotFound

_BY_ID = select(Vehicle).where(Vehicle.id == bindparam("vehicle_id")).options(joinedload(Vehicle.owner))


def get(session: Session, vehicle_id: int) -> Vehicle:
    """A car with its owner; raises :class:`NotFound`."""
    vehicle = session.scalar(_BY_ID, {"vehicle_id": vehicle_id})
    if vehicle is None:
        raise NotFound(N_("There is no such car."))
    return vehicle


def of_owner(session: Session, customer_id: int) -> Sequence[Vehicle]:
    """The cars of a customer."""
    return session.scalars(select(Vehicle).where(Vehicle.owner_id == customer_id).order_by(Vehicle.plate)).all()
