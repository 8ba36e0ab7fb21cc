"""Care of the customer after the visit."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.repair_orders.model import RepairOrder
from app.domain.staff.model import Staff
from app.kernel.orm import Base, EnumColumn, UtcDateTime, Versioned


class FollowUpState(StrEnum):
    """Where a follow-up call stands."""

    DUE = "due"
    REACHED = "reached"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


class FollowUp(Versioned, Base):
    """The call that is due three days after a delivery, and what came of it."""

    __tablename__ = "follow_up"
    __table_args__ = (
        Index("ix_follow_up_state_due", "state", "due_on"),
        # The few bad answers among all calls ever made.
        Index(
            "ix_follow_up_needs_action",
            "id",
            sqlite_where=text("needs_action = 1"),
            postgresql_where=text("needs_action"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), unique=True, nullable=False)
    due_on: Mapped[date] = mapped_column(Date, nullable=False, index=True)
    state: Mapped[FollowUpState] = mapped_column(EnumColumn(FollowUpState), nullable=False, default=FollowUpState.DUE)
    attempts: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    fixed_first_visit: Mapped[bool | None] = mapped_column()
    score: Mapped[int | None] = mapped_column(Integer)  # 0-10: would you recommend us
    words: Mapped[str] = mapped_column(Text, nullable=False, default="")
    needs_action: Mapped[bool] = mapped_column(nullable=False, default=False)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    order: Mapped[RepairOrder] = relationship()
    calls: Mapped[list[Call]] = relationship(back_populates="follow_up", order_by="Call.id")

    __mapper_args__ = {"version_id_col": Versioned.version}


class Call(Base):
    """One attempt to reach the customer."""

    __tablename__ = "call"

    id: Mapped[int] = mapped_column(primary_key=True)
    follow_up_id: Mapped[int] = mapped_column(ForeignKey("follow_up.id"), nullable=False, index=True)
    outcome: Mapped[FollowUpState] = mapped_column(EnumColumn(FollowUpState), nullable=False)
    words: Mapped[str] = mapped_column(Text, nullable=False, default="")
    called_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    caller_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)

    follow_up: Mapped[FollowUp] = relationship(back_populates="calls")
    caller: Mapped[Staff] = relationship()
