"""A section of the morning page: a heading with its lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    """One line: where it leads, what it says, how urgent it is."""

    url: str
    title: str
    sub: str = ""
    plate: str = ""
    tone: str = ""


@dataclass(slots=True)
class Section:
    """A heading with its lines; an empty one is left out."""

    title: str
    icon: str
    items: list[Item] = field(default_factory=list)
    more_url: str = ""


def section(title: str, icon: str, items: Iterable[Item], more_url: str = "") -> Section:
    """A section of what ``items`` gives; ``more_url`` leads to all of it."""
    return Section(title, icon, list(items), more_url)
