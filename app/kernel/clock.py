"""Time: aware UTC inside, Asia/Shanghai on the screen; operations are handed a clock, never read the wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Protocol

# China has had one offset and no summer time since 1992; a fixed zone needs no tzdata on a bare machine.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock(Protocol):
    """What operations ask for the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The wall clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved; for tests and for the demo's history."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment at which the clock stands."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move the clock by ``by``."""
        self.at += by


def shanghai(moment: datetime) -> datetime:
    """The same moment as the shop's clock on the wall shows it."""
    return moment.astimezone(SHANGHAI)


def business_date(moment: datetime) -> date:
    """The shop's calendar date at ``moment``."""
    return moment.astimezone(SHANGHAI).date()


def at_shop(day: date, at: time = time(0)) -> datetime:
    """``day`` at local time ``at``, as an aware UTC moment."""
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Start (inclusive) and end (exclusive) of a shop day, in UTC."""
    return at_shop(day), at_shop(day + timedelta(days=1))
