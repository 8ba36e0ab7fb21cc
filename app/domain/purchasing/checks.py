"""What must always be true of purchasing."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.purchasing.invoices import TOLERANCE_FEN, payable_of
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
from app.kernel.money import line_amount, split_vat
from app.kernel.orm import stream

CHUNK = 500  # ids in one statement


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


@invariant("what was delivered entered the store at the agreed price without VAT")
def valued_as_agreed(session: Session) -> Iterator[str]:
    """Movement by movement: pieces with a serial number came in one by one."""
    rows = stream(
        session,
        select(StockMovement.id, StockMovement.quantity_milli, StockMovement.value_fen, GoodsReceiptLine.unit_fen)
        .join(GoodsReceiptLine, GoodsReceiptLine.id == StockMovement.source_id)
        .where(StockMovement.source == RECEIPT_LINE),
    )
    for id_, milli, fen, unit_fen in rows:
        due = split_vat(line_amount(milli, unit_fen))[0]
        if fen != due:
            yield f"movement {id_}: worth {fen}, agreed {due}"


@invariant("an invoice of a supplier expects what its deliveries come to, and is paid when it matches")
def invoices_expect_what_came(session: Session) -> Iterator[str]:
    """Expected = accepted at agreed prices and what was accepted beyond; a difference is paid for a reason only."""
    receipts: dict[int, list[int]] = {}
    for invoice_id, receipt_id, supplier_id, billed_to in session.execute(
        select(
            InvoicedReceipt.invoice_id, InvoicedReceipt.receipt_id, PurchaseOrder.supplier_id,
            SupplierInvoice.supplier_id,
        )
        .where(SupplierInvoice.state != InvoiceState.WITHDRAWN)
        .join(SupplierInvoice, SupplierInvoice.id == InvoicedReceipt.invoice_id)
        .join(GoodsReceipt, GoodsReceipt.id == InvoicedReceipt.receipt_id)
        .join(PurchaseOrder, PurchaseOrder.id == GoodsReceipt.order_id)
    ):  # fmt: skip
        receipts.setdefault(invoice_id, []).append(receipt_id)
        if supplier_id != billed_to:
            yield f"invoice {invoice_id}: bills delivery {receipt_id} of another supplier"
    owed: dict[int, int] = {}
    billed = [id_ for ids in receipts.values() for id_ in ids]
    for at in range(0, len(billed), CHUNK):
        owed.update(payable_of(session, billed[at : at + CHUNK]))
    for invoice in session.scalars(select(SupplierInvoice).where(SupplierInvoice.state != InvoiceState.WITHDRAWN)):
        came = sum(owed[id_] for id_ in receipts.get(invoice.id, []))
        if came != invoice.expected_fen:
            yield f"invoice {invoice.id}: expects {invoice.expected_fen}, its deliveries come to {came}"
        differs = abs(invoice.total_fen - invoice.expected_fen) > TOLERANCE_FEN
        if differs and not invoice.reason and invoice.state is not InvoiceState.DISPUTED:
            yield f"invoice {invoice.id} ({invoice.state}): {invoice.total_fen} billed, {came} came, and no reason why"
        if (invoice.state is InvoiceState.PAID) != (invoice.paid_on is not None):
            yield f"invoice {invoice.id} ({invoice.state}): paid on {invoice.paid_on}"


@invariant("an invoice of a supplier that was withdrawn bills nothing, and every other one bills what it names")
def withdrawn_bills_nothing(session: Session) -> Iterator[str]:
    """Both directions."""
    rows = session.execute(
        select(SupplierInvoice.id, SupplierInvoice.state, InvoicedReceipt.receipt_id)
        .join(InvoicedReceipt, InvoicedReceipt.invoice_id == SupplierInvoice.id)
        .where((SupplierInvoice.state == InvoiceState.WITHDRAWN) != InvoicedReceipt.withdrawn)
    )
    for id_, state, receipt_id in rows:
        yield f"invoice {id_} ({state}): delivery {receipt_id}"


@invariant("purchase orders and deliveries are numbered without gaps")
def numbered_without_gaps(session: Session) -> Iterator[str]:
    """Each month's numbers, each once."""
    yield from numbering.gaps(session, PurchaseOrder.number)
    yield from numbering.gaps(session, GoodsReceipt.number)
