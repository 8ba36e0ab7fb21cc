"""Stock: a ledger of signed movements, and the balances derived from it under constraints."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.catalogue.model import Part
from app.domain.files.model import StoredFile
from app.domain.staff.model import Staff
from app.kernel.orm import Base, EnumColumn, FenColumn, MilliColumn, UtcDateTime


class StockOwner(StrEnum):
    """Whose part lies in the bin."""

    SHOP = "shop"
    CONSIGNMENT = "consignment"
    CUSTOMER = "customer"


class MovementKind(StrEnum):
    """Why a quantity moved."""

    OPENING = "opening"
    RECEIPT = "receipt"
    ISSUE = "issue"
    RETURN = "return"
    TRANSFER = "transfer"
    COUNT = "count"
    SCRAP = "scrap"
    SUPPLIER_RETURN = "supplier_return"


# Out to a line of an order or a sale, and back from it.
OF_A_LINE = frozenset({MovementKind.ISSUE, MovementKind.RETURN})
# Whatever leaves by a line of a document and may come back by it, with the value that it took.
OUT_AND_BACK = OF_A_LINE | {MovementKind.SUPPLIER_RETURN}


class LostReason(StrEnum):
    """Why somebody who asked for a part went without it."""

    NOT_STOCKED = "not_stocked"
    OUT_OF_STOCK = "out_of_stock"
    PRICE_REFUSED = "price_refused"
    TIME_REFUSED = "time_refused"


# A price or a date that was refused is no miss of the store, and no reason to lay more on the shelf.
LOST_FOR_WANT = frozenset({LostReason.NOT_STOCKED, LostReason.OUT_OF_STOCK})


class ScrapReason(StrEnum):
    """Why something is thrown away."""

    DAMAGED = "damaged"
    EXPIRED = "expired"
    OBSOLETE = "obsolete"
    WRONG = "wrong"
    OTHER = "other"


class ScrapState(StrEnum):
    """What became of a request to throw something away."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


class Bin(Base):
    """A place in the store."""

    __tablename__ = "bin"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True, nullable=False)


class StockBalance(Base):
    """What lies in a bin now: the sum of its movements, and how much of it is promised to orders."""

    __tablename__ = "stock_balance"
    __table_args__ = (
        UniqueConstraint("part_id", "bin_id", "owner"),
        CheckConstraint("on_hand_milli >= 0", name="on_hand_not_negative"),
        CheckConstraint("reserved_milli >= 0 AND reserved_milli <= on_hand_milli", name="reserved_within_on_hand"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False)
    bin_id: Mapped[int] = mapped_column(ForeignKey("bin.id"), nullable=False, index=True)
    owner: Mapped[StockOwner] = mapped_column(EnumColumn(StockOwner), nullable=False, default=StockOwner.SHOP)
    on_hand_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False, default=0)
    reserved_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False, default=0)

    part: Mapped[Part] = relationship()
    bin: Mapped[Bin] = relationship()


class StockMovement(Base):
    """A signed quantity with its cost and its source; append-only, a mistake is corrected by its opposite."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        CheckConstraint("quantity_milli <> 0", name="quantity_not_zero"),
        Index("ix_stock_movement_source", "source", "source_id"),
        Index("ix_stock_movement_part_at", "part_id", "at"),
        Index("ix_stock_movement_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False)
    bin_id: Mapped[int] = mapped_column(ForeignKey("bin.id"), nullable=False)
    owner: Mapped[StockOwner] = mapped_column(EnumColumn(StockOwner), nullable=False)
    kind: Mapped[MovementKind] = mapped_column(EnumColumn(MovementKind), nullable=False)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    value_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # signed like the quantity, net of VAT excluded
    source: Mapped[str] = mapped_column(String(30), nullable=False)  # part_line | import | receipt | count …
    source_id: Mapped[int] = mapped_column(Integer, nullable=False)
    reason: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    posted_on: Mapped[date | None] = mapped_column(Date)  # the day it belongs to, when that is not the day it was typed
    batch: Mapped[str] = mapped_column(String(60), nullable=False, default="", server_default="")  # or serial number

    part: Mapped[Part] = relationship()
    bin: Mapped[Bin] = relationship()


class StockBatch(Base):
    """How much of a batch (or which piece of a serial number) of a tracked part is on hand, over all bins."""

    __tablename__ = "stock_batch"
    __table_args__ = (
        UniqueConstraint("part_id", "batch"),
        CheckConstraint("on_hand_milli >= 0", name="on_hand_not_negative"),
        Index("ix_stock_batch_batch", "batch"),  # a scanned piece says nothing of its part
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False)
    batch: Mapped[str] = mapped_column(String(60), nullable=False)
    on_hand_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)


class PeriodClose(Base):
    """The books are closed through a day: nothing is posted on it or before it any more."""

    __tablename__ = "period_close"

    id: Mapped[int] = mapped_column(primary_key=True)
    through: Mapped[date] = mapped_column(Date, nullable=False, unique=True)
    value_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # of the shop's own stock at the end of that day
    parts: Mapped[int] = mapped_column(Integer, nullable=False)
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PeriodValue(Base):
    """What the shop owned of a part when a period was closed."""

    __tablename__ = "period_value"

    close_id: Mapped[int] = mapped_column(ForeignKey("period_close.id"), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), primary_key=True)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    value_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)


class StockTransfer(Base):
    """A quantity moved from one bin to another; its two movements point here."""

    __tablename__ = "stock_transfer"
    __table_args__ = (
        CheckConstraint("quantity_milli > 0", name="quantity_positive"),
        CheckConstraint("from_bin_id <> to_bin_id", name="another_bin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False)
    owner: Mapped[StockOwner] = mapped_column(EnumColumn(StockOwner), nullable=False)
    from_bin_id: Mapped[int] = mapped_column(ForeignKey("bin.id"), nullable=False)
    to_bin_id: Mapped[int] = mapped_column(ForeignKey("bin.id"), nullable=False)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    reason: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    to_bin: Mapped[Bin] = relationship(foreign_keys=[to_bin_id])


class StockValue(Base):
    """Quantity and value of the shop's own stock of a part: their quotient is the moving average cost."""

    __tablename__ = "stock_value"
    __table_args__ = (CheckConstraint("quantity_milli >= 0 AND value_fen >= 0", name="not_negative"),)

    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), primary_key=True)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False, default=0)
    value_fen: Mapped[int] = mapped_column(FenColumn, nullable=False, default=0)


class Reservation(Base):
    """A quantity in a bin that is promised to a source line (a part line of an order)."""

    __tablename__ = "reservation"
    __table_args__ = (
        UniqueConstraint("source", "source_id", "balance_id"),
        CheckConstraint("quantity_milli > 0", name="quantity_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    balance_id: Mapped[int] = mapped_column(ForeignKey("stock_balance.id"), nullable=False, index=True)
    source: Mapped[str] = mapped_column(String(30), nullable=False)
    source_id: Mapped[int] = mapped_column(Integer, nullable=False)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)

    balance: Mapped[StockBalance] = relationship()


class Incoming(Base):
    """A quantity that somebody is bound to deliver; kept by whoever ordered it, read by whoever waits for it."""

    __tablename__ = "incoming"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        CheckConstraint("open_milli > 0", name="quantity_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False, index=True)
    source: Mapped[str] = mapped_column(String(30), nullable=False)
    source_id: Mapped[int] = mapped_column(Integer, nullable=False)
    open_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    expected_on: Mapped[date | None] = mapped_column(Date)  # a date of business; None: nobody has promised a day


class LostDemand(Base):
    """Somebody asked for a part and went without it: demand that no movement tells of."""

    __tablename__ = "lost_demand"
    __table_args__ = (
        CheckConstraint("quantity_milli > 0", name="quantity_positive"),
        CheckConstraint("part_id IS NOT NULL OR words <> ''", name="says_what"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int | None] = mapped_column(ForeignKey("part.id"), index=True)
    words: Mapped[str] = mapped_column(String(120), nullable=False, default="")  # what was asked for, when no part fits
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    reason: Mapped[LostReason] = mapped_column(EnumColumn(LostReason), nullable=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a slip of the finger

    part: Mapped[Part | None] = relationship()


class ScrapRequest(Base):
    """Somebody asks to throw a quantity away; until it is decided, a reservation holds it back."""

    __tablename__ = "scrap_request"
    __table_args__ = (
        CheckConstraint("quantity_milli > 0", name="quantity_positive"),
        Index("ix_scrap_request_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    balance_id: Mapped[int] = mapped_column(ForeignKey("stock_balance.id"), nullable=False)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    batch: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    reason: Mapped[ScrapReason] = mapped_column(EnumColumn(ScrapReason), nullable=False)
    words: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    photo_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), nullable=False)
    state: Mapped[ScrapState] = mapped_column(EnumColumn(ScrapState), nullable=False)
    value_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # at average cost: when asked, then as it left
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    answer: Mapped[str] = mapped_column(String(300), nullable=False, default="")  # why it was refused

    balance: Mapped[StockBalance] = relationship()
    photo: Mapped[StoredFile] = relationship()
    asked_by: Mapped[Staff] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])
