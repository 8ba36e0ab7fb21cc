"""Which batch, or which very piece, of a part went where: for parts of which law or brand wants to know.

Kept for the shop's own stock of tracked parts, over all bins; the movement itself carries the batch for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part, Tracking
from app.domain.stock.model import StockBalance, StockBatch, StockMovement, StockOwner
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.permission import Permission

WHOLE = 1000  # a piece with a serial number is one piece


def names_in(text: str) -> list[str]:
    """The batches or serial numbers that somebody typed, divided by commas or blanks, each once."""
    return list(dict.fromkeys(re.findall(r"[^\s,，、;；]+", text)))


def tracking_of(session: Session, part_id: int) -> Tracking:
    """How a part is tracked."""
    return session.execute(select(Part.tracking).where(Part.id == part_id)).scalar_one()


def put(session: Session, clock: Clock, part_id: int, batch: str, quantity_milli: int) -> str:
    """A quantity of a batch comes in; returns the batch as the ledger keeps it, which is none for a part not tracked.

    Raises InvalidInput when a tracked part comes without, or a serial number twice.
    """
    tracking = tracking_of(session, part_id)
    if tracking is Tracking.NONE:
        return ""
    if not batch:
        raise InvalidInput(
            N_("Give the serial number.") if tracking is Tracking.SERIAL else N_("Give the batch."), field="batch"
        )
    same = (StockBatch.part_id == part_id, StockBatch.batch == batch)
    if tracking is Tracking.SERIAL and quantity_milli != WHOLE:
        raise InvalidInput(N_("A serial number stands for one piece: take them in one by one."), field="quantity")
    more = update(StockBatch).where(*same).values(on_hand_milli=StockBatch.on_hand_milli + quantity_milli)
    if tracking is Tracking.SERIAL:
        more = more.where(StockBatch.on_hand_milli == 0)
    if session.execute(more).rowcount:  # type: ignore[attr-defined]
        return batch
    try:
        with session.begin_nested():
            session.execute(
                insert(StockBatch).values(
                    part_id=part_id, batch=batch, on_hand_milli=quantity_milli, first_at=clock.now()
                )
            )
    except IntegrityError:  # it is there already, or came in the same moment
        if tracking is Tracking.SERIAL:
            raise InvalidInput(N_("The piece %(batch)s is on the shelf already."), field="batch", batch=batch) from None
        session.execute(more)
    return batch


def on_hand(session: Session, part_id: int) -> Sequence[StockBatch]:
    """The batches of a part that are on hand, the oldest first."""
    return session.scalars(
        select(StockBatch)
        .where(StockBatch.part_id == part_id, StockBatch.on_hand_milli > 0)
        .order_by(StockBatch.first_at, StockBatch.id)
    ).all()


def on_hand_of(session: Session, part_ids: Iterable[int]) -> dict[int, list[StockBatch]]:
    """part → its batches on hand, the oldest first; only tracked parts have any."""
    found: dict[int, list[StockBatch]] = {}
    for row in session.scalars(
        select(StockBatch)
        .where(StockBatch.part_id.in_(set(part_ids)), StockBatch.on_hand_milli > 0)
        .order_by(StockBatch.first_at, StockBatch.id)
    ):
        found.setdefault(row.part_id, []).append(row)
    return found


def tracked(session: Session, part_ids: Iterable[int]) -> set[int]:
    """Which of these parts are tracked by batch or serial number."""
    wanted = set(part_ids)
    return set(session.scalars(select(Part.id).where(Part.id.in_(wanted), Part.tracking != Tracking.NONE)))


def take(session: Session, part_id: int, batch: str, quantity_milli: int) -> str:
    """Take a quantity of a batch out and return which; with only one on hand it need not be named.

    Raises InvalidInput when it must be said which, RuleBroken when there is not enough of it.
    """
    if tracking_of(session, part_id) is Tracking.NONE:
        return ""
    if not batch:
        there = on_hand(session, part_id)
        if len(there) != 1:
            raise InvalidInput(N_("Say which batch or piece is handed out."), field="batch")
        batch = there[0].batch
    taken = session.execute(
        update(StockBatch)
        .where(StockBatch.part_id == part_id, StockBatch.batch == batch, StockBatch.on_hand_milli >= quantity_milli)
        .values(on_hand_milli=StockBatch.on_hand_milli - quantity_milli)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise RuleBroken(N_("There is not so much of %(batch)s on the shelf."), field="batch", batch=batch)
    return batch


def coming_back(session: Session, part_id: int, source: str, source_id: int, batch: str, quantity_milli: int) -> str:
    """Which batch comes back from a source line: named, or the only one that is out. Raises InvalidInput otherwise."""
    if tracking_of(session, part_id) is Tracking.NONE:
        return ""
    out = {
        name: int(milli)
        for name, milli in session.execute(
            select(StockMovement.batch, func.sum(-StockMovement.quantity_milli))
            .where(StockMovement.source == source, StockMovement.source_id == source_id)
            .group_by(StockMovement.batch)
        )
        if milli > 0
    }
    if not batch and len(out) == 1:
        (batch,) = out
    if out.get(batch, 0) < quantity_milli:
        raise InvalidInput(N_("Say which batch or piece comes back."), field="batch")
    return batch


def change_tracking(session: Session, actor: Actor, clock: Clock, part: Part, tracking: Tracking) -> None:
    """Track a part by batch or serial number from now on, or no more; raises RuleBroken while any of it is on hand.

    What lies there has no batch yet: it is used up, or counted out and taken in again.
    """
    actor.require(Permission.CATALOGUE_EDIT)
    if tracking is part.tracking:
        return
    there = session.scalar(
        select(StockBalance.id)
        .where(StockBalance.part_id == part.id, StockBalance.owner == StockOwner.SHOP, StockBalance.on_hand_milli > 0)
        .limit(1)
    )
    if there is not None:
        raise RuleBroken(
            N_("Some of it is on hand: how a part is tracked can change only while the shelf is empty."),
            field="tracking",
        )
    part.tracking = tracking
    session.flush()
    audit.record(session, actor, clock, "part.tracking", f"part:{part.id}", tracking=tracking.value)
