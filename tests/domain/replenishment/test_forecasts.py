"""The forecasts against numbers that others published, and what must hold for any demand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.replenishment.forecasts import (
    Method,
    croston,
    exponential,
    method_for,
    path_of,
    sba,
    squared_errors,
    tsb,
)
from app.domain.replenishment.rules import Pattern

OIL = [
    445.36, 453.20, 454.41, 422.38, 456.04, 440.39, 425.19, 486.21, 500.43, 521.28, 508.95, 488.89, 509.87, 456.72,
    473.82, 525.95, 549.83, 542.34,
]  # fmt: skip
SERIES = st.lists(st.integers(0, 9).map(lambda n: n * 1000 if n > 5 else 0), min_size=1, max_size=104)


def prescriptions() -> list[int]:
    # Prescriptions per month of one medicine in Australia, July 1991 to June 2008: the series with which the manual of R's
    # package "forecast" (croston) and the tests of sktime compare implementations. Its last years are nearly all zero.
    return [
        *(1, 1, 1, 0, 0, 1, 3, 1, 1, 1, 1, 1, 2, 1, 1, 0, 0, 2, 0, 0, 1, 2, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 2, 1, 0, 0, 0, 1),
        *(0, 3, 3, 2, 4, 1, 1, 3, 3, 1, 0, 4, 1, 3, 0, 1, 2, 5, 14, 2, 0, 0, 3, 6, 2, 2, 2, 5, 1, 6, 3, 3, 2, 0, 1, 1, 0),
        *(0, 0, 1, 4, 12, 4, 0, 7, 0, 2, 1, 4, 1, 3, 1, 0, 6, 9, 3, 1, 3, 1, 7, 1, 3, 3, 3, 5, 6, 10, 5, 1, 3, 1, 1, 1, 2),
        *(1, 3, 7, 11, 10, 5, 5, 2, 2, 1, 0, 3, 6, 5, 8, 9, 1, 1, 0, 0, 0, 1, 2, 2, 0, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1, 0, 1),
        *([0] * 13), *(1, 0, 1, 3), *([0] * 38),
    ]  # fmt: skip


@pytest.mark.parametrize(("alpha", "wanted"), [(0.1, 0.8688921), (0.5, 0.6754646), (0.05, 1.405808)])
def test_croston_is_what_the_package_forecast_of_r_answers(alpha: float, wanted: float) -> None:
    # R: croston(y, h = 10) on the series above, as quoted in sktime's tests of Croston's method.
    series = prescriptions()
    assert len(series) == 204
    assert croston(series, alpha)[-1] == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(
    ("alpha", "beta", "wanted"), [(0.1, 0.1, 0.015194), (0.4, 0.05, 0.106244), (0.5, 0.05, 0.116315)]
)
def test_tsb_is_what_another_implementation_answers(alpha: float, beta: float, wanted: float) -> None:
    # The expected figures are those of sktime's tests of TSB; it starts from another probability, of which after 204
    # months with β = 0.05 a thirty-thousandth is left.
    assert tsb(prescriptions(), alpha, beta)[-1] == pytest.approx(wanted, abs=4e-5)


def test_tsb_by_hand() -> None:
    # Worked by hand, α = 0.5, β = 0.2, demand 0 3 0 0 5: size 3, 3, 3, 3, 4; probability from one in two,
    # 0.4, 0.52, 0.416, 0.3328, 0.46624.
    assert tsb([0, 3, 0, 0, 5], 0.5, 0.2) == pytest.approx([0, 0, 3 * 0.52, 3 * 0.416, 3 * 0.3328, 4 * 0.46624])


def test_croston_and_its_correction_by_hand() -> None:
    # Worked by hand, α = 0.2, demand 0 4 0 0 2 0: size 4, then 4 + 0.2 × (2 - 4) = 3.6; interval 2, then 2.2.
    assert croston([0, 4, 0, 0, 2, 0], 0.2) == pytest.approx([0, 0, 2, 2, 2, 3.6 / 2.2, 3.6 / 2.2])
    assert sba([0, 4, 0, 0, 2, 0], 0.2)[-1] == pytest.approx(0.9 * 3.6 / 2.2)


def test_exponential_smoothing_is_the_textbooks_oil_example() -> None:
    # Hyndman and Athanasopoulos, Forecasting: principles and practice, 2nd ed., section 7.1: α = 0.83 (printed with two
    # digits, hence the tolerance), first level 446.59; the table's levels end with 542.68.
    path = exponential(OIL, 0.83, 446.59)
    assert path[1:6] == pytest.approx([445.57, 451.93, 454.00, 427.63, 451.32], abs=0.15)
    assert path[-1] == pytest.approx(542.68, abs=0.05)


def test_a_part_that_nobody_asks_for_any_more_goes_to_nothing_with_tsb_and_not_with_croston() -> None:
    alive = [2000, 0, 0, 1000] * 13
    dead = [*alive, *([0] * 104)]
    assert tsb(dead)[-1] < tsb(alive)[-1] / 100
    assert all(after < before for before, after in zip(tsb(dead)[52:], tsb(dead)[53:], strict=False))
    assert croston(dead)[-1] == croston(alive)[-1]
    assert method_for(Pattern.INTERMITTENT, alive) is Method.SBA
    assert method_for(Pattern.INTERMITTENT, dead) is Method.TSB
    assert method_for(Pattern.LUMPY, alive) is Method.TSB


@given(SERIES)
def test_no_forecast_is_below_nothing_or_above_the_greatest_demand(series: list[int]) -> None:
    for method in Method:
        path = path_of(method, series)
        assert len(path) == len(series) + 1
        assert all(0 <= value <= max(series) + 1e-6 for value in path), method
        assert all(error >= 0 for error in squared_errors(series, path))


@given(SERIES, st.integers(0, 103))
def test_a_forecast_knows_nothing_of_the_weeks_after_it(series: list[int], cut: int) -> None:
    # The first level of exponential smoothing comes from the first eight weeks.
    for method in (Method.SBA, Method.TSB):
        known = series[:cut]
        assert path_of(method, series)[: len(known) + 1] == pytest.approx(path_of(method, known))
