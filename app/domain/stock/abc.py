"""ABC classes: the few parts that make most of a value, such as that of what is issued, and the many that make little."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class AbcClass(StrEnum):
    """A: the parts that make the first of the value, as a rule 80 %; B: the next 15 %; C: the rest, and what never moved."""

    A = "a"
    B = "b"
    C = "c"


A_PERMILLE, B_PERMILLE = 800, 950  # of the whole, added up from the most valuable part: where A ends, and where B does


def classify(
    values: Mapping[int, int], a_permille: int = A_PERMILLE, b_permille: int = B_PERMILLE
) -> dict[int, AbcClass]:
    """part → class, from the value (fen) of each in a period.

    The part that crosses a bound still belongs to the better class, so a single part is A whatever its share. What has no
    value, or came back for more than it went out, is C. Equal values are ordered by id: the answer is always the same.
    """
    whole = sum(value for value in values.values() if value > 0)
    found: dict[int, AbcClass] = {}
    before = 0
    for part_id, value in sorted(values.items(), key=lambda item: (-item[1], item[0])):
        if value <= 0 or before * 1000 >= whole * b_permille:
            found[part_id] = AbcClass.C
        else:
            found[part_id] = AbcClass.A if before * 1000 < whole * a_permille else AbcClass.B
        before += value
    return found
