"""Booking against two capacities: the labour hours of the day, and the advisers at the desk in each slot.

Both are counters under a constraint, moved by one conditional UPDATE each: of two people who want the last slot, one gets it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.appointments.model import Appointment, AppointmentChange, AppointmentState, CapacityDay, ReceptionSlot
from app.domain.appointments.queries import available_hours
from app.domain.customers.model import Customer
from app.domain.staff import settings
from app.domain.vehicles.model import Vehicle
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date, shanghai
from app.kernel.errors import N_, InvalidInput, RuleBroken, WrongState
from app.kernel.numbering import next_number
from app.kernel.orm import expect_version
from app.kernel.permission import Permission

FARTHEST = timedelta(days=120)


class SlotTaken(RuleBroken):
    """Somebody else got the last place in this slot."""


class DayFull(RuleBroken):
    """The workshop cannot sell that many hours on this day any more."""


def _slot(session: Session, clock: Clock, starts_at: datetime) -> int:
    """The id of the slot that starts at a moment, made on first use; raises InvalidInput outside opening hours."""
    local = shanghai(starts_at)
    minutes = settings.number(session, "reception.slot_minutes")
    opens, closes = settings.number(session, "reception.opens"), settings.number(session, "reception.closes")
    if starts_at <= clock.now() - timedelta(minutes=minutes):
        raise InvalidInput(N_("This time has passed."), field="starts_at")
    if starts_at > clock.now() + FARTHEST:
        raise InvalidInput(N_("Appointments are made up to four months ahead."), field="starts_at")
    since_opening = (local.hour - opens) * 60 + local.minute
    if since_opening < 0 or local.hour >= closes or since_opening % minutes or local.second or local.microsecond:
        raise InvalidInput(N_("Choose one of the reception's times."), field="starts_at")
    where = ReceptionSlot.starts_at == starts_at
    found = session.scalar(select(ReceptionSlot.id).where(where))
    if found is not None:
        return found
    capacity = settings.number(session, "reception.slot_capacity")
    try:
        with session.begin_nested():
            session.execute(insert(ReceptionSlot).values(starts_at=starts_at, capacity=capacity, taken=0))
    except IntegrityError:  # opened in the same moment by somebody else
        pass
    return session.execute(select(ReceptionSlot.id).where(where)).scalar_one()


def _take(session: Session, slot_id: int, day: date, hours_centi: int) -> None:
    """Take a place in the slot and the hours of the day; raises SlotTaken or DayFull."""
    if session.get(CapacityDay, day) is None:
        try:
            with session.begin_nested():
                session.execute(
                    insert(CapacityDay).values(day=day, available_centi=available_hours(session), booked_centi=0)
                )
        except IntegrityError:
            pass
    hours = session.execute(
        update(CapacityDay)
        .where(CapacityDay.day == day, CapacityDay.booked_centi + hours_centi <= CapacityDay.available_centi)
        .values(booked_centi=CapacityDay.booked_centi + hours_centi)
        .execution_options(synchronize_session=False)
    )
    if not hours.rowcount:  # type: ignore[attr-defined]
        raise DayFull(
            N_("The workshop is full on %(day)s. Choose another day."), day=day.isoformat(), field="starts_at"
        )
    place = session.execute(
        update(ReceptionSlot)
        .where(ReceptionSlot.id == slot_id, ReceptionSlot.taken < ReceptionSlot.capacity)
        .values(taken=ReceptionSlot.taken + 1)
        .execution_options(synchronize_session=False)
    )
    if not place.rowcount:  # type: ignore[attr-defined]
        raise SlotTaken(N_("This time has just been taken. Choose another one."), field="starts_at")


def _free(session: Session, appointment: Appointment) -> None:
    session.execute(
        update(ReceptionSlot)
        .where(ReceptionSlot.id == appointment.slot_id)
        .values(taken=ReceptionSlot.taken - 1)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(CapacityDay)
        .where(CapacityDay.day == appointment.day)
        .values(booked_centi=CapacityDay.booked_centi - appointment.hours_centi)
        .execution_options(synchronize_session=False)
    )


def _note(
    session: Session,
    actor: Actor,
    clock: Clock,
    appointment: Appointment,
    what: str,
    reason: str = "",
    **at: datetime | None,
) -> None:
    session.add(
        AppointmentChange(
            appointment_id=appointment.id,
            what=what,
            reason=reason.strip()[:200],
            at=clock.now(),
            actor=actor.name,
            **at,
        )
    )
    audit.record(session, actor, clock, f"appointment.{what}", f"appointment:{appointment.id}")


def book(
    session: Session,
    actor: Actor,
    clock: Clock,
    *,
    starts_at: datetime,
    customer: Customer,
    vehicle: Vehicle | None,
    hours_centi: int,
    wish: str,
) -> Appointment:
    """Book a car in; raises SlotTaken, DayFull or InvalidInput, and then nothing was taken."""
    actor.require(Permission.APPOINTMENT_EDIT)
    if hours_centi <= 0:
        raise InvalidInput(N_("Estimate the hours of work."), field="hours")
    day = business_date(starts_at)
    slot_id = _slot(session, clock, starts_at)
    _take(session, slot_id, day, hours_centi)
    appointment = Appointment(
        number=next_number(session, "AP", day),
        slot_id=slot_id,
        day=day,
        customer_id=customer.id,
        vehicle_id=vehicle.id if vehicle else None,
        hours_centi=hours_centi,
        wish=wish.strip(),
        state=AppointmentState.BOOKED,
        created_at=clock.now(),
    )
    session.add(appointment)
    session.flush()
    _note(session, actor, clock, appointment, "booked", now_at=starts_at)
    return appointment


def reschedule(
    session: Session,
    actor: Actor,
    clock: Clock,
    appointment: Appointment,
    version: int | None,
    starts_at: datetime,
    reason: str,
) -> None:
    """Move an appointment to another time, with the reason; its old place is free again."""
    _still_booked(actor, appointment, version)
    was = appointment.slot.starts_at
    if not reason.strip():
        raise InvalidInput(N_("Say why."), field="reason")
    slot_id = _slot(session, clock, starts_at)
    _free(session, appointment)
    _take(session, slot_id, business_date(starts_at), appointment.hours_centi)
    appointment.slot_id, appointment.day = slot_id, business_date(starts_at)
    _note(session, actor, clock, appointment, "moved", reason, was_at=was, now_at=starts_at)


def cancel(
    session: Session, actor: Actor, clock: Clock, appointment: Appointment, version: int | None, reason: str
) -> None:
    """Cancel an appointment, with the reason; its place is free again."""
    _still_booked(actor, appointment, version)
    if not reason.strip():
        raise InvalidInput(N_("Say why."), field="reason")
    _free(session, appointment)
    appointment.state = AppointmentState.CANCELLED
    _note(session, actor, clock, appointment, "cancelled", reason)


def miss(session: Session, actor: Actor, clock: Clock, appointment: Appointment, version: int | None) -> None:
    """The customer did not come; the history keeps it."""
    _still_booked(actor, appointment, version)
    if appointment.slot.starts_at > clock.now():
        raise RuleBroken(N_("It is not time yet."))
    _free(session, appointment)
    appointment.state = AppointmentState.NO_SHOW
    _note(session, actor, clock, appointment, "no_show")


def _still_booked(actor: Actor, appointment: Appointment, version: int | None) -> None:
    actor.require(Permission.APPOINTMENT_EDIT)
    expect_version(appointment, version)
    if appointment.state is not AppointmentState.BOOKED:
        raise WrongState(N_("This appointment is no longer open."))
