"""The shop's own goods go back to whoever delivered them: out of whichever bins they lie free in; or he refuses them.

What lies here on consignment goes back to its owner by another way (``others.hand_out``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.stock import adjustments, operations
from app.domain.stock.model import MovementKind, StockBalance, StockBatch, StockMovement, StockOwner
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.money import divide_half_up


def lock(session: Session, part_ids: Iterable[int]) -> dict[int, list[StockBalance]]:
    """part → its own balances in which something lies free, held until the commit, batches before balances as everywhere."""
    wanted = set(part_ids)
    of_parts = select(StockBatch.id).where(StockBatch.part_id.in_(wanted)).order_by(StockBatch.id)
    session.execute(of_parts.with_for_update())
    locked = (
        select(StockBalance)
        .where(StockBalance.part_id.in_(wanted), StockBalance.owner == StockOwner.SHOP)
        .order_by(StockBalance.id)
        .with_for_update(of=StockBalance)
        .execution_options(populate_existing=True)
    )
    found: dict[int, list[StockBalance]] = {part_id: [] for part_id in wanted}
    for balance in session.scalars(locked):
        if balance.on_hand_milli > balance.reserved_milli:
            found[balance.part_id].append(balance)
    return found


def free_in(balances: Iterable[StockBalance]) -> int:
    """What lies free in these balances together, in thousandths."""
    return sum(balance.on_hand_milli - balance.reserved_milli for balance in balances)


def send(
    session: Session,
    actor: Actor,
    clock: Clock,
    balances: Sequence[StockBalance],
    pieces: Sequence[tuple[str, int]],
    *,
    first_bin_id: int | None,
    source: str,
    source_id: int,
    reason: str,
    posted_on: date | None = None,
) -> int:
    """Take pieces (batch, thousandths) out of locked balances that hold as much, the named bin first; returns the cost in fen."""
    cost, left = 0, list(pieces)
    for balance in sorted(balances, key=lambda balance: (balance.bin_id != first_bin_id, balance.id)):
        room = balance.on_hand_milli - balance.reserved_milli
        while left and room > 0:
            batch, milli = left.pop(0)
            step = min(room, milli)
            if milli > step:
                left.insert(0, (batch, milli - step))
            cost += adjustments.take_out(
                session,
                actor,
                clock,
                balance,
                step,
                kind=MovementKind.SUPPLIER_RETURN,
                source=source,
                source_id=source_id,
                reason=reason,
                batch=batch,
                posted_on=posted_on,
                even_spoilt=False,
            )
            room -= step
    assert not left, "the caller has counted what lies free"
    return cost


def refused(session: Session, actor: Actor, clock: Clock, source: str, source_id: int, reason: str) -> None:
    """What went back by a source line lies again where it lay, with the value that it took."""
    of_line = (StockMovement.source == source, StockMovement.source_id == source_id)
    gone = session.scalars(select(StockMovement).where(*of_line).order_by(StockMovement.id)).all()
    milli, fen = -sum(move.quantity_milli for move in gone), -sum(move.value_fen for move in gone)
    for move in gone:
        back = -move.quantity_milli
        worth = fen if back == milli else divide_half_up(fen * back, milli)  # as the replay shares it out
        operations.receive(
            session,
            actor,
            clock,
            part_id=move.part_id,
            bin_id=move.bin_id,
            quantity_milli=back,
            value_fen=worth,
            source=source,
            source_id=source_id,
            kind=MovementKind.SUPPLIER_RETURN,
            reason=reason,
            batch=move.batch,
        )
        milli, fen = milli - back, fen - worth
