"""What can be sold: labour operations and parts. Prices include VAT."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.staff.model import CertificateKind
from app.domain.suppliers.model import Supplier
from app.kernel.orm import Base, CentiColumn, EnumColumn, FenColumn, MilliColumn, UtcDateTime, Versioned


class PartOrigin(StrEnum):
    """The label that each part carries on every document, by law."""

    GENUINE = "genuine"
    EQUIVALENT = "equivalent"
    REMANUFACTURED = "remanufactured"
    REUSED = "reused"


class Tracking(StrEnum):
    """Whether law or brand wants to know which batch or which very piece went into a car."""

    NONE = "none"
    BATCH = "batch"
    SERIAL = "serial"


class Operation(Versioned, Base):
    """A labour operation with its standard time."""

    __tablename__ = "operation"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True, nullable=False)
    name: Mapped[str] = mapped_column(String(200), nullable=False)
    pinyin: Mapped[str] = mapped_column(String(400), nullable=False, default="")
    hours_centi: Mapped[int] = mapped_column(CentiColumn, nullable=False)
    rate_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    series: Mapped[str] = mapped_column(String(200), nullable=False, default="")  # empty: every series
    certificate: Mapped[CertificateKind | None] = mapped_column(EnumColumn(CertificateKind))
    active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    remark: Mapped[str] = mapped_column(Text, nullable=False, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)

    __mapper_args__ = {"version_id_col": Versioned.version}


class Part(Versioned, Base):
    """A part of the part master."""

    __tablename__ = "part"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Canonical: upper case without blanks and hyphens, the colour code kept.
    number: Mapped[str] = mapped_column(String(60), unique=True, nullable=False)
    number_display: Mapped[str] = mapped_column(String(80), nullable=False)
    name: Mapped[str] = mapped_column(String(200), nullable=False)
    pinyin: Mapped[str] = mapped_column(String(400), nullable=False, default="")
    origin: Mapped[PartOrigin] = mapped_column(EnumColumn(PartOrigin), nullable=False, default=PartOrigin.GENUINE)
    unit: Mapped[str] = mapped_column(String(10), nullable=False, default="件")
    purchase_fen: Mapped[int] = mapped_column(FenColumn, nullable=False, default=0)
    retail_fen: Mapped[int] = mapped_column(FenColumn, nullable=False, default=0)
    supplier_name: Mapped[str] = mapped_column(String(120), nullable=False, default="")  # as the old system had it
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("supplier.id"), index=True)  # whom it is ordered from
    successor_number: Mapped[str] = mapped_column(String(60), nullable=False, default="", index=True)
    category: Mapped[str] = mapped_column(String(40), nullable=False, default="", server_default="")
    minimum_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False, default=0, server_default="0")
    last_received_on: Mapped[date | None] = mapped_column(Date)
    active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    remark: Mapped[str] = mapped_column(Text, nullable=False, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    tracking: Mapped[Tracking] = mapped_column(
        EnumColumn(Tracking), nullable=False, default=Tracking.NONE, server_default="none"
    )

    supplier: Mapped[Supplier | None] = relationship()

    __mapper_args__ = {"version_id_col": Versioned.version}


class PartSubstitute(Base):
    """One part that may be fitted in place of another; not the other way round unless that is said as well."""

    __tablename__ = "part_substitute"
    __table_args__ = (CheckConstraint("part_id <> substitute_id", name="another_part"),)

    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), primary_key=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey("part.id"), primary_key=True, index=True)
    remark: Mapped[str] = mapped_column(String(200), nullable=False, default="")
