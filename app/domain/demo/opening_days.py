"""When the demo shop is open and how busy it is: holidays, seasons, weekdays.

Time in the demo's history is whole seconds of the shop's own clock since the first day of the calendar: a day is
``ordinal * DAY``. That makes a plan of millions of moments plain arithmetic; ``stamp`` writes them as the database does.
"""

from __future__ import annotations

import random
from datetime import date

DAY, HOUR, MINUTE = 86_400, 3_600, 60
OPENS, CLOSES = 8 * HOUR, 18 * HOUR
LUNCH_FROM, LUNCH_TO = 12 * HOUR, 12 * HOUR + 45 * MINUTE
SHIFT_FROM, SHIFT_TO = 8 * HOUR + 20 * MINUTE, 17 * HOUR + 40 * MINUTE
_UTC_LEAD = 8 * HOUR

# The first day of the lunar year.
_SPRING_FESTIVALS = (
    "1996-02-19 1997-02-07 1998-01-28 1999-02-16 2000-02-05 2001-01-24 2002-02-12 2003-02-01 2004-01-22 2005-02-09 "
    "2006-01-29 2007-02-18 2008-02-07 2009-01-26 2010-02-14 2011-02-03 2012-01-23 2013-02-10 2014-01-31 2015-02-19 "
    "2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25 2021-02-12 2022-02-01 2023-01-22 2024-02-10 2025-01-29 "
    "2026-02-17 2027-02-06 2028-01-26 2029-02-13 2030-02-03 2031-01-23 2032-02-11 2033-01-31 2034-02-19 2035-02-08 "
    "2036-01-28 2037-02-15 2038-02-04 2039-01-24 2040-02-12"
)
_FESTIVALS = frozenset(date.fromisoformat(day).toordinal() for day in _SPRING_FESTIVALS.split())
_CLOSED_DATES = {(1, 1), (5, 1), (10, 1), (10, 2)}
_WEEKDAYS = (0.98, 0.9, 0.88, 0.93, 1.05, 1.25, 0.85)
# Before the Spring Festival everybody wants the car checked, after it nobody; the summer's heat brings the air conditioning.
_MONTHS = (1.12, 0.85, 0.92, 0.98, 1.0, 1.02, 1.08, 1.08, 1.05, 0.95, 0.95, 1.0)
_CLOCK = [f" {s // HOUR:02d}:{s // MINUTE % 60:02d}:{s % 60:02d}.000000" for s in range(DAY)]
_dates: dict[int, str] = {}


def day_text(ordinal: int) -> str:
    """A day as ISO text."""
    found = _dates.get(ordinal)
    if found is None:
        found = _dates[ordinal] = date.fromordinal(ordinal).isoformat()
    return found


def stamp(moment: int) -> str:
    """A moment of the shop's clock in UTC, as the database keeps it."""
    ordinal, second = divmod(moment - _UTC_LEAD, DAY)
    return day_text(ordinal) + _CLOCK[second]


def is_open(ordinal: int) -> bool:
    """Closed on new year, for six days from the eve of the Spring Festival, on the first of May and of October."""
    day = date.fromordinal(ordinal)
    return (day.month, day.day) not in _CLOSED_DATES and not any(
        ordinal - offset in _FESTIVALS for offset in range(-1, 5)
    )


def next_open(ordinal: int) -> int:
    """The first open day after one."""
    ordinal += 1
    while not is_open(ordinal):
        ordinal += 1
    return ordinal


def cars_expected(ordinal: int, per_day: float, dice: random.Random) -> int:
    """How many cars come on an open day: ``per_day`` in the mean, by season and weekday, and chance."""
    day = date.fromordinal(ordinal)
    rush = 1.2 if any(ordinal + offset in _FESTIVALS for offset in range(2, 16)) else 1.0
    mean = per_day * _WEEKDAYS[day.weekday()] * _MONTHS[day.month - 1] * rush
    return max(0, round(dice.gauss(mean, max(1.0, mean * 0.1))))


def within_opening(moment: int) -> int:
    """The moment itself when the shop is open, or a little after the next opening."""
    ordinal, second = divmod(moment, DAY)
    if second < OPENS:
        moment = ordinal * DAY + OPENS + second % (20 * MINUTE)
    elif second >= CLOSES:
        moment = next_open(ordinal) * DAY + OPENS + 10 * MINUTE + second % (25 * MINUTE)
    ordinal = moment // DAY
    return moment if is_open(ordinal) else next_open(ordinal) * DAY + OPENS + moment % (30 * MINUTE)


def stretches(begin: int, seconds: int) -> list[tuple[int, int, str | None]]:
    """(from, to, why it stopped) of work of some length from a moment on: lunch and the end of the shift interrupt it."""
    found: list[tuple[int, int, str | None]] = []
    while True:
        ordinal, second = divmod(begin, DAY)
        if not is_open(ordinal) or second >= SHIFT_TO - 5 * MINUTE:
            begin = next_open(ordinal) * DAY + SHIFT_FROM
            continue
        if second < SHIFT_FROM or LUNCH_FROM - 5 * MINUTE <= second < LUNCH_TO:
            begin = ordinal * DAY + (SHIFT_FROM if second < SHIFT_FROM else LUNCH_TO)
            continue
        pause, reason = (LUNCH_FROM, "break") if second < LUNCH_FROM else (SHIFT_TO, "end_of_shift")
        stop = ordinal * DAY + pause
        if begin + seconds <= stop:
            found.append((begin, begin + seconds, None))
            return found
        found.append((begin, stop, reason))
        seconds -= stop - begin
        begin = stop
