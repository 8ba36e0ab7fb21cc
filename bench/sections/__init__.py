"""One module per section. ``script/bench NAME`` runs the module of that name; those in STANDARD run without a name.

A section is a function ``measure(bench) -> Iterator[Line]``; its docstring says what is counted.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.person import Person
from bench.servers import Server
from bench.shop import Shop

STANDARD = ("requests", "board_lag", "process")


@dataclass(frozen=True, slots=True)
class Line:
    """One figure as it is printed."""

    name: str
    value: float
    unit: str

    def __str__(self) -> str:
        digits = 3 if abs(self.value) < 10 else 1
        return f"{self.name} {self.value:.{digits}f} {self.unit}"


@dataclass(slots=True)
class Bench:
    """What a section works with."""

    shop: Shop
    portal: Server
    floor: Server
    person: Person  # a service manager: may do nearly everything, so the pages are at their fullest
    quick: bool
    note: Callable[[str], None]  # progress for whoever waits
    restart: Callable[[], Server]  # stops the portal and starts it again

    def seconds(self, quick: float, full: float) -> float:
        """How long to measure."""
        return quick if self.quick else full


def known() -> list[str]:
    """The names of all sections."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def run(name: str, bench: Bench) -> Iterator[Line]:
    """The figures of one section."""
    measure: Callable[[Bench], Iterator[Line]] = importlib.import_module(f"bench.sections.{name}").measure
    return measure(bench)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]
