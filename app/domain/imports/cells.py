"""From a cell to plain text: what a person sees, without what only a computer put there."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from app.domain.imports.notes import Note, Outcome

Cell = str | int | float | bool | datetime | date | time | timedelta | None

N, W = Outcome.NORMALISED, Outcome.WARNED

# What old systems write for "nothing", anywhere.
_NOTHING = frozenset(
    [
        "-",
        "--",
        "---",
        "—",
        "——",
        "/",
        "\\",
        "无",
        "空",
        "暂无",
        "n/a",
        "na",
        "null",
        "none",
        "nan",
        "nil",
        "(null)",
        "<null>",
        "undefined",
    ]
) | {""}
# What people write where they do not know a telephone, a date, a figure. As a name it may be one.
_UNKNOWN = frozenset(
    [
        "未知",
        "不详",
        "不明",
        "没有",
        "未填",
        "未留",
        "未提供",
        "待补",
        "待录入",
        "未登记",
        "暂缺",
        "保密",
        "?",
        "??",
        "???",
        ".",
        "..",
        "*",
    ]
)
ERRORS = frozenset(
    ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"]
)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_CJK = r"\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff（）：，。"
_BREAK_IN_CJK = re.compile(rf"(?<=[{_CJK}\-/])\s*[\r\n]+\s*(?=[{_CJK}])")
_FORMULA = re.compile(r"^\s*[=+@＝＋＠]\s*\S|^\s*[-－][A-Za-z(]")
_PLAIN_CODE = re.compile(r"[A-Z]{1,4}-?\d{4,}[A-Z\d]*", re.ASCII)
_WIDE = re.compile(r"[０-９Ａ-Ｚａ-ｚ\u3000]")
# "=""13812345678""" is how exports keep a spreadsheet from taking a number for one.
_KEPT_AS_TEXT = re.compile(r'^\s*="([^"]*)"\s*$')


@dataclass(frozen=True, slots=True)
class Read:
    """A value, the notes on how it was read, and what of the cell could be kept only as a remark."""

    value: object
    notes: tuple[Note, ...] = ()
    remark: str = ""


def shown(cell: Cell) -> str:
    """A cell as a person sees it, for the report's ``was``."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ", "seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones; Chinese punctuation inside text stays."""
    if text.isascii():
        return text
    return "".join(
        unicodedata.normalize("NFKC", char) if "！" <= char <= "～" or char in "\u3000￥" else char for char in text
    ).replace("¥", "¥")


def without_control(text: str) -> str:
    """Text without characters that no database and no page should hold; line breaks and tabs stay."""
    return _CONTROL.sub("", text)


def is_empty(cell: Cell) -> bool:
    """True for a cell that says nothing, in any of the usual ways."""
    if cell is None:
        return True
    if not isinstance(cell, str):
        return False
    plain = squeeze(cell).lower()
    return plain in _NOTHING or plain in _UNKNOWN


def unwrapped(cell: str) -> str | None:
    """The text in ``="text"``, else None."""
    match = _KEPT_AS_TEXT.match(cell)
    return match[1] if match else None


def squeeze(text: str) -> str:
    """Half-width, without invisible characters and outer blanks."""
    if text.isascii() and text.isprintable():
        plain = text.strip()
    else:
        plain = _CONTROL.sub("", _INVISIBLE.sub("", half_width(text)))
        plain = plain.replace("\u00a0", " ").strip()
    # The apostrophe by which a spreadsheet keeps a number as text.
    return plain[1:].strip() if plain[:1] in ("'", "`", "’") and len(plain) > 1 else plain


@lru_cache(maxsize=1 << 13, typed=True)
def text(cell: Cell, field: str, *, longest: int = 200, lines: bool = False, joined: bool = False) -> Read:
    """Plain text: outer blanks, invisible characters and (unless ``lines``) line breaks are taken out.

    ``joined``: a line break beside Chinese is none of the author's (an address), not even before a house number.
    """
    was = shown(cell)
    notes: list[Note] = []
    value = _CONTROL.sub("", _INVISIBLE.sub("", was)).replace("\u00a0", " ")
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if not lines and ("\n" in value or "\t" in value):
        value = _BREAK_IN_CJK.sub("", value)
        value = re.sub(rf"(?<=[{_CJK}])\s*\n\s*(?=\d)", "", value) if joined else value
        value = re.sub(r"\s*[\n\t]+\s*", " ", value)
    value = value.strip(" \t\n\u3000")
    plain = _WIDE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), value)
    if plain.lower() in _NOTHING:
        return Read("", ())
    if plain != was:
        notes.append(Note(N, field, "spaces" if plain == value else "full_width", was, plain))
    if _FORMULA.match(plain):
        notes.append(Note(W, field, "formula_text", was, plain))
    if len(plain) > longest:
        notes.append(Note(W, field, "too_long", was, plain[:longest]))
        return Read(plain[:longest], tuple(notes), plain if not lines else "")
    return Read(plain, tuple(notes))


@lru_cache(maxsize=1 << 14, typed=True)
def code(cell: Cell, field: str, *, longest: int = 60) -> Read:
    """An identifier: half-width, upper case, no outer blanks. Cut to ``longest`` it would be another one: left out."""
    was = shown(cell)
    if isinstance(cell, str) and len(cell) <= longest and _PLAIN_CODE.fullmatch(cell):
        return Read(cell, ())
    value = re.sub(r"[\r\n\t]+", "", squeeze(was)).upper()
    if value.lower() in _NOTHING:
        return Read("", ())
    if re.fullmatch(r"\d\.\d+E\+\d+", value, re.ASCII) or (isinstance(cell, float) and not cell.is_integer()):
        return Read("", (Note(W, field, "code_lost", was, ""),))
    if isinstance(cell, (datetime, date, time)):
        return Read("", (Note(W, field, "code_lost", was, ""),))
    notes = []
    if re.fullmatch(r"\d+\.0", value, re.ASCII):  # a number that went through a program without text
        value = value[:-2]
        notes.append(Note(N, field, "number_form", was, value))
    elif value != was:
        trimmed = was.strip()
        reason = "upper_case" if value == trimmed.upper() and value != trimmed else "full_width"
        reason = "spaces" if value == trimmed else reason
        notes.append(Note(N, field, reason, was, value))
    if len(value) > longest:
        return Read("", (Note(W, field, "code_long", was, ""),))
    return Read(value, tuple(notes))


@lru_cache(maxsize=1 << 14, typed=True)
def part_number(cell: Cell, field: str) -> Read:
    """(canonical, as printed): blanks between the groups are normal in the trade and no fault."""
    read = code(cell, field, longest=80)
    display = re.sub(r"\s+", " ", str(read.value))
    canonical = re.sub(r"[\s\-]", "", display)
    if len(canonical) > 60:
        return Read(("", ""), (Note(W, field, "code_long", shown(cell), ""),))
    return Read((canonical, display), read.notes)
