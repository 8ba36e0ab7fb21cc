"""The repair order with its jobs and part lines: the contract and the work."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.appointments.model import Appointment
from app.domain.catalogue.model import Operation, Part, PartOrigin
from app.domain.customers.model import Customer
from app.domain.files.model import StoredFile
from app.domain.repair_orders.states import (
    JobState,
    LineOrigin,
    OldParts,
    OrderState,
    Payer,
    PriceChangeState,
    RepairKind,
)
from app.domain.staff.model import CertificateKind, Staff
from app.domain.vehicles.model import Vehicle
from app.kernel.orm import Base, CentiColumn, EnumColumn, FenColumn, MilliColumn, UtcDateTime, Versioned

if TYPE_CHECKING:
    from app.domain.repair_orders.reception_model import CheckIn


class RepairOrder(Versioned, Base):
    """A repair order (委托书): one visit of one car."""

    __tablename__ = "repair_order"
    __table_args__ = (
        Index("ix_repair_order_state_promised", "state", "promised_at"),
        Index("ix_repair_order_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True, nullable=False)
    state: Mapped[OrderState] = mapped_column(EnumColumn(OrderState), nullable=False, default=OrderState.DRAFT)
    kind: Mapped[RepairKind] = mapped_column(EnumColumn(RepairKind), nullable=False, default=RepairKind.MINOR)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), nullable=False, index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), nullable=False, index=True)
    adviser_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False, index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), unique=True)
    comeback_of_id: Mapped[int | None] = mapped_column(ForeignKey("repair_order.id"))
    words: Mapped[str] = mapped_column(Text, nullable=False, default="")
    mileage_in_km: Mapped[int | None] = mapped_column(Integer)
    mileage_out_km: Mapped[int | None] = mapped_column(Integer)
    old_parts: Mapped[OldParts] = mapped_column(EnumColumn(OldParts), nullable=False, default=OldParts.NONE)
    customer_waits: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    # The first promise is kept for ever; later ones are rows of promise_change.
    first_promised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    promised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, index=True)
    authorised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # final inspection passed: the guarantee starts
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    authorisation_signature_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))

    vehicle: Mapped[Vehicle] = relationship()
    customer: Mapped[Customer] = relationship()
    adviser: Mapped[Staff] = relationship()
    appointment: Mapped[Appointment | None] = relationship()
    jobs: Mapped[list[Job]] = relationship(back_populates="order", order_by="Job.position")
    part_lines: Mapped[list[PartLine]] = relationship(back_populates="order", order_by="PartLine.id")
    events: Mapped[list[OrderEvent]] = relationship(order_by="OrderEvent.id")
    promise_changes: Mapped[list[PromiseChange]] = relationship(order_by="PromiseChange.id")
    price_changes: Mapped[list[PriceChange]] = relationship(order_by="PriceChange.id")
    check_in: Mapped[CheckIn | None] = relationship(back_populates="order", uselist=False)

    __mapper_args__ = {"version_id_col": Versioned.version}


class Job(Versioned, Base):
    """One job of an order: a labour operation with its price as agreed."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("discount_permille BETWEEN 0 AND 1000", name="discount_range"),
        Index("ix_job_state", "state"),
        Index("ix_job_technician_planned", "technician_id", "planned_start_at"),
        Index("ix_job_technician_state", "technician_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), nullable=False, index=True)
    position: Mapped[int] = mapped_column(Integer, nullable=False)
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"))
    code: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    name: Mapped[str] = mapped_column(String(200), nullable=False)
    hours_centi: Mapped[int] = mapped_column(CentiColumn, nullable=False)
    rate_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    discount_permille: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    amount_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # hours × rate less discount, VAT included
    payer: Mapped[Payer] = mapped_column(EnumColumn(Payer), nullable=False, default=Payer.CUSTOMER)
    origin: Mapped[LineOrigin] = mapped_column(EnumColumn(LineOrigin), nullable=False, default=LineOrigin.ORDERED)
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"))
    certificate: Mapped[CertificateKind | None] = mapped_column(EnumColumn(CertificateKind))
    state: Mapped[JobState] = mapped_column(EnumColumn(JobState), nullable=False, default=JobState.PROPOSED)
    rejections: Mapped[int] = mapped_column(Integer, nullable=False, default=0)  # times that the inspector sent it back
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    planned_start_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    planned_end_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    order: Mapped[RepairOrder] = relationship(back_populates="jobs")
    operation: Mapped[Operation | None] = relationship()
    technician: Mapped[Staff | None] = relationship()
    part_lines: Mapped[list[PartLine]] = relationship(back_populates="job", order_by="PartLine.id")
    finding: Mapped[Finding | None] = relationship(foreign_keys=[finding_id])

    __mapper_args__ = {"version_id_col": Versioned.version}


class PartLine(Versioned, Base):
    """A part needed for a job, at the price agreed; it follows the job's approval."""

    __tablename__ = "part_line"
    __table_args__ = (
        CheckConstraint("quantity_milli > 0", name="quantity_positive"),
        CheckConstraint("discount_permille BETWEEN 0 AND 1000", name="discount_range"),
        CheckConstraint("issued_milli >= 0 AND issued_milli <= quantity_milli", name="issued_range"),
        Index("ix_part_line_part_order", "part_id", "order_id"),
        Index("ix_part_line_asked_at", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), nullable=False, index=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), nullable=False, index=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False, index=True)
    number: Mapped[str] = mapped_column(String(80), nullable=False)
    name: Mapped[str] = mapped_column(String(200), nullable=False)
    origin: Mapped[PartOrigin] = mapped_column(EnumColumn(PartOrigin), nullable=False)
    unit: Mapped[str] = mapped_column(String(10), nullable=False)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    price_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # per unit, VAT included
    discount_permille: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    amount_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    payer: Mapped[Payer] = mapped_column(EnumColumn(Payer), nullable=False, default=Payer.CUSTOMER)
    customer_supplied: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    # What is with the technician now: issues less returns. Derived from the ledger, held by flask check.
    issued_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False, default=0)
    reserved_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False, default=0)
    # Struck from the order (a declined or withdrawn line keeps its row).
    cancelled: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    # When the customer first agreed, and whether all of it lay on the shelf in that moment: first-time supply.
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    served_at_once: Mapped[bool | None] = mapped_column(Boolean)

    order: Mapped[RepairOrder] = relationship(back_populates="part_lines")
    job: Mapped[Job] = relationship(back_populates="part_lines")
    part: Mapped[Part] = relationship()

    __mapper_args__ = {"version_id_col": Versioned.version}


class OrderEvent(Base):
    """One move of an order or of one of its jobs: who, when, from, to, why. Append-only."""

    __tablename__ = "order_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), nullable=False, index=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    move: Mapped[str] = mapped_column(String(40), nullable=False)
    source: Mapped[str] = mapped_column(String(20), nullable=False)
    target: Mapped[str] = mapped_column(String(20), nullable=False)
    reason: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    actor: Mapped[str] = mapped_column(String(120), nullable=False)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PromiseChange(Base):
    """A later promise: the new time, who gave it and why."""

    __tablename__ = "promise_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), nullable=False, index=True)
    was_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    now_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    reason: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    actor: Mapped[str] = mapped_column(String(120), nullable=False)


class PriceChange(Base):
    """What one line of an answered job costs whom, changed after the answer: before and after, who and why.

    The labour of the job when no part line is named. What the customer has to be asked about first waits; it is in force
    by the move (``event_id``) with which he agreed. The answers that he gave before stay as they are.
    """

    __tablename__ = "price_change"
    __table_args__ = (
        CheckConstraint("discount_permille BETWEEN 0 AND 1000", name="discount_range"),
        CheckConstraint("(state = 'in_force') = (event_id IS NOT NULL)", name="in_force_by_a_move"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), nullable=False, index=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), nullable=False)
    part_line_id: Mapped[int | None] = mapped_column(ForeignKey("part_line.id"))
    was_payer: Mapped[Payer] = mapped_column(EnumColumn(Payer), nullable=False)
    was_discount_permille: Mapped[int] = mapped_column(Integer, nullable=False)
    was_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    payer: Mapped[Payer] = mapped_column(EnumColumn(Payer), nullable=False)
    discount_permille: Mapped[int] = mapped_column(Integer, nullable=False)
    now_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    reason: Mapped[str] = mapped_column(String(300), nullable=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    actor: Mapped[str] = mapped_column(String(120), nullable=False)
    state: Mapped[PriceChangeState] = mapped_column(EnumColumn(PriceChangeState), nullable=False)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("order_event.id"))

    job: Mapped[Job] = relationship()
    part_line: Mapped[PartLine | None] = relationship()


class Finding(Base):
    """What a technician found while working: words and photos, waiting to become a priced job."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), nullable=False, index=True)
    words: Mapped[str] = mapped_column(Text, nullable=False)
    urgent: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    reported_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)
    # Priced or set aside, and by whom; open while null.
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handled_how: Mapped[str] = mapped_column(String(20), nullable=False, default="")

    reported_by: Mapped[Staff] = relationship()
    photo: Mapped[StoredFile | None] = relationship()


class PartsRequest(Base):
    """A technician asks the parts desk for something that is not on the order yet."""

    __tablename__ = "parts_request"
    __table_args__ = (
        Index(
            "ix_parts_request_open",
            "id",
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), nullable=False, index=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), nullable=False)
    words: Mapped[str] = mapped_column(String(300), nullable=False)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(String(300), nullable=False, default="")

    order: Mapped[RepairOrder] = relationship()
    job: Mapped[Job] = relationship()
    requested_by: Mapped[Staff] = relationship()
