"""The supplier's credit for goods that went back, held against what is due; and goods that he did not take after all."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.purchasing.invoices import (
    TOLERANCE_FEN,
    expect_another,
    hold_against_receipts,
    hold_receipts,
    invoice_of_receipt,
)
from app.domain.purchasing.model import (
    GoodsReceipt,
    GoodsReceiptLine,
    PurchaseLine,
    SupplierInvoice,
    SupplierReturn,
    SupplierReturnLine,
)
from app.domain.purchasing.orders import lock_order
from app.domain.purchasing.returned import order_of
from app.domain.purchasing.returns import SOURCE, settle_surplus
from app.domain.purchasing.states import CreditState, InvoiceState
from app.domain.repair_orders.model import PartLine
from app.domain.repair_orders.parts import serve_waiting, tell_arrived
from app.domain.stock import back_to_supplier
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, RuleBroken, WrongState
from app.kernel.orm import expect_version
from app.kernel.permission import Permission

OPEN = frozenset({CreditState.AWAITED, CreditState.TAKEN_OFF})


def _lock(session: Session, returned: SupplierReturn, version: int | None) -> None:
    """Hold the order, the delivery and the return, in this order as everywhere; the return as it is now."""
    lock_order(session, order_of(returned).number)
    hold_receipts(session, [returned.receipt_id])
    session.refresh(returned, ["state", "version"], with_for_update=True)
    expect_version(returned, version)


def _hold_against_invoice(session: Session, receipt_id: int, *, less: bool) -> None:
    """The invoice that bills the delivery is held against it anew; raises RuleBroken for one that was paid ``less`` this."""
    session.flush()
    invoice = invoice_of_receipt(session, receipt_id)
    if invoice is None:
        return
    if less and invoice.state is InvoiceState.PAID:
        raise RuleBroken(N_("The invoice of this delivery is paid already, less what went back."))
    hold_against_receipts(session, invoice)


def note_credit(
    session: Session,
    actor: Actor,
    clock: Clock,
    returned: SupplierReturn,
    version: int | None,
    *,
    number: str,
    credited_on: date | None,
    credited_fen: int,
    reason: str = "",
) -> None:
    """The credit note (fen with VAT) came. What was to be taken off an invoice is then billed in full.

    A difference needs a reason; and less than is due somebody else than who took the goods in, as with invoices. Raises
    InvalidInput for one that was noted before and for a day ahead or before the return.
    """
    actor.require(Permission.SUPPLIER_INVOICE)
    _lock(session, returned, version)
    if returned.state not in OPEN:
        raise WrongState(N_("No credit is expected for this return."))
    number, reason = number.strip()[:60], reason.strip()[:200]
    if not number:
        raise InvalidInput(N_("Give the number of the credit note."), field="number")
    same = (SupplierReturn.supplier_id == returned.supplier_id, SupplierReturn.credit_number == number)
    if session.scalar(select(SupplierReturn.id).where(*same)) is not None:
        raise InvalidInput(N_("This credit note was entered already."), field="number")
    if credited_on is None or not returned.returned_on <= credited_on <= business_date(clock.now()):
        raise InvalidInput(N_("Give a day between the return and today."), field="credited_on")
    if credited_fen <= 0:
        raise InvalidInput(N_("The amount must be above zero."), field="credited")
    difference = credited_fen - returned.expected_fen
    if abs(difference) > TOLERANCE_FEN and not reason:
        raise InvalidInput(N_("It differs from what is due: give a reason."), field="reason")
    if difference < -TOLERANCE_FEN:
        expect_another(session, actor, [returned.receipt_id])
    taken_off = returned.state is CreditState.TAKEN_OFF
    returned.state, returned.credit_number, returned.credited_on = CreditState.CREDITED, number, credited_on
    returned.credited_fen, returned.reason = credited_fen, reason
    if taken_off:
        _hold_against_invoice(session, returned.receipt_id, less=True)
    session.flush()
    audit.record(
        session, actor, clock, "return.credit", f"supplier_return:{returned.id}", number=number,
        credited_fen=credited_fen, difference_fen=difference,
    )  # fmt: skip


def undo_credit(
    session: Session, actor: Actor, clock: Clock, returned: SupplierReturn, version: int | None, reason: str
) -> None:
    """The credit note was typed wrongly: it is expected once more. The audit log keeps what it said and why it went."""
    actor.require(Permission.SUPPLIER_INVOICE)
    _lock(session, returned, version)
    if returned.state is not CreditState.CREDITED:
        raise WrongState(N_("No credit is noted for this return."))
    if not reason.strip():
        raise InvalidInput(N_("Give a reason."), field="why")
    audit.record(
        session, actor, clock, "return.credit_undone", f"supplier_return:{returned.id}",
        number=returned.credit_number, credited_fen=returned.credited_fen, reason=reason.strip()[:200],
    )  # fmt: skip
    invoice = invoice_of_receipt(session, returned.receipt_id)
    returned.state = CreditState.TAKEN_OFF if _left_out(invoice, returned) else CreditState.AWAITED
    returned.credit_number, returned.credited_on, returned.credited_fen, returned.reason = None, None, 0, ""
    _hold_against_invoice(session, returned.receipt_id, less=False)


def _left_out(invoice: SupplierInvoice | None, returned: SupplierReturn) -> bool:
    """Whether what went back is not on the invoice: nothing is billed yet, or just so much less."""
    if invoice is None:
        return True
    less = invoice.expected_fen - returned.expected_fen
    return invoice.state is not InvoiceState.PAID and abs(invoice.total_fen - less) <= TOLERANCE_FEN


def refuse(
    session: Session, actor: Actor, clock: Clock, returned: SupplierReturn, version: int | None, reason: str
) -> list[PartLine]:
    """The supplier did not take the goods: they lie again where they lay, and serve whoever waits; those lines are returned."""
    actor.require(Permission.PURCHASE_SEND)
    _lock(session, returned, version)
    if returned.state in {CreditState.CREDITED, CreditState.REFUSED}:
        raise WrongState(N_("He has credited it, or it is here again already."))
    if not reason.strip():
        raise InvalidInput(N_("Give a reason."), field="refusal")
    taken_off = returned.state is CreditState.TAKEN_OFF
    returned.state, returned.reason = CreditState.REFUSED, reason.strip()[:200]
    lines = _stocked(session, returned)
    for line in lines:
        back_to_supplier.refused(session, actor, clock, SOURCE, line.id, returned.number)
    session.flush()
    receipt = session.get_one(GoodsReceipt, returned.receipt_id)
    settle_surplus(session, actor, clock, receipt, returned.number)
    _hold_against_invoice(session, returned.receipt_id, less=taken_off)
    audit.record(
        session, actor, clock, "return.refused", f"supplier_return:{returned.id}", number=returned.number,
        reason=returned.reason,
    )  # fmt: skip
    served = []
    for part_id in dict.fromkeys(line.receipt_line.line.part_id for line in lines):
        served += serve_waiting(session, actor, clock, part_id)
    tell_arrived(session, actor, clock, served)
    return served


def _stocked(session: Session, returned: SupplierReturn) -> list[SupplierReturnLine]:
    """The lines that left the shelf, by part: two deeds on the same parts cannot wait for each other."""
    rows = session.scalars(
        select(SupplierReturnLine)
        .join(GoodsReceiptLine, GoodsReceiptLine.id == SupplierReturnLine.receipt_line_id)
        .join(PurchaseLine, PurchaseLine.id == GoodsReceiptLine.line_id)
        .where(SupplierReturnLine.return_id == returned.id, SupplierReturnLine.stocked)
        .options(joinedload(SupplierReturnLine.receipt_line).joinedload(GoodsReceiptLine.line))
        .order_by(PurchaseLine.part_id)
    )
    return list(rows)
