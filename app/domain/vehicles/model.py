"""Vehicles, their mileage over time, and the orders that the old system knew of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.customers.model import Customer
from app.kernel.orm import Base, CentiColumn, EnumColumn, FenColumn, MilliColumn, UtcDateTime, Versioned


class Energy(StrEnum):
    """What drives the car; decides plate colour, the gauge at check-in and the certificates that a job needs."""

    FUEL = "fuel"
    HYBRID = "hybrid"
    ELECTRIC = "electric"


class Vehicle(Versioned, Base):
    """A car. It has a VIN or a plate or both; a new one has no plate yet."""

    __tablename__ = "vehicle"
    __table_args__ = (Index("ix_vehicle_vin_tail", "vin_tail"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    vin: Mapped[str | None] = mapped_column(String(17), unique=True)
    vin_tail: Mapped[str] = mapped_column(String(6), nullable=False, default="")  # the last six, as people say them
    plate: Mapped[str] = mapped_column(String(12), nullable=False, default="", index=True)
    plate_doubtful: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    model: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    series: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    engine_no: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    colour: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    energy: Mapped[Energy] = mapped_column(EnumColumn(Energy), nullable=False, default=Energy.FUEL)
    purchased_on: Mapped[date | None] = mapped_column(Date)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    insurance_expires_on: Mapped[date | None] = mapped_column(Date)
    inspection_expires_on: Mapped[date | None] = mapped_column(Date)
    insurer_name: Mapped[str] = mapped_column(String(80), nullable=False, default="", server_default="")
    last_visit_on: Mapped[date | None] = mapped_column(Date)
    mileage_km: Mapped[int | None] = mapped_column(Integer)
    remark: Mapped[str] = mapped_column(Text, nullable=False, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)

    owner: Mapped[Customer | None] = relationship()

    __mapper_args__ = {"version_id_col": Versioned.version}


class MileageReading(Base):
    """A mileage read at a visit; a lower one than before keeps the reason that was given."""

    __tablename__ = "mileage_reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), nullable=False, index=True)
    km: Mapped[int] = mapped_column(Integer, nullable=False)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    source: Mapped[str] = mapped_column(String(80), nullable=False)
    lower_reason: Mapped[str] = mapped_column(String(200), nullable=False, default="")


class HistoryOrder(Base):
    """A repair order of the old system: history, its amounts stay as they were printed."""

    __tablename__ = "history_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True, nullable=False)
    kind: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    arrived_on: Mapped[date | None] = mapped_column(Date, index=True)
    settled_on: Mapped[date | None] = mapped_column(Date)
    plate: Mapped[str] = mapped_column(String(12), nullable=False, default="", index=True)
    vin: Mapped[str] = mapped_column(String(17), nullable=False, default="", index=True)
    vehicle_id: Mapped[int | None] = mapped_column(ForeignKey("vehicle.id"), index=True)
    mileage_km: Mapped[int | None] = mapped_column(Integer)
    adviser_name: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    total_fen: Mapped[int | None] = mapped_column(FenColumn)
    remark: Mapped[str] = mapped_column(Text, nullable=False, default="")

    lines: Mapped[list[HistoryLine]] = relationship(back_populates="order", order_by="HistoryLine.id")


class HistoryLine(Base):
    """One line of an old order, as printed."""

    __tablename__ = "history_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("history_order.id"), nullable=False, index=True)
    kind: Mapped[str] = mapped_column(String(20), nullable=False)  # labour | part | other
    name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    code: Mapped[str] = mapped_column(String(60), nullable=False, default="", index=True)
    hours_centi: Mapped[int | None] = mapped_column(CentiColumn)
    quantity_milli: Mapped[int | None] = mapped_column(MilliColumn)
    price_fen: Mapped[int | None] = mapped_column(FenColumn)
    amount_fen: Mapped[int | None] = mapped_column(FenColumn)
    payer: Mapped[str] = mapped_column(String(20), nullable=False, default="")
    technician_name: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    remark: Mapped[str] = mapped_column(Text, nullable=False, default="")

    order: Mapped[HistoryOrder] = relationship(back_populates="lines")
