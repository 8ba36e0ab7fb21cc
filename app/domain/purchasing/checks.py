"""What must always be true of purchasing."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.purchasing.invoices import payable_of
from app.domain.purchasing.model import (
    GoodsReceipt,
    GoodsReceiptLine,
    InvoicedReceipt,
    PurchaseLine,
    PurchaseOrder,
    SupplierInvoice,
)
from app.domain.purchasing.orders import SOURCE
from app.domain.purchasing.receiving import SOURCE as RECEIPT_LINE
from app.domain.purchasing.states import COMING, InvoiceState, PurchaseState
from app.domain.stock.model import Incoming, StockMovement
from app.kernel import numbering
from app.kernel.invariants import invariant


@invariant("what a purchase line has received is the sum of its deliveries, and of what moved into the store")
def received_is_what_came(session: Session) -> Iterator[str]:
    """Line = receipt lines = movements, in thousandths."""
    came = {
        line_id: int(milli)
        for line_id, milli in session.execute(
            select(GoodsReceiptLine.line_id, func.sum(GoodsReceiptLine.accepted_milli)).group_by(
                GoodsReceiptLine.line_id
            )
        )
    }
    for id_, received in session.execute(select(PurchaseLine.id, PurchaseLine.received_milli)):
        if came.get(id_, 0) != received:
            yield f"purchase line {id_}: received {received}, deliveries {came.get(id_, 0)}"
    moved = {
        source_id: int(milli)
        for source_id, milli in session.execute(
            select(StockMovement.source_id, func.sum(StockMovement.quantity_milli))
            .where(StockMovement.source == RECEIPT_LINE)
            .group_by(StockMovement.source_id)
        )
    }
    for id_, accepted in session.execute(select(GoodsReceiptLine.id, GoodsReceiptLine.accepted_milli)):
        if moved.pop(id_, 0) != accepted:
            yield f"delivery line {id_}: accepted {accepted}, moved otherwise"
    for id_ in moved:
        yield f"delivery line {id_}: moved without a delivery"


@invariant("what is on its way is what purchase orders still expect")
def incoming_is_open(session: Session) -> Iterator[str]:
    """One row for each open line of a sent order, and none besides."""
    announced = {
        source_id: (part_id, milli)
        for source_id, part_id, milli in session.execute(
            select(Incoming.source_id, Incoming.part_id, Incoming.open_milli).where(Incoming.source == SOURCE)
        )
    }
    rows = session.execute(
        select(PurchaseLine.id, PurchaseLine.part_id, PurchaseLine.quantity_milli, PurchaseLine.received_milli,
               PurchaseLine.given_up_milli, PurchaseOrder.state)
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseLine.order_id)
    )  # fmt: skip
    for id_, part_id, quantity, received, given_up, state in rows:
        still = max(0, quantity - received - given_up) if state in COMING else 0
        found = announced.pop(id_, None)
        if (found or (part_id, 0)) != (part_id, still):
            yield f"purchase line {id_}: {still} open, announced {found}"
        if state is PurchaseState.RECEIVED and quantity > received + given_up:
            yield f"purchase line {id_}: its order is done, {quantity - received - given_up} are open"
    for id_ in announced:
        yield f"purchase line {id_}: announced, but there is no such line"


@invariant("an invoice of a supplier expects what its deliveries come to")
def invoices_expect_what_came(session: Session) -> Iterator[str]:
    """Expected = accepted at agreed prices and what was accepted beyond; a paid one stays as it was paid."""
    receipts: dict[int, list[int]] = {}
    for invoice_id, receipt_id in session.execute(select(InvoicedReceipt.invoice_id, InvoicedReceipt.receipt_id)):
        receipts.setdefault(invoice_id, []).append(receipt_id)
    for invoice in session.scalars(select(SupplierInvoice).where(SupplierInvoice.state != InvoiceState.PAID)):
        owed = sum(payable_of(session, receipts.get(invoice.id, [])).values())
        if owed != invoice.expected_fen:
            yield f"invoice {invoice.id}: expects {invoice.expected_fen}, its deliveries come to {owed}"


@invariant("purchase orders and deliveries are numbered without gaps")
def numbered_without_gaps(session: Session) -> Iterator[str]:
    """Each month's numbers, each once."""
    yield from numbering.gaps(session, PurchaseOrder.number)
    yield from numbering.gaps(session, GoodsReceipt.number)
