"""What must always be true of the calendar."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.appointments.model import Appointment, AppointmentState, CapacityDay, ReceptionSlot
from app.kernel.invariants import invariant

# A car that came holds its place for the day; one that was missed or cancelled does not.
_HOLDING = (AppointmentState.BOOKED, AppointmentState.ARRIVED)


@invariant("a day's booked hours are those of its appointments")
def booked_hours(session: Session) -> Iterator[str]:
    """Capacity counters against appointments."""
    sums = dict(
        session.execute(
            select(Appointment.day, func.sum(Appointment.hours_centi))
            .where(Appointment.state.in_(_HOLDING))
            .group_by(Appointment.day)
        ).all()  # type: ignore[arg-type]
    )
    for row in session.scalars(select(CapacityDay)):
        if row.booked_centi != int(sums.get(row.day, 0)):
            yield f"{row.day}: {row.booked_centi} booked, appointments {sums.get(row.day, 0)}"


@invariant("a slot's taken places are its appointments")
def taken_places(session: Session) -> Iterator[str]:
    """Slot counters against appointments."""
    counts = dict(
        session.execute(
            select(Appointment.slot_id, func.count())
            .where(Appointment.state.in_(_HOLDING))
            .group_by(Appointment.slot_id)
        ).all()  # type: ignore[arg-type]
    )
    for row in session.scalars(select(ReceptionSlot)):
        if row.taken != counts.get(row.id, 0):
            yield f"slot {row.id}: {row.taken} taken, appointments {counts.get(row.id, 0)}"
