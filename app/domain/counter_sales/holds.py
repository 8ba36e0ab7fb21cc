"""What is kept on the shelf for somebody who reserved it online: let go when it is sold, or when it has waited too long."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.counter_sales.model import CounterSale, Pickup, PickupState
from app.domain.stock import operations as stock

SOURCE = "pickup"


def _of(session: Session, sale: CounterSale) -> list[Pickup]:
    kept = select(Pickup).where(Pickup.sale_id == sale.id, Pickup.state == PickupState.WAITING).order_by(Pickup.id)
    return list(session.scalars(kept.with_for_update().execution_options(populate_existing=True)))


def end(session: Session, pickup: Pickup, state: PickupState) -> None:
    """Let go of the pieces, and forget who wanted them: what it was asked for is done."""
    stock.release(session, SOURCE, pickup.id)
    pickup.state, pickup.name, pickup.phone = state, "", ""
    session.flush()


def hand_out(session: Session, sale: CounterSale) -> None:
    """A cart is being paid: the pieces kept for it are free for this very sale, whose transaction holds their rows."""
    bought = {line.part_id for line in sale.lines}
    for pickup in _of(session, sale):
        if pickup.part_id in bought:
            end(session, pickup, PickupState.COLLECTED)
        else:  # he chose something else: it goes on waiting
            pickup.sale_id = None
    session.flush()


def put_back(session: Session, sale: CounterSale) -> None:
    """The cart is dropped: what was kept goes on waiting, for as long as was said."""
    for pickup in _of(session, sale):
        pickup.sale_id = None
    session.flush()
