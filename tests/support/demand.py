"""Demand of the past for tests of what to order: issued and given back by the operations themselves, on days gone by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from app.domain.stock import operations as stock
from app.kernel.actor import SYSTEM
from app.kernel.clock import FixedClock

_lines = iter(range(10_000, 10**9))


def asked(session: Session, clock: FixedClock, part_id: int, days_ago: Iterable[int], milli: int = 1000) -> list[int]:
    """Somebody took ``milli`` of a part on each of these days; it was bought for him, so that the shelf stays as it is."""
    place, lines = stock.ensure_bin(session, "A-01-01"), []
    for ago in days_ago:
        then, line = FixedClock(clock.now() - timedelta(days=ago)), next(_lines)
        facts = {"part_id": part_id, "quantity_milli": milli, "source_id": line}
        stock.receive(session, SYSTEM, then, bin_id=place.id, value_fen=1000, source="test", **facts)  # type: ignore[arg-type]
        stock.issue(session, SYSTEM, then, source="part_line", **facts)  # type: ignore[arg-type]
        lines.append(line)
    session.flush()
    return lines


def brought_back(
    session: Session, clock: FixedClock, part_id: int, line: int, days_ago: int, milli: int = 1000
) -> None:
    """A line's part comes back; it leaves the shop again, so that the shelf stays as it is."""
    then = FixedClock(clock.now() - timedelta(days=days_ago))
    facts = {"part_id": part_id, "quantity_milli": milli, "source": "part_line", "source_id": line}
    stock.give_back(session, SYSTEM, then, reason="型号不符", **facts)  # type: ignore[arg-type]
    session.flush()
