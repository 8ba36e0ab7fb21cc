"""Moving what lies in one bin to another: nothing enters or leaves the shop, and nothing changes its value."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.stock import ledger
from app.domain.stock.model import MovementKind, StockBalance, StockOwner, StockTransfer
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.permission import Permission
from app.kernel.quantity import expect_whole_pieces

SOURCE = "transfer"


def transfer(
    session: Session,
    actor: Actor,
    clock: Clock,
    balance: StockBalance,
    *,
    to_bin: str,
    quantity_milli: int,
    reason: str = "",
) -> StockTransfer:
    """Move a quantity (thousandths) of a balance to the bin ``to_bin``, which is made on first use.

    What is promised to orders stays where the picking list says that it lies. Raises InvalidInput for the same bin or a
    quantity of nothing, RuleBroken for more than is free there; then nothing moved.
    """
    actor.require(Permission.STOCK_MOVE)
    if quantity_milli <= 0:
        raise InvalidInput(N_("The quantity must be above zero."), field="moved_quantity")
    target = ledger.ensure_bin(session, to_bin)
    if target.id == balance.bin_id:
        raise InvalidInput(N_("It lies in this bin already."), field="to_bin")
    other = ledger.balance_id(session, balance.part_id, target.id, balance.owner)
    # Both locked in the order of their ids, always: two transfers cannot wait for each other.
    locked = select(StockBalance).where(StockBalance.id.in_((balance.id, other))).order_by(StockBalance.id)
    session.scalars(locked.with_for_update().execution_options(populate_existing=True)).all()
    free = balance.on_hand_milli - balance.reserved_milli
    if quantity_milli > free:
        raise RuleBroken(
            N_("Not so many lie free in this bin; the rest is promised to orders or gone."),
        )
    part = balance.part
    expect_whole_pieces(quantity_milli, part.unit, part.name, field="moved_quantity", rest=free)
    for id_, signed in ((balance.id, -quantity_milli), (other, quantity_milli)):
        session.execute(
            update(StockBalance)
            .where(StockBalance.id == id_)
            .values(on_hand_milli=StockBalance.on_hand_milli + signed)
            .execution_options(synchronize_session=False)
        )
    made = StockTransfer(
        part_id=balance.part_id,
        owner=balance.owner,
        from_bin_id=balance.bin_id,
        to_bin_id=target.id,
        quantity_milli=quantity_milli,
        reason=reason.strip()[:200],
        at=clock.now(),
        staff_id=actor.staff_id,
    )
    session.add(made)
    session.flush()
    worth = ledger.share_of_value(session, balance.part_id, quantity_milli) if balance.owner is StockOwner.SHOP else 0
    for bin_id, sign in ((balance.bin_id, -1), (target.id, 1)):
        ledger.move(
            session,
            actor,
            clock,
            part_id=balance.part_id,
            bin_id=bin_id,
            owner=balance.owner,
            kind=MovementKind.TRANSFER,
            quantity_milli=sign * quantity_milli,
            value_fen=sign * worth,
            source=SOURCE,
            source_id=made.id,
            reason=made.reason,
        )
    session.expire(balance)
    return made
