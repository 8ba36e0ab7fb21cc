"""Classes, safety and quantities: textbook figures, and what must hold for any part."""

from __future__ import annotations

from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.replenishment.replay import Past, replay
from app.domain.replenishment.rules import (
    Pattern,
    StabilityClass,
    order_quantity,
    pattern_of,
    stability_class,
    variation,
    whole_packs,
)
from app.domain.replenishment.safety import (
    Levels,
    factor,
    levels,
    negative_binomial_quantile,
    poisson_quantile,
)

SERVICE = st.integers(500, 999)
WEEK = st.floats(0, 40_000)
ERROR = st.floats(0, 60_000).map(lambda root: root**2)
DAYS = st.integers(1, 60)


def test_xyz_by_the_variation_over_periods_of_four_weeks() -> None:
    x, y, z = StabilityClass
    assert stability_class([1000] * 52) is x
    # Periods of 2, 4, 6 and 8 pieces: mean 5, standard deviation √5: 0.447.
    steps = [500] * 4 + [1000] * 4 + [1500] * 4 + [2000] * 4
    assert variation(steps) == pytest.approx(5**0.5 / 5)
    assert stability_class(steps) is x
    assert stability_class([1000, 0, 0, 0, 4000, 0, 0, 0] * 6) is y  # 1 and 4 by turns: 0.6
    assert stability_class([0] * 48 + [9000] * 4) is z
    assert stability_class([5000] + [0] * 103) is z  # nothing in the last year


@pytest.mark.parametrize(
    ("weeks", "pattern"),
    [
        ([0] * 20, Pattern.NONE),
        ([2, 3, 2, 3] * 5, Pattern.SMOOTH),
        ([1, 1, 1, 1, 9] * 5, Pattern.ERRATIC),  # sizes 2.6 ± 3.2: 1.51 squared
        ([0, 0, 2, 0] * 5, Pattern.INTERMITTENT),
        ([0, 0, 1, 0, 0, 9] * 5, Pattern.LUMPY),
        ([1, 1, 1, 0] * 5, Pattern.INTERMITTENT),  # an interval of 1.33
        ([1, 1, 1, 1, 0] * 5, Pattern.SMOOTH),  # of 1.25
    ],
)
def test_demand_is_sorted_at_the_limits_of_syntetos_boylan_and_croston(weeks: list[int], pattern: Pattern) -> None:
    assert pattern_of(weeks) is pattern


def test_the_factors_and_quantiles_are_those_of_the_tables() -> None:
    assert [round(factor(level), 3) for level in (500, 900, 950, 990)] == [0, 1.282, 1.645, 2.326]
    # Poisson, mean 2: 0.9473 up to 4 and 0.9834 up to 5; mean 0.1: 0.9048 and 0.9953.
    assert [poisson_quantile(2, level) for level in (0.94, 0.95, 0.98, 0.99)] == [4, 5, 5, 6]
    assert [poisson_quantile(0.1, level) for level in (0.9, 0.95)] == [0, 1]
    # Negative binomial, mean 2 and variance 4, worked by hand: 1/4, 1/4, 3/16, 1/8, 5/64, 3/64, 7/256 add up to 0.9648.
    assert [negative_binomial_quantile(2, 4, level) for level in (0.9, 0.93, 0.95, 0.96)] == [5, 5, 6, 6]


def test_a_steady_part_by_hand() -> None:
    # 7 a week, error 2, lead time and cycle of a week each: 14 + 1.645 × 2 × √2 = 18.65; the cycle's 7 on top.
    wanted = levels(
        week_milli=7000, error_milli2=2000**2, lead_days=7, review_days=7, service_permille=950, steady=True
    )
    assert wanted == Levels(safety_milli=5000, reorder_milli=19_000, up_to_milli=26_000)


def test_a_slow_part_by_hand() -> None:
    # One in ten weeks, two weeks to cover: a Poisson demand of 0.2, of which 0.982 are one at most.
    slow = {"week_milli": 100.0, "error_milli2": 100.0 * 1000, "lead_days": 7, "review_days": 7, "steady": False}
    assert levels(**slow, service_permille=980).up_to_milli == 1000  # type: ignore[arg-type]
    assert levels(**slow, service_permille=990).up_to_milli == 2000  # type: ignore[arg-type]
    assert levels(**slow, service_permille=800).up_to_milli == 0  # type: ignore[arg-type]
    assert levels(**slow, service_permille=800, floor_milli=2000).reorder_milli == 2000  # type: ignore[arg-type]


@given(WEEK, ERROR, DAYS, DAYS, SERVICE, SERVICE, st.booleans())
def test_more_service_never_lays_less_on_the_shelf(
    week: float, error: float, lead: int, review: int, one: int, other: int, steady: bool
) -> None:
    facts = {"week_milli": week, "error_milli2": error, "lead_days": lead, "review_days": review, "steady": steady}
    less, more = (levels(**facts, service_permille=level) for level in sorted((one, other)))  # type: ignore[arg-type]
    assert less.reorder_milli <= more.reorder_milli and less.up_to_milli <= more.up_to_milli
    for level in (less, more):
        assert 0 <= level.safety_milli <= level.reorder_milli <= level.up_to_milli
    for position in (-5000, 0, 3000, 20_000):
        few, many = (
            order_quantity(
                position_milli=position,
                reorder_milli=level.reorder_milli,
                up_to_milli=level.up_to_milli,
                pack_milli=4000,
                minimum_milli=1000,
            )
            for level in (less, more)
        )
        assert few <= many


@given(
    st.integers(-50_000, 50_000), st.integers(0, 40_000), st.integers(0, 20_000), st.integers(1, 12_000),
    st.integers(0, 30_000),
)  # fmt: skip
def test_a_suggestion_is_whole_packs_never_negative_and_fills_up(
    position: int, reorder: int, cycle: int, pack: int, least: int
) -> None:
    wanted = order_quantity(
        position_milli=position,
        reorder_milli=reorder,
        up_to_milli=reorder + cycle,
        pack_milli=pack,
        minimum_milli=least,
    )
    assert wanted >= 0 and wanted % pack == 0
    if wanted:
        assert wanted >= least and position + wanted >= reorder + cycle
    else:
        assert position >= reorder and position >= 0


def test_packs_and_minimum() -> None:
    assert [whole_packs(n, 4000, 10_000) for n in (0, 1, 4000, 10_001, 13_000)] == [0, 12_000, 12_000, 12_000, 16_000]


def test_a_part_is_replayed_day_by_day_by_hand() -> None:
    # One a week for three months before; two weeks to cover at 95 %: the shelf starts with 2 + 1 and no safety, for the
    # forecasts were right. Lines on days 1, 8 and 9; on day 7 one is missing of the reorder level of 2? No: 2 lie there.
    past = Past(
        path=[1000.0] * 18,
        errors=[0.0] * 18,
        steady=True,
        lines=[(1, 1000), (8, 1000), (9, 2000), (20, 1000)],
        weeks=4,
        lead_days=7,
        review_days=7,
        pack_milli=1000,
        minimum_milli=0,
        floor_milli=0,
    )
    done = replay(past, 950)
    # Day 1: 3 → 2. Day 7: 2 is not below 2. Day 8: → 1. Day 9: two are asked for, a miss. Day 14: 1 < 2, two are
    # ordered and come on day 21. Day 20: → 0. Day 21: 2, until day 28.
    assert done.served == 3
    assert done.milli_days == 1000 * (1 * 3 + 7 * 2 + 12 * 1 + 1 * 0 + 7 * 2)


@given(st.lists(st.tuples(st.integers(0, 27), st.integers(1, 6)), max_size=30), SERVICE, SERVICE)
def test_a_replay_serves_no_more_than_was_asked_for(asked: list[tuple[int, int]], one: int, other: int) -> None:
    lines = sorted((day, pieces * 1000) for day, pieces in asked)
    past = Past([2000.0] * 18, [4e6] * 18, False, lines, 4, 5, 7, 1000, 0, 0)
    for level in (one, other):
        done = replay(past, level)
        assert 0 <= done.served <= len(lines) and done.milli_days >= 0


def test_the_normal_factor_is_the_inverse_of_its_distribution() -> None:
    assert NormalDist().cdf(factor(975)) == pytest.approx(0.975)
