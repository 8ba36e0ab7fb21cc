"""Telephone numbers as people and old systems write them. Digits are never invented; what is no digit becomes a remark."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from app.domain.imports.cells import Cell, N, Read, W, is_empty, shown, squeeze
from app.domain.imports.notes import Note

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_AREA = r"(?:10|2\d|[3-9]\d{2})"
_LANDLINE = re.compile(rf"0{_AREA}\d{{7,8}}|400\d{{7}}|800\d{{7}}|[2-9]\d{{6,7}}", re.ASCII)
_WITHOUT_ZERO = re.compile(rf"{_AREA}\d{{7,8}}", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+", re.ASCII)
_COUNTRY = re.compile(r"^\s*(?:\(?\+\s*86\)?|\(?0086\)?)[\s\-]*", re.ASCII)
_EXTENSION = re.compile(r"\s*(?:转|分机号?|ext\.?|#|\*|(?<=\d{7})-)\s*:?\s*(\d{1,6})$", re.IGNORECASE | re.ASCII)
_LABEL = re.compile(
    r"(手机号?码?|移动电话|电话|座机|固话|联系|办公|家庭|家里|单位|tel|mobile|phone|mob|[:.。()\s\-])+", re.IGNORECASE
)
_BETWEEN = re.compile(
    r"[/,;、，；|\n\r\\&]+|\s*[或和及]\s*|\s{2,}|(?<=\d{11})\s+(?=1\d{10})|(?<=\d{7})\s+(?=1[3-9]\d{9}\b)"
)
# Put in where a program insisted on a number.
_PLACEHOLDER = re.compile(r"0+|(\d)\1{6,}|1[3-9]\d0{8}|12345678\d{0,3}|1380013800\d", re.ASCII)


@lru_cache(maxsize=1 << 13, typed=True)
def phones(cell: Cell, field: str) -> Read:
    """A tuple of (digits, label) with label mobile, landline or doubtful."""
    if is_empty(cell):
        return Read((), ())
    was = shown(cell)
    plain = _exact(re.sub(r"\.0$", "", squeeze(was)))
    if _SCIENTIFIC.fullmatch(plain):
        return Read((), (Note(W, field, "phone_lost", was, ""),))
    if re.search(r"\d[*xX＊•]{2,}\d?", plain):
        return Read((), (Note(W, field, "phone_masked", was, ""),))
    found: list[tuple[str, str]] = []
    doubts: list[Note] = []
    rest = False
    for piece in (piece for piece in _BETWEEN.split(plain) if piece.strip()):
        digits, label, more = _one(piece)
        rest = rest or more
        if not digits:
            continue
        found.append((digits, label))
        if label == "doubtful":
            doubts.append(Note(W, field, "phone_doubtful", was, digits))
    if not found:
        return Read((), (Note(W, field, "phone_unreadable", was, ""),))
    return Read(
        tuple(dict.fromkeys(found)), (*_form(field, was, found, rest), *doubts), f"{field}: {was}" if rest else ""
    )


def _form(field: str, was: str, found: list[tuple[str, str]], rest: bool) -> list[Note]:
    now = " ".join(number for number, _ in found)
    if len(found) > 1:
        return [Note(N, field, "phone_split", was, now)]
    if now == was or (re.fullmatch(r"0\d{2,3}-\d{7,8}", was, re.ASCII) and not rest):
        return []
    return [Note(N, field, "phone_extra" if rest else "phone_form", was, now)]


def _exact(plain: str) -> str:
    """``1.3812345678E+10`` still has every digit; ``1.38E+10`` has not and stays as it is."""
    if not _SCIENTIFIC.fullmatch(plain):
        return plain
    mantissa, exponent = re.split("[eE]", plain)
    if int(exponent) == 10 and len(mantissa.partition(".")[2]) == 10:
        return str(int(Decimal(plain)))
    return plain


def _one(piece: str) -> tuple[str, str, bool]:
    """(digits, label, whether words or an extension go into the remark) of one number."""
    abroad = _COUNTRY.sub("", piece.strip())
    extension = _EXTENSION.search(abroad)
    body = (
        abroad[: extension.start()]
        if extension and len(re.sub(r"\D", "", abroad[: extension.start()])) >= 7
        else abroad
    )
    digits = re.sub(r"[^0-9]", "", body)
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if abroad != piece.strip() and not _MOBILE.fullmatch(digits) and _WITHOUT_ZERO.fullmatch(digits):
        digits = "0" + digits
    if len(digits) == 12 and digits.startswith("01") and _MOBILE.fullmatch(digits[1:]):
        digits = digits[1:]  # the zero that long-distance calls to a mobile once needed
    rest = body is not abroad or bool(_LABEL.sub("", re.sub(r"[0-9+]", "", body)))
    if _PLACEHOLDER.fullmatch(digits):
        return digits[:30], "doubtful", rest
    if _MOBILE.fullmatch(digits):
        return digits, "mobile", rest
    return digits[:30], "landline" if _LANDLINE.fullmatch(digits) else "doubtful", rest
