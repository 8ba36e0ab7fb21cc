"""Dates in any of the ways in which they are written. A date that could be two different days is left out, never guessed."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from app.domain.imports.cells import Cell, N, Read, W, is_empty, shown, squeeze
from app.domain.imports.notes import Note

_SERIAL_EPOCH = date(1899, 12, 30)
_TIME = r"(?:[\sT]*(?:(?:星期|周|礼拜)[一二三四五六日天])?[\sT]*(?:上午|下午|[AaPp][Mm])?\s*(?:\d{1,2}[:时点].*)?)"
_YEAR_FIRST = re.compile(rf"(\d{{4}})\s*[-/.年、]\s*(\d{{1,2}})\s*[-/.月、]\s*(\d{{1,2}})\s*[日号]?{_TIME}", re.ASCII)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})\s*[-/.]\s*(\d{{1,2}})\s*[-/.]\s*(\d{{4}}){_TIME}", re.ASCII)
_SHORT_CHINESE = re.compile(rf"(\d{{2}})\s*年\s*(\d{{1,2}})\s*月\s*(\d{{1,2}})\s*[日号]?{_TIME}", re.ASCII)
_SHORT = re.compile(rf"\d{{1,2}}\s*[-/.]\s*\d{{1,2}}\s*[-/.]\s*\d{{1,4}}{_TIME}", re.ASCII)
_COMPACT = re.compile(r"(\d{8})(?:\d{4}|\d{6}|\s+\d{1,2}:.*)?", re.ASCII)
_MONTHS = {
    m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_DAY_MONTH = re.compile(r"(\d{1,2})[\s\-/.]*([A-Za-z]{3})[a-z]*[\s\-/.,]*(\d{4}|\d{2})(?:\s+\d{1,2}:.*)?", re.ASCII)
_MONTH_DAY = re.compile(
    r"([A-Za-z]{3})[a-z]*[\s\-/.]*(\d{1,2})(?:st|nd|rd|th)?[\s,]+(\d{4})(?:\s+\d{1,2}:.*)?", re.ASCII
)
_NUMERALS = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_IN_WORDS = re.compile(
    r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]?"
)
# What systems store for "no date".
_NEVER = {
    date(1899, 12, 30),
    date(1899, 12, 31),
    date(1900, 1, 1),
    date(1753, 1, 1),
    date(9999, 12, 31),
    date(2099, 12, 31),
}
_ZERO = re.compile(r"0000\D00\D00.*|0000-?00-?00|1900\D0?1\D0?0|1899\D12\D3[01].*|0+", re.ASCII)


@lru_cache(maxsize=1 << 14, typed=True)
def day(cell: Cell, field: str, today: date, *, future: bool = False, earliest: int = 1980) -> Read:
    """A date; ``future`` allows ones to come (an expiry). Serial numbers of spreadsheets are understood."""
    if is_empty(cell):
        return Read(None, ())
    was = shown(cell)
    if (isinstance(cell, (int, float)) and cell == 0) or _ZERO.fullmatch(squeeze(was)):
        return Read(None, (Note(N, field, "date_none", was, ""),))
    if isinstance(cell, str):
        value, reason = _written(squeeze(cell), today, earliest)
    elif isinstance(cell, datetime):
        value, reason = cell.date(), ""
    elif isinstance(cell, date):
        value, reason = cell, ""
    elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
        value, reason = _serial(float(cell)) or _compact(str(int(cell))), "date_serial"
    else:
        value, reason = None, ""
    if value is None:
        return Read(None, (Note(W, field, reason if reason == "date_ambiguous" else "date_unreadable", was, ""),))
    if value in _NEVER or (value == date(1970, 1, 1) and earliest > 1970):
        return Read(None, (Note(W, field, "date_placeholder", was, ""),))
    notes = []
    if reason == "date_serial" or (isinstance(cell, str) and not _is_usual(cell, value)):
        notes.append(Note(N, field, reason or "date_form", was, value.isoformat()))
    if value.year < earliest:
        notes.append(Note(W, field, "date_past", was, value.isoformat()))
    elif value > (today + timedelta(days=365 * 15) if future else today + timedelta(days=1)):
        notes.append(Note(W, field, "date_future", was, value.isoformat()))
    return Read(value, tuple(notes))


def _is_usual(was: str, value: date) -> bool:
    """``2024-03-05``, perhaps with a time of day, is how a date is written here."""
    return was[:10] == value.isoformat() and (
        len(was) == 10 or re.fullmatch(r"[ T]\d\d:\d\d(:\d\d)?", was[10:], re.ASCII) is not None
    )


def _written(plain: str, today: date, earliest: int) -> tuple[date | None, str]:
    """(date, reason) of a text."""
    if match := _YEAR_FIRST.fullmatch(plain):
        return _calendar(*(int(part) for part in match.groups())), "date_form"
    if match := _COMPACT.fullmatch(plain):
        return _compact(match[1]), "date_form"
    if re.fullmatch(r"\d{5}(\.\d+)?", plain, re.ASCII):
        return _serial(float(plain)), "date_serial"
    if match := _YEAR_LAST.fullmatch(plain):
        return _year_last(int(match[1]), int(match[2]), int(match[3]))
    if match := _SHORT_CHINESE.fullmatch(plain):
        year = _full_year(int(match[1]), today, earliest)
        return (_calendar(year, int(match[2]), int(match[3])), "date_form") if year else (None, "date_ambiguous")
    if _SHORT.fullmatch(plain):
        return None, "date_ambiguous"
    if match := _DAY_MONTH.fullmatch(plain):
        month, year = _MONTHS.get(match[2].lower(), 0), int(match[3])
        year = _full_year(year, today, earliest) if len(match[3]) == 2 else year
        return (_calendar(year, month, int(match[1])), "date_form") if year else (None, "date_ambiguous")
    if match := _MONTH_DAY.fullmatch(plain):
        return _calendar(int(match[3]), _MONTHS.get(match[1].lower(), 0), int(match[2])), "date_form"
    if match := _IN_WORDS.fullmatch(plain):
        year = int("".join(_NUMERALS[char] for char in match[1]))
        return _calendar(year, _tens(match[2]), _tens(match[3])), "date_form"
    return None, ""


def _year_last(first: int, second: int, year: int) -> tuple[date | None, str]:
    """Day and month before the year: certain when only one of them can be a month, or both are the same."""
    if first == second or first > 12:
        return _calendar(year, second, first), "date_form"
    if second > 12:
        return _calendar(year, first, second), "date_form"
    return None, "date_ambiguous"


def _full_year(short: int, today: date, earliest: int) -> int:
    """The year meant by two digits, 0 when there are two of them (a birthday in ``20`` may be 1920)."""
    years = [year for year in (1900 + short, 2000 + short) if earliest <= year <= today.year + 15]
    return years[0] if len(years) == 1 else 0


def _tens(words: str) -> int:
    before, ten, after = words.rpartition("十")
    if not ten:
        return int(_NUMERALS[words]) if len(words) == 1 else 0
    return int(_NUMERALS.get(before, "1" if not before else "0")) * 10 + int(_NUMERALS.get(after, "0"))


def _serial(number: float) -> date | None:
    # 1920 to 2099: below lie small counts, above lie dates written as one number.
    return _SERIAL_EPOCH + timedelta(days=int(number)) if 7306 <= number <= 73050 else None


def _compact(plain: str) -> date | None:
    return _calendar(int(plain[:4]), int(plain[4:6]), int(plain[6:8])) if len(plain) == 8 else None


def _calendar(year: int, month: int, day_: int) -> date | None:
    try:
        return date(year, month, day_) if 1753 <= year <= 9999 else None
    except ValueError:
        return None
