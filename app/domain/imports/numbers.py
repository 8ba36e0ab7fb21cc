"""Amounts, quantities, hours and kilometres. What is ambiguous is said to be so; nothing is guessed."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from app.domain.imports.cells import Cell, N, Read, W, is_empty, shown, squeeze
from app.domain.imports.notes import Note

_CURRENCY = re.compile(r"\s*(元整?|圆整?|人民币|RMB|CNY|yuan|¥)\s*", re.IGNORECASE)
# What a price is for; a quantity's unit. Millilitres and grams are not litres and kilograms: they stay doubtful.
_PER = re.compile(r"\s*/\s*(小时|工时|时|次|个|件|台|升|桶|h|hour|pcs?|ea|l)$", re.IGNORECASE)
_UNIT = re.compile(
    r"\s*(个|件|套|条|根|块|卷|把|罐|支|包|张|只|瓶|桶|片|付|副|对|台|盒|箱|组|枚|双|升|公升|公斤|千克|米|次|l|ltr|kg|m|pcs?|ea|pc|set)\.?$",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"-?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})", re.ASCII)
_DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_CONTINENTAL = re.compile(r"-?\d{1,3}(\.\d{3})+,\d{1,2}", re.ASCII)
_MYRIAD = re.compile(r"(-?\d{1,6}(?:\.\d{1,6})?)万", re.ASCII)


def decimal_of(cell: Cell) -> tuple[Decimal | None, str]:
    """(number, trouble) of a cell: trouble is empty, ``unreadable`` or ``ambiguous``. Never a guess."""
    if isinstance(cell, (bool, datetime, date, time, timedelta)):
        return None, "unreadable"
    if isinstance(cell, (int, float)):
        number = Decimal(repr(cell))
        return (number, "") if number.is_finite() and abs(number) < 10**12 else (None, "unreadable")
    text = shown(cell)
    if _PLAIN.fullmatch(text):
        return Decimal(text), ""
    plain, negative = squeeze(text), False
    bracketed = re.fullmatch(r"\((.*)\)", plain)
    if bracketed:
        plain, negative = bracketed[1].strip(), True
    plain = (
        _CURRENCY.sub("", _PER.sub("", plain)).replace("−", "-").replace("–", "-").replace("—", "-").replace(" ", "")
    )
    if plain.startswith("+") and len(plain) > 1:
        plain = plain[1:]
    if plain.endswith("-") and plain[:-1]:
        plain = "-" + plain[:-1]
    if negative and plain.startswith("-"):
        return None, "ambiguous"
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _CONTINENTAL.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif "," in plain:
        return None, "ambiguous" if re.fullmatch(r"-?[\d.,]+", plain, re.ASCII) else "unreadable"
    if match := _MYRIAD.fullmatch(plain):
        return Decimal(match[1]) * (-10000 if negative else 10000), ""
    if not _PLAIN.fullmatch(plain):
        return None, "unreadable"
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None, "unreadable"
    return (-number if negative else number), ""


def _scaled(cell: Cell, field: str, scale: int, form: str, unreadable: str, rounded: str, was: str = "") -> Read:
    if isinstance(cell, str) and not was and _PLAIN.fullmatch(cell):
        exact = Decimal(cell) * scale
        if exact == (value := int(exact)):
            return Read(value, ())
    if is_empty(cell):
        return Read(None, ())
    was = was or shown(cell)
    number, trouble = decimal_of(cell)
    if number is None:
        reason = "amount_ambiguous" if trouble == "ambiguous" else unreadable
        return Read(None, (Note(W, field, reason, was, ""),))
    exact = number * scale
    value = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    now = plain_number(value, scale)
    notes = []
    if isinstance(cell, str) and bare(was) != bare(now):
        notes.append(Note(N, field, "spaces" if bare(was.strip(" \t\u3000")) == bare(now) else form, was, now))
    if exact != value and abs(exact - value) > Decimal("0.0001"):
        notes.append(Note(W if value == 0 else N, field, rounded, was, now))
    return Read(value, tuple(notes))


def bare(number: str) -> str:
    """A plain decimal without useless zeros; anything else as it stands, marked as something else."""
    if _DECIMAL.fullmatch(number):
        sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
        whole, _, rest = digits.partition(".")
        rest = rest.rstrip("0")
        return sign + (whole.lstrip("0") or "0") + ("." + rest if rest else "")
    return "?" + number


def plain_number(value: int, scale: int) -> str:
    """An integer in parts of ``scale`` as a decimal: 1250 of hundredths is 12.5."""
    sign, size, places = ("-" if value < 0 else ""), abs(value), len(str(scale)) - 1
    return f"{sign}{size // scale}.{size % scale:0{places}d}".rstrip("0").rstrip(".")


@lru_cache(maxsize=1 << 14, typed=True)
def amount(cell: Cell, field: str) -> Read:
    """An amount of yuan in fen."""
    return _scaled(cell, field, 100, "amount_form", "amount_unreadable", "amount_rounded")


@lru_cache(maxsize=1 << 13, typed=True)
def quantity(cell: Cell, field: str) -> Read:
    """A quantity in thousandths; a unit written behind the number is left out."""
    if isinstance(cell, str) and _PLAIN.fullmatch(cell):
        return _scaled(cell, field, 1000, "number_form", "number_unreadable", "number_rounded")
    was = shown(cell)
    trimmed = _UNIT.sub("", squeeze(cell)) if isinstance(cell, str) and not is_empty(cell) else cell
    return _scaled(trimmed or cell, field, 1000, "number_form", "number_unreadable", "number_rounded", was)


@lru_cache(maxsize=1 << 13, typed=True)
def hours(cell: Cell, field: str) -> Read:
    """Labour time in hundredths of an hour; ``90分钟``, ``1小时30分`` and ``1:30`` are understood."""
    if isinstance(cell, str) and _PLAIN.fullmatch(cell):
        return _scaled(cell, field, 100, "number_form", "number_unreadable", "number_rounded")
    was = shown(cell)
    minutes: int | None = None
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
    elif isinstance(cell, time):
        minutes = cell.hour * 60 + cell.minute
    elif isinstance(cell, str) and not is_empty(cell):
        plain = squeeze(cell)
        if match := re.fullmatch(r"(\d{1,4})\s*(?:分钟|分|mins?)", plain, re.ASCII | re.IGNORECASE):
            minutes = int(match[1])
        elif match := re.fullmatch(
            r"(\d{1,3})\s*(?:小时|h|:|时)\s*([0-5]?\d)(?:\s*(?:分钟|分|mins?|m)|:00)?", plain, re.ASCII
        ):
            minutes = int(match[1]) * 60 + int(match[2])
        cell = re.sub(r"\s*(个?小时|个?工时|hours?|hrs?|h)$", "", plain, flags=re.IGNORECASE) or cell
    if minutes is not None:
        value = (minutes * 100 * 2 + 60) // 120
        return Read(value, (Note(N, field, "number_form", was, plain_number(value, 100)),))
    return _scaled(cell, field, 100, "number_form", "number_unreadable", "number_rounded", was)


@lru_cache(maxsize=1 << 13, typed=True)
def mileage(cell: Cell, field: str) -> Read:
    """Kilometres; ``12.5万``, ``1.5万公里`` and ``12,500 km`` are understood."""
    if is_empty(cell):
        return Read(None, ())
    was = shown(cell)
    plain = re.sub(r"\s*(公里|千米|km)s?$", "", squeeze(was), flags=re.IGNORECASE)
    number, _trouble = decimal_of(plain if isinstance(cell, str) else cell)
    if number is None or number < 0 or number > 2_000_000:
        return Read(None, (Note(W, field, "mileage_unreadable", was, ""),))
    value = int(number.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    notes = (
        [Note(N, field, "number_form", was, str(value))] if isinstance(cell, str) and bare(was) != str(value) else []
    )
    if number != value:
        notes = [Note(N, field, "number_rounded", was, str(value))]
    if value > 999_999:
        notes.append(Note(W, field, "mileage_implausible", was, str(value)))
    return Read(value, tuple(notes))
