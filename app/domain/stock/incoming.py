"""What is on its way to the shelf: kept by whoever ordered it, read by whoever waits for it.

An order to a supplier is a later noun than an order of the workshop; this table lets the one tell the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.domain.stock.model import Incoming
from app.kernel.orm import total


def announce(
    session: Session, *, part_id: int, source: str, source_id: int, open_milli: int, expected_on: date | None
) -> None:
    """What a source line still has to deliver, in thousandths, and on which day of business; nothing takes it off."""
    where = (Incoming.source == source, Incoming.source_id == source_id)
    if open_milli <= 0:
        session.execute(delete(Incoming).where(*where))
        return
    changed = session.execute(update(Incoming).where(*where).values(open_milli=open_milli, expected_on=expected_on))
    if not changed.rowcount:  # type: ignore[attr-defined]
        session.execute(
            insert(Incoming).values(
                part_id=part_id, source=source, source_id=source_id, open_milli=open_milli, expected_on=expected_on
            )
        )


def open_by_part(session: Session) -> dict[int, int]:
    """part → what is on its way of it, in thousandths."""
    rows = session.execute(select(Incoming.part_id, total(Incoming.open_milli)).group_by(Incoming.part_id))
    return {part_id: int(milli) for part_id, milli in rows}


def arrivals_of(session: Session, part_ids: Iterable[int]) -> dict[int, list[tuple[date | None, int]]]:
    """part → (day, thousandths) of what is on its way, the earliest day first; without a day comes last."""
    found: dict[int, list[tuple[date | None, int]]] = {}
    for part_id, day, milli in session.execute(
        select(Incoming.part_id, Incoming.expected_on, Incoming.open_milli)
        .where(Incoming.part_id.in_(set(part_ids)))
        .order_by(Incoming.expected_on.is_(None), Incoming.expected_on, Incoming.id)
    ):
        found.setdefault(part_id, []).append((day, milli))
    return found
