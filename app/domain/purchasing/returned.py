"""Reading what went back to suppliers: of a delivery, of an order, and the returns themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.purchasing.model import (
    GoodsReceipt,
    GoodsReceiptLine,
    PurchaseLine,
    PurchaseOrder,
    SupplierReturn,
    SupplierReturnLine,
)
from app.domain.purchasing.states import CreditState, ReturnReason
from app.domain.staff.model import Staff
from app.domain.suppliers.model import Supplier
from app.kernel.errors import N_, NotFound
from app.kernel.money import split_vat
from app.kernel.orm import total

WENT_BACK = SupplierReturn.state != CreditState.REFUSED
Gone = dict[tuple[int, bool], int]


def gone_of(
    session: Session, receipt_line_ids: Iterable[int] | None = None, *, reason: ReturnReason | None = None
) -> Gone:
    """(receipt line, off the shelf?) → thousandths that went back of these lines, or of all; for one reason if it is given."""
    line = SupplierReturnLine
    query = (
        select(line.receipt_line_id, line.stocked, func.sum(line.quantity_milli))
        .join(SupplierReturn, SupplierReturn.id == line.return_id)
        .where(WENT_BACK)
        .group_by(line.receipt_line_id, line.stocked)
    )
    if receipt_line_ids is not None:
        query = query.where(line.receipt_line_id.in_(set(receipt_line_ids)))
    if reason is not None:
        query = query.where(line.reason == reason)
    return {(line_id, stocked): int(milli) for line_id, stocked, milli in session.execute(query)}


def gone_by(returns: Iterable[SupplierReturn]) -> Gone:
    """The same, of returns that were read already."""
    gone: Gone = {}
    for line in (line for one in returns if one.state is not CreditState.REFUSED for line in one.lines):
        key = (line.receipt_line_id, line.stocked)
        gone[key] = gone.get(key, 0) + line.quantity_milli
    return gone


def sent_back_between(session: Session, supplier_ids: Iterable[int], first: date, last: date) -> dict[int, int]:
    """supplier → what went back to him on business days from first to last of what had been bought, in fen with VAT."""
    rows = session.execute(
        select(SupplierReturn.supplier_id, func.sum(SupplierReturnLine.amount_fen))
        .join(SupplierReturnLine, SupplierReturnLine.return_id == SupplierReturn.id)
        .where(
            SupplierReturn.supplier_id.in_(set(supplier_ids)),
            SupplierReturnLine.stocked,
            WENT_BACK,
            SupplierReturn.returned_on.between(first, last),
        )
        .group_by(SupplierReturn.supplier_id)
    )
    return {supplier_id: int(fen) for supplier_id, fen in rows}


def gain_of(returned: SupplierReturn) -> int:
    """What the shop gains (or, below zero, loses) by a return, in fen net of VAT: the credit less what left the store.

    Goods leave at the average of their moment and are credited at the price at which they came.
    """
    if returned.state is CreditState.REFUSED:
        return 0
    credit = returned.credited_fen if returned.state is CreditState.CREDITED else returned.expected_fen
    return split_vat(credit)[0] - sum(line.cost_fen for line in returned.lines)


def _with_lines():  # type: ignore[no-untyped-def]
    line = selectinload(SupplierReturn.lines).joinedload(SupplierReturnLine.receipt_line)
    return select(SupplierReturn).options(
        line.joinedload(GoodsReceiptLine.line).joinedload(PurchaseLine.part),
        joinedload(SupplierReturn.receipt).joinedload(GoodsReceipt.order),
        joinedload(SupplierReturn.supplier),
        joinedload(SupplierReturn.staff).load_only(Staff.name),
    )


def return_by_number(session: Session, number: str) -> SupplierReturn:
    """A return with its lines; raises :class:`NotFound`."""
    found = session.scalar(_with_lines().where(SupplierReturn.number == number))
    if found is None:
        raise NotFound(N_("There is no return of this number."))
    return found  # type: ignore[no-any-return]


def returns_of(session: Session, order_id: int) -> Sequence[SupplierReturn]:
    """What went back of the deliveries of a purchase order, the latest first."""
    of_order = select(GoodsReceipt.id).where(GoodsReceipt.order_id == order_id)
    found = _with_lines().where(SupplierReturn.receipt_id.in_(of_order)).order_by(SupplierReturn.id.desc())
    return session.scalars(found).all()


def credits_awaited(session: Session, limit: int = 100) -> Sequence[Any]:
    """(number, supplier, returned_on, expected_fen) of returns of which the credit note has not come, the oldest first."""
    rows = (
        select(
            SupplierReturn.number,
            Supplier.name.label("supplier"),
            SupplierReturn.returned_on,
            SupplierReturn.expected_fen,
        )
        .join(Supplier, Supplier.id == SupplierReturn.supplier_id)
        .where(SupplierReturn.state == CreditState.AWAITED)
        .order_by(SupplierReturn.returned_on, SupplierReturn.id)
    )
    return session.execute(rows.limit(limit)).all()


def due_fen(session: Session) -> int:
    """What all credit notes that are awaited should come to, in fen with VAT."""
    awaits = SupplierReturn.state == CreditState.AWAITED
    return int(session.execute(select(total(SupplierReturn.expected_fen)).where(awaits)).scalar_one())


def all_returns(
    session: Session, before: int | None = None, limit: int = 50
) -> tuple[Sequence[SupplierReturn], int | None]:
    """A page of returns, the latest first, and before which id the next begins."""
    query = _with_lines()
    if before is not None:
        query = query.where(SupplierReturn.id < before)
    found = session.scalars(query.order_by(SupplierReturn.id.desc()).limit(limit + 1)).all()
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def numbers_by_source(session: Session, line_ids: Sequence[int]) -> dict[int, str]:
    """line of a return → its number: for the list of what moved."""
    rows = session.execute(
        select(SupplierReturnLine.id, SupplierReturn.number)
        .join(SupplierReturn, SupplierReturn.id == SupplierReturnLine.return_id)
        .where(SupplierReturnLine.id.in_(line_ids))
    )
    return dict(rows.tuples().all())


def order_of(returned: SupplierReturn) -> PurchaseOrder:
    """The purchase order under which the goods had come."""
    return returned.receipt.order
