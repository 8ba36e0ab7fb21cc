"""Money to the fen: nothing is made or lost by rounding, and nothing odd is taken for an amount."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.kernel.errors import InvalidInput
from app.kernel.money import (
    MAX_FEN,
    allocate,
    divide_half_up,
    format_yuan,
    labour_amount,
    line_amount,
    parse_yuan,
    split_vat,
)

FEN = st.integers(-MAX_FEN, MAX_FEN)
quick = settings(max_examples=150, deadline=None, database=None)


def exactly(numerator: int, denominator: int) -> int:
    """The same by decimals, as a bookkeeper rounds: half away from zero."""
    return int((Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), ROUND_HALF_UP))


@quick
@given(FEN, st.sampled_from([1, 2, 3, 7, 100, 113, 1000, 100_000, 1_000_000]))
@example(5, 10)
@example(-5, 10)
@example(-15, 10)
def test_halves_are_rounded_away_from_zero(numerator: int, denominator: int) -> None:
    assert divide_half_up(numerator, denominator) == exactly(numerator, denominator)


@quick
@given(FEN, st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any))
def test_shares_add_up_to_the_whole_and_each_is_fair(total: int, weights: list[int]) -> None:
    shares = allocate(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        # Less than one fen away from its exact part, and on its side of nought.
        assert abs(share * sum(weights) - total * weight) < sum(weights)
        assert share * total >= 0 and (weight or share == 0)


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1, 2]])
def test_nothing_is_split_by_no_weights(weights: list[int]) -> None:
    with pytest.raises(ValueError):
        allocate(100, weights)


@quick
@given(FEN)
@example(113)
@example(1)
@example(-1)
def test_net_and_tax_are_the_gross(gross: int) -> None:
    net, tax = split_vat(gross)
    assert net + tax == gross
    assert net == exactly(gross * 100, 113)
    assert split_vat(-gross) == (-net, -tax)


def test_a_year_of_one_fen_receipts_is_taxed_as_rounded() -> None:
    assert [split_vat(gross) for gross in (0, 1, 4, 5, 113, 11300)] == [
        (0, 0), (1, 0), (4, 0), (4, 1), (100, 13), (10000, 1300)
    ]  # fmt: skip


@quick
@given(st.integers(1, 10**9), st.integers(0, 10**7), st.integers(0, 1000))
def test_a_line_is_rounded_once_after_its_discount(quantity: int, price: int, discount: int) -> None:
    amount = line_amount(quantity, price, discount)
    assert amount == exactly(quantity * price * (1000 - discount), 1_000_000)
    assert 0 <= amount <= exactly(quantity * price, 1000)
    assert line_amount(quantity, price, 1000) == 0


@quick
@given(st.integers(0, 100_000), st.integers(0, 10**6), st.integers(0, 1000))
def test_labour_is_hours_times_rate(hours: int, rate: int, discount: int) -> None:
    assert labour_amount(hours, rate, discount) == exactly(hours * rate * (1000 - discount), 100_000)
    assert labour_amount(hours, rate) >= labour_amount(hours, rate, discount)


@quick
@given(FEN)
def test_what_is_shown_can_be_typed_again(fen: int) -> None:
    assert parse_yuan(format_yuan(fen), negative=True) == fen


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1234.5", 123450),
        ("1,234.50", 123450),
        ("￥12", 1200),
        ("１２．５元", 1250),
        (" 0 ", 0),
        ("-0", 0),
        ("¥0.01", 1),
    ],
)
def test_amounts_as_people_type_them(typed: str, fen: int) -> None:
    assert parse_yuan(typed) == fen


ODD = [
    "", " ", "-1", "+1", "1.234", "1.", ".5", "1e3", "0x10", "1_000", "²", "١٢", "NaN", "nan", "inf", "1,23", "1,2345",
    "1 2", "--1", "1\x00", "\ud800", "12元元", "1\n2", str(2**63), "9" * 5000, "100000000.01", "½", "一百",
]  # fmt: skip


@pytest.mark.parametrize("typed", ODD)
def test_anything_else_is_refused_in_words(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_yuan(typed, field="amount")
    assert refused.value.field == "amount" and len(str(refused.value.params)) < 200


@quick
@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_amounts(typed: str) -> None:
    try:
        fen = parse_yuan(typed)
    except InvalidInput:
        return
    assert type(fen) is int and 0 <= fen <= MAX_FEN
