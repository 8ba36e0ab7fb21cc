"""Labour time: integer hundredths of an hour, the trade's standard time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NewType

from app.kernel.errors import N_, InvalidInput
from app.kernel.fullwidth import to_ascii

Centi = NewType("Centi", int)

MAX_CENTI = 100_000  # a thousand hours on one job is a slip
_HOURS = re.compile(r"(\d{1,5})(?:\.(\d{1,2}))?", re.ASCII)


def parse_hours(text: str, *, field: str | None = None) -> Centi:
    """Hundredths of an hour from what a person types; raises :class:`InvalidInput` otherwise."""
    if not text.strip():
        raise InvalidInput(N_("Fill this in."), field=field)
    match = _HOURS.fullmatch(to_ascii(text).strip())
    if match is None:
        raise InvalidInput(N_("“%(text)s” is not a time in hours, such as 1.25."), field=field, text=text[:40])
    centi = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if centi > MAX_CENTI:
        raise InvalidInput(N_("%(text)s hours are too many for one job."), field=field, text=text[:40])
    return Centi(centi)


def format_hours(centi: int) -> str:
    """``125`` → ``1.25``."""
    return f"{centi // 100}.{centi % 100:02d}"


def centi_of(duration: timedelta) -> Centi:
    """Hundredths of an hour of a duration, rounded half up."""
    seconds = int(duration.total_seconds())
    return Centi((seconds * 2 + 36) // 72)


def duration_of(centi: int) -> timedelta:
    """The duration of a labour time."""
    return timedelta(seconds=centi * 36)
