"""Tools that people borrow: the register, loans, calibrations, and what happened to each."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.files.model import StoredFile
from app.domain.staff.model import Staff
from app.domain.tools.states import ReturnCondition, ToolKind, ToolMove, ToolState
from app.kernel.orm import Base, EnumColumn, UtcDateTime, Versioned


class Tool(Versioned, Base):
    """A tool with its number, as its label has it. Retired, never deleted."""

    __tablename__ = "tool"
    __table_args__ = (CheckConstraint("calibration_days > 0", name="interval_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True, nullable=False)
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    pinyin: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    kind: Mapped[ToolKind] = mapped_column(EnumColumn(ToolKind), nullable=False)
    place: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    serial: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    remark: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    state: Mapped[ToolState] = mapped_column(EnumColumn(ToolState), nullable=False)
    # None: it needs no calibration. The two dates are those of its latest calibration.
    calibration_days: Mapped[int | None] = mapped_column(Integer)
    calibrated_on: Mapped[date | None] = mapped_column(Date)
    calibration_due: Mapped[date | None] = mapped_column(Date)  # the last day on which it may be lent
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)

    __mapper_args__ = {"version_id_col": Versioned.version}


class ToolLoan(Base):
    """A tool in somebody's hands; the open one has no return."""

    __tablename__ = "tool_loan"
    __table_args__ = (
        Index(
            "ix_tool_loan_open",
            "tool_id",
            unique=True,
            sqlite_where=text("returned_at IS NULL"),
            postgresql_where=text("returned_at IS NULL"),
        ),
        CheckConstraint("(returned_at IS NULL) = (condition IS NULL)", name="returned_in_a_condition"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"), nullable=False)
    holder_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)
    lent_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    lent_by: Mapped[str] = mapped_column(String(120), nullable=False)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_to: Mapped[str] = mapped_column(String(120), nullable=False, default="")
    condition: Mapped[ReturnCondition | None] = mapped_column(EnumColumn(ReturnCondition))

    tool: Mapped[Tool] = relationship()
    holder: Mapped[Staff] = relationship()


class ToolCalibration(Base):
    """A calibration as its certificate says."""

    __tablename__ = "tool_calibration"
    __table_args__ = (CheckConstraint("due_on > done_on", name="ends_after_it_began"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"), nullable=False, index=True)
    done_on: Mapped[date] = mapped_column(Date, nullable=False)
    due_on: Mapped[date] = mapped_column(Date, nullable=False)
    certificate: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    laboratory: Mapped[str] = mapped_column(String(120), nullable=False, default="")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    recorded_by: Mapped[str] = mapped_column(String(120), nullable=False)

    photo: Mapped[StoredFile | None] = relationship()


class ToolEvent(Base):
    """What happened to a tool: one row for each move. Append-only."""

    __tablename__ = "tool_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"), nullable=False, index=True)
    move: Mapped[ToolMove] = mapped_column(EnumColumn(ToolMove), nullable=False)
    target: Mapped[ToolState] = mapped_column(EnumColumn(ToolState), nullable=False)
    words: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    actor: Mapped[str] = mapped_column(String(120), nullable=False)

    holder: Mapped[Staff | None] = relationship()
