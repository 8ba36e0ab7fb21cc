"""What happens between shop and customer on an order: the walk-around, the questions asked, what was left undone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.files.model import StoredFile
from app.domain.repair_orders.model import Job, RepairOrder
from app.domain.repair_orders.states import Answer, AnsweredBy, DamageKind
from app.kernel.orm import Base, EnumColumn, FenColumn, UtcDateTime


class CheckIn(Base):
    """The walk-around with the customer, as signed."""

    __tablename__ = "check_in"
    __table_args__ = (CheckConstraint("energy_percent BETWEEN 0 AND 100", name="energy_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), unique=True, nullable=False)
    mileage_km: Mapped[int] = mapped_column(Integer, nullable=False)
    energy_percent: Mapped[int] = mapped_column(Integer, nullable=False)  # fuel or charge
    warning_lights: Mapped[str] = mapped_column(String(300), nullable=False, default="")  # WarningLight values, blanks
    valuables: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    no_damage: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    signed_name: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    actor: Mapped[str] = mapped_column(String(120), nullable=False)

    order: Mapped[RepairOrder] = relationship(back_populates="check_in")
    signature: Mapped[StoredFile | None] = relationship()
    damages: Mapped[list[Damage]] = relationship(order_by="Damage.id")


class Damage(Base):
    """One mark on the drawing of the car; coordinates in thousandths of the drawing's width."""

    __tablename__ = "damage"

    id: Mapped[int] = mapped_column(primary_key=True)
    check_in_id: Mapped[int] = mapped_column(ForeignKey("check_in.id"), nullable=False, index=True)
    x: Mapped[int] = mapped_column(Integer, nullable=False)
    y: Mapped[int] = mapped_column(Integer, nullable=False)
    kind: Mapped[DamageKind] = mapped_column(EnumColumn(DamageKind), nullable=False)
    note: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))

    photo: Mapped[StoredFile | None] = relationship()


class ApprovalRequest(Base):
    """A question to the customer about some jobs, answered through a signed link or on the tablet."""

    __tablename__ = "approval_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), nullable=False, index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, nullable=False)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    asked_by: Mapped[str] = mapped_column(String(120), nullable=False)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    order: Mapped[RepairOrder] = relationship()
    lines: Mapped[list[ApprovalLine]] = relationship(back_populates="request", order_by="ApprovalLine.id")


class ApprovalLine(Base):
    """One job in the question: the price that was shown, and the answer with who, how and when."""

    __tablename__ = "approval_line"
    __table_args__ = (UniqueConstraint("request_id", "job_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("approval_request.id"), nullable=False)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), nullable=False, index=True)
    shown_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    answer: Mapped[Answer | None] = mapped_column(EnumColumn(Answer))
    how: Mapped[AnsweredBy | None] = mapped_column(EnumColumn(AnsweredBy))
    who: Mapped[str] = mapped_column(String(120), nullable=False, default="")
    address: Mapped[str] = mapped_column(String(64), nullable=False, default="")  # where the answer came from
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))

    request: Mapped[ApprovalRequest] = relationship(back_populates="lines")
    job: Mapped[Job] = relationship()


class Recommendation(Base):
    """Work that the customer declined or put off: it stays with the car and is offered again."""

    __tablename__ = "recommendation"

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), nullable=False, index=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), unique=True, nullable=False)
    words: Mapped[str] = mapped_column(Text, nullable=False)
    amount_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    since: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    # Done on a later visit or dropped; open while null.
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_how: Mapped[str] = mapped_column(String(20), nullable=False, default="")

    job: Mapped[Job] = relationship()
