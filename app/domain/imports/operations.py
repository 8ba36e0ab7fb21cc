"""Labour operations of the old system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from app.domain.catalogue.model import Operation
from app.domain.imports import normalise as read
from app.domain.imports.importer import Draft, Importer, add_rows
from app.domain.imports.notes import Note
from app.domain.imports.reading import Line
from app.domain.staff.pinyin import search_key

# Of one operation: a thousand hours, a hundred thousand yuan an hour. Above it is a slip, not a figure.
MOST = {"hours": 100_000, "rate": 10_000_000}
ZERO = {"hours": "hours_zero", "rate": "price_zero"}
FIELDS = ("name", "hours_centi", "rate_fen", "series")


class OperationImporter(Importer):
    """Identity is the code. Two standard times under one code are a question for the shop, not for us."""

    kind = "operations"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        columns = [getattr(Operation, name) for name in FIELDS]
        self.known = {code: tuple(values) for code, *values in self.session.execute(select(Operation.code, *columns))}
        self.staged: list[dict[str, Any]] = []

    def take(self, line: Line) -> Iterable[tuple[int, list[Note]]]:
        draft, usable = self.open(line)
        yield line.row, (self._decide(draft) if usable else draft.notes)

    def _decide(self, draft: Draft) -> list[Note]:
        code = draft.take(read.code(draft.cell("code"), "code", longest=40))
        name = draft.take(read.text(draft.cell("name"), "name"))
        if not code or not name:
            return draft.reject("name" if code else "code", "missing")
        hours = draft.take(read.hours(draft.cell("hours"), "hours"))
        rate = draft.take(read.amount(draft.cell("rate"), "rate"))
        for column, value, reason in (("hours", hours, "number_unreadable"), ("rate", rate, "amount_unreadable")):
            if value is None or value < 0 or value > MOST[column]:
                empty = read.is_empty(draft.cell(column))
                return draft.reject(column, "missing" if empty else reason, read.shown(draft.cell(column)))
            if value == 0:
                draft.warn(column, ZERO[column], read.shown(draft.cell(column)), "0")
        series = draft.take(read.text(draft.cell("series"), "series"))
        series = (
            ""
            if series in {"全系", "全部", "所有", "所有车型", "全车系", "全车型", "通用"}
            else series.replace("/", " ").replace(",", " ").replace("，", " ").replace("、", " ").replace(";", " ")
        )
        values = (name, hours, rate, series)
        have = self.known.get(code)
        if have == values:
            draft.merge("code", "duplicate_row", code, code)
            again = draft.take(read.text(draft.cell("remark"), "remark", longest=2000, lines=True))
            if again:
                draft.merge("remark", "kept_existing", again)
            return draft.notes
        if have is not None:
            names = ("name", "hours", "rate", "series")
            differing = next(n for n, old, new in zip(names, have, values, strict=True) if old != new)
            return draft.reject(differing, "conflict", f"{code}: {read.shown(draft.cell(differing))}")
        self.known[code] = values
        remark = draft.remark(draft.take(read.text(draft.cell("remark"), "remark", longest=2000, lines=True)))
        self.staged.append(
            {"code": code, **dict(zip(FIELDS, values, strict=True)), "pinyin": search_key(name), "remark": remark}
        )
        return draft.notes

    def flush(self) -> None:
        if self.staged:
            rows = [row | {"created_at": self.now, "version": 1, "active": True} for row in self.staged]
            add_rows(self.session, Operation, rows)
        self.staged = []
