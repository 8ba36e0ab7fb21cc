"""Reading the appointment calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.appointments.model import Appointment, AppointmentState, CapacityDay, ReceptionSlot
from app.domain.staff import settings
from app.domain.staff.model import Role, Staff, StaffRole
from app.kernel.clock import at_shop, day_bounds
from app.kernel.errors import N_, NotFound


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at the reception: how many places it has and how many are free."""

    starts_at: datetime
    capacity: int
    taken: int

    @property
    def free(self) -> int:
        """Places left."""
        return self.capacity - self.taken


@dataclass(frozen=True, slots=True)
class DayLoad:
    """Booked against available hours of a day, in hundredths."""

    day: date
    available_centi: int
    booked_centi: int

    @property
    def percent(self) -> int:
        """Loading in whole per cent."""
        return self.booked_centi * 100 // self.available_centi if self.available_centi else 0


def available_hours(session: Session) -> int:
    """The hours (hundredths) that the workshop can sell on a day: active technicians × the setting."""
    technicians = session.execute(
        select(func.count(Staff.id.distinct()))
        .join(StaffRole)
        .where(Staff.active.is_(True), StaffRole.role == Role.TECHNICIAN)
    ).scalar_one()
    return max(1, technicians) * settings.number(session, "workshop.hours_per_technician") * 100


def slots_of(session: Session, day: date) -> list[Slot]:
    """Every reception time of a day."""
    opens, closes = settings.number(session, "reception.opens"), settings.number(session, "reception.closes")
    minutes = settings.number(session, "reception.slot_minutes")
    capacity = settings.number(session, "reception.slot_capacity")
    start, end = day_bounds(day)
    stored = {
        row.starts_at: row
        for row in session.scalars(
            select(ReceptionSlot).where(ReceptionSlot.starts_at >= start, ReceptionSlot.starts_at < end)
        )
    }
    slots = []
    moment = at_shop(day, time(opens))
    closing = at_shop(day, time(closes)) if closes < 24 else end
    while moment < closing:
        row = stored.get(moment)
        slots.append(Slot(moment, row.capacity if row else capacity, row.taken if row else 0))
        moment += timedelta(minutes=minutes)
    return slots


def loads(session: Session, first: date, days: int = 7) -> list[DayLoad]:
    """Loading of the days from ``first``."""
    usual = available_hours(session)
    stored = {
        row.day: row
        for row in session.scalars(
            select(CapacityDay).where(CapacityDay.day >= first, CapacityDay.day < first + timedelta(days=days))
        )
    }
    found = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        row = stored.get(day)
        found.append(DayLoad(day, row.available_centi if row else usual, row.booked_centi if row else 0))
    return found


def of_day(session: Session, day: date) -> Sequence[Appointment]:
    """The appointments of a day in the order of their times."""
    return session.scalars(
        select(Appointment)
        .join(Appointment.slot)
        .where(Appointment.day == day)
        .options(joinedload(Appointment.slot), joinedload(Appointment.customer), joinedload(Appointment.vehicle))
        .order_by(ReceptionSlot.starts_at, Appointment.id)
    ).all()


def get(session: Session, appointment_id: int) -> Appointment:
    """An appointment; raises :class:`NotFound`."""
    found = session.get(Appointment, appointment_id)
    if found is None:
        raise NotFound(N_("There is no such appointment."))
    return found


def booked_for(session: Session, vehicle_id: int, day: date) -> Appointment | None:
    """The appointment that a car has on a day, if it is still open."""
    return session.scalar(
        select(Appointment).where(
            Appointment.vehicle_id == vehicle_id, Appointment.day == day, Appointment.state == AppointmentState.BOOKED
        )
    )
