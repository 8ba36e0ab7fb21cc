"""Amounts in capitals, held against the examples of the rule and against a reader written the other way round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.capitals import capitals

# The rule's own examples are marked (P); the others follow from its four sentences.
EXAMPLES = [
    (140950, "人民币壹仟肆佰零玖元伍角"),  # (P)
    (600714, "人民币陆仟零柒元壹角肆分"),  # (P)
    (168032, "人民币壹仟陆佰捌拾元零叁角贰分"),  # (P)
    (10700053, "人民币壹拾万柒仟元零伍角叁分"),  # (P)
    (1640902, "人民币壹万陆仟肆佰零玖元零贰分"),  # (P)
    (32504, "人民币叁佰贰拾伍元零肆分"),  # (P)
    (0, "人民币零元整"),
    (1, "人民币壹分"),
    (10, "人民币壹角"),
    (11, "人民币壹角壹分"),
    (100, "人民币壹元整"),
    (1000, "人民币壹拾元整"),
    (1050, "人民币壹拾元零伍角"),
    (1005, "人民币壹拾元零伍分"),
    (10000, "人民币壹佰元整"),
    (100000, "人民币壹仟元整"),
    (100100, "人民币壹仟零壹元整"),
    (1000000, "人民币壹万元整"),
    (1000100, "人民币壹万零壹元整"),
    (1001000, "人民币壹万零壹拾元整"),
    (1010000, "人民币壹万零壹佰元整"),
    (1100000, "人民币壹万壹仟元整"),
    (10000000000, "人民币壹亿元整"),
    (10000000100, "人民币壹亿零壹元整"),
    (10000100000, "人民币壹亿零壹仟元整"),
    (10001000000, "人民币壹亿零壹万元整"),
    (10100000000, "人民币壹亿零壹佰万元整"),
    (11000100000, "人民币壹亿壹仟万壹仟元整"),
    (102030405006, "人民币壹拾亿贰仟零叁拾万肆仟零伍拾元零陆分"),
    (100000000000000, "人民币壹万亿元整"),
    (-123456, "人民币负壹仟贰佰叁拾肆元伍角陆分"),
    (-50, "人民币负伍角"),
]


@pytest.mark.parametrize(("fen", "text"), EXAMPLES)
def test_an_amount_stands_in_capitals_as_the_rule_writes_it(fen: int, text: str) -> None:
    assert capitals(fen) == text


def read(text: str) -> int:
    """The amount of a text in capitals, in fen: reads from the left, knows nothing of how the text was made."""
    rest = text.removeprefix("人民币")
    sign = -1 if rest.startswith("负") else 1
    rest = rest.removeprefix("负").removesuffix("整")
    digits = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}
    places = {"拾": 10, "佰": 100, "仟": 1000}
    fen = section = digit = below_yi = above_yi = 0
    for char in rest:
        if char in digits:
            digit = digits[char]
        elif char in places:
            section += digit * places[char]
            digit = 0
        elif char == "万":
            below_yi = (section + digit) * 10_000
            section = digit = 0
        elif char == "亿":
            above_yi = (below_yi + section + digit) * 100_000_000
            below_yi = section = digit = 0
        elif char == "元":
            fen += (above_yi + below_yi + section + digit) * 100
            section = digit = 0
        elif char == "角":
            fen += digit * 10
            digit = 0
        elif char == "分":
            fen += digit
            digit = 0
        else:
            raise AssertionError(f"{char} does not belong into an amount in capitals")
    assert section == digit == 0, text
    return sign * fen


AMOUNTS = st.one_of(
    st.integers(-(10**9), 10**9),
    st.integers(-(10**18) + 1, 10**18 - 1),
    # Zeros in every place are what goes wrong: digits drawn mostly from 0.
    st.lists(st.sampled_from("0000123456789"), min_size=1, max_size=18).map(lambda digits: int("".join(digits))),
)


@given(AMOUNTS)
def test_what_is_written_in_capitals_reads_back_as_the_same_amount(fen: int) -> None:
    assert read(capitals(fen)) == fen


@given(AMOUNTS)
def test_capitals_never_carry_a_double_zero_nor_a_zero_before_a_unit(fen: int) -> None:
    text = capitals(fen)
    if fen:
        for wrong in ("零零", "零元", "零万", "零亿", "零角", "零分", "零拾", "零佰", "零仟", "亿万", "零整"):
            assert wrong not in text
    assert text.endswith("整") == (fen % 100 == 0)
    assert text.count("元") <= 1


@pytest.mark.parametrize("fen", [10**18, -(10**18)])
def test_an_amount_without_a_name_is_refused(fen: int) -> None:
    with pytest.raises(ValueError, match="too large"):
        capitals(fen)
