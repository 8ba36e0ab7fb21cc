"""The demo's store through the years: deliveries in the morning, issues by the hour, cost at moving average."""

from __future__ import annotations

import random
from dataclasses import dataclass

from app.domain.demo.books import Books
from app.domain.demo.opening_days import DAY, HOUR, MINUTE, stamp
from app.domain.demo.plan import Line, PartFacts, Who
from app.domain.repair_orders.parts import SOURCE
from app.domain.stock.model import MovementKind, StockOwner
from app.kernel import audit
from app.kernel.money import divide_half_up, line_amount, split_vat

_RETURNED = 7  # in a thousand lines the wrong part is brought back and another one handed out
_REASONS = ("型号不符", "包装破损", "外观有划痕")


@dataclass(slots=True)
class _Pile:
    part: PartFacts
    bin_id: int
    usual_milli: int  # what lies there after a delivery
    milli: int = 0
    value_fen: int = 0
    received_on: int = 0


class Shelf:
    """On hand and value of every part, as the operations of stock would leave them."""

    def __init__(self, books: Books, dice: random.Random, clerks: list[Who]) -> None:
        self.books, self.dice, self.clerks = books, dice, clerks
        self.piles: dict[int, _Pile] = {}

    def add(self, part: PartFacts, bin_id: int, usual_milli: int) -> None:
        """A place for a part; ``usual_milli`` 0 for one that is ordered when it is needed."""
        self.piles[part.id] = _Pile(part, bin_id, usual_milli)

    def morning(self, day: int) -> None:
        """The supplier's van: what fell below two fifths of the usual is filled up."""
        at = day * DAY + 7 * HOUR + 40 * MINUTE
        for pile in self.piles.values():
            if pile.milli * 5 < pile.usual_milli * 2:
                at += 60 + self.dice.randrange(60)
                self._receive(pile, at, _whole(pile.usual_milli - pile.milli))

    def _receive(self, pile: _Pile, at: int, milli: int, note: str = "") -> None:
        # Purchase prices wander by a few per cent: the average moves.
        unit = pile.part.purchase_fen * self.dice.randrange(970, 1031) // 1000
        value = split_vat(line_amount(milli, unit))[0]
        pile.milli += milli
        pile.value_fen += value
        pile.received_on = at // DAY
        self._move(pile, MovementKind.RECEIPT, at, milli, value, "receipt", pile.part.id, self.clerks[0], note)

    def issue(self, line: Line, at: int, clerk: Who) -> None:
        """Hand a line to the technician; what is missing was brought by an urgent delivery."""
        if line.supplied:
            return
        pile = self.piles[line.part.id]
        if pile.milli < line.milli:
            self._receive(pile, at - 45, _whole(line.milli - pile.milli), "紧急订货")
        cost = self._out(pile, line, at, clerk)
        if self.dice.randrange(1000) < _RETURNED:
            pile.milli += line.milli
            pile.value_fen += cost
            reason = self.dice.choice(_REASONS)
            self._move(pile, MovementKind.RETURN, at + 20, line.milli, cost, SOURCE, line.id, clerk, reason)
            self._out(pile, line, at + 40, clerk)

    def _out(self, pile: _Pile, line: Line, at: int, clerk: Who) -> int:
        cost = pile.value_fen if line.milli == pile.milli else divide_half_up(pile.value_fen * line.milli, pile.milli)
        pile.milli -= line.milli
        pile.value_fen -= cost
        self._move(pile, MovementKind.ISSUE, at, -line.milli, -cost, SOURCE, line.id, clerk)
        return cost

    def _move(
        self,
        pile: _Pile,
        kind: MovementKind,
        at: int,
        milli: int,
        fen: int,
        source: str,
        source_id: int,
        who: Who,
        reason: str = "",
    ) -> None:
        books, part_id = self.books, pile.part.id
        books.movements.append(
            (
                books.new_id("stock_movement"),
                part_id,
                pile.bin_id,
                StockOwner.SHOP.value,
                kind.value,
                milli,
                fen,
                source,
                source_id,
                reason,
                stamp(at),
                who.id,
            )
        )
        details = audit.details_text({"quantity_milli": milli, "source": f"{source}:{source_id}"})
        books.note(at, who, f"stock.{kind.value}", f"part:{part_id}", details)

    def close(self) -> None:
        """What lies there at the end, as balances and values."""
        for part_id, pile in self.piles.items():
            if pile.received_on:
                key = (part_id, pile.bin_id, StockOwner.SHOP.value, pile.milli, 0)
                self.books.balances.append((self.books.new_id("stock_balance"), *key))
                self.books.values.append((part_id, pile.milli, pile.value_fen))

    def received_on(self) -> dict[int, int]:
        """part → the day of its last delivery."""
        return {part_id: pile.received_on for part_id, pile in self.piles.items() if pile.received_on}


def _whole(milli: int) -> int:
    """Suppliers deliver whole pieces and litres."""
    return -(-milli // 1000) * 1000
