"""Who still owes what."""

from __future__ import annotations

from sqlalchemy import and_, case, func, literal_column, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.billing.model import Settlement
from app.domain.billing.operations import open_amount, standing
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import OrderState

# As the index of the few has it, word for word: with values bound later, SQLite cannot see that it fits.
OWED = and_(Settlement.open_fen > literal_column("0"), Settlement.payer == literal_column("'customer'"))


# A CASE, which no index answers: nearly all orders there ever were are delivered or closed.
_HAS_LEFT = case((RepairOrder.state.in_([OrderState.DELIVERED, OrderState.CLOSED]), 1), else_=0) == 1


LISTED = 60


def owing_after_handover(session: Session, limit: int = LISTED) -> list[Settlement]:
    """Customers' standing shares of cars that have left and that are not fully paid, the oldest first."""
    return list(
        session.scalars(
            select(Settlement)
            .join(RepairOrder, RepairOrder.id == Settlement.order_id)
            .where(OWED, _HAS_LEFT)
            .options(
                selectinload(Settlement.tenders),
                joinedload(Settlement.customer),
                joinedload(Settlement.order).joinedload(RepairOrder.vehicle),
            )
            .order_by(Settlement.id)
            .limit(limit)
        )
    )


def owed_after_handover(session: Session, listed: list[Settlement]) -> tuple[int, int]:
    """(how many, how much in fen) of all such shares; asked only when the list that was read is cut off."""
    if len(listed) < LISTED:
        return len(listed), sum(made.open_fen for made in listed)
    count, fen = session.execute(
        select(func.count(), func.coalesce(func.sum(Settlement.open_fen), 0))
        .join(RepairOrder, RepairOrder.id == Settlement.order_id)
        .where(OWED, _HAS_LEFT)
    ).one()
    return count, int(fen)


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
