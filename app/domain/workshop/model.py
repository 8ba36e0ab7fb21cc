"""Work on the floor: who worked on what and when, and who found it good."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.repair_orders.model import Job, RepairOrder
from app.domain.staff.model import Staff
from app.kernel.orm import Base, EnumColumn, UtcDateTime


class PauseReason(StrEnum):
    """Why a job rests."""

    PARTS = "parts"
    APPROVAL = "approval"
    TOOL = "tool"
    HELP = "help"
    OTHER_JOB = "other_job"
    BREAK = "break"
    END_OF_SHIFT = "end_of_shift"


class ClockEntry(Base):
    """A stretch of time of a technician on a job; the one without an end is the open clock."""

    __tablename__ = "clock_entry"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="end_after_start"),
        # One open clock per technician, held by the database itself.
        Index(
            "uq_clock_entry_open",
            "staff_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False, index=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), nullable=False, index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pause_reason: Mapped[PauseReason | None] = mapped_column(EnumColumn(PauseReason))

    staff: Mapped[Staff] = relationship()
    job: Mapped[Job] = relationship()


class FinalInspection(Base):
    """A final inspection of an order by someone who did not work on it."""

    __tablename__ = "final_inspection"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), nullable=False, index=True)
    inspector_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)
    passed: Mapped[bool] = mapped_column(Boolean, nullable=False)
    road_test_km: Mapped[int | None] = mapped_column(Integer)
    mileage_out_km: Mapped[int | None] = mapped_column(Integer)
    remark: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)

    order: Mapped[RepairOrder] = relationship()
    inspector: Mapped[Staff] = relationship()
    items: Mapped[list[InspectionItem]] = relationship(order_by="InspectionItem.id")


class InspectionItem(Base):
    """One job looked at: good, or sent back with the reason."""

    __tablename__ = "inspection_item"
    __table_args__ = (UniqueConstraint("inspection_id", "job_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("final_inspection.id"), nullable=False)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), nullable=False)
    passed: Mapped[bool] = mapped_column(Boolean, nullable=False)
    reason: Mapped[str] = mapped_column(String(300), nullable=False, default="")

    job: Mapped[Job] = relationship()
