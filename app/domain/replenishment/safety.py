"""Levels of stock from a forecast, its error and a service level.

The service level is the chance that the stock lasts from one order to the arrival of the next: over the supplier's lead
time plus the days until he is ordered from again. What the customer sees (served at once or not) follows from it and is
what the simulation counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, exp, log
from statistics import NormalDist

UNIT = 1000  # thousandths of a piece or a litre
MANY = 60.0  # pieces from which on the normal distribution is close enough for any demand
_NORMAL = NormalDist()


@lru_cache(maxsize=1000)
def factor(service_permille: int) -> float:
    """Standard deviations that cover a service level: 950 → 1.645. Below one half it is 0: a level is never cut."""
    return max(0.0, _NORMAL.inv_cdf(min(max(service_permille, 1), 999) / 1000))


def poisson_quantile(mean: float, service: float) -> int:
    """The smallest number that a Poisson demand of this mean does not exceed with the chance ``service``."""
    return _count_until(service, exp(-mean), lambda k: mean / (k + 1))


def negative_binomial_quantile(mean: float, variance: float, service: float) -> int:
    """Likewise for demand that varies more than Poisson: orders of several pieces, long pauses. ``variance`` > ``mean``."""
    ratio = variance / mean
    shape = mean / (ratio - 1)
    return _count_until(service, exp(-shape * log(ratio)), lambda k: (k + shape) / (k + 1) * (1 - 1 / ratio))


def _count_until(service: float, chance: float, step: Callable[[int], float]) -> int:
    number, reached = 0, chance
    while reached < service and number < 10_000:
        chance *= step(number)
        number += 1
        reached += chance
    return number


@lru_cache(maxsize=200_000)
def _pieces(mean_hundredth: int, variance_hundredth: int, service_permille: int) -> int:
    """Kept: many slow parts have the same few means, and a simulation asks for each week anew."""
    mean, variance, service = mean_hundredth / 100, variance_hundredth / 100, min(service_permille, 999) / 1000
    if mean <= 0:
        return 0
    if variance <= mean * 1.01:
        return poisson_quantile(mean, service)
    return negative_binomial_quantile(mean, variance, service)


@dataclass(frozen=True, slots=True)
class Levels:
    """When to order and up to where, in thousandths."""

    safety_milli: int
    reorder_milli: int
    up_to_milli: int


def levels(
    *,
    week_milli: float,
    error_milli2: float,
    lead_days: int,
    review_days: int,
    service_permille: int,
    steady: bool,
    floor_milli: int = 0,
) -> Levels:
    """The levels of a part with a forecast per week and its mean squared error (thousandths, squared).

    The reorder level covers the demand of lead time + review period at the service level: with the normal distribution
    of the forecast's error for steady demand; for intermittent demand, which no bell curve fits, with the Poisson
    distribution of whole pieces, or the negative binomial one where the error is greater than Poisson's. The upper level
    adds what is asked for in one review period, so that not every piece sold is a line of the next order. ``floor_milli``
    is the least that must lie there.
    """
    weeks = (lead_days + review_days) / 7
    mean, variance = week_milli * weeks, error_milli2 * weeks
    if steady or mean > MANY * UNIT:
        reorder = mean + factor(service_permille) * variance**0.5
    else:
        # Rounded up to hundredths of a piece: a little more, never less.
        pieces = _pieces(ceil(mean / UNIT * 100 - 1e-9), ceil(variance / UNIT**2 * 100 - 1e-9), service_permille)
        reorder = float(pieces * UNIT)
    reorder_milli = max(_whole(reorder), floor_milli)
    cycle = week_milli * review_days / 7
    up_to = reorder_milli + (_whole(cycle) if cycle >= UNIT else 0)
    return Levels(max(0, reorder_milli - _whole(mean)), reorder_milli, up_to)


def _whole(milli: float) -> int:
    """Up to the next whole piece or litre."""
    return ceil(milli / UNIT - 1e-9) * UNIT
