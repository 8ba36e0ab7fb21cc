"""Taking a file in: whole or not at all, in the caller's transaction, with a report of every field touched."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.imports.cells import shown, without_control
from app.domain.imports.columns import NUMERIC
from app.domain.imports.customers import CustomerImporter
from app.domain.imports.gathering import gathered
from app.domain.imports.importer import Importer, add_rows
from app.domain.imports.model import ImportedRow, ImportRun
from app.domain.imports.notes import GRAVITY, Note, Outcome, gravest, reason_text
from app.domain.imports.numbers import bare
from app.domain.imports.operations import OperationImporter
from app.domain.imports.orders import OrderImporter
from app.domain.imports.parts import PartImporter
from app.domain.imports.prices import PriceImporter
from app.domain.imports.reading import Line, examine, rows
from app.domain.imports.vehicles import VehicleImporter
from app.domain.suppliers.queries import get_supplier
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission

IMPORTERS: dict[str, type[Importer]] = {
    importer.kind: importer
    for importer in (CustomerImporter, VehicleImporter, PartImporter, OperationImporter, OrderImporter, PriceImporter)
}
BATCH = 500
LONGEST_SAID = 2000  # characters of a cell in the report
_BY_GRAVITY = {gravity: outcome for outcome, gravity in GRAVITY.items()}

Progress = Callable[[int], None]


class Report:
    """The CSV of every field touched. Cells that look like formulas are quoted with a tab: nobody's spreadsheet runs them."""

    COLUMNS = ("file_row", "outcome", "field", "reason", "was", "now")

    def __init__(self, file: TextIO | None, language: str) -> None:
        self.language = language
        self.writer = csv.writer(file, lineterminator="\r\n") if file is not None else None
        if self.writer is not None:
            self.writer.writerow(self.COLUMNS)

    def add(self, row: int, note: Note) -> None:
        """One line."""
        if self.writer is not None:
            reason = reason_text(note.reason, self.language)
            self.writer.writerow((row, note.outcome.value, note.field, reason, _inert(note.was), _inert(note.now)))


def _inert(text: str) -> str:
    text = without_control(text[:LONGEST_SAID])
    return (
        "\t" + text
        if text[:1] in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠") and not _is_number(text)
        else text
    )


def _is_number(text: str) -> bool:
    return text[:1] == "-" and text[1:].replace(".", "", 1).isascii() and text[1:].replace(".", "", 1).isdigit()


@dataclass
class Result:
    """What became of the rows of a file."""

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    sample: list[tuple[int, Note]] = field(default_factory=list)
    # What of the file was not read at all: columns that nobody knows, further sheets with a header of this kind.
    unread_columns: tuple[str, ...] = ()
    unread_sheets: tuple[str, ...] = ()

    def line(self) -> str:
        """The counts as the last line of the command says them."""
        return " ".join(f"{outcome.value}={self.counts[outcome]}" for outcome in Outcome)

    @property
    def stored(self) -> int:
        """Rows that are in the portal now and were not before."""
        taken = (Outcome.ACCEPTED, Outcome.NORMALISED, Outcome.WARNED, Outcome.MERGED)
        return sum(self.counts[outcome] for outcome in taken)


def import_file(
    session: Session,
    actor: Actor,
    clock: Clock,
    kind: str,
    path: Path,
    *,
    report: TextIO | None = None,
    language: str = "zh",
    file_name: str = "",
    progress: Progress | None = None,
    sample: int = 200,
    supplier_id: int | None = None,
) -> Result:
    """Import ``path`` as ``kind`` (customers, vehicles, parts, operations, orders, prices) in the caller's transaction.

    The caller commits, or rolls back for a dry run. Raises :class:`InvalidInput` when the file cannot be read at all;
    then, as with any other exception, nothing may be committed.
    """
    actor.require(Permission.IMPORT_DATA)
    if kind not in IMPORTERS:
        raise InvalidInput(N_("There is no import of “%(kind)s”."), kind=kind)
    if kind == "prices" and supplier_id is None:
        raise InvalidInput(N_("Say whose price list it is."), field="supplier")
    source = examine(path, kind)
    lines: Iterator[Line] = rows(source)
    if kind == "orders":
        lines = gathered(lines)
    waiting = list(islice(lines, BATCH))  # before the first write: on SQLite that keeps everybody else from saving
    importer = IMPORTERS[kind](session, actor, clock)
    if isinstance(importer, PriceImporter) and supplier_id is not None:
        importer.about(get_supplier(session, supplier_id).id)
    run = ImportRun(
        kind=kind,
        file_name=(file_name or path.name)[:200],
        sha256=_sha256(path),
        at=clock.now(),
        actor=actor.name,
    )
    session.add(run)
    session.flush()
    marks = _Marks(session, run.id)
    tally = _Tally(Report(report, language), sample, marks)
    recognised = _Recognised(session, kind, tally)
    number = done = 0
    while batch := waiting:
        number, done = max(number, *(line.row for line in batch)), done + len(batch)
        for line in recognised.sort_out(batch, importer):
            tally.add_all(importer.take(line))
        importer.flush()
        marks.flush()
        if progress is not None:
            progress(done)
        waiting = list(islice(lines, BATCH))
    tally.add_all(importer.finish())
    importer.flush()
    marks.flush()
    result = tally.result()
    result.unread_columns, result.unread_sheets = source.unread_columns, source.unread_sheets
    run.rows, run.summary = number, result.line()
    audit.record(
        session, actor, clock, "import", f"import:{run.id}", kind=kind, file=run.file_name, summary=run.summary
    )
    return result


class _Marks:
    """Fingerprints of the rows that were taken in; a rejected row has none, so that it is looked at again."""

    def __init__(self, session: Session, run_id: int) -> None:
        self.session, self.run_id = session, run_id
        self.undecided: dict[int, str] = {}
        self.taken: list[dict[str, object]] = []

    def decide(self, row: int, outcome: Outcome) -> None:
        """Keep or forget the fingerprint of a row."""
        mark = self.undecided.pop(row, None)
        if mark is not None and outcome is not Outcome.REJECTED:
            self.taken.append({"fingerprint": mark, "run_id": self.run_id})

    def flush(self) -> None:
        """Write those decided since the last time."""
        if self.taken:
            add_rows(self.session, ImportedRow, self.taken)
        self.taken = []


class _Tally:
    """Counts each row once, under its gravest note, also when notes come later."""

    def __init__(self, report: Report, sample: int, marks: _Marks) -> None:
        self.report, self.size, self.marks = report, sample, marks
        self.gravity = bytearray()
        self.sample: list[tuple[int, Note]] = []

    def add_all(self, decided: Iterable[tuple[int, list[Note]]]) -> None:
        for row, notes in decided:
            self.add(row, notes)

    def is_rejected(self, row: int) -> bool:
        """Whether a row decided before was rejected."""
        return row < len(self.gravity) and self.gravity[row] == GRAVITY[Outcome.REJECTED]

    def add(self, row: int, notes: list[Note]) -> None:
        if row >= len(self.gravity):
            self.gravity.extend(b"\xff" * (row + 1 - len(self.gravity)))
        outcome = gravest(notes)
        have = self.gravity[row]
        self.marks.decide(row, outcome)
        self.gravity[row] = GRAVITY[outcome] if have == 0xFF else max(have, GRAVITY[outcome])
        for note in notes:
            self.report.add(row, note)
            if len(self.sample) < self.size and note.outcome is not Outcome.UNCHANGED:
                self.sample.append((row, note))

    def result(self) -> Result:
        result = Result(sample=self.sample)
        for value in range(len(GRAVITY)):
            result.counts[_BY_GRAVITY[value]] = self.gravity.count(value)
        return result


class _Recognised:
    """Tells rows that were taken in before, and rows that stand twice in this file, from new ones."""

    def __init__(self, session: Session, kind: str, tally: _Tally) -> None:
        self.session, self.kind, self.tally = session, kind, tally
        self.seen: dict[bytes, tuple[int, int]] = {}  # print of a row -> (first row, how often)

    def sort_out(self, batch: list[Line], importer: Importer) -> Iterator[Line]:
        """The new rows of a batch, one by one; the others are counted here: skipped, unchanged, or twice in this file."""
        marks, firsts = self._marks(batch)
        wanted = list(marks.values())
        known = set(
            self.session.scalars(select(ImportedRow.fingerprint).where(ImportedRow.fingerprint.in_(wanted)))
            if wanted and importer.remembers
            else ()
        )
        importer.prepare([line for line in batch if line.row in marks and marks[line.row] not in known])
        for line in batch:
            if line.skipped:
                self.tally.add(line.row, [Note(Outcome.SKIPPED, "row", line.skipped, line.extra)])
            elif marks[line.row] in known:
                self.tally.add(line.row, [Note(Outcome.UNCHANGED, "row", "unchanged")])
            else:
                if importer.remembers:
                    self.tally.marks.undecided[line.row] = marks[line.row]
                # A row like one that was rejected is rejected, too: it is a copy of nothing.
                if line.row in firsts and not self.tally.is_rejected(firsts[line.row]):
                    said = "|".join(shown(cell) for cell in line.cells.values())
                    self.tally.add(line.row, [Note(Outcome.MERGED, "row", "duplicate_row", said[:120])])
                else:
                    yield line

    def _marks(self, batch: list[Line]) -> tuple[dict[int, str], dict[int, int]]:
        """(row -> fingerprint, row -> the first row that is the same); two lines of an order may be the same."""
        marks: dict[int, str] = {}
        firsts: dict[int, int] = {}
        for line in batch:
            if line.skipped:
                continue
            digest = hashlib.blake2b(_print_of(self.kind, line).encode("utf-8", "replace"), digest_size=16).digest()
            first, times = self.seen.get(digest, (line.row, 0))
            self.seen[digest] = (first, times + 1)
            if times and self.kind != "orders":
                firsts[line.row] = first
            marks[line.row] = f"{digest.hex()}{times + 1 if times else ''}"[:40]
        return marks, firsts


def _print_of(kind: str, line: Line) -> str:
    """What a row says, whatever the order of its columns: a text file and a spreadsheet of one export say the same."""
    said = [kind, line.extra]
    for name, cell in sorted(line.cells.items()):
        if cell is not None and cell != "":
            text = shown(cell)
            said.append(f"{name}={bare(text).removeprefix('?') if name in NUMERIC else text}")
    return "\x1f".join(said)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
