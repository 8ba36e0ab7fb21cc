"""From what a cell says to what is meant. Pure: each returns the value (or None) and the notes of what was done.

Only what is certain is mended. What is doubtful is kept as far as it can be and warned about; nothing is invented.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from app.domain.imports.notes import Note, Outcome
from app.domain.vehicles import identity

Cell = str | int | float | bool | datetime | date | time | None

N, W = Outcome.NORMALISED, Outcome.WARNED

# What old systems write for "nothing".
_EMPTY = {
    "",
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
    "#n/a",
}
_ERRORS = {"#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CJK = r"\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff（）：，。"
_BREAK_IN_CJK = re.compile(rf"(?<=[{_CJK}\-/])\s*[\r\n]+\s*(?=[{_CJK}])")
_FORMULA = re.compile(r"^\s*[=+@＝＋＠]\s*\S|^\s*[-－][A-Za-z(]")
_SERIAL_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Read:
    """A value and the notes on how it was read."""

    value: object
    notes: tuple[Note, ...] = ()


def shown(cell: Cell) -> str:
    """A cell as a person sees it, for the report's ``was``."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones; Chinese punctuation inside text stays."""
    return "".join(
        unicodedata.normalize("NFKC", char) if "！" <= char <= "～" or char in "\u3000￥" else char for char in text
    ).replace("¥", "¥")


def is_empty(cell: Cell) -> bool:
    """True for a cell that says nothing, in any of the usual ways."""
    return cell is None or (isinstance(cell, str) and _squeeze(cell).lower() in _EMPTY)


def _squeeze(text: str) -> str:
    """Half-width, without invisible characters and outer blanks."""
    plain = _CONTROL.sub("", _INVISIBLE.sub("", half_width(text)))
    plain = plain.replace("\u00a0", " ").strip()
    # The apostrophe by which a spreadsheet keeps a number as text.
    return plain[1:].strip() if re.match(r"['`’]\s*[\d+]", plain) else plain


def text(cell: Cell, field: str, *, longest: int = 200, lines: bool = False) -> Read:
    """Plain text: outer blanks, invisible characters and (unless ``lines``) line breaks are taken out."""
    was = shown(cell)
    notes: list[Note] = []
    value = _CONTROL.sub("", _INVISIBLE.sub("", was)).replace("\u00a0", " ")
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        value = _BREAK_IN_CJK.sub("", value)
        value = re.sub(r"\s*[\n\t]+\s*", " ", value)
    value = value.strip(" \t\n\u3000")
    if value.lower() in _EMPTY:
        return Read("", ())
    if value in _ERRORS:
        return Read("", (Note(W, field, "error_value", was, ""),))
    if value != was:
        notes.append(Note(N, field, "spaces", was, value))
    if "\ufffd" in value:
        notes.append(Note(W, field, "bad_encoding", was, value))
    if _FORMULA.match(value):
        notes.append(Note(W, field, "formula_text", was, value))
    if len(value) > longest:
        notes.append(Note(W, field, "too_long", was, value[:longest]))
        value = value[:longest]
    return Read(value, tuple(notes))


def code(cell: Cell, field: str, *, longest: int = 60) -> Read:
    """An identifier: half-width, upper case, no outer blanks."""
    was = shown(cell)
    value = re.sub(r"[\r\n\t]+", "", _squeeze(was)).upper()
    if value.lower() in _EMPTY:
        return Read("", ())
    notes = []
    if value != was:
        trimmed = was.strip()
        reason = "upper_case" if value == trimmed.upper() and value != trimmed else "full_width"
        reason = "spaces" if value == trimmed else reason
        notes.append(Note(N, field, reason, was, value))
    if "\ufffd" in value:
        notes.append(Note(W, field, "bad_encoding", was, value))
    if len(value) > longest:
        notes.append(Note(W, field, "too_long", was, value[:longest]))
        value = value[:longest]
    return Read(value, tuple(notes))


def part_number(cell: Cell, field: str) -> Read:
    """(canonical, as printed): blanks between the groups are normal in the trade and no fault."""
    read = code(cell, field, longest=80)
    display = re.sub(r"\s+", " ", str(read.value))
    return Read((re.sub(r"[\s\-]", "", display)[:60], display), read.notes)


def plate(cell: Cell, field: str = "plate") -> Read:
    """A plate, upper case without separators; an unusual one is warned about and kept."""
    if is_empty(cell):
        return Read("", ())
    was = shown(cell)
    value = identity.normal_plate(_squeeze(was))
    if value in {"新车", "未上牌", "临牌", "无牌", "无牌照", "暂未上牌"}:
        return Read("", (Note(N, field, "plate_form", was, ""),))
    notes = [Note(N, field, "plate_form", was, value)] if value != was else []
    if not identity.plate_is_usual(value):
        notes.append(Note(W, field, "plate_doubtful", was, value))
    return Read(value, tuple(notes))


def vin(cell: Cell, field: str = "vin") -> Read:
    """A VIN; mended only where the check digit proves it, otherwise doubtful ones are warned about and kept."""
    if is_empty(cell):
        return Read("", ())
    was = shown(cell)
    value = identity.normal_vin(_squeeze(was))
    mended = identity.mended_vin(value)
    if mended is not None:
        return Read(mended, (Note(N, field, "vin_mended", was, mended),))
    notes = [Note(N, field, "vin_form", was, value)] if value != was else []
    if len(value) != 17:
        notes.append(Note(W, field, "vin_length", was, value[:17]))
    elif not identity.has_vin_shape(value):
        notes.append(Note(W, field, "vin_letters", was, value))
    elif identity.carries_check_digit(value) and not identity.check_digit_fits(value):
        notes.append(Note(W, field, "vin_check_digit", was, value))
    return Read(value, tuple(notes))


_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}(?:-?\d{1,6})?|400\d{7}|800\d{7}|[2-9]\d{6,7}")


def phones(cell: Cell, field: str) -> Read:
    """A tuple of (digits, label) with label mobile, landline or doubtful."""
    if is_empty(cell):
        return Read((), ())
    was = shown(cell)
    plain = _squeeze(was)
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", plain):
        return Read((), (Note(W, field, "phone_lost", was, ""),))
    plain = re.sub(r"\.0$", "", plain)
    found: list[tuple[str, str]] = []
    notes: list[Note] = []
    pieces = [piece for piece in re.split(r"[/,;、，；|\n]+|\s{2,}|(?<=\d{11})\s+(?=1\d{10})", plain) if piece.strip()]
    for piece in pieces:
        digits = re.sub(r"[^\d]", "", re.sub(r"^\s*(\(?\+|00)86\)?", "", piece.strip()))
        if len(digits) == 13 and digits.startswith("86"):
            digits = digits[2:]
        digits = digits[:30]
        if _MOBILE.fullmatch(digits):
            found.append((digits, "mobile"))
        elif _LANDLINE.fullmatch(digits):
            found.append((digits, "landline"))
        else:
            found.append((digits, "doubtful"))
            notes.append(Note(W, field, "phone_doubtful", was, digits))
    now = " ".join(number for number, _ in found)
    if len(found) > 1:
        notes.insert(0, Note(N, field, "phone_split", was, now))
    elif (now != was and re.sub(r"[-\s()]", "", was) != now) or (
        now != was and not re.fullmatch(r"0\d{2,3}-\d{7,8}", was)
    ):
        notes.insert(0, Note(N, field, "phone_form", was, now))
    return Read(tuple(item for item in found if item[0]), tuple(notes))


_DATE_PARTS = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s*T?\s*\d{1,2}[:时].*)?")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{1,4}|\d{2}年.*")


def day(cell: Cell, field: str, today: date, *, future: bool = False, earliest: int = 1980) -> Read:
    """A date; ``future`` allows ones to come (an expiry). Serial numbers of spreadsheets are understood."""
    if is_empty(cell) or cell == 0 or cell in ("0000-00-00", "1900-01-00"):
        return Read(None, ())
    was = shown(cell)
    value: date | None = None
    notes: list[Note] = []
    if isinstance(cell, datetime):
        value = cell.date()
    elif isinstance(cell, date):
        value = cell
    elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
        value = _serial(float(cell)) or _compact(str(int(cell)))
        notes.append(Note(N, field, "date_serial", was, value.isoformat() if value else ""))
    else:
        plain = _squeeze(was)
        match = _DATE_PARTS.fullmatch(plain)
        if match:
            value = _calendar(*(int(part) for part in match.groups()))
            if plain != was or value is None or value.isoformat() != plain[:10] or len(plain) > 19:
                notes.append(Note(N, field, "date_form", was, value.isoformat() if value else ""))
        elif re.fullmatch(r"\d{8}", plain, re.ASCII):
            value = _compact(plain)
            notes.append(Note(N, field, "date_form", was, value.isoformat() if value else ""))
        elif re.fullmatch(r"\d{5}(\.\d+)?", plain, re.ASCII):
            value = _serial(float(plain))
            notes.append(Note(N, field, "date_serial", was, value.isoformat() if value else ""))
        elif _SHORT_YEAR.fullmatch(plain):
            return Read(None, (Note(W, field, "date_ambiguous", was, ""),))
    if value is None:
        return Read(None, (Note(W, field, "date_unreadable", was, ""),))
    if value.year < earliest:
        notes.append(Note(W, field, "date_past", was, value.isoformat()))
    elif value > (today + timedelta(days=365 * 15) if future else today + timedelta(days=1)):
        notes.append(Note(W, field, "date_future", was, value.isoformat()))
    return Read(value, tuple(notes))


def _serial(number: float) -> date | None:
    # 1920 to 2099: below lie small counts, above lie dates written as one number.
    return _SERIAL_EPOCH + timedelta(days=int(number)) if 7306 <= number <= 73050 else None


def _compact(plain: str) -> date | None:
    return _calendar(int(plain[:4]), int(plain[4:6]), int(plain[6:8])) if len(plain) == 8 else None


def _calendar(year: int, month: int, day_: int) -> date | None:
    try:
        return date(year, month, day_) if 1900 <= year <= 2200 else None
    except ValueError:
        return None


_UNITS = re.compile(r"\s*(元|圆|人民币|RMB|CNY|yuan|¥|\$)\s*", re.IGNORECASE)


def decimal_of(cell: Cell) -> tuple[Decimal | None, str]:
    """(number, trouble) of a cell: trouble is empty, ``unreadable`` or ``ambiguous``. Never a guess."""
    if isinstance(cell, (bool, datetime, date, time)):
        return None, "unreadable"
    if isinstance(cell, (int, float)):
        number = Decimal(repr(cell))
        return (number, "") if number.is_finite() and abs(number) < 10**12 else (None, "unreadable")
    plain = _squeeze(shown(cell))
    negative = False
    bracketed = re.fullmatch(r"\((.*)\)", plain)
    if bracketed:
        plain, negative = bracketed[1].strip(), True
    plain = _UNITS.sub("", plain).replace("−", "-").replace(" ", "")
    if plain.endswith("-") and plain[:-1]:
        plain = "-" + plain[:-1]
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain, re.ASCII):
        plain = plain.replace(",", "")
    elif re.fullmatch(r"-?\d{1,3}(\.\d{3})+,\d{1,2}", plain, re.ASCII):
        plain = plain.replace(".", "").replace(",", ".")
    elif "," in plain:
        return None, "ambiguous" if re.fullmatch(r"-?[\d.,]+", plain, re.ASCII) else "unreadable"
    if not re.fullmatch(r"-?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})", plain, re.ASCII):
        return None, "unreadable"
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None, "unreadable"
    return (-number if negative else number), ""


def _scaled(cell: Cell, field: str, scale: int, form: str, unreadable: str, rounded: str) -> Read:
    if is_empty(cell):
        return Read(None, ())
    was = shown(cell)
    number, trouble = decimal_of(cell)
    if number is None:
        reason = "amount_ambiguous" if trouble == "ambiguous" else unreadable
        return Read(None, (Note(W, field, reason, was, ""),))
    exact = number * scale
    value = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    now = _plain_number(value, scale)
    notes = []
    if isinstance(cell, str) and _bare(was) != _bare(now):
        notes.append(Note(N, field, form, was, now))
    elif isinstance(cell, str) and was != was.strip():
        notes.append(Note(N, field, "spaces", was, now))
    if exact != value and abs(exact - value) > Decimal("0.0001"):
        notes.append(Note(N, field, rounded, was, now))
    return Read(value, tuple(notes))


def _bare(number: str) -> str:
    """A plain decimal without useless zeros; anything else as it stands."""
    if re.fullmatch(r"-?\d+(\.\d+)?", number, re.ASCII):
        sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
        whole, _, rest = digits.partition(".")
        rest = rest.rstrip("0")
        return sign + (whole.lstrip("0") or "0") + ("." + rest if rest else "")
    return "?" + number


def _plain_number(value: int, scale: int) -> str:
    sign, size, places = ("-" if value < 0 else ""), abs(value), len(str(scale)) - 1
    return f"{sign}{size // scale}.{size % scale:0{places}d}".rstrip("0").rstrip(".")


def amount(cell: Cell, field: str) -> Read:
    """An amount of yuan in fen."""
    return _scaled(cell, field, 100, "amount_form", "amount_unreadable", "amount_rounded")


def quantity(cell: Cell, field: str) -> Read:
    """A quantity in thousandths; a unit written behind the number is left out."""
    trimmed = (
        re.sub(r"\s*[个件套条升根块卷把罐支包张只瓶桶LlКгkgKG]+$", "", _squeeze(cell))
        if isinstance(cell, str)
        else cell
    )
    read = _scaled(trimmed, field, 1000, "number_form", "number_unreadable", "number_rounded")
    if (
        isinstance(cell, str)
        and isinstance(trimmed, str)
        and read.value is not None
        and cell != trimmed
        and not read.notes
    ):
        now = _plain_number(int(str(read.value)), 1000)
        reason = "spaces" if cell.strip(" \t\u3000") == trimmed else "number_form"
        return Read(read.value, (Note(N, field, reason, cell, now),))
    notes = tuple(Note(n.outcome, n.field, n.reason, shown(cell), n.now) for n in read.notes)
    return Read(read.value, notes)


def hours(cell: Cell, field: str) -> Read:
    """Labour time in hundredths of an hour; ``90分钟`` is understood."""
    if isinstance(cell, str):
        plain = _squeeze(cell)
        minutes = re.fullmatch(r"(\d{1,4})\s*(分钟|分|min)", plain)
        if minutes:
            value = (int(minutes[1]) * 100 * 2 + 60) // 120
            return Read(value, (Note(N, field, "number_form", cell, _plain_number(value, 100)),))
        trimmed = re.sub(r"\s*(小时|工时|h|H)$", "", plain)
        read = _scaled(trimmed, field, 100, "number_form", "number_unreadable", "number_rounded")
        if read.value is not None and trimmed != cell and not read.notes:
            reason = "spaces" if cell.strip(" \t\u3000") == trimmed else "number_form"
            return Read(read.value, (Note(N, field, reason, cell, _plain_number(int(str(read.value)), 100)),))
        return Read(read.value, tuple(Note(n.outcome, n.field, n.reason, cell, n.now) for n in read.notes))
    return _scaled(cell, field, 100, "number_form", "number_unreadable", "number_rounded")


def mileage(cell: Cell, field: str) -> Read:
    """Kilometres; ``12.5万`` and ``12,500 km`` are understood."""
    if is_empty(cell):
        return Read(None, ())
    was = shown(cell)
    plain = re.sub(r"\s*(公里|千米|km|KM|Km)$", "", _squeeze(was))
    factor = 1
    if re.search(r"万$", plain):
        plain, factor = plain[:-1], 10000
    number, _trouble = decimal_of(plain if isinstance(cell, str) else cell)
    if number is None or number < 0:
        return Read(None, (Note(W, field, "mileage_unreadable", was, ""),))
    value = int((number * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    notes = [Note(N, field, "number_form", was, str(value))] if isinstance(cell, str) and was != str(value) else []
    if value > 2_000_000:
        return Read(None, (Note(W, field, "mileage_unreadable", was, ""),))
    if value > 999_999:
        notes.append(Note(W, field, "mileage_implausible", was, str(value)))
    return Read(value, tuple(notes))
