"""What must always be true of purchasing."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.domain.purchasing.invoices import TOLERANCE_FEN, payable_of
from app.domain.purchasing.model import (
    Discrepancy,
    GoodsReceipt,
    GoodsReceiptLine,
    InvoicedReceipt,
    PurchaseLine,
    PurchaseOrder,
    SupplierInvoice,
    SupplierReturn,
    SupplierReturnLine,
)
from app.domain.purchasing.orders import SOURCE
from app.domain.purchasing.receiving import SOURCE as RECEIPT_LINE
from app.domain.purchasing.returned import gone_of
from app.domain.purchasing.returns import SOURCE as RETURN_LINE
from app.domain.purchasing.states import (
    COMING,
    CreditState,
    DiscrepancyKind,
    InvoiceState,
    PurchaseState,
    Resolution,
    ReturnReason,
)
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


@invariant("no more of a delivery went back than came of it, and a surplus that was sent back is gone")
def returned_within_received(session: Session) -> Iterator[str]:
    """Per line of a delivery: off the shelf within what was accepted, the rest within what arrived damaged."""
    lines = select(SupplierReturnLine.receipt_line_id).distinct()
    gone = gone_of(session)
    for id_, accepted, damaged in session.execute(
        select(GoodsReceiptLine.id, GoodsReceiptLine.accepted_milli, GoodsReceiptLine.damaged_milli).where(
            GoodsReceiptLine.id.in_(lines)
        )
    ):
        stocked, broken = gone.get((id_, True), 0), gone.get((id_, False), 0)
        if stocked > accepted or broken > damaged:
            yield f"delivery line {id_}: {accepted} and {damaged} damaged came, {stocked} and {broken} went back"
    surplus = gone_of(session, reason=ReturnReason.SURPLUS)
    for id_, kind, line_id, milli, accepted in session.execute(
        select(
            Discrepancy.id, Discrepancy.kind, Discrepancy.receipt_line_id, Discrepancy.quantity_milli,
            GoodsReceiptLine.accepted_milli,
        )
        .outerjoin(GoodsReceiptLine, GoodsReceiptLine.id == Discrepancy.receipt_line_id)
        .where(Discrepancy.resolution == Resolution.SENT_BACK)
    ):  # fmt: skip
        went = surplus.get((line_id or 0, True), 0)
        all_of_it = gone.get((line_id or 0, True), 0) >= (accepted or 0)
        if kind is not DiscrepancyKind.OVER or (went < milli and not all_of_it):
            yield f"discrepancy {id_} ({kind}): sent back, {went} of {milli} went"


@invariant("what went back to a supplier left the store, and is here again when he refused it")
def returns_moved(session: Session) -> Iterator[str]:
    """Line = its movements, in thousandths and in fen; what arrived damaged moves nothing."""
    moved = {
        id_: (int(milli), int(fen))
        for id_, milli, fen in session.execute(
            select(StockMovement.source_id, func.sum(StockMovement.quantity_milli), func.sum(StockMovement.value_fen))
            .where(StockMovement.source == RETURN_LINE)
            .group_by(StockMovement.source_id)
        )
    }
    for line, state in session.execute(
        select(SupplierReturnLine, SupplierReturn.state).join(
            SupplierReturn, SupplierReturn.id == SupplierReturnLine.return_id
        )
    ):
        gone = line.stocked and state is not CreditState.REFUSED
        wanted = (-line.quantity_milli, -line.cost_fen) if gone else (0, 0)
        found = moved.pop(line.id, (0, 0))
        if found != wanted or (line.cost_fen and not line.stocked):
            yield f"return line {line.id} ({state}): moved {found}, should be {wanted}"
    for id_ in moved:
        yield f"return line {id_}: moved without a return"


@invariant("a return expects what its lines come to, and a credit belongs to it and to its supplier")
def credits_belong(session: Session) -> Iterator[str]:
    """Expected = lines; credited exactly when there is a note with its day, and otherwise only for a reason."""
    due: dict[int, int] = {
        id_: int(fen)
        for id_, fen in session.execute(
            select(SupplierReturnLine.return_id, func.sum(SupplierReturnLine.amount_fen)).group_by(
                SupplierReturnLine.return_id
            )
        )
    }
    for row, supplier_id, billed in session.execute(
        select(SupplierReturn, PurchaseOrder.supplier_id, InvoicedReceipt.invoice_id)
        .join(GoodsReceipt, GoodsReceipt.id == SupplierReturn.receipt_id)
        .join(PurchaseOrder, PurchaseOrder.id == GoodsReceipt.order_id)
        .outerjoin(
            InvoicedReceipt,
            and_(InvoicedReceipt.receipt_id == SupplierReturn.receipt_id, InvoicedReceipt.withdrawn.is_(False)),
        )
    ):
        if row.supplier_id != supplier_id or due.get(row.id) != row.expected_fen:
            yield f"return {row.number}: expects {row.expected_fen} of {row.supplier_id}, lines {due.get(row.id)}"
        credited = row.state is CreditState.CREDITED
        note = (row.credit_number, row.credited_on, row.credited_fen)
        if not all(note) if credited else any(note):
            yield f"return {row.number} ({row.state}): credit {row.credit_number}, {row.credited_fen}"
        if credited and abs(row.credited_fen - row.expected_fen) > TOLERANCE_FEN and not row.reason:
            yield f"return {row.number}: {row.credited_fen} credited, {row.expected_fen} due, and no reason why"
        if row.state is CreditState.AWAITED and billed is None:
            yield f"return {row.number}: a credit is awaited for what nobody has billed"


@invariant("purchase orders, deliveries and returns are numbered without gaps")
def numbered_without_gaps(session: Session) -> Iterator[str]:
    """Each month's numbers, each once."""
    yield from numbering.gaps(session, PurchaseOrder.number)
    yield from numbering.gaps(session, GoodsReceipt.number)
    yield from numbering.gaps(session, SupplierReturn.number)
