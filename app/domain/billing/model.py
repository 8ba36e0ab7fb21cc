"""Settlements and what was paid on them. A settled document is immutable; a reversal corrects it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.catalogue.model import PartOrigin
from app.domain.customers.model import Customer
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import Payer
from app.kernel.orm import Base, CentiColumn, EnumColumn, FenColumn, MilliColumn, UtcDateTime


class TenderMethod(StrEnum):
    """How money came in."""

    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    WECHAT = "wechat"
    ALIPAY = "alipay"


class Settlement(Base):
    """The settlement of one payer's share of an order: lines, net, tax and total as printed. Never edited."""

    __tablename__ = "settlement"
    __table_args__ = (
        CheckConstraint("net_fen + tax_fen = total_fen", name="net_plus_tax_is_total"),
        CheckConstraint("labour_fen + material_fen + rounding_fen = total_fen", name="parts_add_up"),
        # The few shares that a customer still owes.
        Index(
            "ix_settlement_owed",
            "id",
            sqlite_where=text("open_fen > 0 AND payer = 'customer'"),
            postgresql_where=text("open_fen > 0 AND payer = 'customer'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True, nullable=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("repair_order.id"), nullable=False, index=True)
    payer: Mapped[Payer] = mapped_column(EnumColumn(Payer), nullable=False)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    labour_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    material_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    rounding_fen: Mapped[int] = mapped_column(FenColumn, nullable=False, default=0)
    net_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    tax_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    total_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    # What the tenders leave to be paid, kept so that nobody who owes has to be looked for in all of history; nothing is
    # open on a settlement that was reversed, nor on its reversal.
    open_fen: Mapped[int] = mapped_column(FenColumn, nullable=False, default=0, server_default="0")
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, index=True)
    issued_by: Mapped[str] = mapped_column(String(120), nullable=False)
    # A reversal carries the negative amounts of the settlement it takes back.
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("settlement.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    # Open credit: the share may be paid later by agreement; who allowed it.
    on_credit_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    on_credit_by: Mapped[str] = mapped_column(String(120), nullable=False, default="")

    order: Mapped[RepairOrder] = relationship()
    customer: Mapped[Customer | None] = relationship()
    lines: Mapped[list[SettlementLine]] = relationship(back_populates="settlement", order_by="SettlementLine.position")
    tenders: Mapped[list[Tender]] = relationship(back_populates="settlement", order_by="Tender.id")


class SettlementLine(Base):
    """A line as settled, copied from the order so that later edits cannot touch it."""

    __tablename__ = "settlement_line"
    __table_args__ = (UniqueConstraint("settlement_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False)
    kind: Mapped[str] = mapped_column(String(10), nullable=False)  # labour | part
    source_id: Mapped[int] = mapped_column(Integer, nullable=False)  # job or part_line
    code: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    name: Mapped[str] = mapped_column(String(200), nullable=False)
    hours_centi: Mapped[int | None] = mapped_column(CentiColumn)
    quantity_milli: Mapped[int | None] = mapped_column(MilliColumn)
    unit: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    price_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    discount_permille: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    amount_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    origin: Mapped[PartOrigin | None] = mapped_column(EnumColumn(PartOrigin))

    settlement: Mapped[Settlement] = relationship(back_populates="lines")


class Tender(Base):
    """Money received (positive) or given back (negative), on a settlement or on a sale over the counter. Append-only."""

    __tablename__ = "tender"
    __table_args__ = (
        CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        CheckConstraint("(settlement_id IS NULL) <> (counter_sale_id IS NULL)", name="on_one_document"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True, nullable=False)
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlement.id"), index=True)
    counter_sale_id: Mapped[int | None] = mapped_column(ForeignKey("counter_sale.id"), index=True)
    method: Mapped[TenderMethod] = mapped_column(EnumColumn(TenderMethod), nullable=False)
    amount_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    reference: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, index=True)
    cashier_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)

    settlement: Mapped[Settlement | None] = relationship(back_populates="tenders")
