"""Reading stock-takes: the list, how far each bin is, what is to be counted in one, what differed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.catalogue.model import Part
from app.domain.stock.model import Bin, StockBalance
from app.domain.stock_takes.model import LIVE, StockCount, StockTake, StockTakeLine
from app.domain.stock_takes.states import OPEN, TakeState
from app.kernel.errors import N_, NotFound


def take_by_number(session: Session, number: str) -> StockTake:
    """A stock-take; raises :class:`NotFound`."""
    found = session.scalar(
        select(StockTake)
        .where(StockTake.number == number)
        .options(joinedload(StockTake.started_by), joinedload(StockTake.ended_by), joinedload(StockTake.allowed_by))
    )
    if found is None:
        raise NotFound(N_("There is no stock-take of this number."))
    return found


def to_be_counted() -> ColumnElement[bool]:
    """Whether a line still has to be counted, for the first time or again."""
    return or_(StockTakeLine.rounds == 0, StockTakeLine.again.is_(True))


@dataclass(frozen=True, slots=True)
class Progress:
    """How many lines there are (of a bin, of a stock-take), how many are done, how many are counted again."""

    code: str
    lines: int
    done: int
    again: int


def _sums() -> tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int]]:
    again = case((StockTakeLine.again.is_(True), 1), else_=0)
    return func.count(), cast(func.sum(case((to_be_counted(), 0), else_=1)), Integer), cast(func.sum(again), Integer)


def by_bin(session: Session, take_id: int) -> list[Progress]:
    """How far each bin is, in the order in which the bins are walked."""
    rows = session.execute(
        select(Bin.code, *_sums())
        .join(StockBalance, StockBalance.bin_id == Bin.id)
        .join(StockTakeLine, StockTakeLine.balance_id == StockBalance.id)
        .where(StockTakeLine.take_id == take_id)
        .group_by(Bin.code)
    )
    found = [Progress(code, lines, done, again) for code, lines, done, again in rows]
    return sorted(found, key=lambda one: one.code)


def bins_to_count(session: Session, take_id: int, mine: ColumnElement[bool]) -> list[str]:
    """The bins in which there is something to count for whom ``mine`` is meant, in the order in which they are walked."""
    found = session.scalars(
        select(Bin.code)
        .join(StockBalance, StockBalance.bin_id == Bin.id)
        .join(StockTakeLine, StockTakeLine.balance_id == StockBalance.id)
        .where(StockTakeLine.take_id == take_id, mine)
        .distinct()
    )
    return sorted(found)


def list_takes(session: Session, before: int | None = None, limit: int = 30) -> tuple[list[StockTake], int | None]:
    """A page of stock-takes, the newest first; and before which id the next page begins."""
    query = select(StockTake).options(joinedload(StockTake.started_by))
    if before is not None:
        query = query.where(StockTake.id < before)
    found = list(session.scalars(query.order_by(StockTake.id.desc()).limit(limit + 1)))
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def progress_of(session: Session, take_ids: Sequence[int]) -> dict[int, Progress]:
    """stock-take → how far it is."""
    rows = session.execute(
        select(StockTakeLine.take_id, *_sums())
        .where(StockTakeLine.take_id.in_(take_ids))
        .group_by(StockTakeLine.take_id)
    )
    return {take_id: Progress("", lines, done, again) for take_id, lines, done, again in rows}


def open_takes(session: Session, *states: TakeState) -> Sequence[StockTake]:
    """Those that are not over (in ``states``, if any are given), the oldest first."""
    wanted = select(StockTake).where(StockTake.state.in_(states or OPEN))
    return session.scalars(wanted.order_by(StockTake.id)).all()


def parts_in_open_takes(session: Session, part_ids: Iterable[int]) -> frozenset[int]:
    """Of these parts, those of which a bin is counted in a stock-take that is not over."""
    return frozenset(
        session.scalars(
            select(StockBalance.part_id)
            .join(StockTakeLine, StockTakeLine.balance_id == StockBalance.id)
            .where(LIVE, StockBalance.part_id.in_(set(part_ids)))
        )
    )


def _lines(take_id: int):  # type: ignore[no-untyped-def]
    return (
        select(StockTakeLine)
        .join(StockTakeLine.balance)
        .join(StockBalance.part)
        .join(StockBalance.bin)
        .where(StockTakeLine.take_id == take_id)
        .options(
            joinedload(StockTakeLine.balance).joinedload(StockBalance.part),
            joinedload(StockTakeLine.balance).joinedload(StockBalance.bin),
            joinedload(StockTakeLine.counted_by),
        )
    )


def lines_in_bin(session: Session, take_id: int, code: str) -> list[StockTakeLine]:
    """What is counted in a bin, by part number."""
    return list(session.scalars(_lines(take_id).where(Bin.code == code).order_by(Part.number, StockTakeLine.id)))


def lines_of_part(session: Session, take_id: int, part_id: int) -> list[StockTakeLine]:
    """The lines of a part, those that are still to be counted first."""
    found = session.scalars(_lines(take_id).where(StockBalance.part_id == part_id).order_by(Bin.code))
    return sorted(found, key=lambda line: not line.to_be_counted)


def open_lines(session: Session, take_id: int, code: str = "", limit: int = 2000) -> list[StockTakeLine]:
    """What is still to be counted (in one bin, if it is given), in the order in which the bins are walked."""
    query = _lines(take_id).where(to_be_counted())
    if code:
        query = query.where(Bin.code == code)
    return list(session.scalars(query.order_by(Bin.code, Part.number, StockTakeLine.id).limit(limit)))


def different(session: Session, take_id: int) -> list[StockTakeLine]:
    """The lines that differ, the most valuable difference first."""
    counted = and_(StockTakeLine.rounds > 0, StockTakeLine.counted_milli != StockTakeLine.book_milli)
    found = session.scalars(_lines(take_id).where(counted))
    return sorted(found, key=lambda line: (-abs(line.value_fen or 0), line.balance.bin.code, line.id))


def counts_of(session: Session, line_ids: Sequence[int]) -> dict[int, list[StockCount]]:
    """line → its counts in their order."""
    found: dict[int, list[StockCount]] = {}
    for count in session.scalars(
        select(StockCount)
        .where(StockCount.line_id.in_(line_ids))
        .options(joinedload(StockCount.staff))
        .order_by(StockCount.line_id, StockCount.round)
    ):
        found.setdefault(count.line_id, []).append(count)
    return found
