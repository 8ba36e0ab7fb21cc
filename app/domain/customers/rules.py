"""What a telephone number of a customer looks like."""

from __future__ import annotations

import re

from app.kernel.errors import N_, InvalidInput
from app.kernel.fullwidth import to_ascii

_NUMBER = re.compile(r"1[3-9]\d{9}|0\d{9,11}|400\d{7}|800\d{7}|[2-9]\d{6,7}", re.ASCII)


def normal_phone(text: str) -> str:
    """Digits of a telephone number as typed (``138 1234 5678``, ``+86…``); raises :class:`InvalidInput` otherwise."""
    digits = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", re.sub(r"[\s\-()（）]", "", to_ascii(text)))
    if _NUMBER.fullmatch(digits) is None:
        raise InvalidInput(N_("“%(text)s” is not a telephone number."), field="phone", text=text[:40])
    return digits
