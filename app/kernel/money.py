"""Money: integer fen. Rounding happens here and nowhere else, half up as the trade rounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NewType

from app.kernel.errors import N_, InvalidInput
from app.kernel.fullwidth import to_ascii

Fen = NewType("Fen", int)

# A shop that bills more than 100 million yuan on one line has mistyped it; this also keeps SQLite's 64 bits safe.
MAX_FEN = 10_000_000_000
VAT_PERCENT = 13  # repair and parts, China, since 2019

_YUAN = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,2}))?", re.ASCII)


def divide_half_up(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` rounded half away from zero, exactly, for ``denominator`` > 0."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def parse_yuan(text: str, *, field: str | None = None, negative: bool = False) -> Fen:
    """Fen from what a person types: ``1,234.5``, ``￥12``, ``１２．５元``.

    Raises :class:`InvalidInput` for anything else, for more than two decimals, for absurd sizes and, unless
    ``negative``, for amounts below zero.
    """
    if not text.strip():
        raise InvalidInput(N_("Fill this in."), field=field)
    plain = to_ascii(text).strip().lstrip("¥").removesuffix("元").strip()
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain, re.ASCII):
        plain = plain.replace(",", "")
    match = _YUAN.fullmatch(plain)
    if match is None:
        raise InvalidInput(N_("“%(text)s” is not an amount in yuan, such as 1234.50."), field=field, text=text[:40])
    sign, yuan, decimals = match.groups()
    fen = int(yuan) * 100 + int((decimals or "").ljust(2, "0"))
    if fen > MAX_FEN:
        raise InvalidInput(N_("The amount %(text)s is too large."), field=field, text=text[:40])
    if sign and fen and not negative:
        raise InvalidInput(N_("The amount must not be below zero."), field=field)
    return Fen(-fen if sign else fen)


def format_yuan(fen: int) -> str:
    """``123450`` → ``1,234.50``; negative amounts with a leading minus."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def line_amount(quantity_milli: int, unit_fen: int, discount_permille: int = 0) -> Fen:
    """Amount in fen of a part line: thousandths × fen per unit, less a discount in thousandths, rounded once."""
    return Fen(divide_half_up(quantity_milli * unit_fen * (1000 - discount_permille), 1_000_000))


def labour_amount(hours_centi: int, rate_fen: int, discount_permille: int = 0) -> Fen:
    """Amount in fen of labour: hundredths of an hour × fen per hour, less a discount in thousandths, rounded once."""
    return Fen(divide_half_up(hours_centi * rate_fen * (1000 - discount_permille), 100_000))


def split_vat(gross_fen: int, percent: int = VAT_PERCENT) -> tuple[Fen, Fen]:
    """(net, tax) of a price that includes VAT; net + tax is the gross to the fen."""
    net = divide_half_up(gross_fen * 100, 100 + percent)
    return Fen(net), Fen(gross_fen - net)


def allocate(total_fen: int, weights: Sequence[int]) -> list[Fen]:
    """Split ``total_fen`` by ``weights`` so that the shares add up to the fen (largest remainder first).

    Raises ``ValueError`` when the weights are empty, negative or all zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    sign = -1 if total_fen < 0 else 1
    shares = [abs(total_fen) * weight // whole for weight in weights]
    remainders = [(abs(total_fen) * weight % whole, -i) for i, weight in enumerate(weights)]
    missing = abs(total_fen) - sum(shares)
    for _, negative_index in sorted(remainders, reverse=True)[:missing]:
        shares[-negative_index] += 1
    return [Fen(sign * share) for share in shares]
