"""Which parts are A, B and C, by the value issued of each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.stock.abc import AbcClass, classify

A, B, C = AbcClass


def test_eighty_fifteen_five() -> None:
    assert classify({1: 5000, 2: 3000, 3: 1000, 4: 500, 5: 300, 6: 200}) == {1: A, 2: A, 3: B, 4: B, 5: C, 6: C}


def test_one_part_that_makes_all_of_it_is_a_and_what_was_never_issued_is_c() -> None:
    assert classify({7: 100, 8: 0, 9: -50}) == {7: A, 8: C, 9: C}


def test_nothing_issued_at_all_is_c_and_nothing_is_nothing() -> None:
    assert classify({1: 0, 2: 0}) == {1: C, 2: C}
    assert classify({}) == {}


def test_a_shop_may_end_the_classes_elsewhere_and_the_part_that_crosses_a_bound_is_of_the_better_one() -> None:
    worth = {1: 500, 2: 290, 3: 100, 4: 60, 5: 40, 6: 10, 7: 0}  # cumulated 50, 79, 89, 95, 99, 100 per cent
    assert classify(worth) == {1: A, 2: A, 3: A, 4: B, 5: C, 6: C, 7: C}
    assert classify(worth, 500, 790) == {1: A, 2: B, 3: C, 4: C, 5: C, 6: C, 7: C}


@given(st.dictionaries(st.integers(1, 50), st.integers(-1000, 10**12)))
def test_every_part_has_a_class_and_no_cheaper_one_a_better(values: dict[int, int]) -> None:
    classes = classify(values)
    assert classes.keys() == values.keys()
    ranked = sorted(values, key=lambda part: (-values[part], part))
    assert [classes[part] for part in ranked] == sorted(classes[part] for part in ranked)
    whole = sum(value for value in values.values() if value > 0)
    for bound, within in ((800, {A}), (950, {A, B})):
        held = sum(values[part] for part in values if classes[part] in within)
        assert held * 1000 >= bound * whole  # the classes hold at least their share
