"""Old repair orders: history. Their amounts stay as printed; what does not add up is said, never mended."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app.domain.catalogue.model import Operation, Part
from app.domain.imports import normalise as read
from app.domain.imports.importer import Draft, Importer, add_rows, add_rows_with_ids
from app.domain.imports.notes import Note
from app.domain.imports.order_lines import (
    HEADER,
    LINE_KIND_OF,
    PAYER_OF,
    Entry,
    agreed_header,
    without_proven_doubles,
    yuan,
)
from app.domain.imports.reading import Line
from app.domain.vehicles.model import HistoryLine, HistoryOrder, Vehicle
from app.kernel.money import divide_half_up

HEADER_CELLS = ("kind", "arrived", "plate", "vin", "mileage", "settled", "adviser", "total")
LINE_COLUMNS = (
    HistoryLine.kind,
    HistoryLine.name,
    HistoryLine.code,
    HistoryLine.hours_centi,
    HistoryLine.quantity_milli,
    HistoryLine.price_fen,
    HistoryLine.payer,
    HistoryLine.amount_fen,
)


@dataclass(frozen=True, slots=True)
class Header:
    """An order's header as one line gives it, and what there was to say of it."""

    values: tuple[Any, ...]
    notes: list[Note]
    remarks: list[str]


class OrderImporter(Importer):
    """Lines of one order stand together; an order is decided when the next one begins."""

    kind = "orders"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.group: list[Entry] = []
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
        self.stored: dict[str, int] = {}  # orders taken in by an earlier run, as far as this file names them
        self.more_lines: list[dict[str, Any]] = []
        self.last_header: tuple[Any, Header] | None = None
        self.visits: dict[str, list[tuple[date, int]]] = {}
        earlier = select(HistoryOrder.vin, HistoryOrder.plate, HistoryOrder.arrived_on, HistoryOrder.mileage_km)
        for vin, plate, arrived, km in self.session.execute(earlier):
            if (vin or plate) and arrived and km is not None:
                self.visits.setdefault(vin or plate, []).append((arrived, km))
        for visits in self.visits.values():
            visits.sort()

    def prepare(self, lines: list[Line]) -> None:
        numbers = {str(read.code(line.cells.get("number"), "number", longest=40).value) for line in lines} - self.done
        if numbers:
            found = select(HistoryOrder.number, HistoryOrder.id).where(HistoryOrder.number.in_(numbers))
            self.stored.update(self.session.execute(found).tuples().all())

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
        name = draft.take(read.text(draft.cell("line_name"), "line_name"))
        code, display = draft.take(read.part_number(draft.cell("line_code"), "line_code")) or ("", "")
        kind = self._kind(draft, code, display)
        payer_word = str(draft.take(read.text(draft.cell("payer"), "payer", longest=20))).lower()
        if payer_word and payer_word not in PAYER_OF:
            draft.warn("payer", "unknown_value", payer_word, payer_word)
        reader = read.hours if kind == "labour" else read.quantity
        quantity = draft.take(reader(draft.cell("quantity"), "quantity"))
        price = draft.take(read.amount(draft.cell("price"), "price"))
        amount = draft.take(read.amount(draft.cell("amount"), "amount"))
        if not name and not code:
            draft.reject("line_name", "missing")
        if amount is None:
            empty = read.is_empty(draft.cell("amount"))
            draft.reject("amount", "missing" if empty else "amount_unreadable", read.shown(draft.cell("amount")))
        else:
            self._weigh(draft, kind, quantity, price, amount)
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
            "payer": PAYER_OF.get(payer_word, payer_word),
            "technician_name": draft.take(read.text(draft.cell("technician"), "technician", longest=80)),
            "remark": draft.take(read.text(draft.cell("remark"), "remark", longest=2000, lines=True)),
            "header": self._header(draft),
        }

    def _kind(self, draft: Draft, code: str, display: str) -> str:
        """What a line is: by its word; without one by its code, if a catalogue knows it."""
        word = str(draft.take(read.text(draft.cell("line_kind"), "line_kind", longest=40))).lower()
        if word in LINE_KIND_OF:
            return LINE_KIND_OF[word]
        if not word and code in self.codes["part"]:
            return "part"
        if not word and display in self.codes["labour"]:
            return "labour"
        draft.warn("line_kind", "unknown_value" if word else "missing", word, "other")
        if word:
            draft.keep("line_kind", word)
        return "other"

    @staticmethod
    def _weigh(draft: Draft, kind: str, quantity: int | None, price: int | None, amount: int) -> None:
        shown = read.shown(draft.cell("amount"))
        if quantity is not None and price is not None:
            expected = divide_half_up(quantity * price, 100 if kind == "labour" else 1000)
            if abs(expected - amount) > 1:
                draft.warn("amount", "line_amount", shown, yuan(amount))
                return
        if amount < 0:
            draft.warn("amount", "amount_negative", shown, yuan(amount))

    def _header(self, draft: Draft) -> tuple[Any, ...]:
        """What a line says of its order; lines of one order say the same again and again, so it is read once."""
        said = tuple(draft.cell(name) for name in HEADER_CELLS)
        if self.last_header is None or self.last_header[0] != said:
            own = Draft(draft.line, draft.kind)
            self.last_header = (said, Header(self._read_header(own), own.notes, own.remarks))
        header = self.last_header[1]
        draft.notes.extend(header.notes)
        draft.remarks.extend(header.remarks)
        return header.values

    def _read_header(self, draft: Draft) -> tuple[Any, ...]:
        arrived = draft.take(read.day(draft.cell("arrived"), "arrived", self.today))
        settled = draft.take(read.day(draft.cell("settled"), "settled", self.today))
        if arrived and settled and settled < arrived:
            draft.warn("settled", "date_order", settled, settled)
        vin = draft.take(read.vin(draft.cell("vin")))
        plate = draft.take(read.plate(draft.cell("plate")))
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
        kept = [(draft, line) for draft, line in group if not draft.rejected]
        if kept and number in self.stored:
            self._complete(self.stored[number], number, kept)
        elif kept:
            self.done.add(number)
            header = agreed_header(kept)
            if len(kept) == len(group):
                kept = without_proven_doubles(kept, header[-1])
            self._refer(number, header, kept)
        for draft, _line in group:
            yield draft.line.row, draft.notes

    def _complete(self, order_id: int, number: str, kept: list[Entry]) -> None:
        """Further lines of an order taken in before: those that it has are known, new ones need the total as proof.

        So a line that was rejected and then corrected comes in; another order of the same number does not.
        """
        order = self.session.get_one(HistoryOrder, order_id)
        there = self.session.execute(select(*LINE_COLUMNS).where(HistoryLine.order_id == order_id)).tuples().all()
        have, fresh = Counter(there), []
        for draft, line in kept:
            content = tuple(line[column.key] for column in LINE_COLUMNS)
            if have[content] > 0:
                have[content] -= 1
                draft.merge("row", "kept_existing", number, number)
            else:
                fresh.append((draft, line))
        header = agreed_header(kept)
        whole = sum(content[-1] or 0 for content in there) + sum(line["amount_fen"] for _, line in fresh)
        same_car = header[HEADER.index("vin")] in ("", order.vin) and header[HEADER.index("plate")] in ("", order.plate)
        proved = order.total_fen is not None and order.total_fen == header[-1] and abs(whole - order.total_fen) <= 1
        for draft, line in fresh:
            if proved and same_car:
                draft.merge("row", "added_line", "", number)
                self.more_lines.append({k: v for k, v in line.items() if k != "header"} | {"order_id": order_id})
            else:
                draft.reject("number", "conflict", number)

    def _refer(self, number: str, header: tuple[Any, ...], kept: list[Entry]) -> None:
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
        if self.more_lines:
            add_rows(self.session, HistoryLine, self.more_lines)
            self.more_lines = []
        if not self.staged:
            return
        ids = add_rows_with_ids(self.session, HistoryOrder, [row for row, _ in self.staged])
        lines = [line | {"order_id": id_} for id_, (_, own) in zip(ids, self.staged, strict=True) for line in own]
        add_rows(self.session, HistoryLine, lines)
        self.staged = []
