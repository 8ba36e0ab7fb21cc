"""Old repair orders: history. Their amounts stay as printed; what does not add up is said, never mended."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from app.domain.catalogue.model import Operation, Part
from app.domain.imports import normalise as read
from app.domain.imports.importer import Draft, Importer
from app.domain.imports.notes import Note, Outcome
from app.domain.imports.reading import Line
from app.domain.vehicles.model import HistoryLine, HistoryOrder, Vehicle
from app.kernel.money import divide_half_up

_LINE_KINDS = {
    "工时": "labour",
    "工费": "labour",
    "项目": "labour",
    "人工": "labour",
    "labour": "labour",
    "labor": "labour",
}
_LINE_KINDS |= {"配件": "part", "材料": "part", "零件": "part", "备件": "part", "part": "part", "parts": "part"}
_PAYERS = {
    "客付": "customer",
    "自费": "customer",
    "客户": "customer",
    "索赔": "warranty",
    "保修": "warranty",
    "三包": "warranty",
}
_PAYERS |= {"保险": "insurer", "善意": "goodwill", "商务": "goodwill", "内部": "internal", "内结": "internal"}
_PAYERS |= {word: word for word in ("customer", "warranty", "insurer", "goodwill", "internal")}
HEADER = ("kind", "arrived_on", "plate", "vin", "mileage_km", "settled_on", "adviser_name", "total_fen")


class OrderImporter(Importer):
    """Lines of one order stand together; an order is decided when the next one begins."""

    kind = "orders"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.group: list[tuple[Draft, dict[str, Any]]] = []
        self.number = ""
        self.done: set[str] = set()
        self.staged: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
        self.by_vin: dict[str, int] = {}
        self.by_plate: dict[str, int] = {}
        for id_, vin, plate in self.session.execute(select(Vehicle.id, Vehicle.vin, Vehicle.plate)):
            if vin:
                self.by_vin[vin] = id_
            if plate:
                self.by_plate[plate] = id_
        self.codes = {"part": set(self.session.scalars(select(Part.number)))}
        self.codes["labour"] = set(self.session.scalars(select(Operation.code)))
        # Mileage at each visit per car, by date, to notice one that falls.
        self.visits: dict[str, list[tuple[date, int]]] = {}
        earlier = select(HistoryOrder.vin, HistoryOrder.arrived_on, HistoryOrder.mileage_km)
        for vin, arrived, km in self.session.execute(earlier):
            if vin and arrived and km is not None:
                self.visits.setdefault(vin, []).append((arrived, km))
        for visits in self.visits.values():
            visits.sort()

    def take(self, line: Line) -> Iterable[tuple[int, list[Note]]]:
        draft, usable = self.open(line)
        number = str(draft.take(read.code(draft.cell("number"), "number", longest=40))) if usable else ""
        if not usable or not number:
            yield line.row, (draft.notes if not usable else draft.reject("number", "missing"))
            return
        if number != self.number:
            yield from self._close()
            self.number = number
        self.group.append((draft, self._line(draft)))

    def finish(self) -> Iterable[tuple[int, list[Note]]]:
        yield from self._close()

    def _line(self, draft: Draft) -> dict[str, Any]:
        word = draft.take(read.text(draft.cell("line_kind"), "line_kind", longest=40)).lower()
        kind = _LINE_KINDS.get(word, "other")
        if kind == "other":
            draft.warn("line_kind", "unknown_value", word)
        name = draft.take(read.text(draft.cell("line_name"), "line_name"))
        code, display = draft.take(read.part_number(draft.cell("line_code"), "line_code")) or ("", "")
        payer_word = draft.take(read.text(draft.cell("payer"), "payer", longest=20)).lower()
        if payer_word and payer_word not in _PAYERS:
            draft.warn("payer", "unknown_value", payer_word, payer_word)
        reader = read.hours if kind == "labour" else read.quantity
        quantity = draft.take(reader(draft.cell("quantity"), "quantity"))
        price = draft.take(read.amount(draft.cell("price"), "price"))
        amount = draft.take(read.amount(draft.cell("amount"), "amount"))
        if not name and not code:
            draft.reject("line_name", "missing")
        if amount is None:
            draft.reject("amount", "amount_unreadable", read.shown(draft.cell("amount")))
        elif quantity is not None and price is not None:
            expected = divide_half_up(quantity * price, 100 if kind == "labour" else 1000)
            if abs(expected - amount) > 1:
                draft.warn("amount", "line_amount", read.shown(draft.cell("amount")), _yuan(amount))
        known = self.codes.get(kind)
        key = display if kind == "labour" else code
        if known and key and key not in known:
            draft.warn("line_code", "unknown_code", display, display)
        return {
            "kind": kind,
            "name": name,
            "code": key[:60],
            "hours_centi": quantity if kind == "labour" else None,
            "quantity_milli": quantity if kind != "labour" else None,
            "price_fen": price,
            "amount_fen": amount,
            "payer": _PAYERS.get(payer_word, payer_word),
            "technician_name": draft.take(read.text(draft.cell("technician"), "technician", longest=80)),
            "remark": draft.take(read.text(draft.cell("remark"), "remark", longest=2000, lines=True)),
            "header": self._header(draft),
        }

    def _header(self, draft: Draft) -> tuple[Any, ...]:
        arrived = draft.take(read.day(draft.cell("arrived"), "arrived", self.today))
        settled = draft.take(read.day(draft.cell("settled"), "settled", self.today))
        if arrived and settled and settled < arrived:
            draft.warn("settled", "date_order", settled, settled)
        vin = draft.take(read.vin(draft.cell("vin")))
        plate = draft.take(read.plate(draft.cell("plate")))
        if len(vin) > 17:
            draft.remarks.append(f"VIN {vin}")
            vin = ""
        return (
            draft.take(read.text(draft.cell("kind"), "kind", longest=40)),
            arrived,
            plate,
            vin,
            draft.take(read.mileage(draft.cell("mileage"), "mileage")),
            settled,
            draft.take(read.text(draft.cell("adviser"), "adviser", longest=80)),
            draft.take(read.amount(draft.cell("total"), "total")),
        )

    def _close(self) -> Iterable[tuple[int, list[Note]]]:
        group, number = self.group, self.number
        self.group, self.number = [], ""
        if not group:
            return
        kept = [(draft, line) for draft, line in group if not _rejected(draft)]
        if number in self.done or (kept and self._exists(number)):
            for draft, _line in kept:
                draft.reject("number", "conflict", number)
            kept = []
        if kept:
            self.done.add(number)
            header = kept[0][1]["header"]
            for draft, line in kept[1:]:
                self._compare(draft, header, line["header"])
            if len(kept) == len(group):
                kept = self._sum(kept, header[-1])
            self._refer(number, header, kept)
        for draft, _line in group:
            yield draft.line.row, draft.notes

    def _exists(self, number: str) -> bool:
        return self.session.scalar(select(HistoryOrder.id).where(HistoryOrder.number == number)) is not None

    @staticmethod
    def _compare(draft: Draft, header: tuple[Any, ...], own: tuple[Any, ...]) -> None:
        for name, first, here in zip(HEADER, header, own, strict=True):
            if first != here:
                draft.warn(name, "header_differs", "" if here is None else here, "" if first is None else first)

    @staticmethod
    def _sum(kept: list[tuple[Draft, dict[str, Any]]], total: int | None) -> list[tuple[Draft, dict[str, Any]]]:
        """Hold the printed total against the lines; a line that stands twice goes only if the total proves it."""
        whole = sum(line["amount_fen"] for _, line in kept)
        if total is None or abs(whole - total) <= 1:
            return kept
        counts: Counter[tuple[str, ...]] = Counter()
        once = []
        for draft, line in kept:
            counts[draft.line.raw] += 1
            if counts[draft.line.raw] == 1:
                once.append((draft, line))
        if len(once) < len(kept) and abs(sum(line["amount_fen"] for _, line in once) - total) <= 1:
            staying = {id(draft) for draft, _ in once}
            for draft, _line in kept:
                if id(draft) not in staying:
                    draft.merge("row", "duplicate_row", draft.line.raw[0], draft.line.raw[0])
            return once
        for draft, _line in kept:
            draft.warn("total", "order_total", _yuan(total), _yuan(whole))
        return kept

    def _refer(self, number: str, header: tuple[Any, ...], kept: list[tuple[Draft, dict[str, Any]]]) -> None:
        row: dict[str, Any] = dict(zip(HEADER, header, strict=True))
        vehicle = self.by_vin.get(row["vin"]) or self.by_plate.get(row["plate"])
        falls = self._falls(row)
        for draft, _line in kept:
            if vehicle is None:
                draft.warn("vin", "unknown_vehicle", row["vin"] or row["plate"], row["vin"] or row["plate"])
            if falls is not None:
                draft.warn("mileage", "mileage_falls", row["mileage_km"], f"< {falls}")
        remarks = dict.fromkeys(text for draft, _ in kept for text in draft.remarks)
        row |= {"number": number, "vehicle_id": vehicle, "remark": "\n".join(remarks)}
        self.staged.append((row, [{k: v for k, v in line.items() if k != "header"} for _, line in kept]))

    def _falls(self, row: dict[str, Any]) -> int | None:
        """The higher mileage of an earlier visit, if there is one."""
        key, arrived, km = row["vin"] or row["plate"], row["arrived_on"], row["mileage_km"]
        if not key or arrived is None or km is None:
            return None
        visits = self.visits.setdefault(key, [])
        place = bisect_left(visits, (arrived, km))
        before = visits[place - 1][1] if place else None
        insort(visits, (arrived, km))
        return before if before is not None and before > km else None

    def flush(self) -> None:
        if not self.staged:
            return
        orders = [row for row, _ in self.staged]
        ids = self.session.execute(
            insert(HistoryOrder).returning(HistoryOrder.id, sort_by_parameter_order=True), orders
        )
        lines = [
            line | {"order_id": id_}
            for id_, (_, own) in zip(ids.scalars().all(), self.staged, strict=True)
            for line in own
        ]
        self.session.execute(insert(HistoryLine), lines)
        self.staged = []


def _rejected(draft: Draft) -> bool:
    return any(note.outcome is Outcome.REJECTED for note in draft.notes)


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
