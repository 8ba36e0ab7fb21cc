"""A supplier's invoice held against what came: what matches may be paid, what differs is argued about first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from app.domain.purchasing.model import (
    Discrepancy,
    GoodsReceipt,
    GoodsReceiptLine,
    InvoicedReceipt,
    PurchaseOrder,
    SupplierInvoice,
    SupplierReturn,
)
from app.domain.purchasing.states import CreditState, DiscrepancyKind, InvoiceState, Resolution
from app.domain.suppliers.model import Supplier
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken, WrongState
from app.kernel.money import line_amount
from app.kernel.orm import expect_version
from app.kernel.permission import Permission

TOLERANCE_FEN = 100  # rounding of a supplier's own; more is argued about
_BILLED = InvoicedReceipt.withdrawn.is_(False)


def payable_of(session: Session, receipt_ids: Sequence[int]) -> dict[int, int]:
    """receipt → what is owed for it in fen with VAT: what was accepted at the agreed price, and what was accepted beyond.

    Less what went back before it was billed; for what went back later a credit note is due.
    """
    owed = dict.fromkeys(receipt_ids, 0)
    for receipt_id, milli, unit_fen in session.execute(
        select(GoodsReceiptLine.receipt_id, GoodsReceiptLine.accepted_milli, GoodsReceiptLine.unit_fen).where(
            GoodsReceiptLine.receipt_id.in_(receipt_ids)
        )
    ):
        owed[receipt_id] += line_amount(milli, unit_fen)
    for receipt_id, fen in session.execute(
        select(Discrepancy.receipt_id, func.sum(Discrepancy.amount_fen))
        .where(
            Discrepancy.receipt_id.in_(receipt_ids),
            Discrepancy.resolution == Resolution.ACCEPTED,
            Discrepancy.kind != DiscrepancyKind.OVER,  # what was kept is part of what was accepted
        )
        .group_by(Discrepancy.receipt_id)
    ):
        owed[receipt_id] += int(fen)
    for receipt_id, fen in session.execute(
        select(SupplierReturn.receipt_id, func.sum(SupplierReturn.expected_fen))
        .where(SupplierReturn.receipt_id.in_(receipt_ids), SupplierReturn.state == CreditState.TAKEN_OFF)
        .group_by(SupplierReturn.receipt_id)
    ):
        owed[receipt_id] -= int(fen)
    return owed


def not_billed(session: Session, supplier_id: int, limit: int = 100) -> Sequence[GoodsReceipt]:
    """Receipts from a supplier that no invoice bills yet, the oldest first; but for those of which all went back."""
    found = session.scalars(
        select(GoodsReceipt)
        .join(PurchaseOrder, PurchaseOrder.id == GoodsReceipt.order_id)
        .outerjoin(InvoicedReceipt, (InvoicedReceipt.receipt_id == GoodsReceipt.id) & _BILLED)
        .where(PurchaseOrder.supplier_id == supplier_id, InvoicedReceipt.invoice_id.is_(None))
        .options(joinedload(GoodsReceipt.order))
        .order_by(GoodsReceipt.id)
        .limit(limit)
    ).all()
    ids = [receipt.id for receipt in found]
    taken_off = (SupplierReturn.receipt_id.in_(ids), SupplierReturn.state == CreditState.TAKEN_OFF)
    gone = set(session.scalars(select(SupplierReturn.receipt_id).where(*taken_off)))
    owed = payable_of(session, list(gone))
    empty = {id_ for id_ in gone if not owed[id_] and not _argued_about(session, [id_])}
    return [receipt for receipt in found if receipt.id not in empty]


def enter_invoice(
    session: Session,
    actor: Actor,
    clock: Clock,
    supplier: Supplier,
    *,
    number: str,
    issued_on: date | None,
    total_fen: int,
    receipt_ids: Sequence[int],
) -> SupplierInvoice:
    """Enter an invoice (fen with VAT) with the receipts that it bills; it matches, or it is disputed.

    Raises InvalidInput for an invoice that was entered before, for receipts of somebody else or billed already.
    """
    actor.require(Permission.SUPPLIER_INVOICE)
    number = number.strip()[:60]
    if not number:
        raise InvalidInput(N_("Give the number of the invoice."), field="number")
    if session.scalar(
        select(SupplierInvoice.id).where(
            SupplierInvoice.supplier_id == supplier.id,
            SupplierInvoice.number == number,
            SupplierInvoice.state != InvoiceState.WITHDRAWN,
        )
    ):
        raise InvalidInput(N_("This invoice was entered already."), field="number")
    if issued_on is None or issued_on > business_date(clock.now()):
        raise InvalidInput(N_("Give the day of the invoice; it does not lie ahead."), field="issued_on")
    if total_fen <= 0:
        raise InvalidInput(N_("The amount must be above zero."), field="total")
    if not receipt_ids:
        raise InvalidInput(N_("Tick the deliveries that the invoice bills."), field="receipts")
    hold_receipts(session, receipt_ids)
    open_ids = {receipt.id for receipt in not_billed(session, supplier.id, 10_000)}
    if not set(receipt_ids) <= open_ids:
        raise InvalidInput(N_("One of these deliveries is billed already."), field="receipts")
    invoice = SupplierInvoice(
        supplier=supplier,
        number=number,
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=supplier.payment_days),
        total_fen=total_fen,
        expected_fen=0,
        state=InvoiceState.DISPUTED,
        entered_at=clock.now(),
        entered_by_id=actor.staff_id,
        receipts=[InvoicedReceipt(receipt_id=receipt_id) for receipt_id in sorted(set(receipt_ids))],
    )
    session.add(invoice)
    session.flush()
    hold_against_receipts(session, invoice)
    audit.record(
        session, actor, clock, "invoice.enter", f"supplier_invoice:{invoice.id}", number=number, total_fen=total_fen
    )
    return invoice


def _argued_about(session: Session, receipt_ids: Sequence[int]) -> bool:
    """Whether a difference of one of these receipts is not settled with the supplier yet."""
    waiting = select(Discrepancy.id).where(Discrepancy.receipt_id.in_(receipt_ids), Discrepancy.resolved_at.is_(None))
    return session.scalar(waiting.limit(1)) is not None


def expect_another(session: Session, actor: Actor, receipt_ids: Sequence[int]) -> None:
    """Raise :class:`RuleBroken` for who took one of these deliveries in: two people stand for what is paid beyond the order."""
    own = select(GoodsReceipt.id).where(GoodsReceipt.id.in_(receipt_ids), GoodsReceipt.staff_id == actor.staff_id)
    if session.scalar(own.limit(1)) is not None:
        raise RuleBroken(N_("You took this delivery in yourself: somebody else agrees to pay more for it."))


def hold_receipts(session: Session, receipt_ids: Sequence[int]) -> None:
    """Until the commit nobody bills these deliveries, nor settles what is argued about of them, but the caller."""
    session.execute(
        select(GoodsReceipt.id).where(GoodsReceipt.id.in_(receipt_ids)).order_by(GoodsReceipt.id).with_for_update()
    )


def hold_against_receipts(session: Session, invoice: SupplierInvoice) -> None:
    """Work out anew what is owed for what came, and whether the invoice says the same. One that is closed stays as it is."""
    if invoice.state in {InvoiceState.PAID, InvoiceState.WITHDRAWN}:
        return
    ids = [billed.receipt_id for billed in invoice.receipts]
    invoice.expected_fen = sum(payable_of(session, ids).values())
    fits = abs(invoice.total_fen - invoice.expected_fen) <= TOLERANCE_FEN and not _argued_about(session, ids)
    if fits or not invoice.reason:
        invoice.state = InvoiceState.MATCHED if fits else InvoiceState.DISPUTED
    session.flush()


def is_billed(session: Session, receipt_id: int) -> bool:
    """Whether an invoice bills this delivery."""
    billed = select(InvoicedReceipt.invoice_id).where(InvoicedReceipt.receipt_id == receipt_id, _BILLED)
    return session.scalar(billed) is not None


def invoice_of_receipt(session: Session, receipt_id: int) -> SupplierInvoice | None:
    """The invoice that bills a receipt, held until the commit."""
    return session.scalar(
        select(SupplierInvoice)
        .join(InvoicedReceipt, InvoicedReceipt.invoice_id == SupplierInvoice.id)
        .where(InvoicedReceipt.receipt_id == receipt_id, _BILLED)
        .options(selectinload(SupplierInvoice.receipts))
        .with_for_update(of=SupplierInvoice)
    )


def get_invoice(session: Session, invoice_id: int) -> SupplierInvoice:
    """An invoice; raises :class:`NotFound`."""
    found = session.get(SupplierInvoice, invoice_id)
    if found is None:
        raise NotFound(N_("There is no such invoice."))
    return found


def accept_difference(
    session: Session, actor: Actor, clock: Clock, invoice: SupplierInvoice, version: int | None, reason: str
) -> None:
    """Pay it as it was billed although it differs; needs a reason, and somebody else than who took the goods in.

    Open discrepancies are settled first.
    """
    actor.require(Permission.SUPPLIER_INVOICE)
    expect_version(invoice, version)
    if invoice.state is not InvoiceState.DISPUTED:
        raise WrongState(N_("There is no difference to accept."))
    if not reason.strip():
        raise InvalidInput(N_("Give a reason."), field="reason")
    ids = [billed.receipt_id for billed in invoice.receipts]
    if _argued_about(session, ids):
        raise RuleBroken(N_("Settle the open discrepancies of its deliveries first."))
    expect_another(session, actor, ids)
    hold_receipts(session, ids)
    _expect_credits(session, invoice, ids)
    invoice.state, invoice.reason = InvoiceState.MATCHED, reason.strip()[:200]
    session.flush()
    difference = invoice.total_fen - invoice.expected_fen
    audit.record(session, actor, clock, "invoice.accept", f"supplier_invoice:{invoice.id}", difference_fen=difference)


def _expect_credits(session: Session, invoice: SupplierInvoice, receipt_ids: Sequence[int]) -> None:
    """He bills what has gone back all the same: for as much of it as he bills, a credit note is awaited from now on."""
    beyond = invoice.total_fen - invoice.expected_fen + TOLERANCE_FEN
    gone = (SupplierReturn.receipt_id.in_(receipt_ids), SupplierReturn.state == CreditState.TAKEN_OFF)
    for returned in session.scalars(select(SupplierReturn).where(*gone).order_by(SupplierReturn.id).with_for_update()):
        if returned.expected_fen <= beyond:
            beyond -= returned.expected_fen
            returned.state = CreditState.AWAITED
    session.flush()
    hold_against_receipts(session, invoice)


def withdraw_invoice(
    session: Session, actor: Actor, clock: Clock, invoice: SupplierInvoice, version: int | None, reason: str
) -> None:
    """Take an unpaid invoice out: typed wrongly, or replaced by the supplier. What it billed can be billed anew, less what
    has gone back and is not credited.

    It stays on record with who took it out and why. Its number is free again, for the right sum comes under the same one.
    """
    actor.require(Permission.SUPPLIER_INVOICE)
    expect_version(invoice, version)
    if invoice.state is InvoiceState.PAID:
        raise WrongState(N_("It is paid already: it stays in the books."))
    if invoice.state is InvoiceState.WITHDRAWN:
        raise WrongState(N_("It is taken out already."))
    why = reason.strip()[:200]
    if not why:
        raise InvalidInput(N_("Give a reason."), field="why")
    ids = [billed.receipt_id for billed in invoice.receipts]
    hold_receipts(session, ids)
    invoice.state = InvoiceState.WITHDRAWN
    invoice.withdrawn_at, invoice.withdrawn_by_id, invoice.withdrawn_why = clock.now(), actor.staff_id, why
    session.flush()  # the deliveries of an invoice that stands are never let go of
    for billed in invoice.receipts:
        billed.withdrawn = True
    session.flush()
    audit.record(
        session, actor, clock, "invoice.withdraw", f"supplier_invoice:{invoice.id}", number=invoice.number,
        supplier_id=invoice.supplier_id, total_fen=invoice.total_fen, reason=why,
        receipts=ids,
    )  # fmt: skip
    waiting = (SupplierReturn.receipt_id.in_(ids), SupplierReturn.state == CreditState.AWAITED)
    for returned in session.scalars(select(SupplierReturn).where(*waiting).with_for_update()):
        returned.state = CreditState.TAKEN_OFF
    session.flush()


def mark_paid(
    session: Session, actor: Actor, clock: Clock, invoice: SupplierInvoice, version: int | None, paid_on: date | None
) -> None:
    """It was paid on a day; only one that matches can be."""
    actor.require(Permission.SUPPLIER_INVOICE)
    expect_version(invoice, version)
    if invoice.state is not InvoiceState.MATCHED:
        raise WrongState(N_("Only an invoice that matches what came is paid, and once."))
    day = paid_on or business_date(clock.now())
    if not invoice.issued_on <= day <= business_date(clock.now()):
        raise InvalidInput(N_("Give a day between the invoice and today."), field="paid_on")
    invoice.state, invoice.paid_on = InvoiceState.PAID, day
    session.flush()
    audit.record(session, actor, clock, "invoice.paid", f"supplier_invoice:{invoice.id}", paid_on=day.isoformat())


def _with_deliveries() -> tuple[ExecutableOption, ...]:
    billed = selectinload(SupplierInvoice.receipts).joinedload(InvoicedReceipt.receipt).joinedload(GoodsReceipt.order)
    return joinedload(SupplierInvoice.supplier), billed


def list_invoices(session: Session, states: Sequence[InvoiceState], limit: int = 200) -> Sequence[SupplierInvoice]:
    """Invoices in some states with the receipts that they bill, the earliest due first."""
    return session.scalars(
        select(SupplierInvoice)
        .where(SupplierInvoice.state.in_(states))
        .options(*_with_deliveries())
        .order_by(SupplierInvoice.due_on, SupplierInvoice.id)
        .limit(limit)
    ).all()


def withdrawn_invoices(session: Session, limit: int = 30) -> Sequence[SupplierInvoice]:
    """Invoices that were taken out, with who did it and what they billed, the latest first."""
    return session.scalars(
        select(SupplierInvoice)
        .where(SupplierInvoice.state == InvoiceState.WITHDRAWN)
        .options(*_with_deliveries(), joinedload(SupplierInvoice.withdrawn_by))
        .order_by(SupplierInvoice.withdrawn_at.desc(), SupplierInvoice.id.desc())
        .limit(limit)
    ).all()
