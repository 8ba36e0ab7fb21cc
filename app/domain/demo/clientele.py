"""Which cars come on a day: with an appointment or without, again after half a year to fourteen months, or never again."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

from app.domain.demo import services
from app.domain.demo.opening_days import (
    DAY,
    HOUR,
    MINUTE,
    OPENS,
    cars_expected,
    is_open,
    next_open,
    within_opening,
)
from app.domain.demo.plan import Arrival, Car, Expected, Who

LEAD = 10  # days: how far ahead the demo's customers book
_BY_APPOINTMENT, _MISSED, _CANCELLED, _MOVED = 64, 4, 3, 5  # in a hundred
_LEAVES = 14  # in a hundred visits the car is not seen again
_SLOT = 30 * MINUTE
# Cars at the gate by half hour since eight, of those that come unannounced.
_GATE = (6, 10, 12, 12, 10, 9, 7, 5, 3, 3, 6, 7, 7, 6, 5, 3, 2)
_MONTHLY = 30


def cars_needed(days: int, per_day: float) -> int:
    """How many cars keep a shop busy for ``days``: those of ten months, and who replaces those that leave."""
    return int(per_day * (min(days, 300) + max(0, days - 300) * _LEAVES / 100))


class Clientele:
    """The cars, by the day on which they are due again."""

    def __init__(self, dice: random.Random, cars: list[Car], per_day: float, until: int, desks: int) -> None:
        self.dice, self.per_day, self.until, self.desks = dice, per_day, until, desks
        self._new = cars[:]
        dice.shuffle(self._new)
        self._due: list[tuple[int, int, Car]] = []
        self._slots = [number for number, weight in enumerate(_GATE) for _ in range(weight)]

    def due_again(self, car: Car, day: int, *, soon: bool = False) -> None:
        """A car that left on ``day`` will come again, most likely; ``soon`` after a missed appointment."""
        if soon:
            day += self.dice.randrange(5, 25)
        elif self.dice.randrange(100) < _LEAVES:
            return
        else:
            day += int(self.dice.triangular(180, 425, 300))
        if day < self.until:
            heapq.heappush(self._due, (day, car.id, car))

    def _next(self, day: int) -> Car | None:
        if self._due and self._due[0][0] <= day:
            return heapq.heappop(self._due)[2]
        if self._new:
            return self._new.pop()
        if self._due and self._due[0][0] <= day + 4 * _MONTHLY:
            return heapq.heappop(self._due)[2]
        return None

    def day(
        self, day: int, first: int, advisers: list[Who], slot_id: Callable[[int], int]
    ) -> tuple[list[Arrival], list[tuple[int, int]], list[Expected]]:
        """(arrivals, (slot, places taken), appointments that nobody came to) of a day, planned ``LEAD`` days ahead.

        ``first`` is the first day on which anybody can have booked; ``slot_id`` gives the id of a slot.
        """
        arrivals: list[Arrival] = []
        missed: list[Expected] = []
        taken: dict[int, int] = {}
        for _ in range(cars_expected(day, self.per_day, self.dice)):
            car = self._next(day)
            if car is None:
                break
            expected = None
            if day > first and self.dice.randrange(100) < _BY_APPOINTMENT:
                expected = self._book(day, first, car, advisers, taken, slot_id)
            if expected is None:
                at = day * DAY + OPENS + 5 * MINUTE + self.dice.choice(self._slots) * _SLOT
                arrivals.append(Arrival(at + self.dice.randrange(25 * MINUTE), car))
            elif expected.state == "arrived":
                at = max(expected.slot - 6 * MINUTE, day * DAY + OPENS) + self.dice.randrange(14 * MINUTE)
                arrivals.append(Arrival(at, car, expected))
            else:
                missed.append(expected)
                self.due_again(car, day, soon=True)
        arrivals.sort(key=lambda arrival: (arrival.at, arrival.car.id))
        return arrivals, sorted(taken.items()), missed

    def _book(
        self,
        day: int,
        first: int,
        car: Car,
        advisers: list[Who],
        taken: dict[int, int],
        slot_id: Callable[[int], int],
    ) -> Expected | None:
        """An appointment on ``day``; None when the reception's times that suit are full."""
        dice = self.dice
        slot = next(
            (s for s in (dice.choice(self._slots) for _ in range(6)) if taken.get(s, 0) < self.desks),
            None,
        )
        if slot is None:
            return None
        roll = dice.randrange(100)
        state = "no_show" if roll < _MISSED else "cancelled" if roll < _MISSED + _CANCELLED else "arrived"
        starts = day * DAY + OPENS + slot * _SLOT
        booked_on = dice.randrange(max(first, day - LEAD + 1), day)
        while not is_open(booked_on):
            booked_on = next_open(booked_on)
        if booked_on >= day:
            return None
        taken.setdefault(slot, 0)
        taken[slot] += state == "arrived"
        found = Expected(
            car=car,
            slot=starts,
            slot_id=slot_id(starts),
            hours_centi=dice.choice((100, 100, 150, 150, 200, 300)),
            wish=dice.choice(services.SERVICES[:12]).words,
            booked_at=booked_on * DAY + OPENS + 20 * MINUTE + dice.randrange(9 * HOUR),
            booked_by=dice.choice(advisers),
            state=state,
        )
        self._fate(found)
        return found

    def _fate(self, found: Expected) -> None:
        """When and why an appointment was missed, called off or moved."""
        dice, booked, starts = self.dice, found.booked_at, found.slot
        if found.state == "no_show":
            found.ended_at = starts + dice.randrange(40 * MINUTE, 90 * MINUTE)
        elif found.state == "cancelled":
            found.reason = dice.choice(services.MISSED)
            at = within_opening(booked + dice.randrange(HOUR, 30 * HOUR))
            found.ended_at = at if at < starts - HOUR else booked + 30 * MINUTE
        elif dice.randrange(100) < _MOVED and starts - booked > 2 * DAY:
            found.moved_at = within_opening(booked + dice.randrange(HOUR, 20 * HOUR))
            found.moved_from, found.reason = starts - DAY, dice.choice(services.MISSED)
