"""Quantities and hours: whole thousandths and hundredths, read as people type them, and nothing odd among them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.errors import InvalidInput
from app.kernel.labour import MAX_CENTI, centi_of, duration_of, format_hours, parse_hours
from app.kernel.quantity import MAX_MILLI, format_quantity, parse_quantity
from tests.kernel.test_money import ODD

quick = settings(max_examples=100, deadline=None, database=None)


@quick
@given(st.integers(1, MAX_MILLI - 1))
def test_a_quantity_that_is_shown_can_be_typed_again(milli: int) -> None:
    assert parse_quantity(format_quantity(milli)) == milli


@quick
@given(st.integers(0, MAX_CENTI))
def test_hours_that_are_shown_can_be_typed_again_and_last_as_long(centi: int) -> None:
    assert parse_hours(format_hours(centi)) == centi
    assert centi_of(duration_of(centi)) == centi


@pytest.mark.parametrize(("seconds", "centi"), [(0, 0), (17, 0), (18, 1), (36, 1), (54, 2), (3600, 100)])
def test_half_a_hundredth_of_an_hour_counts(seconds: int, centi: int) -> None:
    assert centi_of(timedelta(seconds=seconds)) == centi


@pytest.mark.parametrize(
    "typed", ["0", "0.000", "1000000.001", "1.0005", "999999999", *(odd for odd in ODD if odd != "1.234")]
)
def test_odd_quantities_are_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        parse_quantity(typed)


@pytest.mark.parametrize("typed", ["1000.01", "1.255", "99999", *ODD])
def test_odd_hours_are_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        parse_hours(typed)


@pytest.mark.parametrize("parse", [parse_quantity, parse_hours])
@quick
@given(typed=st.text(max_size=30))
def test_no_text_breaks_the_reading(parse: Callable[[str], int], typed: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert type(parse(typed)) is int
