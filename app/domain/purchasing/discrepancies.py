"""What becomes of a difference between what was ordered and what came."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.purchasing.invoices import (
    expect_another,
    hold_against_receipts,
    hold_receipts,
    invoice_of_receipt,
)
from app.domain.purchasing.model import Discrepancy, GoodsReceipt, PurchaseLine, PurchaseOrder
from app.domain.purchasing.orders import announce, expect_again, finish_if_done, line_of, lock_order
from app.domain.purchasing.returned import gone_of
from app.domain.purchasing.states import DiscrepancyKind, Resolution
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken, WrongState
from app.kernel.permission import Permission

# A price is not delivered again, and what was kept lies on the shelf: it is paid for as soon as somebody agrees, or goes
# back by a return, which settles it.
POSSIBLE = {
    DiscrepancyKind.SHORT: (Resolution.CREDITED, Resolution.REPLACED, Resolution.ACCEPTED),
    DiscrepancyKind.DAMAGED: (Resolution.CREDITED, Resolution.REPLACED, Resolution.ACCEPTED),
    DiscrepancyKind.WRONG_PRICE: (Resolution.CREDITED, Resolution.ACCEPTED),
    DiscrepancyKind.OVER: (Resolution.ACCEPTED,),
}


def open_discrepancies(session: Session, limit: int = 100) -> Sequence[Discrepancy]:
    """Those that nobody has settled with the supplier yet, the oldest first."""
    return session.scalars(
        select(Discrepancy)
        .where(Discrepancy.resolved_at.is_(None))
        .options(
            joinedload(Discrepancy.line).joinedload(PurchaseLine.part),
            joinedload(Discrepancy.receipt).joinedload(GoodsReceipt.order).joinedload(PurchaseOrder.supplier),
        )
        .order_by(Discrepancy.id)
        .limit(limit)
    ).all()


def surplus_of(session: Session, receipt_id: int) -> Sequence[Discrepancy]:
    """What of a delivery came beyond the order and is not settled."""
    beyond = (Discrepancy.kind == DiscrepancyKind.OVER, Discrepancy.resolved_at.is_(None))
    return session.scalars(select(Discrepancy).where(Discrepancy.receipt_id == receipt_id, *beyond)).all()


def count_open(session: Session) -> int:
    """How many of them there are."""
    return session.scalar(select(func.count()).select_from(Discrepancy).where(Discrepancy.resolved_at.is_(None))) or 0


def _expect_here(session: Session, found: Discrepancy) -> None:
    """Raise RuleBroken when what arrived damaged has gone back: nobody pays for what the supplier has again."""
    if found.kind is DiscrepancyKind.DAMAGED and found.receipt_line_id is not None:
        if gone_of(session, [found.receipt_line_id]).get((found.receipt_line_id, False)):
            raise RuleBroken(N_("It went back to the supplier: he credits it, or delivers again."))


def resolve(
    session: Session,
    actor: Actor,
    clock: Clock,
    number: str,
    discrepancy_id: int,
    resolution: Resolution,
    remark: str = "",
) -> PurchaseOrder:
    """Say what was agreed with the supplier: what he credits is not expected any more, what he replaces still is.

    Raises WrongState when somebody settled it already, InvalidInput for a resolution that its kind cannot have.
    """
    actor.require(Permission.PURCHASE_EDIT)
    order = lock_order(session, number)
    found = session.scalar(select(Discrepancy).where(Discrepancy.id == discrepancy_id).with_for_update())
    if found is None or found.line_id not in {line.id for line in order.lines}:
        raise NotFound(N_("There is no such discrepancy on this purchase order."))
    if found.resolved_at is not None:
        raise WrongState(N_("This discrepancy is settled already."))
    if resolution not in POSSIBLE[found.kind]:
        raise InvalidInput(N_("This cannot become of such a discrepancy."), field="resolution")
    if resolution is Resolution.ACCEPTED:
        actor.require(Permission.SUPPLIER_INVOICE)  # the shop pays for what it did not get, or more than was agreed
        expect_another(session, actor, [found.receipt_id])
        _expect_here(session, found)
    line = line_of(order, found.line_id)
    if found.kind in {DiscrepancyKind.SHORT, DiscrepancyKind.DAMAGED}:
        if resolution is Resolution.REPLACED:
            expect_again(order, line, found.quantity_milli)
        else:
            line.given_up_milli += min(found.quantity_milli, line.open_milli)
    found.resolution, found.resolved_at = resolution, clock.now()
    found.resolved_by_id, found.remark = actor.staff_id, remark.strip()[:200]
    session.flush()
    audit.record(
        session,
        actor,
        clock,
        "purchase.discrepancy",
        f"purchase_order:{order.id}",
        kind=found.kind.value,
        resolution=resolution.value,
        amount_fen=found.amount_fen,
    )
    hold_receipts(session, [found.receipt_id])
    invoice = invoice_of_receipt(session, found.receipt_id)
    if invoice is not None:
        hold_against_receipts(session, invoice)
    announce(session, order)
    finish_if_done(session, clock, order)
    return order
