"""What enters or leaves a shelf though nobody received or ordered it: found at a stock-take, missing, or thrown away.

Whoever calls this has made sure that nothing of what leaves is promised to an order (``repair_orders.shelf``).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.domain.stock import batches, ledger, operations
from app.domain.stock.model import MovementKind, Reservation, StockBalance, StockOwner
from app.kernel.actor import Actor
from app.kernel.clock import Clock


def lock_balance(session: Session, balance_id: int) -> StockBalance:
    """A balance as it is now, held until the commit."""
    locked = select(StockBalance).where(StockBalance.id == balance_id).with_for_update(of=StockBalance)
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def take_out(
    session: Session,
    actor: Actor,
    clock: Clock,
    balance: StockBalance,
    quantity_milli: int,
    *,
    kind: MovementKind,
    source: str,
    source_id: int,
    reason: str = "",
    batch: str = "",
    posted_on: date | None = None,
    even_spoilt: bool = True,
) -> int:
    """Take a quantity out of a locked balance in which it lies free; returns its cost in fen, 0 of what is not ours.

    Of a tracked part it must be said which batch or piece, unless there is only one; what waits to be scrapped leaves too,
    unless it is to stay (``even_spoilt``).
    """
    ours = balance.owner is StockOwner.SHOP
    batch = batches.take(session, balance.part_id, batch, quantity_milli, even_spoilt=even_spoilt) if ours else ""
    session.execute(
        update(StockBalance)
        .where(StockBalance.id == balance.id)
        .values(on_hand_milli=StockBalance.on_hand_milli - quantity_milli)
        .execution_options(synchronize_session=False)
    )
    cost = ledger.take_value(session, balance.part_id, quantity_milli) if ours else 0
    ledger.move(
        session,
        actor,
        clock,
        part_id=balance.part_id,
        bin_id=balance.bin_id,
        owner=balance.owner,
        kind=kind,
        quantity_milli=-quantity_milli,
        value_fen=-cost,
        source=source,
        source_id=source_id,
        reason=reason,
        batch=batch,
        posted_on=posted_on,
    )
    session.expire(balance)
    return cost


def put_in(
    session: Session,
    actor: Actor,
    clock: Clock,
    balance: StockBalance,
    quantity_milli: int,
    value_fen: int,
    *,
    source: str,
    source_id: int,
    reason: str = "",
    batch: str = "",
) -> None:
    """What was counted beyond the ledger enters it at a value in fen, of which the goods of others have none."""
    operations.receive(
        session,
        actor,
        clock,
        part_id=balance.part_id,
        bin_id=balance.bin_id,
        owner=balance.owner,
        kind=MovementKind.COUNT,
        quantity_milli=quantity_milli,
        value_fen=value_fen,
        source=source,
        source_id=source_id,
        reason=reason,
        batch=batch,
    )
    session.expire(balance)


def take_from(session: Session, reservation: Reservation, milli: int) -> None:
    """Take up to all of a reservation away from whom it was promised to; the balance is locked."""
    session.execute(
        update(StockBalance)
        .where(StockBalance.id == reservation.balance_id)
        .values(reserved_milli=StockBalance.reserved_milli - milli)
        .execution_options(synchronize_session=False)
    )
    same = Reservation.id == reservation.id
    if milli == reservation.quantity_milli:
        session.execute(delete(Reservation).where(same).execution_options(synchronize_session=False))
        session.expunge(reservation)
        return
    session.execute(
        update(Reservation)
        .where(same)
        .values(quantity_milli=Reservation.quantity_milli - milli)
        .execution_options(synchronize_session=False)
    )
    session.expire(reservation)
