"""Who still owes what."""

from __future__ import annotations

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.billing.model import Settlement, Tender
from app.domain.billing.operations import open_amount, standing
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import OrderState, Payer


def owing_after_handover(session: Session, limit: int = 60) -> list[Settlement]:
    """Customers' standing shares of cars that have left and that are not fully paid, the oldest first.

    A car leaves paid or on credit: looked at are the shares on credit and those of which money was given back.
    """
    received = (
        select(func.coalesce(func.sum(Tender.amount_fen), 0))
        .where(Tender.settlement_id == Settlement.id)
        .correlate(Settlement)
        .scalar_subquery()
    )
    suspects = union(
        select(Settlement.id).where(Settlement.payer == Payer.CUSTOMER, Settlement.on_credit_at.is_not(None)),
        select(Tender.settlement_id).where(Tender.amount_fen < 0),
    ).subquery()
    reversal = select(Settlement.id.label("id"), Settlement.reverses_id.label("of")).subquery()
    return list(
        session.scalars(
            select(Settlement)
            .join(RepairOrder, RepairOrder.id == Settlement.order_id)
            .outerjoin(reversal, reversal.c.of == Settlement.id)
            .where(
                Settlement.id.in_(select(suspects.c.id)),
                Settlement.payer == Payer.CUSTOMER,
                Settlement.total_fen > received,
                reversal.c.id.is_(None),
                RepairOrder.state.in_([OrderState.DELIVERED, OrderState.CLOSED]),
            )
            .options(
                selectinload(Settlement.tenders),
                joinedload(Settlement.customer),
                joinedload(Settlement.order).joinedload(RepairOrder.vehicle),
            )
            .order_by(Settlement.id)
            .limit(limit)
        )
    )


def being_corrected(session: Session, order_ids: list[int]) -> set[int]:
    """Those of some settled orders whose car has left: settled anew, and to be ended."""
    left = select(RepairOrder.id).where(RepairOrder.id.in_(order_ids), RepairOrder.delivered_at.is_not(None))
    return set(session.scalars(left))


def open_by_order(session: Session, order_ids: list[int]) -> dict[int, int]:
    """order → what its standing settlements still wait for at the till, in fen (receivables and credit are not)."""
    found = session.scalars(
        select(Settlement).where(Settlement.order_id.in_(order_ids)).options(selectinload(Settlement.tenders))
    ).all()
    owed = dict.fromkeys(order_ids, 0)
    for settlement in standing(list(found)):
        if settlement.on_credit_at is None:
            owed[settlement.order_id] += max(0, open_amount(settlement))
    return owed
