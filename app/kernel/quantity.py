"""Quantities of parts: integer thousandths of the part's unit (a piece, a litre)."""

from __future__ import annotations

import re
from typing import NewType

from app.kernel.errors import N_, InvalidInput
from app.kernel.fullwidth import to_ascii

Milli = NewType("Milli", int)

MAX_MILLI = 1_000_000_000  # a million pieces: more is a slip of the scanner
# Units as catalogues of the trade write them; whoever reads English reads these. Any other unit stays as it is.
UNITS = {
    **dict.fromkeys("件个只条根片块", N_("pc")),
    **dict.fromkeys("套副组", N_("set")),
    **dict.fromkeys(("千克", "公斤"), N_("kg")),
    "对": N_("pair"),
    "升": N_("L"),
    "毫升": N_("ml"),
    "克": N_("g"),
    "米": N_("m"),
    "瓶": N_("bottle"),
    "桶": N_("drum"),
    "罐": N_("can"),
    "支": N_("tube"),
    "盒": N_("box"),
    "卷": N_("roll"),
}
# Nobody finds, orders or sells half a filter; litres, kilograms and metres have decimals.
WHOLE_UNITS = frozenset("件个只条根片块套副组对瓶桶罐支盒卷")
_NUMBER = re.compile(r"(\d{1,9})(?:\.(\d{1,3}))?", re.ASCII)


def parse_quantity(text: str, *, field: str | None = None) -> Milli:
    """Thousandths from what a person types; raises :class:`InvalidInput` unless it is above zero and sensible."""
    if not text.strip():
        raise InvalidInput(N_("Fill this in."), field=field)
    match = _NUMBER.fullmatch(to_ascii(text).strip())
    if match is None:
        raise InvalidInput(N_("“%(text)s” is not a quantity, such as 1 or 0.5."), field=field, text=text[:40])
    milli = int(match[1]) * 1000 + int((match[2] or "").ljust(3, "0"))
    if milli == 0:
        raise InvalidInput(N_("The quantity must be above zero."), field=field)
    if milli > MAX_MILLI:
        raise InvalidInput(N_("The quantity %(text)s is too large."), field=field, text=text[:40])
    return Milli(milli)


def in_whole_pieces(milli: int, unit: str) -> bool:
    """Whether a quantity is one that the unit can have."""
    return milli % 1000 == 0 or unit not in WHOLE_UNITS


def expect_whole_pieces(milli: int, unit: str, name: str, *, field: str, rest: int | None = None) -> None:
    """Raise :class:`InvalidInput` for a fraction of a part that comes in pieces; all of a ``rest`` may always go."""
    if milli != rest and not in_whole_pieces(milli, unit):
        raise InvalidInput(N_("“%(part)s” comes in whole pieces only."), field=field, part=name)


def format_quantity(milli: int) -> str:
    """``1500`` → ``1.5``; trailing zeros are left out."""
    sign = "-" if milli < 0 else ""
    whole, rest = divmod(abs(milli), 1000)
    return f"{sign}{whole}" + (f".{rest:03d}".rstrip("0") if rest else "")
