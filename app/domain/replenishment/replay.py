"""One part through the past, day by day, as if another service level had held: what was served at once, what lay there.

The replay knows nothing that the desk could not have known: its levels are renewed every four weeks from the forecast
and the errors of the weeks before. It begins with a full shelf. A line that the shelf cannot serve whole is a miss, and is
bought in for the customer by an emergency order that leaves the shelf as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.replenishment.rules import FOUR_WEEKS, order_quantity
from app.domain.replenishment.safety import Levels, levels


@dataclass(frozen=True, slots=True)
class Past:
    """A part's past: thousandths and days; ``lines`` are (day from the window's first on, thousandths) in order of days.

    ``path`` and ``errors`` are the forecasts and their mean squared errors, one per week of demand and one for the week
    after; the window is the last ``weeks`` of them.
    """

    path: Sequence[float]
    errors: Sequence[float]
    steady: bool
    lines: Sequence[tuple[int, int]]
    weeks: int
    lead_days: int
    review_days: int
    pack_milli: int
    minimum_milli: int
    floor_milli: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Lines served at once, and thousandths on the shelf summed over the days."""

    served: int
    milli_days: int


def levels_along(past: Past, service_permille: int) -> list[Levels]:
    """The levels of each four weeks of the window, from what was known when they began."""
    found = []
    first = len(past.path) - 1 - past.weeks
    for week in range(0, past.weeks, FOUR_WEEKS):
        at = max(0, first + week)  # a part that did not exist yet: nothing was known
        found.append(
            levels(
                week_milli=past.path[at],
                error_milli2=past.errors[at],
                lead_days=past.lead_days,
                review_days=past.review_days,
                service_permille=service_permille,
                steady=past.steady,
                floor_milli=past.floor_milli,
            )
        )
    return found


def replay(past: Past, service_permille: int) -> Outcome:
    """What would have become of a part's demand under a service level (thousandths)."""
    known = levels_along(past, service_permille)
    days = past.weeks * 7
    on_hand, on_order = known[0].up_to_milli, 0
    arrivals: list[tuple[int, int]] = []
    served = milli_days = counted = 0
    number, lines = 0, past.lines
    for today in range(0, days, past.review_days):
        now = known[today // (7 * FOUR_WEEKS)]
        position = on_hand + on_order
        if position < now.reorder_milli:
            quantity = order_quantity(
                position_milli=position,
                reorder_milli=now.reorder_milli,
                up_to_milli=now.up_to_milli,
                pack_milli=past.pack_milli,
                minimum_milli=past.minimum_milli,
            )
            arrivals.append((today + past.lead_days, quantity))
            on_order += quantity
        until = min(days, today + past.review_days)
        while True:
            arrives = arrivals[0][0] if arrivals else days
            asked = lines[number][0] if number < len(lines) else days
            at = min(arrives, asked)
            if at >= until:
                break
            milli_days += on_hand * (at - counted)
            counted = at
            if arrives <= asked:  # the van comes in the morning
                quantity = arrivals.pop(0)[1]
                on_hand += quantity
                on_order -= quantity
            else:
                wanted = lines[number][1]
                number += 1
                if on_hand >= wanted:
                    on_hand -= wanted
                    served += 1
    return Outcome(served, milli_days + on_hand * (days - counted))
