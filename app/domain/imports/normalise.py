"""From what a cell says to what is meant. Pure: each returns the value (or None) and the notes of what was done.

Only what is certain is mended. What is doubtful is kept as far as it can be and warned about; nothing is invented.
"""

from __future__ import annotations

import re
from functools import lru_cache

from app.domain.imports.cells import (
    ERRORS,
    Cell,
    N,
    Read,
    W,
    code,
    half_width,
    is_empty,
    part_number,
    shown,
    squeeze,
    text,
    unwrapped,
    without_control,
)
from app.domain.imports.dates import day
from app.domain.imports.notes import Note
from app.domain.imports.numbers import amount, bare, decimal_of, hours, mileage, plain_number, quantity
from app.domain.imports.phones import phones
from app.domain.vehicles import identity

_NO_PLATE = frozenset(
    [
        "新车",
        "未上牌",
        "临牌",
        "临时",
        "临时牌",
        "无牌",
        "无牌照",
        "无车牌",
        "暂未上牌",
        "待上牌",
        "未挂牌",
        "未上户",
        "暂无牌照",
        "无号",
    ]
)
# The letters I and O are on no plate behind the province and the office; there they stand for 1 and 0.
_LOOKALIKES = str.maketrans("IO", "10")


@lru_cache(maxsize=1 << 14, typed=True)
def plate(cell: Cell, field: str = "plate") -> Read:
    """A plate, upper case without separators; an unusual one is warned about and kept."""
    if is_empty(cell):
        return Read("", ())
    was = shown(cell)
    value = identity.normal_plate(squeeze(was))
    if value in _NO_PLATE:
        return Read("", (Note(N, field, "plate_form", was, ""),))
    if not identity.plate_is_usual(value):
        mended = value[:2] + value[2:].translate(_LOOKALIKES)
        if mended != value and identity.plate_is_usual(mended):
            return Read(mended, (Note(W, field, "plate_mended", was, mended),))
    notes = [Note(N, field, "plate_form", was, value)] if value != was else []
    if not identity.plate_is_usual(value):
        notes.append(Note(W, field, "plate_doubtful", was, value))
    return Read(value, tuple(notes))


@lru_cache(maxsize=1 << 14, typed=True)
def vin(cell: Cell, field: str = "vin") -> Read:
    """A VIN; mended only where the check digit proves it, otherwise doubtful ones are warned about and kept.

    What cannot tell one car from another (too short, one character all along) is left out: two cars must not become
    one because nobody knew their numbers.
    """
    if is_empty(cell):
        return Read("", ())
    was = shown(cell)
    value = identity.normal_vin(squeeze(was))
    if len(value) > 17 or len(value) < 6 or len(set(value)) < 4 or re.fullmatch(r"[A-Z0-9]+", value, re.ASCII) is None:
        reason = "vin_length" if re.fullmatch(r"[A-Z0-9]{18,}", value, re.ASCII) else "vin_unusable"
        return Read("", (Note(W, field, reason, was, ""),))
    mended = identity.mended_vin(value)
    if mended is not None:
        return Read(mended, (Note(N, field, "vin_mended", was, mended),))
    notes = [Note(N, field, "vin_form", was, value)] if value != was else []
    if len(value) != 17:
        notes.append(Note(W, field, "vin_length", was, value))
    elif not identity.has_vin_shape(value):
        notes.append(Note(W, field, "vin_letters", was, value))
    elif identity.carries_check_digit(value) and not identity.check_digit_fits(value):
        notes.append(Note(W, field, "vin_check_digit", was, value))
    return Read(value, tuple(notes))


__all__ = [
    "ERRORS",
    "Cell",
    "Read",
    "amount",
    "bare",
    "code",
    "day",
    "decimal_of",
    "half_width",
    "hours",
    "is_empty",
    "mileage",
    "part_number",
    "phones",
    "plain_number",
    "plate",
    "quantity",
    "shown",
    "squeeze",
    "text",
    "unwrapped",
    "vin",
    "without_control",
]
