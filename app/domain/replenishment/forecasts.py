"""Forecasts of demand per week, by published formulas in plain Python.

Why no library: statsforecast, which keeps these methods well, brings numba and pandas (hundreds of megabytes, seconds to
import); each formula is a few lines, and 20,000 parts with two years of weeks take about a second.

Every function returns the whole path: ``path[t]`` is what was forecast for week ``t`` knowing the weeks before it, and
the last element is the forecast for the week to come. So the errors are errors of real forecasts, and the simulation
sees what the desk would have seen then.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from app.domain.replenishment.rules import Pattern

# Silver, Pyke and Peterson as well as the authors of the three methods below look at 0.1 to 0.2 for slow series.
ALPHA = 0.1  # sizes and intervals of intermittent demand, level of steady demand
BETA = 0.05  # probability of a week with demand: slower, it is updated every week
WARM_UP = 8  # weeks whose mean a smoothed level starts from
QUIET = 26  # weeks without demand after which a part is taken to be dying


class Method(StrEnum):
    """How the demand of a part was forecast."""

    NONE = "none"
    SES = "ses"  # simple exponential smoothing
    SBA = "sba"
    TSB = "tsb"


def exponential(series: Sequence[float], alpha: float = ALPHA, level: float | None = None) -> list[float]:
    """Simple exponential smoothing (Brown 1956); without ``level`` it starts from the mean of the first weeks."""
    if level is None:
        head = series[:WARM_UP]
        level = sum(head) / len(head) if head else 0.0
    path = [level]
    for value in series:
        level += alpha * (value - level)
        path.append(level)
    return path


def croston(series: Sequence[float], alpha: float = ALPHA, factor: float = 1.0) -> list[float]:
    """Croston (1972), Operational Research Quarterly 23, 289-303: smoothed size ÷ smoothed interval between demands.

    Both start from the first demand, whose interval is counted from the beginning of the series. Nothing is known
    before it: 0. ``factor`` is what its successors multiply with.
    """
    path = [0.0]
    size = interval = 0.0
    since = 0
    forecast = 0.0
    for value in series:
        since += 1
        if value > 0:
            if size:
                size += alpha * (value - size)
                interval += alpha * (since - interval)
            else:
                size, interval = float(value), float(since)
            since = 0
            forecast = factor * size / interval
        path.append(forecast)
    return path


def sba(series: Sequence[float], alpha: float = ALPHA) -> list[float]:
    """Syntetos and Boylan (2005), International Journal of Forecasting 21, 303-314: Croston without his bias, × (1 - α/2)."""
    return croston(series, alpha, 1 - alpha / 2)


def tsb(series: Sequence[float], alpha: float = ALPHA, beta: float = BETA) -> list[float]:
    """Teunter, Syntetos and Babai (2011), European Journal of Operational Research 214, 606-615.

    Smoothed size × smoothed probability of a demand; the probability is updated in every week, so that the forecast of a
    part that nobody asks for any more goes to nothing. Starts from the first demand: its size, and one in its interval.
    """
    first = next((at for at, value in enumerate(series) if value > 0), None)
    if first is None:
        return [0.0] * (len(series) + 1)
    # What is known of the beginning is known at the first demand only: until then the forecast is nothing.
    size, chance = float(series[first]), 1 / (first + 1) * (1 - beta) ** first
    path = [0.0] * (first + 1)
    for value in series[first:]:
        if value > 0:
            size += alpha * (value - size)
            chance += beta * (1 - chance)
        else:
            chance -= beta * chance
        path.append(size * chance)
    return path


def method_for(pattern: Pattern, series: Sequence[float]) -> Method:
    """Which method fits: smoothing for weekly movers, SBA for intermittent demand, TSB where it is lumpy or may have ended.

    Syntetos, Boylan and Croston (2005) have SBA for erratic demand, too; nearly every week has a demand there, and with
    hardly any gaps its correction would only forecast α/2 too little.
    """
    if pattern is Pattern.NONE:
        return Method.NONE
    if pattern in (Pattern.SMOOTH, Pattern.ERRATIC):
        return Method.SES
    quiet = not any(series[-QUIET:])
    return Method.TSB if pattern is Pattern.LUMPY or quiet else Method.SBA


def path_of(method: Method, series: Sequence[float]) -> list[float]:
    """The forecasts of a method along a series."""
    if method is Method.SES:
        return exponential(series)
    if method is Method.SBA:
        return sba(series)
    if method is Method.TSB:
        return tsb(series)
    return [0.0] * (len(series) + 1)


def squared_errors(series: Sequence[float], path: Sequence[float]) -> list[float]:
    """``errors[t]``: the mean squared error of the forecasts for the weeks before ``t``; of no weeks it is 0."""
    found, whole = [0.0], 0.0
    for number, value in enumerate(series, 1):
        whole += (value - path[number - 1]) ** 2
        found.append(whole / number)
    return found
