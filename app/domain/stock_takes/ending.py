"""How a stock-take ends: valued, then posted or sent back; or given up.

Posting itself touches what is promised to orders and so is ``repair_orders.shelf.post_stock_take``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Tracking
from app.domain.staff import settings
from app.domain.stock import adjustments
from app.domain.stock.batches import WHOLE, expect_one_each
from app.domain.stock.model import MovementKind, StockBalance, StockOwner, StockValue
from app.domain.stock_takes.counting import worth_of
from app.domain.stock_takes.model import StockCount, StockTake, StockTakeLine
from app.domain.stock_takes.states import STOCK_TAKE, TakeState
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.money import format_yuan
from app.kernel.orm import expect_version, total
from app.kernel.permission import Permission

SOURCE = "stock_take_line"
CHUNK = 500  # ids in one statement


def _lines_now(session: Session, take: StockTake) -> Sequence[StockTakeLine]:
    return session.scalars(
        select(StockTakeLine).where(StockTakeLine.take_id == take.id).execution_options(populate_existing=True)
    ).all()


def finish(session: Session, actor: Actor, clock: Clock, take: StockTake, version: int | None) -> None:
    """All is counted: the differences are valued for whoever posts them. Raises RuleBroken while lines are open."""
    state = STOCK_TAKE.check("finish", take.state, actor)
    expect_version(take, version)
    lines = _lines_now(session, take)
    open_ones = sum(line.to_be_counted for line in lines)
    if open_ones:
        raise RuleBroken(N_("Lines that are still to be counted: %(count)s."), count=open_ones)
    _value(session, take, [line for line in lines if line.variance_milli or line.value_fen])
    take.state = state  # type: ignore[assignment]
    take.counted_at, take.reason = clock.now(), ""
    take.stock_fen = session.execute(select(total(StockValue.value_fen))).scalar_one()
    session.flush()
    audit.record(
        session, actor, clock, "stock_take.finish", f"stock_take:{take.id}", net_fen=take.net_fen,
        absolute_fen=take.absolute_fen,
    )  # fmt: skip


def _value(session: Session, take: StockTake, different: Sequence[StockTakeLine]) -> None:
    """What each difference is worth at moving average now; the goods of others are worth nothing to us."""
    balances, owned = {}, {}
    ids = [line.balance_id for line in different]
    for at in range(0, len(ids), CHUNK):
        some = select(StockBalance).where(StockBalance.id.in_(ids[at : at + CHUNK]))
        balances.update({balance.id: balance for balance in session.scalars(some)})
        values = select(StockValue).join(StockBalance, StockBalance.part_id == StockValue.part_id)
        values = values.where(StockBalance.id.in_(ids[at : at + CHUNK])).execution_options(populate_existing=True)
        owned.update({row.part_id: row for row in session.scalars(values)})
    for line in different:
        balance = balances[line.balance_id]
        line.value_fen = worth_of(balance, owned.get(balance.part_id), line.variance_milli)
    take.net_fen = sum(line.value_fen or 0 for line in different)
    take.absolute_fen = sum(abs(line.value_fen or 0) for line in different)


def reject(
    session: Session,
    actor: Actor,
    clock: Clock,
    take: StockTake,
    version: int | None,
    line_ids: Sequence[int],
    reason: str,
) -> int:
    """Send lines back to be counted again, those that differ when none is named; returns how many."""
    state = STOCK_TAKE.check("reject", take.state, actor)
    expect_version(take, version)
    if not reason.strip():
        raise InvalidInput(N_("Say why it is sent back."), field="reject_reason")
    lines = _lines_now(session, take)
    back = [line for line in lines if (line.id in line_ids if line_ids else line.variance_milli)]
    if not back:
        raise InvalidInput(N_("Tick the lines that are counted again."), field="again")
    for line in back:
        line.again = True
    take.state, take.counted_at, take.reason = state, None, reason.strip()[:300]  # type: ignore[assignment]
    take.net_fen = take.absolute_fen = take.stock_fen = None
    take.sent_back_at, take.sent_back_by_id = clock.now(), actor.staff_id
    session.flush()
    audit.record(
        session, actor, clock, "stock_take.reject", f"stock_take:{take.id}", lines=len(back), reason=take.reason
    )
    return len(back)


def cancel(session: Session, actor: Actor, clock: Clock, take: StockTake, version: int | None, reason: str) -> None:
    """Give a stock-take up: nothing of it moves anything. Needs a reason."""
    state = STOCK_TAKE.check("cancel", take.state, actor)
    expect_version(take, version)
    if not reason.strip():
        raise InvalidInput(N_("Say why it is cancelled."), field="cancel_reason")
    take.reason = reason.strip()[:300]
    end(session, actor, clock, take, state)  # type: ignore[arg-type]
    audit.record(session, actor, clock, "stock_take.cancel", f"stock_take:{take.id}")


def end(session: Session, actor: Actor, clock: Clock, take: StockTake, state: TakeState) -> None:
    """A stock-take is over: its shelves are free for the next one."""
    take.state, take.ended_at, take.ended_by_id = state, clock.now(), actor.staff_id
    session.flush()
    session.execute(
        update(StockTakeLine)
        .where(StockTakeLine.take_id == take.id)
        .values(live=False)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def limit_fen(session: Session) -> int:
    """Up to this sum of differences, their signs left aside, the parts manager posts by herself."""
    return settings.number(session, "stock.variance_yuan") * 100


def counters(session: Session, take: StockTake) -> set[int]:
    """Who counted anything of a stock-take."""
    return set(
        session.scalars(
            select(StockCount.staff_id)
            .join(StockTakeLine, StockTakeLine.id == StockCount.line_id)
            .where(StockTakeLine.take_id == take.id)
            .distinct()
        )
    )


def check_posting(session: Session, actor: Actor, take: StockTake) -> TakeState:
    """The state after posting; raises when somebody else has to do it, or it is not time."""
    state = STOCK_TAKE.check("post", take.state, actor)
    limit = limit_fen(session)
    if (take.absolute_fen or 0) > limit and not actor.may(Permission.VARIANCE_APPROVE):
        raise RuleBroken(
            N_("The differences come to %(sum)s yuan, more than %(limit)s: the service manager approves them."),
            sum=format_yuan(take.absolute_fen or 0),
            limit=format_yuan(limit),
        )
    if actor.staff_id in counters(session, take):
        raise RuleBroken(N_("You counted lines of this stock-take yourself: somebody else posts it."))
    return state  # type: ignore[return-value]


def different_lines(session: Session, take: StockTake) -> list[StockTakeLine]:
    """The lines with a difference; surpluses first, so that what was only in the wrong bin keeps its value."""
    lines = _lines_now(session, take)
    return sorted((line for line in lines if line.variance_milli), key=lambda line: (line.variance_milli < 0, line.id))


def named(line: StockTakeLine, names: Iterable[str]) -> list[tuple[str, int]]:
    """(batch or serial number, thousandths) of a difference; raises InvalidInput when it is not said which."""
    milli, given = abs(line.variance_milli), list(dict.fromkeys(filter(None, names)))
    tracking, ours = line.balance.part.tracking, line.balance.owner is StockOwner.SHOP
    if tracking is Tracking.NONE or not ours:
        return [("", milli)]
    if tracking is Tracking.SERIAL:
        expect_one_each(given, milli, field=f"batch-{line.id}")
        return [(name, WHOLE) for name in given]
    if len(given) > 1 or (not given and line.variance_milli > 0):
        raise InvalidInput(N_("Give the batch."), field=f"batch-{line.id}")
    return [(given[0] if given else "", milli)]


def move_difference(
    session: Session, actor: Actor, clock: Clock, take: StockTake, line: StockTakeLine, names: Iterable[str] = ()
) -> None:
    """Write the difference of a line into the ledger; what is missing is no longer promised to anybody."""
    balance = adjustments.lock_balance(session, line.balance_id)
    for batch, milli in named(line, names):
        facts = {"source": SOURCE, "source_id": line.id, "reason": take.number, "batch": batch}
        if line.variance_milli < 0:
            adjustments.take_out(session, actor, clock, balance, milli, kind=MovementKind.COUNT, **facts)  # type: ignore[arg-type]
            continue
        owned = session.get(StockValue, balance.part_id, populate_existing=True, with_for_update=True)
        worth = worth_of(balance, owned, milli)
        adjustments.put_in(session, actor, clock, balance, milli, worth, **facts)  # type: ignore[arg-type]
    session.flush()
