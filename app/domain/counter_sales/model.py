"""Parts sold over the counter: a cart until it is paid, then a document that nothing changes but its returns."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.billing.model import Tender
from app.domain.catalogue.model import Part, PartOrigin
from app.domain.customers.model import Customer
from app.domain.files.model import StoredFile
from app.kernel.orm import Base, EnumColumn, FenColumn, MilliColumn, UtcDateTime, Versioned


class SaleState(StrEnum):
    """Where a sale stands."""

    OPEN = "open"
    PAID = "paid"
    DROPPED = "dropped"


class PickupState(StrEnum):
    """What became of a piece that was reserved online."""

    WAITING = "waiting"
    COLLECTED = "collected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class CounterSale(Versioned, Base):
    """A sale, or (with ``returns_id``) a document of negative amounts that takes pieces of one back."""

    __tablename__ = "counter_sale"
    __table_args__ = (
        CheckConstraint("net_fen + tax_fen = total_fen", name="net_plus_tax_is_total"),
        CheckConstraint("(state = 'paid') = (number IS NOT NULL)", name="numbered_when_paid"),
        # The few carts that somebody stands before.
        Index(
            "ix_counter_sale_open",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    state: Mapped[SaleState] = mapped_column(EnumColumn(SaleState), nullable=False)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)  # None: somebody walked in
    net_fen: Mapped[int] = mapped_column(FenColumn, nullable=False, default=0)
    tax_fen: Mapped[int] = mapped_column(FenColumn, nullable=False, default=0)
    total_fen: Mapped[int] = mapped_column(FenColumn, nullable=False, default=0)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    begun_by: Mapped[str] = mapped_column(String(120), nullable=False)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    cashier: Mapped[str] = mapped_column(String(120), nullable=False, default="")
    returns_id: Mapped[int | None] = mapped_column(ForeignKey("counter_sale.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300), nullable=False, default="")

    customer: Mapped[Customer | None] = relationship()
    lines: Mapped[list[CounterSaleLine]] = relationship(
        back_populates="sale", order_by="CounterSaleLine.id", cascade="all, delete-orphan"
    )
    tenders: Mapped[list[Tender]] = relationship(order_by=Tender.id, viewonly=True)
    returned: Mapped[CounterSale | None] = relationship(remote_side=[id])

    __mapper_args__ = {"version_id_col": Versioned.version}


class CounterSaleLine(Base):
    """A part as sold; of a returning document: as taken back, with negative quantity and amount."""

    __tablename__ = "counter_sale_line"
    __table_args__ = (
        CheckConstraint("quantity_milli <> 0", name="quantity_not_zero"),
        CheckConstraint("discount_permille >= 0 AND discount_permille <= 1000", name="discount_within_price"),
        UniqueConstraint("sale_id", "part_id", "discount_permille"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sale_id: Mapped[int] = mapped_column(ForeignKey("counter_sale.id"), nullable=False)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False, index=True)
    number: Mapped[str] = mapped_column(String(80), nullable=False)
    name: Mapped[str] = mapped_column(String(200), nullable=False)
    origin: Mapped[PartOrigin] = mapped_column(EnumColumn(PartOrigin), nullable=False)
    unit: Mapped[str] = mapped_column(String(10), nullable=False)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    price_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    discount_permille: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    amount_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    returns_line_id: Mapped[int | None] = mapped_column(ForeignKey("counter_sale_line.id"), index=True)
    # Of a tracked part: the batches or serial numbers as they are named, divided by commas.
    batches: Mapped[str] = mapped_column(String(400), nullable=False, default="", server_default="")

    sale: Mapped[CounterSale] = relationship(back_populates="lines")
    part: Mapped[Part] = relationship()


class Offer(Base):
    """A part as it is shown to customers online, with a short text and a photo."""

    __tablename__ = "offer"

    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), primary_key=True)
    online: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    words: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)

    part: Mapped[Part] = relationship()
    photo: Mapped[StoredFile | None] = relationship()


class Pickup(Base):
    """Pieces that a customer reserved online, held on the shelf until a day. Who it was is forgotten when it ends."""

    __tablename__ = "pickup"
    __table_args__ = (
        CheckConstraint("quantity_milli > 0", name="quantity_positive"),
        CheckConstraint("state = 'waiting' OR (name = '' AND phone = '')", name="forgotten_when_it_ends"),
        Index(
            "ix_pickup_waiting",
            "held_until",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_pickup_address", "address", "reserved_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True, nullable=False)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    name: Mapped[str] = mapped_column(String(40), nullable=False)
    phone: Mapped[str] = mapped_column(String(20), nullable=False)
    address: Mapped[str] = mapped_column(String(64), nullable=False)  # a digest of the network address, to count by
    reserved_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    held_until: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    state: Mapped[PickupState] = mapped_column(EnumColumn(PickupState), nullable=False)
    sale_id: Mapped[int | None] = mapped_column(ForeignKey("counter_sale.id"), index=True)  # the cart that it lies in

    part: Mapped[Part] = relationship()
