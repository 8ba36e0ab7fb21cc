"""Every enum member that a person may see has a word."""

from __future__ import annotations

import importlib
import pkgutil
from enum import StrEnum

import app.domain
from app.web.labels import LABELS


def enums() -> set[type[StrEnum]]:
    """Every enum of the domain."""
    found: set[type[StrEnum]] = set()
    for module in pkgutil.walk_packages(app.domain.__path__, "app.domain."):
        for thing in vars(importlib.import_module(module.name)).values():
            if isinstance(thing, type) and issubclass(thing, StrEnum) and thing is not StrEnum:
                if thing.__module__.startswith("app.domain."):
                    found.add(thing)
    return found


def test_every_enum_member_has_a_word_a_tone_and_an_icon() -> None:
    missing = [
        f"{enum.__name__}.{member.name}" for enum in enums() for member in enum if (enum, member.value) not in LABELS
    ]
    assert not missing, f"add to app/web/labels.py: {sorted(missing)}"


def test_every_tone_is_one_of_the_kit() -> None:
    tones = {tone for _word, tone, _icon in LABELS.values()}
    assert tones <= {"neutral", "info", "active", "good", "waiting", "late"}
