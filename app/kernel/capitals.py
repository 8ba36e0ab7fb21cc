"""Amounts in Chinese capitals, as contracts, bills and settlement lists carry them.

Source: 正确填写票据和结算凭证的基本规定 (People's Bank of China, annex to 支付结算办法). Where it leaves a choice:

- a zero in the place of 元 before 角 other than zero is written: 1,680.32 → …捌拾元零叁角贰分;
- a zero in the place of 万 (or 亿) alone, before a filled place of thousands, is not: 107,000.53 → 壹拾万柒仟元零伍角叁分;
- 整 stands after 元 only, never after 角 or 分.
"""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_LIMIT = 10**16  # yuan: up to 玖仟玖佰玖拾玖万…亿, beyond which the rules name no unit


def capitals(fen: int) -> str:
    """The amount in capitals, with 人民币 in front: ``10700053`` → 人民币壹拾万柒仟元零伍角叁分.

    Zero is 人民币零元整; amounts below zero (a reversal) have 负 after 人民币. Raises ``ValueError`` from 10^16 yuan on.
    """
    yuan, rest = divmod(abs(fen), 100)
    if yuan >= _LIMIT:
        raise ValueError("amount too large to be written in capitals")
    text = "人民币负" if fen < 0 else "人民币"
    if yuan:
        text += _integer(yuan) + "元"
    if not rest:
        return text + ("整" if yuan else "零元整")
    return text + _decimals(yuan, *divmod(rest, 10))


def _decimals(yuan: int, jiao: int, fen: int) -> str:
    gap = "零" if yuan and (jiao == 0 or yuan % 10 == 0) else ""
    return gap + (_DIGITS[jiao] + "角" if jiao else "") + (_DIGITS[fen] + "分" if fen else "")


def _integer(number: int) -> str:
    """A number from 1 to 10^16 - 1."""
    return _joined(number, 10**8, "亿", _below_yi)


def _below_yi(number: int) -> str:
    return _joined(number, 10**4, "万", _below_wan)


def _joined(number: int, unit: int, word: str, spell: Callable[[int], str]) -> str:
    """Both sides of a unit; the gap between them is named when the right side does not fill its place of thousands."""
    left, right = divmod(number, unit)
    if not left:
        return spell(right)
    if not right:
        return spell(left) + word
    return spell(left) + word + ("零" if right < unit // 10 else "") + spell(right)


def _below_wan(number: int) -> str:
    text, pending = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if pending and text else "") + _DIGITS[digit] + _PLACES[place]
        pending = not digit
    return text
