"""What was ordered from whom, what came, what was wrong with it, and what was billed. Prices include VAT."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.catalogue.model import Part
from app.domain.purchasing.states import (
    CreditState,
    DiscrepancyKind,
    InvoiceState,
    PurchaseKind,
    PurchaseState,
    Resolution,
    ReturnReason,
)
from app.domain.staff.model import Staff
from app.domain.stock.model import Bin
from app.domain.suppliers.model import Supplier
from app.kernel.orm import Base, EnumColumn, FenColumn, MilliColumn, UtcDateTime, Versioned


class SupplierPrice(Base):
    """What a supplier asks for a part from a day on; the latest that has begun and not ended holds."""

    __tablename__ = "supplier_price"
    __table_args__ = (
        UniqueConstraint("supplier_id", "part_id", "valid_from"),
        CheckConstraint("unit_fen >= 0 AND pack_milli > 0 AND minimum_milli >= 0", name="amounts_make_sense"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), nullable=False)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False, index=True)
    unit_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    pack_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False, default=1000)  # sold in multiples of it
    minimum_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False, default=0)
    valid_from: Mapped[date] = mapped_column(Date, nullable=False)
    valid_until: Mapped[date | None] = mapped_column(Date)

    supplier: Mapped[Supplier] = relationship()
    part: Mapped[Part] = relationship()


class HeldPrice(Base):
    """A price of a list that moved too far to be taken over unseen; append-only but for the decision on it."""

    __tablename__ = "held_price"
    __table_args__ = (
        CheckConstraint("unit_fen > 0 AND was_fen > 0", name="amounts_make_sense"),
        Index("ix_held_price_decided_at", "decided_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), nullable=False)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False)
    unit_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    was_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    pack_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    minimum_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    valid_from: Mapped[date] = mapped_column(Date, nullable=False)
    valid_until: Mapped[date | None] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    accepted: Mapped[bool | None] = mapped_column(Boolean)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    supplier: Mapped[Supplier] = relationship()
    part: Mapped[Part] = relationship()


class PurchaseOrder(Versioned, Base):
    """An order to a supplier."""

    __tablename__ = "purchase_order"
    __table_args__ = (Index("ix_purchase_order_state", "state"), Index("ix_purchase_order_supplier_id", "supplier_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30), unique=True, nullable=False)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), nullable=False)
    kind: Mapped[PurchaseKind] = mapped_column(EnumColumn(PurchaseKind), nullable=False)
    state: Mapped[PurchaseState] = mapped_column(EnumColumn(PurchaseState), nullable=False)
    supplier_reference: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    expected_on: Mapped[date | None] = mapped_column(Date)
    remark: Mapped[str] = mapped_column(String(500), nullable=False, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    supplier: Mapped[Supplier] = relationship()
    created_by: Mapped[Staff | None] = relationship()
    lines: Mapped[list[PurchaseLine]] = relationship(back_populates="order", order_by="PurchaseLine.position")

    __mapper_args__ = {"version_id_col": Versioned.version}


class PurchaseLine(Base):
    """A part of a purchase order: what was ordered, what the supplier promised, what came, what never will."""

    __tablename__ = "purchase_line"
    __table_args__ = (
        UniqueConstraint("order_id", "part_id"),
        CheckConstraint("quantity_milli > 0 AND unit_fen >= 0", name="amounts_make_sense"),
        CheckConstraint("received_milli >= 0 AND given_up_milli >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False, index=True)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    unit_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    suggested_milli: Mapped[int | None] = mapped_column(MilliColumn)  # what the system proposed, when it did
    expected_on: Mapped[date | None] = mapped_column(Date)
    received_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False, default=0)
    given_up_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False, default=0)  # the rest is not coming

    order: Mapped[PurchaseOrder] = relationship(back_populates="lines")
    part: Mapped[Part] = relationship()

    @property
    def open_milli(self) -> int:
        """What is still to come, in thousandths; never below zero, a surplus that was kept is no debt."""
        return max(0, self.quantity_milli - self.received_milli - self.given_up_milli)


class GoodsReceipt(Base):
    """A delivery as it was unpacked; append-only."""

    __tablename__ = "goods_receipt"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30), unique=True, nullable=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), nullable=False, index=True)
    delivery_note: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, index=True)
    arrived_on: Mapped[date | None] = mapped_column(Date)  # when it came, if it was typed in on a later day
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    order: Mapped[PurchaseOrder] = relationship()
    staff: Mapped[Staff | None] = relationship()
    lines: Mapped[list[GoodsReceiptLine]] = relationship(back_populates="receipt", order_by="GoodsReceiptLine.id")


class GoodsReceiptLine(Base):
    """What came of one ordered part: what is good went into a bin at the agreed price."""

    __tablename__ = "goods_receipt_line"
    __table_args__ = (
        CheckConstraint("accepted_milli >= 0 AND damaged_milli >= 0", name="not_negative"),
        CheckConstraint("accepted_milli + damaged_milli > 0", name="something_came"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("goods_receipt.id"), nullable=False, index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("purchase_line.id"), nullable=False, index=True)
    bin_id: Mapped[int | None] = mapped_column(ForeignKey("bin.id"))
    accepted_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    damaged_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False, default=0)
    unit_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # agreed
    note_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # as the delivery note says
    batch: Mapped[str] = mapped_column(String(400), nullable=False, default="")  # or serial numbers

    receipt: Mapped[GoodsReceipt] = relationship(back_populates="lines")
    line: Mapped[PurchaseLine] = relationship()
    bin: Mapped[Bin | None] = relationship()


class Discrepancy(Base):
    """A difference between what was ordered and what came, open until somebody says, once, what became of it."""

    __tablename__ = "discrepancy"
    __table_args__ = (
        CheckConstraint("quantity_milli > 0", name="quantity_positive"),
        Index("ix_discrepancy_resolved_at", "resolved_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_line_id: Mapped[int | None] = mapped_column(ForeignKey("goods_receipt_line.id"), index=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("goods_receipt.id"), nullable=False, index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("purchase_line.id"), nullable=False, index=True)
    kind: Mapped[DiscrepancyKind] = mapped_column(EnumColumn(DiscrepancyKind), nullable=False)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    amount_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # what is at stake, signed: above zero costs us
    resolution: Mapped[Resolution | None] = mapped_column(EnumColumn(Resolution))
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    remark: Mapped[str] = mapped_column(String(200), nullable=False, default="")

    receipt: Mapped[GoodsReceipt] = relationship()
    line: Mapped[PurchaseLine] = relationship()


class SupplierInvoice(Versioned, Base):
    """A supplier's bill, held against what was received under it; one that was withdrawn stays, and frees its number."""

    __tablename__ = "supplier_invoice"
    __table_args__ = (
        Index(
            "uq_supplier_invoice_number",
            "supplier_id",
            "number",
            unique=True,
            sqlite_where=text("state <> 'withdrawn'"),
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at_a_time"),
        Index("ix_supplier_invoice_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), nullable=False)
    number: Mapped[str] = mapped_column(String(60), nullable=False)
    issued_on: Mapped[date] = mapped_column(Date, nullable=False)
    due_on: Mapped[date] = mapped_column(Date, nullable=False)
    total_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    expected_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # what the receipts come to
    state: Mapped[InvoiceState] = mapped_column(EnumColumn(InvoiceState), nullable=False)
    reason: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    paid_on: Mapped[date | None] = mapped_column(Date)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_why: Mapped[str] = mapped_column(String(200), nullable=False, default="", server_default="")

    supplier: Mapped[Supplier] = relationship()
    withdrawn_by: Mapped[Staff | None] = relationship(foreign_keys=[withdrawn_by_id])
    receipts: Mapped[list[InvoicedReceipt]] = relationship(back_populates="invoice")

    __mapper_args__ = {"version_id_col": Versioned.version}


class InvoicedReceipt(Base):
    """Which receipt an invoice bills: each is billed once, invoices that were withdrawn apart."""

    __tablename__ = "invoiced_receipt"
    __table_args__ = (
        Index(
            "uq_invoiced_receipt_billed",
            "receipt_id",
            unique=True,
            sqlite_where=text("NOT withdrawn"),
            postgresql_where=text("NOT withdrawn"),
        ),
    )

    receipt_id: Mapped[int] = mapped_column(ForeignKey("goods_receipt.id"), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("supplier_invoice.id"), primary_key=True, index=True)
    withdrawn: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False, server_default=false())

    receipt: Mapped[GoodsReceipt] = relationship()
    invoice: Mapped[SupplierInvoice] = relationship(back_populates="receipts")


class SupplierReturn(Versioned, Base):
    """Goods of a delivery that went back to the supplier, and the credit for them. Amounts include VAT."""

    __tablename__ = "supplier_return"
    __table_args__ = (
        UniqueConstraint("supplier_id", "credit_number"),
        CheckConstraint("expected_fen >= 0 AND credited_fen >= 0", name="not_negative"),
        Index("ix_supplier_return_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30), unique=True, nullable=False)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("goods_receipt.id"), nullable=False, index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), nullable=False)
    state: Mapped[CreditState] = mapped_column(EnumColumn(CreditState), nullable=False)
    remark: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    returned_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)  # when it was typed in
    returned_on: Mapped[date] = mapped_column(Date, nullable=False, index=True)  # when it left
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    expected_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # what the shop owed for it
    credited_fen: Mapped[int] = mapped_column(FenColumn, nullable=False, default=0)
    credit_number: Mapped[str | None] = mapped_column(String(60))
    credited_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(200), nullable=False, default="")  # of a difference, or of the refusal

    receipt: Mapped[GoodsReceipt] = relationship()
    supplier: Mapped[Supplier] = relationship()
    staff: Mapped[Staff | None] = relationship()
    lines: Mapped[list[SupplierReturnLine]] = relationship(back_populates="of", order_by="SupplierReturnLine.id")

    __mapper_args__ = {"version_id_col": Versioned.version}


class SupplierReturnLine(Base):
    """What went back of a line of a delivery: off the shelf, or of what arrived damaged and never lay there."""

    __tablename__ = "supplier_return_line"
    __table_args__ = (
        UniqueConstraint("return_id", "receipt_line_id", "stocked"),
        CheckConstraint("quantity_milli > 0", name="quantity_positive"),
        CheckConstraint("amount_fen >= 0 AND cost_fen >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("supplier_return.id"), nullable=False)
    receipt_line_id: Mapped[int] = mapped_column(ForeignKey("goods_receipt_line.id"), nullable=False, index=True)
    stocked: Mapped[bool] = mapped_column(Boolean, nullable=False)
    quantity_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    reason: Mapped[ReturnReason] = mapped_column(EnumColumn(ReturnReason), nullable=False)
    unit_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    amount_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # the credit that is due
    cost_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # net of VAT, as it left the store
    batch: Mapped[str] = mapped_column(String(400), nullable=False, default="")  # or serial numbers

    of: Mapped[SupplierReturn] = relationship(back_populates="lines")
    receipt_line: Mapped[GoodsReceiptLine] = relationship()


class PurchaseTarget(Base):
    """What the manufacturer expects the shop to buy in a period."""

    __tablename__ = "purchase_target"
    __table_args__ = (
        UniqueConstraint("supplier_id", "starts_on"),
        CheckConstraint("ends_on >= starts_on AND amount_fen > 0", name="makes_sense"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), nullable=False)
    starts_on: Mapped[date] = mapped_column(Date, nullable=False)
    ends_on: Mapped[date] = mapped_column(Date, nullable=False)
    amount_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)
    withdrawn: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
