"""A stock-take with one line per part, bin and owner, and every count that was made of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.staff.model import Staff
from app.domain.stock.abc import AbcClass
from app.domain.stock.model import StockBalance
from app.domain.stock_takes.states import TakeKind, TakeState
from app.kernel.orm import Base, EnumColumn, FenColumn, MilliColumn, UtcDateTime, Versioned


class StockTake(Versioned, Base):
    """A numbered count of a part of the store."""

    __tablename__ = "stock_take"
    __table_args__ = (Index("ix_stock_take_state", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30), unique=True, nullable=False)
    kind: Mapped[TakeKind] = mapped_column(EnumColumn(TakeKind), nullable=False)
    first_bin: Mapped[str] = mapped_column(String(30), nullable=False, default="")  # kind BINS: from, or the beginning
    last_bin: Mapped[str] = mapped_column(String(30), nullable=False, default="")
    abc: Mapped[AbcClass | None] = mapped_column(EnumColumn(AbcClass))  # kind CYCLE
    state: Mapped[TakeState] = mapped_column(EnumColumn(TakeState), nullable=False)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(String(300), nullable=False, default="")  # why sent back, or why cancelled
    # Who may have seen the differences of a stock-take that is counted again: who sent it back last.
    sent_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # Lines may be counted again by who counted them before.
    allowed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    allowed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    allowed_reason: Mapped[str] = mapped_column(String(300), nullable=False, default="", server_default="")
    # Valued when the counting ended: with their signs, without them, and all that the shop owned then.
    net_fen: Mapped[int | None] = mapped_column(FenColumn)
    absolute_fen: Mapped[int | None] = mapped_column(FenColumn)
    stock_fen: Mapped[int | None] = mapped_column(FenColumn)

    started_by: Mapped[Staff | None] = relationship(foreign_keys=[started_by_id])
    ended_by: Mapped[Staff | None] = relationship(foreign_keys=[ended_by_id])
    allowed_by: Mapped[Staff | None] = relationship(foreign_keys=[allowed_by_id])

    __mapper_args__ = {"version_id_col": Versioned.version}


class StockTakeLine(Versioned, Base):
    """What lies of a part in a bin: expected at the moment of the count that decides, and counted."""

    __tablename__ = "stock_take_line"
    __table_args__ = (
        UniqueConstraint("take_id", "balance_id"),
        CheckConstraint("counted_milli >= 0", name="counted_not_negative"),
        # Nobody counts the same shelf for two stock-takes at a time.
        Index(
            "ix_stock_take_line_live",
            "balance_id",
            unique=True,
            sqlite_where=text("live"),
            postgresql_where=text("live"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    take_id: Mapped[int] = mapped_column(ForeignKey("stock_take.id"), nullable=False)
    balance_id: Mapped[int] = mapped_column(ForeignKey("stock_balance.id"), nullable=False)
    live: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)  # of a stock-take that is not over
    found: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)  # lay there and was not on the list
    rounds: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    again: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)  # has to be counted once more
    counted_milli: Mapped[int | None] = mapped_column(MilliColumn)
    book_milli: Mapped[int | None] = mapped_column(MilliColumn)  # the ledger's sum in the moment of that count
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    value_fen: Mapped[int | None] = mapped_column(FenColumn)  # of the difference, when the counting ended
    lost: Mapped[str] = mapped_column(String(300), nullable=False, default="")  # orders that lost their part by it

    balance: Mapped[StockBalance] = relationship()
    counted_by: Mapped[Staff | None] = relationship()

    __mapper_args__ = {"version_id_col": Versioned.version}

    @property
    def to_be_counted(self) -> bool:
        """Whether somebody still has to count it, for the first time or again."""
        return self.rounds == 0 or self.again

    @property
    def variance_milli(self) -> int:
        """Counted less what should have lain there at that moment, in thousandths; 0 as long as nobody counted."""
        if self.counted_milli is None or self.book_milli is None:
            return 0
        return self.counted_milli - self.book_milli


class StockCount(Base):
    """One count of a line, the first or a later one; append-only."""

    __tablename__ = "stock_count"
    __table_args__ = (UniqueConstraint("line_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("stock_take_line.id"), nullable=False)
    round: Mapped[int] = mapped_column(Integer, nullable=False)
    counted_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    book_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)
    doubtful: Mapped[bool | None] = mapped_column(Boolean)  # above the tolerance; None: from before it was kept
    allowed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # by whose leave the same person counted

    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])


LIVE = text("stock_take_line.live")  # as its index has it, word for word
