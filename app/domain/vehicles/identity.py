"""Plates and VINs: how they are written, and what is doubtful about them. Doubt warns and never blocks."""

from __future__ import annotations

import re

from app.kernel.fullwidth import to_ascii

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# 7 characters, 8 for new energy; the trade's pattern. Embassy, consulate and armed-police plates have their own.
_PLATE = re.compile(
    rf"[{_PROVINCES}使领][A-HJ-NP-Z]"
    r"(\d{5}[A-HJK]|[A-HJK][A-HJ-NP-Z0-9]\d{4}|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳])"
    rf"|使\d{{6}}|\d{{6}}使|[{_PROVINCES}][A-Z0-9]\d{{4}}领|WJ[{_PROVINCES}]?\d{{4}}[0-9A-Z]",
    re.ASCII,
)
_SEPARATORS = re.compile(r"[\s·•・.．\-_—]+")

# GB 16735 and ISO 3779: no I, O, Q; position 9 is the check digit.
_VALUES = {**{str(digit): digit for digit in range(10)}, "P": 7, "R": 9}
_VALUES |= dict(zip("ABCDEFGH", range(1, 9), strict=True)) | dict(zip("JKLMN", range(1, 6), strict=True))
_VALUES |= dict(zip("STUVWXYZ", range(2, 10), strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_LOOKALIKES = str.maketrans("IOQ", "100")


def normal_plate(text: str) -> str:
    """A plate as it is stored: half-width, upper case, no separators (``沪n·1d545`` → ``沪N1D545``)."""
    return _SEPARATORS.sub("", to_ascii(text)).upper()[:12]


def plate_is_usual(plate: str) -> bool:
    """True when a stored plate follows a pattern of Chinese plates; otherwise it deserves a second look."""
    return _PLATE.fullmatch(plate) is not None


def normal_vin(text: str) -> str:
    """A VIN as it is stored: half-width, upper case, without blanks and hyphens."""
    return re.sub(r"[\s\-]+", "", to_ascii(text)).upper()


def has_vin_shape(vin: str) -> bool:
    """True for 17 characters without I, O and Q."""
    return len(vin) == 17 and all(char in _VALUES for char in vin)


def check_digit_fits(vin: str) -> bool:
    """True when position 9 is the check digit of the rest (modulo 11, 10 written X)."""
    if not has_vin_shape(vin):
        return False
    total = sum(_VALUES[char] * weight for char, weight in zip(vin, _WEIGHTS, strict=True))
    return vin[8] == "0123456789X"[total % 11]


def carries_check_digit(vin: str) -> bool:
    """True for cars made in China (world codes with L), which must carry one; European ones often do not."""
    return vin.startswith("L")


def mended_vin(vin: str) -> str | None:
    """The VIN with I, O, Q read as 1 and 0, when that is certain: the check digit proves it. Else None."""
    mended = vin.translate(_LOOKALIKES)
    return mended if mended != vin and carries_check_digit(mended) and check_digit_fits(mended) else None
