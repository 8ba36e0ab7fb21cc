"""ABC classes: the few parts that make most of the value that leaves the store, and the many that make little."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class AbcClass(StrEnum):
    """A: the parts that make the first 80 % of the value issued; B: the next 15 %; C: the rest, and what never moved."""

    A = "a"
    B = "b"
    C = "c"


BOUNDS = ((AbcClass.A, 800), (AbcClass.B, 950))  # permille of the whole, added up from the most valuable


def classify(values: Mapping[int, int]) -> dict[int, AbcClass]:
    """part → class, from the value (fen) issued of each in a period.

    The part that crosses a bound still belongs to the class below it, so a single part is A whatever its share. What was
    not issued, or came back for more than it went out, is C. Equal values are ordered by id: the answer is always the same.
    """
    whole = sum(value for value in values.values() if value > 0)
    found: dict[int, AbcClass] = {}
    before = 0
    for part_id, value in sorted(values.items(), key=lambda item: (-item[1], item[0])):
        if value <= 0:
            found[part_id] = AbcClass.C
            continue
        share = before * 1000
        found[part_id] = next((name for name, bound in BOUNDS if share < bound * whole), AbcClass.C)
        before += value
    return found
