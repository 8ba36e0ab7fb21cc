"""Parts of the old system, with the stock that lay in their bins."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update

from app.domain.catalogue.model import Part, PartOrigin
from app.domain.imports import normalise as read
from app.domain.imports.importer import Draft, Importer, add_rows, add_rows_with_ids, fill_or_keep
from app.domain.imports.notes import Note, Outcome
from app.domain.imports.reading import Line
from app.domain.staff.pinyin import search_key
from app.domain.stock.model import Bin, MovementKind, StockBalance, StockMovement, StockOwner, StockValue
from app.domain.suppliers.operations import ensure_supplier
from app.kernel.money import divide_half_up, split_vat

_ORIGINS = {
    PartOrigin.GENUINE: "原厂 原厂件 原厂配件 原装 原装件 正厂 正厂件 纯正 oem genuine",
    PartOrigin.EQUIVALENT: "质量相当 质量相当件 同质 同质件 同质配件 副厂 副厂件 品牌件 equivalent aftermarket",
    PartOrigin.REMANUFACTURED: "再制造 再制造件 翻新 remanufactured reman",
    PartOrigin.REUSED: "回用 回用件 拆车 拆车件 二手 旧件 reused used",
}
ORIGIN_OF = {word: origin for origin, words in _ORIGINS.items() for word in words.split()}
FIELDS = (
    "name",
    "origin",
    "unit",
    "purchase_fen",
    "retail_fen",
    "supplier_name",
    "successor_number",
    "category",
    "minimum_milli",
    "last_received_on",
)
NO_BIN = "未分配"
WHOLE = frozenset(["件", "个", "只", "套", "条", "根", "块", "片", "张", "台", "副", "付", "对", "pcs", "pc", "ea"])
IMPLAUSIBLE = 20  # times the purchase price: a decimal point that was lost makes it a hundred


class PartImporter(Importer):
    """Identity is the number without its blanks. One part in two bins is one part."""

    kind = "parts"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.known: dict[str, dict[str, Any]] = {}
        self.staged: list[tuple[dict[str, Any], list[tuple[str, int]]]] = []
        self.more_stock: list[tuple[str, str, int]] = []
        self.changed: dict[str, dict[str, Any]] = {}
        self.successors: dict[str, tuple[int, str]] = {}
        self.suppliers: dict[str, int | None] = {}
        self.bins = {code: id_ for id_, code in self.session.execute(select(Bin.id, Bin.code))}
        columns = [getattr(Part, name) for name in FIELDS]
        for number, id_, *values in self.session.execute(select(Part.number, Part.id, *columns)):
            self.known[number] = dict(zip(FIELDS, values, strict=True)) | {"id": id_, "bins": None}

    def take(self, line: Line) -> Iterable[tuple[int, list[Note]]]:
        draft, usable = self.open(line)
        yield line.row, (self._decide(draft) if usable else draft.notes)

    def _decide(self, draft: Draft) -> list[Note]:
        number, display = draft.take(read.part_number(draft.cell("number"), "number")) or ("", "")
        name = draft.take(read.text(draft.cell("name"), "name"))
        if not number or not name:
            return draft.reject("name" if number else "number", "missing", display)
        values = self._values(draft, name)
        bin_code = str(draft.take(read.code(draft.cell("bin"), "bin", longest=30))) or NO_BIN
        stock = self._stock(draft, bin_code, values["unit"])
        existing = self.known.get(number)
        if existing is not None:
            return self._again(draft, number, existing, values, bin_code, stock)
        self._successor(draft, number)
        remark = draft.remark(draft.take(read.text(draft.cell("remark"), "remark", longest=2000, lines=True)))
        self.known[number] = values | {"id": None, "bins": {bin_code: stock}}
        row = values | {"number": number, "number_display": display, "pinyin": search_key(name), "remark": remark}
        self.staged.append((row, [(bin_code, stock)]))
        return draft.notes

    def _values(self, draft: Draft, name: str) -> dict[str, Any]:
        word = draft.take(read.text(draft.cell("origin"), "origin", longest=40)).lower()
        if word and word not in ORIGIN_OF:
            draft.warn("origin", "unknown_value", word, PartOrigin.EQUIVALENT.value)
            draft.keep("origin", word)
        elif not word:
            draft.warn("origin", "origin_missing", "", PartOrigin.GENUINE.value)
        unit = draft.take(read.text(draft.cell("unit"), "unit", longest=10))
        if not unit:
            draft.warn("unit", "unit_missing", "", "件")
        purchase, retail = self._price(draft, "purchase"), self._price(draft, "retail")
        if retail and purchase and retail < purchase:
            draft.warn("retail", "below_purchase", read.shown(draft.cell("retail")), read.shown(draft.cell("retail")))
        elif retail and purchase and retail >= IMPLAUSIBLE * purchase:
            draft.warn(
                "retail", "price_implausible", read.shown(draft.cell("retail")), read.shown(draft.cell("retail"))
            )
        self._vat(draft)
        minimum = draft.take(read.quantity(draft.cell("minimum"), "minimum")) or 0
        if minimum < 0:
            draft.warn("minimum", "negative", read.shown(draft.cell("minimum")), "0")
        return {
            "name": name,
            "origin": ORIGIN_OF.get(word, PartOrigin.GENUINE if not word else PartOrigin.EQUIVALENT),
            "unit": unit or "件",
            "purchase_fen": purchase,
            "retail_fen": retail,
            "supplier_name": draft.take(read.text(draft.cell("supplier"), "supplier", longest=120)),
            "successor_number": "",
            "category": draft.take(read.text(draft.cell("category"), "category", longest=40)),
            "minimum_milli": max(0, minimum),
            "last_received_on": draft.take(read.day(draft.cell("received"), "received", self.today)),
        }

    @staticmethod
    def _vat(draft: Draft) -> None:
        cell = draft.cell("vat")
        if read.is_empty(cell):
            return
        rate, _trouble = read.decimal_of(re.sub(r"\s*[%％]\s*$", "", cell) if isinstance(cell, str) else cell)
        if rate not in (13, Decimal("0.13")):
            draft.warn("vat", "vat_rate", read.shown(cell), "13%")
            draft.keep("vat", read.shown(cell))

    def _price(self, draft: Draft, name: str) -> int:
        value = draft.take(read.amount(draft.cell(name), name))
        if value is None:
            if read.is_empty(draft.cell(name)):
                draft.warn(name, "price_missing", "", "0")
            return 0
        if value < 0:
            draft.warn(name, "amount_negative", read.shown(draft.cell(name)), "0")
            draft.keep(name, read.shown(draft.cell(name)))
            return 0
        if value == 0:
            draft.warn(name, "price_zero", read.shown(draft.cell(name)), "0")
        return int(value)

    def _stock(self, draft: Draft, bin_code: str, unit: str) -> int:
        stock = draft.take(read.quantity(draft.cell("stock"), "stock")) or 0
        if stock < 0:
            draft.warn("stock", "negative_stock", read.shown(draft.cell("stock")), "0")
            draft.keep("stock", read.shown(draft.cell("stock")))
            return 0
        if stock % 1000 and unit in WHOLE:
            draft.warn("stock", "stock_fraction", read.shown(draft.cell("stock")), read.shown(draft.cell("stock")))
        if stock and bin_code == NO_BIN and read.is_empty(draft.cell("bin")):
            draft.warn("bin", "missing", "", NO_BIN)
        return int(stock)

    def _successor(self, draft: Draft, number: str) -> None:
        successor, _display = draft.take(read.part_number(draft.cell("successor"), "successor")) or ("", "")
        if successor == number:
            draft.warn("successor", "successor_self", successor)
        elif successor:
            self.successors.setdefault(number, (draft.line.row, successor))

    def _again(
        self, draft: Draft, number: str, existing: dict[str, Any], values: dict[str, Any], bin_code: str, stock: int
    ) -> list[Note]:
        draft.merge("number", "same_part", read.shown(draft.cell("number")), number)
        unsaid = {name for name in ("origin", "unit") if read.is_empty(draft.cell(name))}
        changes = fill_or_keep(draft, existing, values, frozenset({"successor_number", *unsaid}))
        if not existing["successor_number"]:
            self._successor(draft, number)
        if changes:
            existing.update(changes)
            self.changed.setdefault(number, {}).update(changes)
        if existing["bins"] is None or bin_code in existing["bins"]:
            # Taken in before, or the same bin once more: adding would count the same pieces twice.
            have = None if existing["bins"] is None else existing["bins"][bin_code]
            draft.merge(
                "stock", "kept_existing", read.shown(draft.cell("stock")), "" if have is None else _pieces(have)
            )
            if have is not None and have != stock:
                draft.warn("stock", "stock_differs", read.shown(draft.cell("stock")), _pieces(have))
        else:
            existing["bins"][bin_code] = stock
            self.more_stock.append((number, bin_code, stock))
        remark = draft.remark(draft.take(read.text(draft.cell("remark"), "remark", longest=2000, lines=True)))
        if remark:
            draft.merge("remark", "kept_existing", remark)
        return draft.notes

    def flush(self) -> None:
        stocked: list[tuple[int, str, int]] = []
        if self.staged:
            usual = {"created_at": self.now, "version": 1, "active": True}
            rows = [row | usual | {"supplier_id": self._supplier(row["supplier_name"])} for row, _ in self.staged]
            ids = add_rows_with_ids(self.session, Part, rows)
            for id_, (row, stock) in zip(ids, self.staged, strict=True):
                self.known[row["number"]]["id"] = id_
                stocked += [(id_, row["number"], *entry) for entry in stock]  # type: ignore[misc]
        stocked += [(self.known[number]["id"], number, bin_code, milli) for number, bin_code, milli in self.more_stock]  # type: ignore[misc]
        self.staged, self.more_stock = [], []
        for number, changes in self.changed.items():
            if "supplier_name" in changes:
                changes["supplier_id"] = self._supplier(changes["supplier_name"])
            self.session.execute(update(Part).where(Part.number == number).values(**changes, version=Part.version + 1))
        self.changed = {}
        self._open_stock([entry for entry in stocked if entry[3]])  # type: ignore[misc]

    def _supplier(self, name: str) -> int | None:
        if name not in self.suppliers:
            self.suppliers[name] = ensure_supplier(self.session, self.now, name)
        return self.suppliers[name]

    def _open_stock(self, stocked: list[Any]) -> None:
        """Post the opening stock: cost is the purchase price without VAT, as all cost of stock is."""
        if not stocked:
            return
        for code in {bin_code for _, _, bin_code, _ in stocked} - self.bins.keys():
            self.bins[code] = self.session.execute(insert(Bin).values(code=code).returning(Bin.id)).scalar_one()
        balances, movements = [], []
        values: dict[int, list[int]] = {}
        for part_id, number, bin_code, milli in stocked:
            net = split_vat(self.known[number]["purchase_fen"])[0]
            cost = divide_half_up(net * milli, 1000)
            place = {"part_id": part_id, "bin_id": self.bins[bin_code], "owner": StockOwner.SHOP}
            balances.append(place | {"on_hand_milli": milli, "reserved_milli": 0})
            movements.append(
                place
                | {
                    "kind": MovementKind.OPENING,
                    "quantity_milli": milli,
                    "value_fen": cost,
                    "source": "import",
                    "source_id": part_id,
                    "reason": "",
                    "at": self.now,
                    "staff_id": self.actor.staff_id,
                }
            )
            total = values.setdefault(part_id, [0, 0])
            total[0] += milli
            total[1] += cost
        add_rows(self.session, StockBalance, balances)
        add_rows(self.session, StockMovement, movements)
        have = set(self.session.scalars(select(StockValue.part_id).where(StockValue.part_id.in_(values))))
        fresh = [{"part_id": p, "quantity_milli": m, "value_fen": v} for p, (m, v) in values.items() if p not in have]
        if fresh:
            add_rows(self.session, StockValue, fresh)
        for part_id in have:
            milli, cost = values[part_id]
            self.session.execute(
                update(StockValue)
                .where(StockValue.part_id == part_id)
                .values(quantity_milli=StockValue.quantity_milli + milli, value_fen=StockValue.value_fen + cost)
            )

    def finish(self) -> Iterable[tuple[int, list[Note]]]:
        """Successors need the whole catalogue: unknown ones are warned about, a ring of them is left out."""
        after = {number: successor for number, (_, successor) in self.successors.items()}
        for number, (row, successor) in self.successors.items():
            seen, at = {number}, successor
            while at in after and at not in seen:
                seen.add(at)
                at = after[at]
            if at in seen and at == number:
                yield row, [Note(Outcome.WARNED, "successor", "successor_cycle", successor, "")]
                continue
            if successor not in self.known:
                yield row, [Note(Outcome.WARNED, "successor", "successor_unknown", successor, successor)]
            self.session.execute(update(Part).where(Part.number == number).values(successor_number=successor))


def _pieces(milli: int) -> str:
    return read.plain_number(milli, 1000)
