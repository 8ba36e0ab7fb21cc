"""From a document dataclass to HTML with its pictures, inside a print process: Jinja, our units, one language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.kernel.capitals import capitals
from app.kernel.clock import shanghai
from app.kernel.labour import format_hours
from app.kernel.money import format_yuan
from app.kernel.quantity import UNITS, format_quantity
from app.printing.fetcher import picture_type
from app.printing.texts import HERE, WORDS, translations

TAGS = {"zh_Hans_CN": "zh-CN", "en": "en"}


def compose(document: Any, language: str) -> tuple[str, dict[str, bytes]]:
    """The HTML of a document and the pictures that it names, ``photo/1`` and so on."""
    pictures: dict[str, bytes] = {}

    def picture(content: bytes | None) -> str:
        """The address under which the page may load these bytes; empty for none or for what is not a picture."""
        if not content or picture_type(content) is None:
            return ""
        name = f"photo/{len(pictures) + 1}"
        pictures[name] = content
        return f"portal:{name}"

    template = environment(language).get_template(f"printing/{document.TEMPLATE}")
    return template.render(doc=document, picture=picture, tag=TAGS[language]), pictures


@cache
def environment(language: str) -> Environment:
    """A Jinja environment that speaks one language."""
    env = Environment(
        loader=FileSystemLoader(HERE.parent / "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found = translations(language)
    env.install_gettext_translations(found, newstyle=True)  # type: ignore[attr-defined]
    env.globals["gap"] = "" if language.startswith("zh") else " "  # between two sentences
    env.filters.update(
        money=format_yuan,
        quantity=format_quantity,
        hours=format_hours,
        km=km,
        day=day,
        moment=moment,
        capitals=capitals,
        percent=percent,
        qr=qr,
        black_on_white=black_on_white,
        word=_words(found.gettext),
        unit=str if language.startswith("zh") else lambda text: found.gettext(UNITS[text]) if text in UNITS else text,
    )
    return env


def _words(gettext: Callable[[str], str]) -> Callable[[str, str], str]:
    def word(value: str, of: str) -> str:
        """The word of a fixed set's value; a value that is not in the set stands as it is."""
        text = WORDS[of].get(value)
        return gettext(text) if text is not None else str(value)

    return word


def km(number: int | None) -> str:
    """``12345`` → ``12,345 km``."""
    return "" if number is None else f"{number:,}\N{NO-BREAK SPACE}km"


def day(value: date | datetime | None) -> str:
    """The shop's calendar date, ``2026-11-24``."""
    if value is None:
        return ""
    return (shanghai(value) if isinstance(value, datetime) else value).strftime("%Y-%m-%d")


def moment(value: datetime | None) -> str:
    """Date and time as the clock in the shop shows them, ``2026-11-24 14:05``."""
    return "" if value is None else shanghai(value).strftime("%Y-%m-%d\N{NO-BREAK SPACE}%H:%M")


def percent(permille: int) -> str:
    """``125`` → ``12.5 %``; nothing for zero."""
    return f"{permille / 10:g}\N{NO-BREAK SPACE}%" if permille else ""


def qr(text: str) -> Markup:
    """A QR code as inline SVG, one unit per module; nothing for an empty text."""
    if not text:
        return Markup()
    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(border=0, omitsize=True, lineclass=None, svgclass="qr-code")
    return Markup(svg)  # segno's own markup: the text is in it as black squares only


def black_on_white(drawing: Markup) -> Markup:
    """The screen's drawing of a car for paper: marks in black, and a font named that the print process has."""
    text = str(drawing).replace("#a11616", "#000").replace("#5d6977", "#222").replace("#4a5665", "#000")
    return Markup(text.replace('font-family="', 'font-family="Noto Sans CJK SC, Droid Sans Fallback, '))
