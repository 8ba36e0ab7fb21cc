"""Appointments against the capacity of a day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.customers.model import Customer
from app.domain.staff.model import Staff
from app.domain.vehicles.model import Vehicle
from app.kernel.orm import Base, CentiColumn, EnumColumn, UtcDateTime, Versioned


class AppointmentState(StrEnum):
    """Where an appointment stands."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class CapacityDay(Base):
    """The labour hours that the workshop can sell on a day, and those already booked."""

    __tablename__ = "capacity_day"
    __table_args__ = (
        CheckConstraint("booked_centi >= 0 AND booked_centi <= available_centi", name="within_available"),
    )

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    available_centi: Mapped[int] = mapped_column(CentiColumn, nullable=False)
    booked_centi: Mapped[int] = mapped_column(CentiColumn, nullable=False, default=0)


class ReceptionSlot(Base):
    """A quarter or half hour at the reception desk: as many cars as there are advisers to receive them."""

    __tablename__ = "reception_slot"
    __table_args__ = (
        UniqueConstraint("starts_at"),
        CheckConstraint("taken >= 0 AND taken <= capacity", name="taken_within_capacity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    capacity: Mapped[int] = mapped_column(Integer, nullable=False)
    taken: Mapped[int] = mapped_column(Integer, nullable=False, default=0)


class Appointment(Versioned, Base):
    """A car that is expected at a time, for work of some hours."""

    __tablename__ = "appointment"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True, nullable=False)
    slot_id: Mapped[int] = mapped_column(ForeignKey("reception_slot.id"), nullable=False, index=True)
    day: Mapped[date] = mapped_column(Date, nullable=False, index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), nullable=False, index=True)
    vehicle_id: Mapped[int | None] = mapped_column(ForeignKey("vehicle.id"), index=True)
    adviser_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    hours_centi: Mapped[int] = mapped_column(CentiColumn, nullable=False)
    wish: Mapped[str] = mapped_column(Text, nullable=False, default="")
    state: Mapped[AppointmentState] = mapped_column(
        EnumColumn(AppointmentState), nullable=False, default=AppointmentState.BOOKED
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)

    slot: Mapped[ReceptionSlot] = relationship()
    customer: Mapped[Customer] = relationship()
    vehicle: Mapped[Vehicle | None] = relationship()
    adviser: Mapped[Staff | None] = relationship()
    changes: Mapped[list[AppointmentChange]] = relationship(order_by="AppointmentChange.id")

    __mapper_args__ = {"version_id_col": Versioned.version}


class AppointmentChange(Base):
    """What happened to an appointment: moved, missed, cancelled, arrived; with the reason."""

    __tablename__ = "appointment_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), nullable=False, index=True)
    what: Mapped[str] = mapped_column(String(30), nullable=False)
    reason: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    was_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    now_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    actor: Mapped[str] = mapped_column(String(120), nullable=False)
