"""What must always be true of stock."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part, Tracking
from app.domain.stock import periods
from app.domain.stock.model import (
    OUT_AND_BACK,
    MovementKind,
    PeriodClose,
    PeriodValue,
    Reservation,
    ScrapRequest,
    ScrapState,
    StockBalance,
    StockBatch,
    StockMovement,
    StockOwner,
    StockTransfer,
    StockValue,
)
from app.domain.stock.replay import wrongly_valued
from app.domain.stock.scrap import SOURCE as SCRAP
from app.kernel.invariants import invariant
from app.kernel.orm import stream


@invariant("stock on hand is the sum of the ledger per part, bin and owner")
def on_hand_is_the_ledger(session: Session) -> Iterator[str]:
    """Both directions: a balance without its ledger, a ledger without its balance."""
    key = (StockMovement.part_id, StockMovement.bin_id, StockMovement.owner)
    ledger = {
        tuple(k): int(s)
        for *k, s in session.execute(select(*key, func.sum(StockMovement.quantity_milli)).group_by(*key))
    }
    held = session.execute(
        select(StockBalance.part_id, StockBalance.bin_id, StockBalance.owner, StockBalance.on_hand_milli)
    )
    seen = set()
    for part_id, bin_id, owner, on_hand in held:
        seen.add((part_id, bin_id, owner))
        if ledger.get((part_id, bin_id, owner), 0) != on_hand:
            yield f"part {part_id} bin {bin_id} {owner}: balance {on_hand}, ledger {ledger.get((part_id, bin_id, owner), 0)}"
    for missing in ledger.keys() - seen:
        if ledger[missing]:
            yield f"part {missing[0]} bin {missing[1]}: ledger without a balance"


@invariant("what is reserved lies on hand, and is the sum of the reservations")
def reserved_is_reservations(session: Session) -> Iterator[str]:
    """0 <= reserved <= on hand, and reserved = sum of reservations."""
    sums = dict(
        session.execute(
            select(Reservation.balance_id, func.sum(Reservation.quantity_milli)).group_by(Reservation.balance_id)
        ).all()  # type: ignore[arg-type]
    )
    for id_, on_hand, reserved in session.execute(
        select(StockBalance.id, StockBalance.on_hand_milli, StockBalance.reserved_milli)
    ):
        if not 0 <= reserved <= on_hand or reserved != int(sums.get(id_, 0)):
            yield f"balance {id_}: on hand {on_hand}, reserved {reserved}, reservations {sums.get(id_, 0)}"


@invariant("the value of stock is the sum of its ledger")
def value_is_the_ledger(session: Session) -> Iterator[str]:
    """Quantity and value of the shop's own stock of each part."""
    rows = session.execute(
        select(StockMovement.part_id, func.sum(StockMovement.quantity_milli), func.sum(StockMovement.value_fen))
        .where(StockMovement.owner == StockOwner.SHOP)
        .group_by(StockMovement.part_id)
    )
    ledger = {part: (int(milli), int(fen)) for part, milli, fen in rows}
    for row in session.scalars(select(StockValue)):
        if ledger.pop(row.part_id, (0, 0)) != (row.quantity_milli, row.value_fen):
            yield f"part {row.part_id}: value {row.quantity_milli}/{row.value_fen}"
    for part, (milli, fen) in ledger.items():
        if milli or fen:
            yield f"part {part}: ledger without a value"


@invariant("what left the shop's stock left at the moving average of its moment")
def cost_is_the_average(session: Session) -> Iterator[str]:
    """The ledger replayed part by part; a transfer moves no value."""
    moves = (
        select(
            StockMovement.part_id,
            StockMovement.id,
            StockMovement.kind,
            StockMovement.quantity_milli,
            StockMovement.value_fen,
            StockMovement.source,
            StockMovement.source_id,
        )
        .where(StockMovement.owner == StockOwner.SHOP, StockMovement.kind != MovementKind.TRANSFER)
        .order_by(StockMovement.part_id, StockMovement.id)
    )
    for part_id, of_part in groupby(stream(session, moves), key=lambda move: move.part_id):
        for move, due in wrongly_valued(of_part):
            yield f"part {part_id} movement {move.id}: {move.value_fen} fen, at the average {due}"


@invariant("no more comes back than was issued, or sent back to a supplier")
def returns_within_issues(session: Session) -> Iterator[str]:
    """Per source line, what went out outweighs what came back."""
    rows = session.execute(
        select(StockMovement.source, StockMovement.source_id, func.sum(StockMovement.quantity_milli))
        .where(StockMovement.kind.in_(OUT_AND_BACK))
        .group_by(StockMovement.source, StockMovement.source_id)
        .having(func.sum(StockMovement.quantity_milli) > 0)
    )
    for source, source_id, milli in rows:
        yield f"{source} {source_id}: {milli} more came back than went out"


@invariant("a transfer takes from one bin what it brings to another")
def transfers_net_to_zero(session: Session) -> Iterator[str]:
    """Two movements each, of its own quantity, which cancel out in quantity and in value."""
    moved = (
        select(
            StockMovement.source_id,
            func.count().label("rows"),
            func.sum(StockMovement.quantity_milli).label("net_milli"),
            func.sum(StockMovement.value_fen).label("net_fen"),
            func.max(StockMovement.quantity_milli).label("milli"),
        )
        .where(StockMovement.kind == MovementKind.TRANSFER)
        .group_by(StockMovement.source_id)
        .subquery()
    )
    rows = session.execute(
        select(
            StockTransfer.id,
            StockTransfer.quantity_milli,
            moved.c.source_id,
            moved.c.rows,
            moved.c.net_milli,
            moved.c.net_fen,
            moved.c.milli,
        ).join_from(StockTransfer, moved, moved.c.source_id == StockTransfer.id, full=True)
    )
    for id_, quantity, source_id, count, net_milli, net_fen, milli in rows:
        if id_ is None or count != 2 or net_milli or net_fen or milli != quantity:
            yield f"transfer {id_ or source_id}: {count} movements, net {net_milli} / {net_fen}"


@invariant("a batch on hand is what its ledger says, and all batches together are what lies on the shelf")
def batches_are_their_ledger(session: Session) -> Iterator[str]:
    """Per part and batch; per tracked part the shop's own stock in all bins."""
    ledger = {
        (part_id, batch): int(milli)
        for part_id, batch, milli in session.execute(
            select(StockMovement.part_id, StockMovement.batch, func.sum(StockMovement.quantity_milli))
            .where(StockMovement.batch != "", StockMovement.owner == StockOwner.SHOP)
            .group_by(StockMovement.part_id, StockMovement.batch)
        )
    }
    held: dict[int, int] = {}
    for part_id, batch, on_hand in session.execute(
        select(StockBatch.part_id, StockBatch.batch, StockBatch.on_hand_milli)
    ):
        held[part_id] = held.get(part_id, 0) + on_hand
        if ledger.pop((part_id, batch), 0) != on_hand:
            yield f"part {part_id} batch {batch}: {on_hand} on hand, its ledger differs"
    for (part_id, batch), milli in ledger.items():
        if milli:
            yield f"part {part_id} batch {batch}: ledger without a batch"
    for part_id, on_hand in session.execute(
        select(StockBalance.part_id, func.sum(StockBalance.on_hand_milli))
        .join(Part, Part.id == StockBalance.part_id)
        .where(Part.tracking != Tracking.NONE, StockBalance.owner == StockOwner.SHOP)
        .group_by(StockBalance.part_id)
    ):
        if held.get(part_id, 0) != int(on_hand):
            yield f"part {part_id}: {on_hand} on hand, {held.get(part_id, 0)} in its batches"


@invariant("nothing was posted before a closed period")
def closed_periods_stand(session: Session) -> Iterator[str]:
    """What each close kept is still the sum of the movements up to its day, part by part."""
    owned: dict[int, tuple[int, int]] = {}
    began = periods.BEFORE_ALL
    for close in session.scalars(
        select(PeriodClose).where(PeriodClose.through > periods.BEFORE_ALL).order_by(PeriodClose.through)
    ):
        for part_id, milli, fen in session.execute(
            select(StockMovement.part_id, func.sum(StockMovement.quantity_milli), func.sum(StockMovement.value_fen))
            .where(StockMovement.owner == StockOwner.SHOP, periods.after(began), ~periods.after(close.through))
            .group_by(StockMovement.part_id)
        ):
            had = owned.get(part_id, (0, 0))
            owned[part_id] = (had[0] + int(milli), had[1] + int(fen))
        began = close.through
        kept = {
            part_id: (milli, fen)
            for part_id, milli, fen in session.execute(
                select(PeriodValue.part_id, PeriodValue.quantity_milli, PeriodValue.value_fen).where(
                    PeriodValue.close_id == close.id
                )
            )
        }
        for part_id in kept.keys() | owned.keys():
            if kept.get(part_id, (0, 0)) != owned.get(part_id, (0, 0)):
                yield f"close {close.through}: part {part_id} {kept.get(part_id)}, its movements {owned.get(part_id)}"
        if sum(fen for _milli, fen in kept.values()) != close.value_fen:
            yield f"close {close.through}: total {close.value_fen}"


@invariant("nobody decides on what he asked to be scrapped himself")
def scrap_has_two_people(session: Session) -> Iterator[str]:
    """Decided by somebody else, and only what is decided."""
    for id_, state, asked_by, decided_by in session.execute(
        select(ScrapRequest.id, ScrapRequest.state, ScrapRequest.asked_by_id, ScrapRequest.decided_by_id)
    ):
        if (state is ScrapState.WAITING) != (decided_by is None) or decided_by == asked_by:
            yield f"scrap {id_} ({state}): asked by {asked_by}, decided by {decided_by}"


@invariant("what waits to be scrapped is held, what was approved has left, and what was refused did neither")
def scrap_is_held_or_gone(session: Session) -> Iterator[str]:
    """Per request: its reservation while it waits, its movement once it is approved, nothing else."""
    of_scrap = Reservation.source == SCRAP
    held = dict(
        session.execute(select(Reservation.source_id, Reservation.quantity_milli).where(of_scrap)).tuples().all()
    )
    left = {
        id_: (int(milli), int(fen))
        for id_, milli, fen in session.execute(
            select(StockMovement.source_id, func.sum(StockMovement.quantity_milli), func.sum(StockMovement.value_fen))
            .where(StockMovement.source == SCRAP)
            .group_by(StockMovement.source_id)
        )
    }
    for id_, state, milli, fen in session.execute(
        select(ScrapRequest.id, ScrapRequest.state, ScrapRequest.quantity_milli, ScrapRequest.value_fen)
    ):
        wanted = (
            milli if state is ScrapState.WAITING else 0,
            (-milli, -fen) if state is ScrapState.APPROVED else (0, 0),
        )
        found = (held.pop(id_, 0), left.pop(id_, (0, 0)))
        if found != wanted:
            yield f"scrap {id_} ({state}): held and left {found}, wanted {wanted}"
    for id_ in held.keys() | left.keys():
        yield f"scrap {id_}: held or left without a request"
