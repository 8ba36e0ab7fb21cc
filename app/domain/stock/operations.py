"""Goods in, reserved, issued, given back.

Under simultaneous requests one conditional UPDATE decides who gets the last piece; nothing is read first and written later.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.domain.stock import batches, ledger, periods
from app.domain.stock.ledger import ensure_bin as ensure_bin
from app.domain.stock.model import MovementKind, Reservation, StockBalance, StockMovement, StockOwner
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.money import divide_half_up
from app.kernel.permission import Permission


def receive(
    session: Session,
    actor: Actor,
    clock: Clock,
    *,
    part_id: int,
    bin_id: int,
    quantity_milli: int,
    value_fen: int,
    source: str,
    source_id: int,
    owner: StockOwner = StockOwner.SHOP,
    kind: MovementKind = MovementKind.RECEIPT,
    reason: str = "",
    posted_on: date | None = None,
    batch: str = "",
) -> None:
    """Put a quantity (thousandths) of a value (fen, net) into a bin; of a tracked part with its batch or serial number.

    ``posted_on`` is an earlier day that it belongs to (see :mod:`app.domain.stock.periods`).
    """
    if quantity_milli <= 0 or value_fen < 0:
        raise InvalidInput(N_("The quantity must be above zero."), field="quantity")
    if posted_on is not None:
        periods.refuse_closed(session, clock, posted_on)
    # Batches before balances, always: an issue locks them in this order too.
    batch = batches.put(session, clock, part_id, batch, quantity_milli) if owner is StockOwner.SHOP else ""
    balance = ledger.balance_id(session, part_id, bin_id, owner)
    session.execute(
        update(StockBalance)
        .where(StockBalance.id == balance)
        .values(on_hand_milli=StockBalance.on_hand_milli + quantity_milli)
    )
    if owner is StockOwner.SHOP:
        ledger.add_value(session, part_id, quantity_milli, value_fen)
    ledger.move(
        session,
        actor,
        clock,
        part_id=part_id,
        bin_id=bin_id,
        owner=owner,
        kind=kind,
        quantity_milli=quantity_milli,
        value_fen=value_fen if owner is StockOwner.SHOP else 0,
        source=source,
        source_id=source_id,
        reason=reason,
        posted_on=posted_on,
        batch=batch,
    )


def reserve(session: Session, part_id: int, source: str, source_id: int, wanted_milli: int) -> int:
    """Promise up to ``wanted_milli`` of what is free to a source line; returns what it got, in thousandths.

    Bins are visited in the order of their ids, always, so that two requests cannot wait for each other.
    """
    got = 0
    free = select(StockBalance.id).where(
        StockBalance.part_id == part_id,
        StockBalance.owner == StockOwner.SHOP,
        StockBalance.on_hand_milli > StockBalance.reserved_milli,
    )
    for balance_id in session.scalars(free.order_by(StockBalance.id)).all():
        taken = reserve_in(session, balance_id, source, source_id, wanted_milli - got)
        got += taken
        if got >= wanted_milli:
            break
    return got


def reserve_in(session: Session, balance_id: int, source: str, source_id: int, wanted: int) -> int:
    """Promise up to ``wanted`` of what is free in one bin to a source line; returns what it got, in thousandths."""
    room = session.execute(
        select(StockBalance.on_hand_milli - StockBalance.reserved_milli)
        .where(StockBalance.id == balance_id)
        .with_for_update()
    ).scalar_one()
    take = min(room, wanted)
    if take <= 0:
        return 0
    done = session.execute(
        update(StockBalance)
        .where(StockBalance.id == balance_id, StockBalance.on_hand_milli - StockBalance.reserved_milli >= take)
        .values(reserved_milli=StockBalance.reserved_milli + take)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        return 0
    where = (Reservation.source == source, Reservation.source_id == source_id, Reservation.balance_id == balance_id)
    more = update(Reservation).where(*where).values(quantity_milli=Reservation.quantity_milli + take)
    if not session.execute(more).rowcount:  # type: ignore[attr-defined]
        session.execute(
            insert(Reservation).values(source=source, source_id=source_id, balance_id=balance_id, quantity_milli=take)
        )
    return int(take)


def release(session: Session, source: str, source_id: int) -> int:
    """Give back all that was promised to a source line; returns the quantity in thousandths."""
    promised = session.execute(
        select(Reservation.balance_id, Reservation.quantity_milli)
        .where(Reservation.source == source, Reservation.source_id == source_id)
        .order_by(Reservation.balance_id)
    ).all()
    for balance_id, milli in promised:
        session.execute(
            update(StockBalance)
            .where(StockBalance.id == balance_id)
            .values(reserved_milli=StockBalance.reserved_milli - milli)
        )
    session.execute(delete(Reservation).where(Reservation.source == source, Reservation.source_id == source_id))
    return sum(milli for _, milli in promised)


def issue(
    session: Session,
    actor: Actor,
    clock: Clock,
    *,
    part_id: int,
    source: str,
    source_id: int,
    quantity_milli: int,
    batch: str = "",
) -> int:
    """Take a quantity out for a source line: what is promised to it first, then what is free. Returns the cost in fen.

    Of a tracked part it must be said which batch or piece, unless there is only one. Raises :class:`RuleBroken` when there
    is not enough; then nothing was taken.
    """
    actor.require(Permission.PARTS_ISSUE)
    batch = batches.take(session, part_id, batch, quantity_milli)
    missing = quantity_milli
    missing -= held(session, source, source_id)
    if missing > 0:
        missing -= reserve(session, part_id, source, source_id, missing)
    if missing > 0:
        raise RuleBroken(N_("There is not enough on the shelf: somebody else got it, or the stock is short."))
    cost, left = 0, quantity_milli
    promised = session.execute(
        select(Reservation.id, Reservation.balance_id, Reservation.quantity_milli, StockBalance.bin_id)
        .join(StockBalance, StockBalance.id == Reservation.balance_id)
        .where(Reservation.source == source, Reservation.source_id == source_id)
        .order_by(Reservation.balance_id)
    ).all()
    for reservation_id, balance_id, milli, bin_id in promised:
        take = min(milli, left)
        if take <= 0:
            break
        cost += _issue_from(session, actor, clock, part_id, balance_id, bin_id, source, source_id, take, batch)
        if take == milli:
            session.execute(delete(Reservation).where(Reservation.id == reservation_id))
        else:
            session.execute(
                update(Reservation)
                .where(Reservation.id == reservation_id)
                .values(quantity_milli=Reservation.quantity_milli - take)
            )
        left -= take
    return cost


def _issue_from(
    session: Session,
    actor: Actor,
    clock: Clock,
    part_id: int,
    balance_id: int,
    bin_id: int,
    source: str,
    source_id: int,
    take: int,
    batch: str,
) -> int:
    session.execute(
        update(StockBalance)
        .where(StockBalance.id == balance_id)
        .values(on_hand_milli=StockBalance.on_hand_milli - take, reserved_milli=StockBalance.reserved_milli - take)
    )
    cost = ledger.take_value(session, part_id, take)
    ledger.move(
        session,
        actor,
        clock,
        part_id=part_id,
        bin_id=bin_id,
        owner=StockOwner.SHOP,
        kind=MovementKind.ISSUE,
        quantity_milli=-take,
        value_fen=-cost,
        source=source,
        source_id=source_id,
        batch=batch,
    )
    return cost


def held(session: Session, source: str, source_id: int) -> int:
    """What is promised to a source line, in thousandths."""
    promised = session.execute(
        select(func.sum(Reservation.quantity_milli)).where(
            Reservation.source == source, Reservation.source_id == source_id
        )
    ).scalar_one()
    return int(promised or 0)  # PostgreSQL sums 64-bit integers to a Decimal


def give_back(
    session: Session,
    actor: Actor,
    clock: Clock,
    *,
    part_id: int,
    source: str,
    source_id: int,
    quantity_milli: int,
    reason: str,
    batch: str = "",
) -> None:
    """Put an issued quantity back at the cost it was issued at; raises :class:`RuleBroken` for more than is out."""
    actor.require(Permission.PARTS_ISSUE)
    out = session.execute(
        select(func.sum(-StockMovement.quantity_milli), func.sum(-StockMovement.value_fen)).where(
            StockMovement.source == source, StockMovement.source_id == source_id
        )
    ).one()
    quantity_out, value_out = int(out[0] or 0), int(out[1] or 0)
    if quantity_milli > quantity_out:
        raise RuleBroken(N_("More would come back than was issued."))
    bin_id = session.scalars(
        select(StockMovement.bin_id)
        .where(StockMovement.source == source, StockMovement.source_id == source_id)
        .order_by(StockMovement.id.desc())
    ).first()
    assert bin_id is not None
    batch = batches.coming_back(session, part_id, source, source_id, batch, quantity_milli)
    cost = value_out if quantity_milli == quantity_out else divide_half_up(value_out * quantity_milli, quantity_out)
    receive(
        session,
        actor,
        clock,
        part_id=part_id,
        bin_id=bin_id,
        quantity_milli=quantity_milli,
        value_fen=cost,
        source=source,
        source_id=source_id,
        kind=MovementKind.RETURN,
        reason=reason,
        batch=batch,
    )
