"""The moving average replayed: what each movement should have been worth, told from those before it. Pure.

In the order of their ids: whoever moves a part holds its value until the commit, so that is the order in which it changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from app.domain.stock.model import OUT_AND_BACK, MovementKind
from app.kernel.money import divide_half_up


class Moved(Protocol):
    """What is asked of a movement: thousandths and fen, signed."""

    id: int
    kind: MovementKind
    quantity_milli: int
    value_fen: int
    source: str
    source_id: int


def wrongly_valued(moves: Iterable[Moved]) -> Iterator[tuple[Moved, int]]:
    """(movement, what it should be worth in fen) of those of one part of the shop's own that are valued otherwise.

    What leaves takes its share of the value, and the last piece all of it; what comes back brings what it took; what is
    found joins at the average. What is bought, or found of a part of which there was none, has a price of its own.
    """
    milli = fen = 0
    out: dict[tuple[str, int], tuple[int, int]] = {}
    for move in moves:
        line = (move.source, move.source_id)
        taken_milli, taken_fen = out.get(line, (0, 0))
        due = move.value_fen
        if move.quantity_milli < 0:
            due = -_share(fen, -move.quantity_milli, milli)
        elif move.kind in OUT_AND_BACK:
            due = _share(taken_fen, move.quantity_milli, taken_milli)
        elif move.kind is MovementKind.COUNT and milli > 0:
            due = divide_half_up(fen * move.quantity_milli, milli)
        if due != move.value_fen:
            yield move, due
        milli, fen = milli + move.quantity_milli, fen + move.value_fen
        if move.kind in OUT_AND_BACK:
            out[line] = (taken_milli - move.quantity_milli, taken_fen - move.value_fen)


def _share(fen: int, milli: int, of_milli: int) -> int:
    return fen if milli >= of_milli else divide_half_up(fen * milli, of_milli)
