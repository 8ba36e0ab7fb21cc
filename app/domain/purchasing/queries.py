"""Reading purchase orders: the list, one with its lines and deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.purchasing.model import Discrepancy, GoodsReceipt, GoodsReceiptLine, PurchaseLine, PurchaseOrder
from app.domain.purchasing.states import COMING, PurchaseKind, PurchaseState
from app.domain.staff.model import Staff
from app.domain.suppliers.model import Supplier
from app.kernel.errors import N_, NotFound
from app.kernel.money import line_amount

PAGE = 50
PROMISED_ON = func.coalesce(PurchaseLine.expected_on, PurchaseOrder.expected_on)  # the line's own day, else the order's
_OPEN = PurchaseLine.quantity_milli - PurchaseLine.received_milli - PurchaseLine.given_up_milli  # thousandths


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed to; kept in the URL."""

    states: tuple[PurchaseState, ...] = ()
    supplier_id: int | None = None
    before: int | None = None


def list_orders(session: Session, wanted: Filter, limit: int = PAGE) -> tuple[Sequence[PurchaseOrder], int | None]:
    """A page of purchase orders, newest first, and where the next begins."""
    query = select(PurchaseOrder).options(joinedload(PurchaseOrder.supplier), selectinload(PurchaseOrder.lines))
    if wanted.states:
        query = query.where(PurchaseOrder.state.in_(wanted.states))
    if wanted.supplier_id:
        query = query.where(PurchaseOrder.supplier_id == wanted.supplier_id)
    if wanted.before:
        query = query.where(PurchaseOrder.id < wanted.before)
    found = session.scalars(query.order_by(PurchaseOrder.id.desc()).limit(limit + 1)).all()
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def total_of(order: PurchaseOrder) -> int:
    """What an order comes to in fen with VAT: what was ordered less what was given up, and what was kept beyond."""
    return sum(
        line_amount(max(line.quantity_milli - line.given_up_milli, line.received_milli), line.unit_fen)
        for line in order.lines
    )


def order_by_number(session: Session, number: str) -> PurchaseOrder:
    """A purchase order with its lines; raises :class:`NotFound`."""
    order = session.scalar(
        select(PurchaseOrder)
        .where(PurchaseOrder.number == number)
        .options(
            joinedload(PurchaseOrder.supplier),
            joinedload(PurchaseOrder.created_by).load_only(Staff.name),
            selectinload(PurchaseOrder.lines).joinedload(PurchaseLine.part),
        )
    )
    if order is None:
        raise NotFound(N_("There is no purchase order of this number."))
    return order


def receipts_of(session: Session, order_id: int) -> Sequence[GoodsReceipt]:
    """The deliveries of an order with their lines, the latest first."""
    return session.scalars(
        select(GoodsReceipt)
        .where(GoodsReceipt.order_id == order_id)
        .options(
            joinedload(GoodsReceipt.staff).load_only(Staff.name),
            selectinload(GoodsReceipt.lines).joinedload(GoodsReceiptLine.line).joinedload(PurchaseLine.part),
            selectinload(GoodsReceipt.lines).joinedload(GoodsReceiptLine.bin),
        )
        .order_by(GoodsReceipt.id.desc())
    ).all()


def get_receipt(session: Session, order: PurchaseOrder, receipt_id: int) -> GoodsReceipt:
    """A delivery of an order; raises :class:`NotFound`, also for that of another one."""
    found = next((receipt for receipt in receipts_of(session, order.id) if receipt.id == receipt_id), None)
    if found is None:
        raise NotFound(N_("There is no such delivery of this purchase order."))
    return found


def discrepancies_of(session: Session, order_id: int) -> Sequence[Discrepancy]:
    """What was wrong with the deliveries of an order, open ones first."""
    return session.scalars(
        select(Discrepancy)
        .join(PurchaseLine, PurchaseLine.id == Discrepancy.line_id)
        .where(PurchaseLine.order_id == order_id)
        .options(joinedload(Discrepancy.line).joinedload(PurchaseLine.part), joinedload(Discrepancy.receipt))
        .order_by(Discrepancy.resolved_at.is_not(None), Discrepancy.id)
    ).all()


def drafts(session: Session, limit: int = 20) -> Sequence[Any]:
    """(number, supplier, kind, lines) of orders that are drawn up and not sent, emergency orders and the oldest first."""
    return session.execute(
        select(PurchaseOrder.number, Supplier.name.label("supplier"), PurchaseOrder.kind, func.count().label("lines"))
        .join(Supplier, Supplier.id == PurchaseOrder.supplier_id)
        .join(PurchaseLine, PurchaseLine.order_id == PurchaseOrder.id)
        .where(PurchaseOrder.state == PurchaseState.DRAFT)
        .group_by(PurchaseOrder.id, PurchaseOrder.number, Supplier.name, PurchaseOrder.kind)
        .order_by(PurchaseOrder.kind != PurchaseKind.EMERGENCY, PurchaseOrder.id)
        .limit(limit)
    ).all()


def overdue(session: Session, today: date, limit: int = 20) -> Sequence[Any]:
    """(number, supplier id, day, lines) of orders of which something should have come before today."""
    return session.execute(
        select(
            PurchaseOrder.number,
            PurchaseOrder.supplier_id,
            func.min(PROMISED_ON).label("expected_on"),
            func.count().label("lines"),
        )
        .join(PurchaseLine, PurchaseLine.order_id == PurchaseOrder.id)
        .where(
            PurchaseOrder.state.in_(COMING),
            _OPEN > 0,
            today > PROMISED_ON,
        )
        .group_by(PurchaseOrder.id, PurchaseOrder.number, PurchaseOrder.supplier_id)
        .order_by(func.min(PROMISED_ON))
        .limit(limit)
    ).all()


def lines_by_source(session: Session, line_ids: Sequence[int]) -> dict[int, str]:
    """receipt line → the number of its purchase order: for the list of what moved."""
    rows = session.execute(
        select(GoodsReceiptLine.id, PurchaseOrder.number)
        .join(PurchaseLine, PurchaseLine.id == GoodsReceiptLine.line_id)
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseLine.order_id)
        .where(GoodsReceiptLine.id.in_(line_ids))
    )
    return dict(rows.tuples().all())


def on_order(session: Session, part_id: int) -> Sequence[Any]:
    """(number, state, open, expected_on) of the purchase orders under which a part is on its way."""
    return session.execute(
        select(
            PurchaseOrder.number,
            PurchaseOrder.state,
            _OPEN.label("open_milli"),
            PROMISED_ON.label("expected_on"),
        )
        .join(PurchaseLine, PurchaseLine.order_id == PurchaseOrder.id)
        .where(
            PurchaseLine.part_id == part_id,
            PurchaseOrder.state.in_(COMING),
            _OPEN > 0,
        )
        .order_by(PROMISED_ON)
    ).all()
