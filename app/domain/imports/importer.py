"""What the importers of all kinds share: reading fields with their notes, and looking at what exists already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.domain.imports.normalise import Cell, Read, is_empty, shown
from app.domain.imports.notes import Note, Outcome
from app.domain.imports.reading import Line
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date


@dataclass(slots=True)
class Draft:
    """A row being read: its values so far and what was noted about them."""

    line: Line
    notes: list[Note] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def cell(self, name: str) -> Cell:
        """The raw cell of a field."""
        return self.line.cells.get(name)

    def take(self, read: Read) -> Any:
        """Keep a reading's notes and hand out its value."""
        self.notes.extend(read.notes)
        self.remarks.extend(
            f"{note.field}: {note.was}"
            for note in read.notes
            if note.outcome is Outcome.WARNED and note.was and not note.now
        )
        return read.value

    def warn(self, name: str, reason: str, was: Any = "", now: Any = "") -> None:
        """Store, but say that somebody should look."""
        self.notes.append(Note(Outcome.WARNED, name, reason, str(was), str(now)))

    def merge(self, name: str, reason: str, was: Any = "", now: Any = "") -> None:
        """This row went into another record."""
        self.notes.append(Note(Outcome.MERGED, name, reason, str(was), str(now)))

    def reject(self, name: str, reason: str, was: Any = "") -> list[Note]:
        """The row is not stored; the report says why."""
        self.notes.append(Note(Outcome.REJECTED, name, reason, str(was), ""))
        return self.notes

    def remark(self, own: str) -> str:
        """The row's own remark with what could not be stored elsewhere."""
        return "\n".join(part for part in (own, *dict.fromkeys(self.remarks)) if part)


class Importer:
    """One kind of file. ``take`` decides on a row and stages it; ``flush`` writes what is staged."""

    kind = ""

    def __init__(self, session: Session, actor: Actor, clock: Clock) -> None:
        self.session, self.actor, self.clock = session, actor, clock
        self.now = clock.now()
        self.today: date = business_date(self.now)

    def open(self, line: Line) -> tuple[Draft, bool]:
        """A draft of the row, and False when its shape alone forbids to go on."""
        draft = Draft(line)
        for name, reason in line.flags.items():
            if reason == "formula_value":
                cell = line.cells[name]
                draft.notes.append(Note(Outcome.NORMALISED, name, reason, "=", shown(cell)))
            else:
                draft.warn(name, reason, shown(line.cells.get(name)))
        if line.extra:
            draft.reject("row", "too_many_cells", line.extra)
            return draft, False
        if line.short:
            draft.warn("row", "too_few_cells", "|".join(line.raw)[:120])
        return draft, True

    def take(self, line: Line) -> Iterable[tuple[int, list[Note]]]:
        """Decide on a row; yields (row, notes) for each row that is decided now."""
        raise NotImplementedError

    def flush(self) -> None:
        """Write what is staged."""

    def finish(self) -> Iterable[tuple[int, list[Note]]]:
        """After the last row: (row, further notes)."""
        return ()


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
