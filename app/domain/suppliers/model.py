"""Whom the shop buys from: terms, contracts with their end, audit sheets."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.staff.model import Staff
from app.kernel.orm import Base, FenColumn, UtcDateTime, Versioned


class Supplier(Versioned, Base):
    """A supplier and the terms that every order of him starts from."""

    __tablename__ = "supplier"
    __table_args__ = (
        CheckConstraint("lead_days >= 0 AND order_cycle_days > 0", name="days_make_sense"),
        CheckConstraint("minimum_order_fen >= 0", name="minimum_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True, nullable=False)
    contact: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    phone: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    email: Mapped[str] = mapped_column(String(120), nullable=False, default="")
    address: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    is_manufacturer: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    lead_days: Mapped[int] = mapped_column(Integer, nullable=False, default=7)  # from the order to the goods
    order_cycle_days: Mapped[int] = mapped_column(Integer, nullable=False, default=7)  # how often he is ordered from
    minimum_order_fen: Mapped[int] = mapped_column(FenColumn, nullable=False, default=0)
    payment_days: Mapped[int] = mapped_column(Integer, nullable=False, default=30)
    active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    remark: Mapped[str] = mapped_column(Text, nullable=False, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)

    __mapper_args__ = {"version_id_col": Versioned.version}


class SupplierContract(Base):
    """An agreement with its last day; the parts manager is reminded some days before."""

    __tablename__ = "supplier_contract"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ends_after_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), nullable=False, index=True)
    number: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    title: Mapped[str] = mapped_column(String(120), nullable=False)
    starts_on: Mapped[date] = mapped_column(Date, nullable=False)
    ends_on: Mapped[date] = mapped_column(Date, nullable=False)
    remind_days: Mapped[int] = mapped_column(Integer, nullable=False, default=30)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # renewed or let go: no reminder any more

    supplier: Mapped[Supplier] = relationship()


class SupplierAudit(Base):
    """An audit sheet: points per question out of a maximum, on a day, by somebody."""

    __tablename__ = "supplier_audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), nullable=False, index=True)
    held_on: Mapped[date] = mapped_column(Date, nullable=False)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)
    remark: Mapped[str] = mapped_column(String(500), nullable=False, default="")

    staff: Mapped[Staff] = relationship()
    answers: Mapped[list[SupplierAuditAnswer]] = relationship(order_by="SupplierAuditAnswer.id")


class SupplierAuditAnswer(Base):
    """One question of an audit sheet as it was asked then, and what was found."""

    __tablename__ = "supplier_audit_answer"
    __table_args__ = (CheckConstraint("points >= 0 AND points <= maximum AND maximum > 0", name="points_in_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("supplier_audit.id"), nullable=False, index=True)
    question: Mapped[str] = mapped_column(String(40), nullable=False)
    points: Mapped[int] = mapped_column(Integer, nullable=False)
    maximum: Mapped[int] = mapped_column(Integer, nullable=False)
