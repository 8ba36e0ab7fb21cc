"""Invariants: each noun declares what must always be true; ``flask check`` reads the whole database against them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

Check = Callable[[Session], Iterator[str]]
_checks: list[tuple[str, Check]] = []


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold, and the row that breaks it."""

    invariant: str
    row: str


def invariant(sentence: str) -> Callable[[Check], Check]:
    """Declare a check: a function that yields a description of each row that breaks ``sentence``."""

    def register(check: Check) -> Check:
        _checks.append((sentence, check))
        return check

    return register


def broken(session: Session) -> Iterator[Broken]:
    """Every broken invariant with its row."""
    for sentence, check in _checks:
        for row in check(session):
            yield Broken(sentence, row)


def declared() -> list[str]:
    """The sentences of all declared invariants."""
    return [sentence for sentence, _ in _checks]
