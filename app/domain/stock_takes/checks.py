"""What must always be true of stock-takes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.stock.model import MovementKind, StockMovement
from app.domain.stock_takes.ending import SOURCE, counters
from app.domain.stock_takes.model import StockCount, StockTake, StockTakeLine
from app.domain.stock_takes.states import OPEN, TakeState
from app.kernel import numbering
from app.kernel.invariants import invariant
from app.kernel.orm import stream, total


@invariant("a posted stock-take moved its differences, and one that is not posted moved nothing")
def posted_is_moved(session: Session) -> Iterator[str]:
    """Per line: movements = counted less what the ledger said then, once it is posted; none before."""
    moved = {
        line_id: int(milli)
        for line_id, milli in session.execute(
            select(StockMovement.source_id, func.sum(StockMovement.quantity_milli))
            .where(StockMovement.source == SOURCE)
            .group_by(StockMovement.source_id)
        )
    }
    rows = stream(
        session,
        select(StockTakeLine.id, StockTakeLine.counted_milli, StockTakeLine.book_milli, StockTakeLine.live, StockTake)
        .join(StockTake, StockTake.id == StockTakeLine.take_id),
    )  # fmt: skip
    for id_, counted, book, live, take in rows:
        due = (counted or 0) - (book or 0) if take.state is TakeState.POSTED else 0
        found = moved.pop(id_, 0)
        if found != due:
            yield f"line {id_} of {take.number} ({take.state}): differs by {due}, moved {found}"
        if live is not (take.state in OPEN):
            yield f"line {id_} of {take.number} ({take.state}): live is {live}"
    for id_ in moved:
        yield f"line {id_}: moved, but there is no such line"
    for id_ in session.scalars(
        select(StockMovement.id).where(StockMovement.kind == MovementKind.COUNT, StockMovement.source != SOURCE)
    ):
        yield f"movement {id_}: a count without a stock-take"


@invariant("what stands on a line of a stock-take is its last count")
def lines_are_their_counts(session: Session) -> Iterator[str]:
    """Rounds without a gap, and the last of them decides."""
    last = select(StockCount.line_id, func.count().label("many"), func.max(StockCount.round).label("round"))
    grouped = last.group_by(StockCount.line_id).subquery()
    rows = session.execute(
        select(StockTakeLine.id, StockTakeLine.rounds, StockTakeLine.counted_milli, StockTakeLine.book_milli,
               grouped.c.many, grouped.c.round, StockCount.counted_milli, StockCount.book_milli)
        .outerjoin(grouped, grouped.c.line_id == StockTakeLine.id)
        .outerjoin(StockCount, (StockCount.line_id == StockTakeLine.id) & (StockCount.round == grouped.c.round))
    )  # fmt: skip
    for id_, rounds, counted, book, many, round_, said, then in rows:
        if (rounds, rounds) != (many or 0, round_ or 0) or (counted, book) != (said, then):
            yield f"line {id_}: {rounds} rounds, {many} counts, {counted}/{book} against {said}/{then}"


@invariant(
    "what was above the tolerance was counted again by somebody else, or by the same person with leave and reason"
)
def counted_again_by_another(session: Session) -> Iterator[str]:
    """Of counts that say whether they were above it. Who sent a stock-take back counts nothing of it again either."""
    rows = stream(
        session,
        select(StockCount.line_id, StockCount.round, StockCount.staff_id, StockCount.at, StockCount.doubtful,
               StockCount.allowed_by_id, StockTakeLine.rounds, StockTake)
        .join(StockTakeLine, StockTakeLine.id == StockCount.line_id)
        .join(StockTake, StockTake.id == StockTakeLine.take_id)
        .where(StockCount.doubtful.is_not(None))
        .order_by(StockCount.line_id, StockCount.round),
    )  # fmt: skip
    last: tuple[int, int] | None = None  # line, who counted it
    for line_id, round_, staff_id, at, doubtful, allowed_by_id, rounds, take in rows:
        if round_ == rounds == 1 and doubtful and take.state in {TakeState.COUNTED, TakeState.POSTED}:
            yield f"line {line_id} of {take.number}: above the tolerance, and counted once"
        knew = take.sent_back_at is not None and at > take.sent_back_at and staff_id == take.sent_back_by_id
        if round_ > 1 and (last == (line_id, staff_id) or knew):
            if allowed_by_id in {None, staff_id} or not take.allowed_reason:
                yield f"line {line_id} of {take.number}: count {round_} by {staff_id} without leave"
        last = line_id, staff_id


@invariant("a stock-take is valued by its lines, and posted by somebody who counted none of them")
def valued_by_its_lines(session: Session) -> Iterator[str]:
    """The sum that decides who approves it; once all is counted."""
    sums = {
        take_id: (int(net), int(absolute))
        for take_id, net, absolute in session.execute(
            select(
                StockTakeLine.take_id,
                total(StockTakeLine.value_fen),
                total(func.abs(StockTakeLine.value_fen)),
            ).group_by(StockTakeLine.take_id)
        )
    }
    for take in session.scalars(select(StockTake).where(StockTake.state.in_((TakeState.COUNTED, TakeState.POSTED)))):
        if sums.get(take.id, (0, 0)) != (take.net_fen, take.absolute_fen):
            yield f"{take.number}: {take.net_fen} / {take.absolute_fen}, its lines {sums.get(take.id)}"
        if take.state is TakeState.POSTED and take.ended_by_id in counters(session, take):
            yield f"{take.number}: posted by {take.ended_by_id}, who counted"


@invariant("stock-takes are numbered without gaps")
def numbered_without_gaps(session: Session) -> Iterator[str]:
    """Each month's numbers, each once."""
    yield from numbering.gaps(session, StockTake.number)
