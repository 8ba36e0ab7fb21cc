"""What the store finds out about its shelves, and what that does to the orders that were promised a part.

What is missing or spoilt is taken from the lines with the latest promise; what is found serves those that wait. Part lines
are locked before batches and balances, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.files.model import StoredFile
from app.domain.repair_orders.model import PartLine, RepairOrder
from app.domain.repair_orders.moves import move_job
from app.domain.repair_orders.parts import SOURCE, serve_waiting, tell_arrived
from app.domain.repair_orders.rules import ON_THE_FLOOR, OPEN_FOR_WORK
from app.domain.stock import adjustments, scrap
from app.domain.stock import operations as stock
from app.domain.stock.model import Reservation, ScrapReason, ScrapRequest, StockBalance, StockBatch
from app.domain.stock_takes import ending
from app.domain.stock_takes.model import StockTake, StockTakeLine
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, RuleBroken
from app.kernel.orm import expect_version
from app.kernel.quantity import format_quantity


@dataclass(slots=True)
class Outcome:
    """Numbers of the orders that lost a part, and of those that got one."""

    lost: list[str] = field(default_factory=list)
    served: list[str] = field(default_factory=list)


def lock_lines(session: Session, part_ids: Iterable[int]) -> list[PartLine]:
    """Every part line to which any of these parts is promised, or may be; held until the commit, in the order of ids.

    Their batches are held after them: an issue takes lines, batches and balances in this order too.
    """
    wanted = set(part_ids)
    promised = (
        select(Reservation.source_id)
        .join(StockBalance, StockBalance.id == Reservation.balance_id)
        .where(Reservation.source == SOURCE, StockBalance.part_id.in_(wanted))
    )
    in_work = select(RepairOrder.id).where(RepairOrder.state.in_(OPEN_FOR_WORK))
    locked = (
        select(PartLine)
        .where(or_(PartLine.id.in_(promised), PartLine.order_id.in_(in_work)), PartLine.part_id.in_(wanted))
        .order_by(PartLine.id)
        .with_for_update(of=PartLine)
        .execution_options(populate_existing=True)
    )
    session.flush()
    found = list(session.scalars(locked))
    session.execute(
        select(StockBatch.id).where(StockBatch.part_id.in_(wanted)).order_by(StockBatch.id).with_for_update()
    )
    return found


def _latest_first(session: Session, balance_id: int) -> list[tuple[Reservation, PartLine]]:
    """What is promised of a balance to part lines, the latest promised time first; no promise at all is later still."""
    rows = session.execute(
        select(Reservation, PartLine)
        .join(PartLine, PartLine.id == Reservation.source_id)
        .join(RepairOrder, RepairOrder.id == PartLine.order_id)
        .where(Reservation.balance_id == balance_id, Reservation.source == SOURCE)
        .order_by(RepairOrder.promised_at.is_not(None), RepairOrder.promised_at.desc(), PartLine.id.desc())
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in rows]


def make_room(session: Session, balance_id: int, needed_milli: int) -> list[PartLine]:
    """See that a quantity lies free in a bin; returns the lines from which something had to be taken.

    Raises RuleBroken when there is not so much, or the rest is held by something else than an order. The lines are locked.
    """
    balance = adjustments.lock_balance(session, balance_id)
    if needed_milli > balance.on_hand_milli:
        raise RuleBroken(
            N_("“%(part)s” in bin %(bin)s: %(missing)s are missing, but only %(there)s lie there now. Count it again."),
            part=balance.part.name,
            bin=balance.bin.code,
            missing=format_quantity(needed_milli),
            there=format_quantity(balance.on_hand_milli),
        )
    short = needed_milli - (balance.on_hand_milli - balance.reserved_milli)
    from_whom = []
    if short > 0:
        for reservation, line in _latest_first(session, balance_id):
            milli = min(short, reservation.quantity_milli)
            adjustments.take_from(session, reservation, milli)
            line.reserved_milli -= milli
            from_whom.append(line)
            short -= milli
            if short <= 0:
                break
    if short > 0:
        raise RuleBroken(
            N_(
                "“%(part)s” in bin %(bin)s: the rest is held for scrap or for somebody who collects it. Settle that first."
            ),
            part=balance.part.name,
            bin=balance.bin.code,
        )
    session.flush()
    session.expire(balance)
    return from_whom


def settle(
    session: Session, actor: Actor, clock: Clock, part_ids: Iterable[int], before: Mapping[int, int], reason: str
) -> Outcome:
    """Serve whoever waits for these parts and tell, against what each line had ``before``, who lost and who got one."""
    for part_id in sorted(set(part_ids)):
        serve_waiting(session, actor, clock, part_id)
    session.flush()
    outcome = Outcome()
    lines = {line.id: line for line in session.scalars(select(PartLine).where(PartLine.id.in_(list(before))))}
    lost = [line for id_, line in lines.items() if line.reserved_milli < before[id_]]
    served = [line for id_, line in lines.items() if line.reserved_milli > before[id_]]
    for line in lost:
        outcome.lost.append(line.order.number)
        if line.job.state in ON_THE_FLOOR:
            move_job(session, actor, clock, line.job, "parts_lost", reason=f"{line.name} · {reason}")
    tell_arrived(session, actor, clock, served)
    outcome.lost = sorted(set(outcome.lost))
    outcome.served = sorted({line.order.number for line in served})
    return outcome


def post_stock_take(
    session: Session,
    actor: Actor,
    clock: Clock,
    take: StockTake,
    version: int | None,
    batches: Mapping[int, Sequence[str]] | None = None,
) -> Outcome:
    """Write every difference of a locked stock-take into the ledger; returns which orders lost or got their part by it.

    ``batches`` names, per line, the batch or the serial numbers of what differs of a tracked part. Raises RuleBroken for
    who counted himself, for a sum that the service manager approves, and for what has left the shelf since; then nothing
    has moved.
    """
    state = ending.check_posting(session, actor, take)
    expect_version(take, version)
    lines = ending.different_lines(session, take)
    part_ids = {line.balance.part_id for line in lines}
    before = {line.id: line.reserved_milli for line in lock_lines(session, part_ids)} if part_ids else {}
    for line in lines:
        if line.variance_milli < 0:
            took = make_room(session, line.balance_id, -line.variance_milli)
            line.lost = ", ".join(sorted({of.order.number for of in took}))[:300]
        ending.move_difference(session, actor, clock, take, line, (batches or {}).get(line.id, ()))
    outcome = settle(session, actor, clock, part_ids, before, take.number)
    for line in lines:  # what another bin made good again is no loss
        line.lost = ", ".join(number for number in filter(None, line.lost.split(", ")) if number in outcome.lost)
    ending.end(session, actor, clock, take, state)
    audit.record(
        session, actor, clock, "stock_take.post", f"stock_take:{take.id}", net_fen=take.net_fen, lines=len(lines),
        lost=len(outcome.lost),
    )  # fmt: skip
    return outcome


def would_lose(session: Session, lines: Iterable[StockTakeLine]) -> dict[int, list[str]]:
    """line of a stock-take → the orders that lose their part when it is posted now, as far as can be told before."""
    found: dict[int, list[str]] = {}
    for line in lines:
        balance = line.balance
        short = -line.variance_milli - (balance.on_hand_milli - balance.reserved_milli)
        if line.variance_milli >= 0 or short <= 0:
            continue
        for reservation, of in _latest_first(session, balance.id):
            found.setdefault(line.id, []).append(of.order.number)
            short -= reservation.quantity_milli
            if short <= 0:
                break
    return found


def ask_for_scrap(
    session: Session,
    actor: Actor,
    clock: Clock,
    balance: StockBalance,
    *,
    quantity_milli: int,
    reason: ScrapReason,
    words: str,
    photo: StoredFile | None,
    batch: str = "",
) -> tuple[ScrapRequest, Outcome]:
    """Hold back what should be thrown away until the manager has decided; returns which orders it was taken from.

    What is spoilt cannot be fitted, promised or not: the line with the latest promise loses its part at once.
    """
    scrap.check(session, actor, balance, quantity_milli=quantity_milli, words=words, reason=reason, photo=photo)
    before = {line.id: line.reserved_milli for line in lock_lines(session, [balance.part_id])}
    scrap.check_there(session, balance, quantity_milli, batch)
    part_id = balance.part_id
    make_room(session, balance.id, quantity_milli)
    asked = scrap.hold(
        session, actor, clock, balance, quantity_milli=quantity_milli, reason=reason, words=words, photo=photo, batch=batch
    )  # fmt: skip
    return asked, settle(session, actor, clock, [part_id], before, asked.balance.bin.code)


def refuse_scrap(session: Session, actor: Actor, clock: Clock, asked: ScrapRequest, answer: str) -> Outcome:
    """It is kept after all: what was held back is free again and serves whoever waits."""
    scrap.refuse(session, actor, clock, asked, answer)
    part_id = asked.balance.part_id
    before = {line.id: line.reserved_milli for line in lock_lines(session, [part_id])}
    stock.release(session, scrap.SOURCE, asked.id)
    session.flush()
    return settle(session, actor, clock, [part_id], before, asked.balance.bin.code)
