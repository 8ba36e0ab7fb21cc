"""A supplier's price list: tens of thousands of rows of which most say what is known already.

Identity is the part's number; parts are never made here. A price that moves further than the shop allows is held until
somebody who may agree prices has looked at it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from app.domain.catalogue.model import Part
from app.domain.imports import normalise as read
from app.domain.imports.importer import Draft, Importer, add_rows
from app.domain.imports.notes import Note, Outcome
from app.domain.imports.reading import Line
from app.domain.purchasing.model import HeldPrice, SupplierPrice
from app.domain.purchasing.prices import ended_by, last_day
from app.domain.staff import settings

FAR = date(2100, 1, 1)  # a price list speaks of days to come


class PriceImporter(Importer):
    """The list of one supplier, who is named by whoever takes it in."""

    kind = "prices"
    remembers = (
        False  # January's price may come back in March: it is held against what is agreed, not against old files
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.supplier_id = 0
        self.limit = settings.number(self.session, "purchasing.price_change_percent")
        self.parts = {
            number: (id_, fen)
            for number, id_, fen in self.session.execute(select(Part.number, Part.id, Part.purchase_fen))
        }
        self.seen: dict[int, int] = {}
        self.fresh: list[dict[str, Any]] = []
        self.held: list[dict[str, Any]] = []
        self.ended: list[dict[str, Any]] = []
        self.replaced: list[dict[str, Any]] = []

    def about(self, supplier_id: int) -> None:
        """Whose list it is: what is agreed with him is what the rows are held against."""
        self.supplier_id = supplier_id
        self.agreed: dict[int, list[Any]] = {}
        for row in self.session.execute(
            select(
                SupplierPrice.part_id,
                SupplierPrice.id,
                SupplierPrice.unit_fen,
                SupplierPrice.pack_milli,
                SupplierPrice.minimum_milli,
                SupplierPrice.valid_from,
                SupplierPrice.valid_until,
            )
            .where(SupplierPrice.supplier_id == supplier_id)
            .order_by(SupplierPrice.valid_from)
        ):
            self.agreed.setdefault(row.part_id, []).append(row)
        waiting = select(HeldPrice.part_id, HeldPrice.unit_fen, HeldPrice.valid_from).where(
            HeldPrice.supplier_id == supplier_id, HeldPrice.decided_at.is_(None)
        )
        self.waiting = {tuple(row) for row in self.session.execute(waiting)}

    def take(self, line: Line) -> Iterable[tuple[int, list[Note]]]:
        draft, usable = self.open(line)
        yield line.row, (self._decide(draft, line.row) if usable else draft.notes)

    def _decide(self, draft: Draft, row: int) -> list[Note]:
        number, _display = draft.take(read.part_number(draft.cell("number"), "number")) or ("", "")
        if not number:
            return draft.reject("number", "missing", read.shown(draft.cell("number")))
        if number not in self.parts:
            return draft.reject("number", "unknown_part", read.shown(draft.cell("number")))
        unit_fen = draft.take(read.amount(draft.cell("price"), "price"))
        if unit_fen is None or unit_fen <= 0:
            empty = read.is_empty(draft.cell("price"))
            reason = "price_missing" if empty else "amount_unreadable" if unit_fen is None else "price_not_above_zero"
            return draft.reject("price", reason, read.shown(draft.cell("price")))
        pack = draft.take(read.quantity(draft.cell("pack"), "pack")) or 1000
        minimum = draft.take(read.quantity(draft.cell("minimum"), "minimum")) or 0
        if pack < 0 or minimum < 0:
            return draft.reject("pack" if pack < 0 else "minimum", "number_unreadable", str(min(pack, minimum) // 1000))
        begins = draft.take(read.day(draft.cell("from"), "from", FAR)) or self.today
        until = draft.take(read.day(draft.cell("until"), "until", FAR))
        if until is not None and until < begins:
            return draft.reject("until", "ends_before", until.isoformat())
        part_id, purchase_fen = self.parts[number]
        if part_id in self.seen:
            if self.seen[part_id] == unit_fen:
                draft.merge("number", "duplicate_row", number, number)
                return draft.notes
            return draft.reject("price", "two_prices", read.shown(draft.cell("price")))
        self.seen[part_id] = unit_fen
        return self._weigh(draft, part_id, purchase_fen, unit_fen, pack, minimum, begins, until)

    def _weigh(
        self, draft: Draft, part_id: int, purchase_fen: int, unit_fen: int, pack: int, minimum: int, begins: date,
        until: date | None,
    ) -> list[Note]:  # fmt: skip
        agreed = self.agreed.get(part_id, [])
        same_day = next((p for p in agreed if p.valid_from == begins), None)
        before = ended_by(agreed, begins)
        holds = same_day or (before[-1] if before else None)
        if holds is not None and (holds.unit_fen, holds.pack_milli, holds.minimum_milli) == (unit_fen, pack, minimum):
            return [*draft.notes, Note(Outcome.UNCHANGED, "price", "price_as_agreed")]
        was = holds.unit_fen if holds is not None else purchase_fen
        facts = {
            "supplier_id": self.supplier_id,
            "part_id": part_id,
            "unit_fen": unit_fen,
            "pack_milli": pack,
            "minimum_milli": minimum,
            "valid_from": begins,
            "valid_until": last_day(agreed, begins, until),
        }
        if was and abs(unit_fen - was) * 100 > was * self.limit:
            if (part_id, unit_fen, begins) in self.waiting:
                return [*draft.notes, Note(Outcome.UNCHANGED, "price", "price_held_already")]
            draft.warn("price", "price_held", _yuan(was), _yuan(unit_fen))
            self.held.append(facts | {"was_fen": was, "at": self.now})
            return draft.notes
        if same_day is not None:
            self.replaced.append({"of_id": same_day.id, "fen": unit_fen, "pack": pack, "least": minimum})
            draft.merge("price", "price_replaced", _yuan(same_day.unit_fen), _yuan(unit_fen))
            return draft.notes
        self.ended.extend({"of_id": price.id, "last_day": begins - timedelta(days=1)} for price in before)
        self.fresh.append(facts)
        return draft.notes

    def flush(self) -> None:
        session = self.session
        if self.ended:
            session.connection().execute(_END, self.ended)
        if self.replaced:
            session.connection().execute(_REPLACE, self.replaced)
        add_rows(session, SupplierPrice, self.fresh)
        add_rows(session, HeldPrice, self.held)
        self.fresh, self.held, self.ended, self.replaced = [], [], [], []


_price = SupplierPrice.__table__
_END = update(_price).where(_price.c.id == bindparam("of_id")).values(valid_until=bindparam("last_day"))  # type: ignore[arg-type]
_REPLACE = (
    update(_price)  # type: ignore[arg-type]
    .where(_price.c.id == bindparam("of_id"))
    .values(unit_fen=bindparam("fen"), pack_milli=bindparam("pack"), minimum_milli=bindparam("least"))
)


def _yuan(fen: int) -> str:
    return read.plain_number(fen, 100)
