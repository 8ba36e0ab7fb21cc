"""Reading single values from a form without a chance of overflow; larger forms are Flask-WTF's."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from flask import request

from app.kernel.clock import SHANGHAI
from app.kernel.errors import N_, InvalidInput
from app.kernel.fullwidth import to_ascii
from app.kernel.money import parse_yuan
from app.kernel.quantity import parse_quantity


def plain_number(text: str) -> int | None:
    """At most nine plain digits as a number, or None; nothing longer fits a column."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def whole_number(name: str) -> int | None:
    """A non-negative whole number of at most nine digits, or None."""
    return plain_number(to_ascii(request.form.get(name, "")).strip())


def asked_number(name: str) -> int | None:
    """A number in the address, or None: an address that somebody made up is no fault."""
    return plain_number(request.args.get(name, ""))


def ticked(name: str) -> list[int]:
    """The ids of the boxes that were ticked; what is no id counts as not ticked."""
    return [number for text in request.form.getlist(name) if (number := plain_number(text)) is not None]


def required_number(name: str, *, lowest: int = 0, highest: int = 999_999_999) -> int:
    """Like :func:`whole_number`; raises :class:`InvalidInput` when it is missing or out of range."""
    value = whole_number(name)
    if value is None:
        raise InvalidInput(N_("A whole number is needed here."), field=name)
    if not lowest <= value <= highest:
        raise InvalidInput(
            N_("Take a number from %(lowest)s to %(highest)s."), field=name, lowest=lowest, highest=highest
        )
    return value


def text(name: str, *, longest: int = 200) -> str:
    """A trimmed text; raises :class:`InvalidInput` when it is longer than its column."""
    value = request.form.get(name, "").strip()
    if len(value) > longest:
        raise InvalidInput(N_("Take at most %(count)s characters."), field=name, count=longest)
    return value


def quantity(name: str) -> int | None:
    """Thousandths, above zero; None when the field is empty. Raises :class:`InvalidInput` for what is no quantity."""
    value = request.form.get(name, "").strip()
    return parse_quantity(value, field=name) if value and to_ascii(value).strip("0.") else (0 if value else None)


def yuan(name: str) -> int | None:
    """Fen, not below zero; None when the field is empty. Raises :class:`InvalidInput` for what is no amount."""
    value = request.form.get(name, "").strip()
    return parse_yuan(value, field=name) if value else None


def business_day(name: str) -> date | None:
    """A date as the browser's date field sends it (``2026-11-24``), or None when it is empty.

    Raises :class:`InvalidInput` for anything else and for years that no shop document has.
    """
    value = to_ascii(request.form.get(name, "")).strip()
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise InvalidInput(N_("“%(text)s” is not a date."), field=name, text=value[:40]) from None
    if not 1950 <= day.year <= 2100:
        raise InvalidInput(N_("“%(text)s” is not a date."), field=name, text=value[:40])
    return day


def local_moment(name: str) -> datetime | None:
    """A shop-local date and time as the browser sends it (``2026-11-24T15:30``), aware, or None when it is empty."""
    value = to_ascii(request.form.get(name, "")).strip()
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise InvalidInput(N_("“%(text)s” is not a date and time."), field=name, text=value[:40]) from None
    if not 1950 <= moment.year <= 2100:
        raise InvalidInput(N_("“%(text)s” is not a date and time."), field=name, text=value[:40])
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment


E = TypeVar("E", bound=StrEnum)


def choice(name: str, enum: type[E], default: E) -> E:
    """A member of an enum by its value; ``default`` when nothing was sent, :class:`InvalidInput` for a strange one."""
    return required_choice(name, enum) if request.form.get(name) else default


def required_choice(name: str, enum: type[E]) -> E:
    """A member of an enum by its value; raises :class:`InvalidInput` when it is missing or strange."""
    try:
        return enum(request.form.get(name, ""))
    except ValueError:
        raise InvalidInput(N_("Choose one of the possibilities."), field=name) from None


def toast(words: str, tone: str = "good") -> str:
    """The value of ``HX-Trigger`` that makes the page show a message (static/js/toast.js)."""
    return json.dumps({"toast": {"text": words, "tone": tone}})


def percent(name: str) -> int:
    """A percentage with at most one decimal as thousandths: ``5`` → 50; empty is 0."""
    value = to_ascii(request.form.get(name, "")).strip().rstrip("%").strip()
    if not value:
        return 0
    match = re.fullmatch(r"(\d{1,3})(?:\.(\d))?", value, re.ASCII)
    if match is None:
        raise InvalidInput(N_("“%(text)s” is not a percentage."), field=name, text=value[:40])
    return int(match[1]) * 10 + int(match[2] or 0)
