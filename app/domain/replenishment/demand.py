"""Reading what was asked for: issues less returns from the shop's own stock, and what was lost for want of a part.

A line of demand is what one source line (a part line of an order, a counter sale) took in all, on the day on which it
first took something: a wrong part brought back was no demand. A superseded part's demand counts for its successor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, func, select, type_coerce
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.stock.model import LOST_FOR_WANT, LostDemand, StockMovement
from app.domain.stock.queries import sold_since
from app.kernel.clock import at_shop
from app.kernel.orm import total

WEEKS = 104
LEAST_WEEKS = 13  # a part that is new is not judged by its first days: the weeks before count as weeks without demand


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What the suggestion needs to know of a part."""

    id: int
    supplier_id: int | None
    purchase_fen: int
    floor_milli: int
    since: date
    ends: bool  # superseded or no longer kept: never suggested


@dataclass(slots=True)
class Demand:
    """Who asked for what up to the end of ``last``: part → (day, thousandths) of every line, the days as ordinals."""

    last: date
    first: date  # the first day that the ledger can tell of
    lines: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def weeks_of(self, part_id: int, since: date) -> list[int]:
        """Thousandths per week, the last one ending with ``last``; at most two years, from when the part was known."""
        lines = self.lines.get(part_id, ())
        end = self.last.toordinal()
        begin = max(self.first, since).toordinal()
        if lines:
            begin = min(begin, min(day for day, _milli in lines))
        count = min(WEEKS, max(LEAST_WEEKS, (end - begin) // 7 + 1))
        weeks = [0] * count
        for day, milli in lines:
            ago = (end - day) // 7
            if 0 <= ago < count:
                weeks[count - 1 - ago] += milli
        return weeks

    def months_of(self, part_id: int) -> list[int]:
        """Thousandths per calendar month: the twelve before that of ``last``, and its own so far."""
        months = [0] * 13
        now = self.last.year * 12 + self.last.month
        for day, milli in self.lines.get(part_id, ()):
            when = date.fromordinal(day)
            at = 12 - (now - when.year * 12 - when.month)
            if at >= 0:
                months[at] += milli
        return months

    def of_a_year(self, part_id: int) -> int:
        """Thousandths in the last 365 days."""
        since = self.last.toordinal() - 365
        return sum(milli for day, milli in self.lines.get(part_id, ()) if day > since)


def read_parts(session: Session) -> dict[int, PartFacts]:
    """Every part, also those that are no longer kept: their demand may be another's."""
    rows = session.execute(
        select(
            Part.id,
            Part.supplier_id,
            Part.purchase_fen,
            Part.minimum_milli,
            type_coerce(Part.created_at, DateTime),
            Part.active,
            Part.successor_number,
        )
    )
    return {
        id_: PartFacts(id_, supplier, price, floor, created.date(), not active or successor != "")
        for id_, supplier, price, floor, created, active, successor in rows
    }


def read_successors(session: Session) -> dict[int, int]:
    """superseded part → the part that replaces it in the end; a chain that bites its own tail replaces nothing."""
    numbers: dict[str, int] = {}
    follows: dict[int, str] = {}
    for id_, number, successor in session.execute(select(Part.id, Part.number, Part.successor_number)):
        numbers[number] = id_
        if successor:
            follows[id_] = successor
    return {id_: last for id_ in follows if (last := _end_of(id_, follows, numbers)) is not None}


def _end_of(part_id: int, follows: Mapping[int, str], numbers: Mapping[str, int]) -> int | None:
    seen, here = {part_id}, part_id
    while here in follows:
        following = numbers.get(follows[here])
        if following is None or following in seen:
            return None
        seen.add(following)
        here = following
    return here


def read_demand(session: Session, last: date, successors: Mapping[int, int]) -> Demand:
    """The demand of the two years up to the end of ``last``."""
    since = last - timedelta(days=WEEKS * 7 - 1)
    begin, end = at_shop(since), at_shop(last + timedelta(days=1))
    oldest = session.scalar(select(func.min(StockMovement.at)))
    demand = Demand(last, max(since, _day(oldest)) if oldest else last)
    lines = demand.lines
    # Aware moments would cost a second for a big shop: midnight of the shop as UTC without its zone, as it is stored.
    midnight = begin.replace(tzinfo=None)
    first = since.toordinal()
    for part_id, at, milli in session.execute(_taken(begin, end)):
        lines.setdefault(successors.get(part_id, part_id), []).append((first + (at - midnight).days, milli))
    for part_id, at, milli in session.execute(_lost(begin, end)):
        lines.setdefault(successors.get(part_id, part_id), []).append((first + (at - midnight).days, milli))
    return demand


def _taken(begin: datetime, end: datetime) -> Any:
    taken = total(-StockMovement.quantity_milli)
    return (
        select(StockMovement.part_id, type_coerce(func.min(StockMovement.at), DateTime), taken)
        .where(sold_since(begin), StockMovement.at < end)
        .group_by(StockMovement.part_id, StockMovement.source, StockMovement.source_id)
        .having(taken > 0)
    )


def _lost(begin: datetime, end: datetime) -> Any:
    return select(LostDemand.part_id, type_coerce(LostDemand.at, DateTime), LostDemand.quantity_milli).where(
        LostDemand.part_id.is_not(None),
        LostDemand.reason.in_(LOST_FOR_WANT),
        LostDemand.withdrawn_at.is_(None),
        LostDemand.at >= begin,
        LostDemand.at < end,
    )


def _day(moment: datetime) -> date:
    return (moment + timedelta(hours=8)).date()
