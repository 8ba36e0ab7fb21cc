"""Document numbers: unique and without gaps, because the counter moves in the document's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Integer, String, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.kernel.orm import Base, stream, table_of


class Counter(Base):
    """The last number given in one series (a prefix and a month)."""

    __tablename__ = "counter"

    series: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int] = mapped_column(Integer, nullable=False)


_counter = table_of(Counter)
_BUMP = (  # built once: every document asks for its number
    update(_counter)
    .where(_counter.c.series == bindparam("of_series"))
    .values(last=_counter.c.last + 1)
    .returning(_counter.c.last)
)


def next_number(session: Session, prefix: str, day: date) -> str:
    """The next number of the month, such as ``RO-202611-0001``; rolls back with the caller's transaction."""
    series = f"{prefix}-{day:%Y%m}"
    last = session.connection().execute(_BUMP, {"of_series": series}).scalar_one_or_none()
    if last is None:
        try:
            with session.begin_nested():
                session.execute(insert(Counter).values(series=series, last=1))
            last = 1
        except IntegrityError:  # somebody opened the month in the same moment
            last = session.execute(_BUMP, {"of_series": series}).scalar_one()
    return f"{series}-{last:04d}"


def gaps(session: Session, column: Any) -> Iterator[str]:
    """What is wrong with the numbers in ``column``: each month must hold 0001 and on, each once."""
    tails: dict[str, tuple[int, int, int]] = {}  # how many, the highest, and a sum that tells a repeated one
    for (number,) in stream(session, select(column)):
        month, _, tail = number.rpartition("-")
        many, highest, total = tails.get(month, (0, 0, 0))
        tails[month] = (many + 1, max(highest, int(tail)), total + int(tail))
    for month, (many, highest, total) in tails.items():
        if highest != many or total != many * (many + 1) // 2:
            yield f"{month}: {many} numbers, the highest is {highest}"
