"""Which batch, or which very piece, of a part went where: for parts of which law or brand wants to know.

Kept for the shop's own stock of tracked parts, over all bins; the movement itself carries the batch for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part, Tracking
from app.domain.stock.model import ScrapRequest, ScrapState, StockBalance, StockBatch, StockMovement, StockOwner
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.permission import Permission

LONGEST = 400  # characters of all the names on a line of a document
WHOLE = 1000  # a piece with a serial number is one piece


def names_in(text: str) -> list[str]:
    """The batches or serial numbers that somebody typed, divided by commas or blanks, each once."""
    return list(dict.fromkeys(re.findall(r"[^\s,，、;；]+", text)))


def named(tracking: Tracking, text: str) -> list[str]:
    """What somebody named of a part: serial numbers stand between blanks or commas, the name of a batch may have blanks."""
    if tracking is Tracking.SERIAL:
        return names_in(text)
    return list(dict.fromkeys(name for part in re.split(r"[,，、;；]", text) if (name := " ".join(part.split()))))


def expect_one_each(names: Sequence[str], quantity_milli: int, *, field: str) -> None:
    """Raise :class:`InvalidInput` unless each piece of a quantity has its serial number."""
    if len(names) * WHOLE != quantity_milli:
        raise InvalidInput(N_("Give one serial number for each piece, divided by commas."), field=field)


def expect_room(pieces: Iterable[tuple[str, int]], *, field: str) -> None:
    """Raise :class:`InvalidInput` for more names than a line of a document holds."""
    if len(", ".join(batch for batch, _milli in pieces)) > LONGEST:
        raise InvalidInput(N_("So many numbers do not fit on one line: do it in two parts."), field=field)


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


def awaiting_scrap(session: Session, part_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    """(part, batch) → thousandths of it that somebody has asked to scrap: it goes into no car and over no counter."""
    rows = session.execute(
        select(StockBalance.part_id, ScrapRequest.batch, func.sum(ScrapRequest.quantity_milli))
        .join(StockBalance, StockBalance.id == ScrapRequest.balance_id)
        .where(
            StockBalance.part_id.in_(set(part_ids)),
            ScrapRequest.state == ScrapState.WAITING,
            ScrapRequest.batch != "",
        )
        .group_by(StockBalance.part_id, ScrapRequest.batch)
    )
    return {(part_id, batch): int(milli) for part_id, batch, milli in rows}


def good_of(session: Session, part_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """part → batch → thousandths on hand that may be handed out, the oldest first; only tracked parts have any."""
    wanted = set(part_ids)
    rows = session.execute(
        select(StockBatch.part_id, StockBatch.batch, StockBatch.on_hand_milli)
        .where(StockBatch.part_id.in_(wanted), StockBatch.on_hand_milli > 0)
        .order_by(StockBatch.first_at, StockBatch.id)
    ).all()
    spoilt = awaiting_scrap(session, wanted) if rows else {}
    found: dict[int, dict[str, int]] = {}
    for part_id, batch, milli in rows:
        if (good := milli - spoilt.get((part_id, batch), 0)) > 0:
            found.setdefault(part_id, {})[batch] = good
    return found


def piece_scanned(session: Session, code: str) -> tuple[int, str] | None:
    """(part, batch) of what carries this batch or serial number and lies here; None when it is nothing, or two things."""
    code = " ".join(code.split())
    same = (StockBatch.batch == code, StockBatch.on_hand_milli > 0)
    found = session.execute(select(StockBatch.part_id, StockBatch.batch).where(*same).limit(2)).all() if code else []
    return (found[0].part_id, found[0].batch) if len(found) == 1 else None


def shares(
    tracking: Tracking, names: Sequence[str], there: Mapping[str, int], quantity_milli: int, *, field: str = "batch"
) -> list[tuple[str, int]]:
    """(batch, thousandths) that make up a quantity of what is ``there``; the only one there need not be named.

    Serial numbers are one piece each; batches are used up in the order in which they are named. Raises InvalidInput unless
    the names make up just this quantity.
    """
    if tracking is Tracking.NONE:
        return [("", quantity_milli)]
    if not names and len(there) == 1:
        names = list(there)
    if not names:
        raise InvalidInput(N_("Say which batch or piece it is."), field=field)
    if tracking is Tracking.SERIAL:
        expect_one_each(names, quantity_milli, field=field)
    found, left = [], quantity_milli
    for name in names:
        has = there.get(name, 0)
        if has <= 0:
            raise InvalidInput(N_("“%(batch)s” is none of those that are here."), field=field, batch=name)
        if left <= 0:
            raise InvalidInput(
                N_("“%(batch)s” is one too many: the others make up the quantity."), field=field, batch=name
            )
        found.append((name, min(has, left)))
        left -= min(has, left)
    if left:
        raise InvalidInput(N_("These do not hold so many."), field=field)
    return found


def tracked(session: Session, part_ids: Iterable[int]) -> set[int]:
    """Which of these parts are tracked by batch or serial number."""
    wanted = set(part_ids)
    return set(session.scalars(select(Part.id).where(Part.id.in_(wanted), Part.tracking != Tracking.NONE)))


def take(session: Session, part_id: int, batch: str, quantity_milli: int, *, even_spoilt: bool = False) -> str:
    """Take a quantity of a batch out and return which; with only one on hand it need not be named.

    What waits to be scrapped stays, unless it is just that which leaves (``even_spoilt``). Raises InvalidInput when it must
    be said which, RuleBroken when there is not enough of it.
    """
    if tracking_of(session, part_id) is Tracking.NONE:
        return ""
    rows = select(StockBatch).where(StockBatch.part_id == part_id).order_by(StockBatch.id).with_for_update()
    session.execute(rows)  # who asks for scrap holds them too
    if not batch:
        there = list(good_of(session, [part_id]).get(part_id, {}))
        if even_spoilt:
            there = [row.batch for row in on_hand(session, part_id)]
        if len(there) != 1:
            raise InvalidInput(N_("Say which batch or piece is handed out."), field="batch")
        batch = there[0]
    spoilt = 0 if even_spoilt else awaiting_scrap(session, [part_id]).get((part_id, batch), 0)
    taken = session.execute(
        update(StockBatch)
        .where(
            StockBatch.part_id == part_id,
            StockBatch.batch == batch,
            StockBatch.on_hand_milli - spoilt >= quantity_milli,
        )
        .values(on_hand_milli=StockBatch.on_hand_milli - quantity_milli)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        if spoilt:
            raise RuleBroken(N_("“%(batch)s” waits to be scrapped: take another one."), field="batch", batch=batch)
        raise RuleBroken(N_("There is not so much of %(batch)s on the shelf."), field="batch", batch=batch)
    return batch


def out_of(session: Session, source: str, source_id: int) -> dict[str, int]:
    """batch → thousandths that are out on a source line."""
    rows = session.execute(
        select(StockMovement.batch, func.sum(-StockMovement.quantity_milli))
        .where(StockMovement.source == source, StockMovement.source_id == source_id)
        .group_by(StockMovement.batch)
    )
    return {name: int(milli) for name, milli in rows if milli > 0}


def coming_back(session: Session, part_id: int, source: str, source_id: int, batch: str, quantity_milli: int) -> str:
    """Which batch comes back from a source line: named, or the only one that is out. Raises InvalidInput otherwise."""
    if tracking_of(session, part_id) is Tracking.NONE:
        return ""
    out = out_of(session, source, source_id)
    if not batch and len(out) == 1:
        (batch,) = out
    untracked = out.get("", 0) if batch else 0  # it went out before it was tracked: it gets its name now
    if out.get(batch, 0) < quantity_milli and untracked < quantity_milli:
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
