"""The ledger's own hand: a bin, a balance, a movement, the value. Used by the operations of this noun only.

Every change of stock is a signed row of the ledger; balances follow under their constraints. Cost is net of VAT: input tax
is the shop's to reclaim, and margin and turnover are counted net. The shop's own stock of a part is valued at moving
average: what leaves takes its share of the value, the last piece takes all that is left, so no fen is made or lost by
rounding.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.stock.model import Bin, MovementKind, StockBalance, StockMovement, StockOwner, StockValue
from app.domain.stock.periods import refuse_closed
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.money import divide_half_up


def ensure_bin(session: Session, code: str) -> Bin:
    """The bin of this code, made on first use; raises :class:`InvalidInput` for an empty or long code."""
    code = code.strip().upper()
    if not code or len(code) > 30:
        raise InvalidInput(N_("Give the bin a code of up to 30 characters."), field="bin")
    same = select(Bin).where(Bin.code == code)
    found = session.scalar(same)
    if found is None:
        try:
            with session.begin_nested():
                session.execute(insert(Bin).values(code=code))
        except IntegrityError:  # somebody labelled the same shelf in the same moment
            pass
        found = session.scalars(same).one()
    return found


def balance_id(session: Session, part_id: int, bin_id: int, owner: StockOwner) -> int:
    """The balance of a part in a bin, made on first use."""
    where = (StockBalance.part_id == part_id, StockBalance.bin_id == bin_id, StockBalance.owner == owner)
    found = session.scalar(select(StockBalance.id).where(*where))
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.execute(
                insert(StockBalance).values(
                    part_id=part_id, bin_id=bin_id, owner=owner, on_hand_milli=0, reserved_milli=0
                )
            )
    except IntegrityError:  # somebody put the first piece there in the same moment
        pass
    return session.execute(select(StockBalance.id).where(*where)).scalar_one()


def move(
    session: Session,
    actor: Actor,
    clock: Clock,
    *,
    part_id: int,
    bin_id: int,
    owner: StockOwner,
    kind: MovementKind,
    quantity_milli: int,
    value_fen: int,
    source: str,
    source_id: int,
    reason: str = "",
    posted_on: date | None = None,
    batch: str = "",
) -> None:
    """Write a movement (signed thousandths, signed fen) and its audit row.

    ``posted_on`` is the day of business that it belongs to, today unless it is typed in later; raises
    :class:`InvalidInput` for a day ahead and for one whose period is closed.
    """
    if posted_on == business_date(clock.now()):
        posted_on = None
    if posted_on is not None:
        refuse_closed(session, clock, posted_on)
    session.add(
        StockMovement(
            part_id=part_id,
            bin_id=bin_id,
            owner=owner,
            kind=kind,
            quantity_milli=quantity_milli,
            value_fen=value_fen,
            source=source,
            source_id=source_id,
            reason=reason[:200],
            at=clock.now(),
            staff_id=actor.staff_id,
            posted_on=posted_on,
            batch=batch[:60],
        )
    )
    audit.record(
        session,
        actor,
        clock,
        f"stock.{kind.value}",
        f"part:{part_id}",
        quantity_milli=quantity_milli,
        source=f"{source}:{source_id}",
    )


def add_value(session: Session, part_id: int, quantity_milli: int, value_fen: int) -> None:
    """The shop owns more of a part."""
    bump = (
        update(StockValue)
        .where(StockValue.part_id == part_id)
        .values(quantity_milli=StockValue.quantity_milli + quantity_milli, value_fen=StockValue.value_fen + value_fen)
    )
    if session.execute(bump).rowcount:  # type: ignore[attr-defined]
        return
    try:
        with session.begin_nested():
            session.execute(
                insert(StockValue).values(part_id=part_id, quantity_milli=quantity_milli, value_fen=value_fen)
            )
    except IntegrityError:
        session.execute(bump)


def take_value(session: Session, part_id: int, quantity_milli: int) -> int:
    """The cost in fen of a quantity at moving average, taken out of the part's value."""
    owned = session.execute(
        select(StockValue.quantity_milli, StockValue.value_fen).where(StockValue.part_id == part_id).with_for_update()
    ).one()
    cost = (
        owned.value_fen
        if quantity_milli == owned.quantity_milli
        else divide_half_up(owned.value_fen * quantity_milli, owned.quantity_milli)
    )
    session.execute(
        update(StockValue)
        .where(StockValue.part_id == part_id)
        .values(quantity_milli=StockValue.quantity_milli - quantity_milli, value_fen=StockValue.value_fen - cost)
    )
    return int(cost)


def share_of_value(session: Session, part_id: int, quantity_milli: int) -> int:
    """What a quantity is worth at moving average, in fen; nothing is taken out."""
    owned = session.execute(
        select(StockValue.quantity_milli, StockValue.value_fen).where(StockValue.part_id == part_id).with_for_update()
    ).one_or_none()
    if owned is None or owned.quantity_milli == 0:
        return 0
    return divide_half_up(owned.value_fen * quantity_milli, owned.quantity_milli)
