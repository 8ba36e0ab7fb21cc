"""What the importers of all kinds share: reading fields with their notes, and looking at what exists already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from app.domain.imports import columns
from app.domain.imports.cells import Cell, Read, is_empty, shown, without_control
from app.domain.imports.notes import Note, Outcome
from app.domain.imports.reading import Line
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.orm import Base


@dataclass(slots=True)
class Draft:
    """A row being read: its values so far and what was noted about them."""

    line: Line
    kind: str = ""
    notes: list[Note] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    rejected: bool = False

    def cell(self, name: str) -> Cell:
        """The raw cell of a field."""
        return self.line.cells.get(name)

    def take(self, read: Read) -> Any:
        """Keep a reading's notes and hand out its value."""
        if read.notes:
            self.notes.extend(read.notes)
            for note in read.notes:
                if note.outcome is Outcome.WARNED and note.was and not note.now:
                    self.keep(note.field, note.was)
        if read.remark:
            self.keep(read.notes[0].field, read.notes[0].was)
        return read.value

    def keep(self, name: str, was: Any) -> None:
        """What has no other place becomes part of the remark, under the title by which the shop knows it."""
        text = f"{columns.title(self.kind, name)}：{was}"
        if text not in self.remarks:
            self.remarks.append(text)

    def warn(self, name: str, reason: str, was: Any = "", now: Any = "") -> None:
        """Store, but say that somebody should look."""
        self.notes.append(Note(Outcome.WARNED, name, reason, str(was), str(now)))

    def merge(self, name: str, reason: str, was: Any = "", now: Any = "") -> None:
        """This row went into another record."""
        self.notes.append(Note(Outcome.MERGED, name, reason, str(was), str(now)))

    def reject(self, name: str, reason: str, was: Any = "") -> list[Note]:
        """The row is not stored; the report says why."""
        self.notes.append(Note(Outcome.REJECTED, name, reason, str(was), ""))
        self.rejected = True
        return self.notes

    def remark(self, own: str) -> str:
        """The row's own remark with what could not be stored elsewhere."""
        return without_control("\n".join(part for part in (own, *dict.fromkeys(self.remarks)) if part))


class Importer:
    """One kind of file. ``take`` decides on a row and stages it; ``flush`` writes what is staged."""

    kind = ""
    remembers = True  # a row that was taken in once is never taken in again

    def __init__(self, session: Session, actor: Actor, clock: Clock) -> None:
        self.session, self.actor, self.clock = session, actor, clock
        self.now = clock.now()
        self.today: date = business_date(self.now)

    def open(self, line: Line) -> tuple[Draft, bool]:
        """A draft of the row, and False when its shape alone forbids to go on."""
        draft = Draft(line, self.kind)
        for name, reason in line.flags.items():
            _tell(draft, name, reason)
        if line.shifted:
            draft.reject("row", "too_many_cells", line.extra)
            return draft, False
        if line.extra:
            draft.warn("row", "beyond_table", line.extra)
            draft.remarks.append(line.extra)
        if line.short:
            draft.warn("row", "too_few_cells", "|".join(shown(cell) for cell in line.cells.values())[:120])
        return draft, True

    def prepare(self, lines: list[Line]) -> None:
        """Look up in one go what the rows to come will be held against."""

    def take(self, line: Line) -> Iterable[tuple[int, list[Note]]]:
        """Decide on a row; yields (row, notes) for each row that is decided now."""
        raise NotImplementedError

    def flush(self) -> None:
        """Write what is staged."""

    def finish(self) -> Iterable[tuple[int, list[Note]]]:
        """After the last row: (row, further notes)."""
        return ()


def add_rows(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert many rows in one go; all have the same keys. Past the unit of work, which would sort them by their gaps."""
    if rows:
        session.execute(insert(cast(Table, model.__table__)), rows)


def add_rows_with_ids(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> Sequence[int]:
    """As :func:`add_rows`; the new ids in the order of ``rows``."""
    table = cast(Table, model.__table__)
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return session.scalars(statement, rows).all()


def _tell(draft: Draft, name: str, reason: str) -> None:
    cell = draft.cell(name)
    if reason == "formula_value":
        draft.notes.append(Note(Outcome.NORMALISED, name, reason, "=", shown(cell)))
    elif reason == "kept_as_text":
        draft.notes.append(Note(Outcome.NORMALISED, name, reason, f'="{cell}"', shown(cell)))
    elif reason == "quote_stray":
        draft.notes.append(Note(Outcome.NORMALISED, name, reason))
    elif reason == "error_value":
        draft.warn(name, reason, shown(cell))
        draft.line.cells[name] = None
    elif reason == "formula_empty":
        draft.warn(name, reason)
    else:
        draft.warn(name, reason, shown(cell), shown(cell))


def fill_or_keep(
    draft: Draft, existing: dict[str, Any], wanted: dict[str, Any], skip: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """What to fill into an existing record: only where it has nothing. A different value is reported, never replaced."""
    changes: dict[str, Any] = {}
    for name, value in wanted.items():
        if name in skip or value in (None, "", 0):
            continue
        have = existing.get(name)
        if have in (None, ""):
            changes[name] = value
            draft.merge(name, "filled_in", "", _shown(value))
        elif have != value:
            draft.merge(name, "kept_existing", _shown(value), _shown(have))
    return changes


def _shown(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


__all__ = ["Draft", "Importer", "fill_or_keep", "is_empty"]
