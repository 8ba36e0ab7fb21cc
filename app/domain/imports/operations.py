"""Labour operations of the old system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select

from app.domain.catalogue.model import Operation
from app.domain.imports import normalise as read
from app.domain.imports.importer import Draft, Importer
from app.domain.imports.notes import Note
from app.domain.imports.reading import Line
from app.domain.staff.pinyin import search_key

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
        if hours is None or hours <= 0 or hours > 100_000:
            return draft.reject("hours", "number_unreadable", read.shown(draft.cell("hours")))
        if rate is None or rate < 0:
            return draft.reject("rate", "amount_unreadable", read.shown(draft.cell("rate")))
        series = draft.take(read.text(draft.cell("series"), "series"))
        series = (
            ""
            if series in {"全系", "全部", "所有车型", "通用"}
            else series.replace("/", " ").replace(",", " ").replace("，", " ")
        )
        values = (name, hours, rate, series)
        have = self.known.get(code)
        if have == values:
            draft.merge("code", "duplicate_row", code, code)
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
            self.session.execute(insert(Operation), rows)
        self.staged = []
