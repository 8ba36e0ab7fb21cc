"""Taking a file in: whole or not at all, in the caller's transaction, with a report of every field touched."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.domain.imports.customers import CustomerImporter
from app.domain.imports.importer import Importer
from app.domain.imports.model import ImportedRow, ImportRun
from app.domain.imports.notes import GRAVITY, Note, Outcome, gravest, reason_text
from app.domain.imports.operations import OperationImporter
from app.domain.imports.orders import OrderImporter
from app.domain.imports.parts import PartImporter
from app.domain.imports.reading import Line, examine, rows
from app.domain.imports.vehicles import VehicleImporter
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission

IMPORTERS: dict[str, type[Importer]] = {
    importer.kind: importer
    for importer in (CustomerImporter, VehicleImporter, PartImporter, OperationImporter, OrderImporter)
}
BATCH = 500
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
) -> Result:
    """Import ``path`` as ``kind`` (customers, vehicles, parts, operations, orders) in the caller's transaction.

    The caller commits, or rolls back for a dry run. Raises :class:`InvalidInput` when the file cannot be read at all;
    then, as with any other exception, nothing may be committed.
    """
    actor.require(Permission.IMPORT_DATA)
    if kind not in IMPORTERS:
        raise InvalidInput(N_("There is no import of “%(kind)s”."), kind=kind)
    source = examine(path, kind)
    importer = IMPORTERS[kind](session, actor, clock)
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
    seen: dict[bytes, int] = {}
    number = 0
    lines = rows(source)
    while batch := list(islice(lines, BATCH)):
        number = batch[-1].row
        for line in _known_or_new(session, kind, batch, seen, tally):
            tally.add_all(importer.take(line))
        importer.flush()
        marks.flush()
        if progress is not None:
            progress(number)
    tally.add_all(importer.finish())
    importer.flush()
    marks.flush()
    result = tally.result()
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
            self.session.execute(insert(ImportedRow), self.taken)
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


def _known_or_new(
    session: Session, kind: str, batch: list[Line], seen: dict[bytes, int], tally: _Tally
) -> Iterator[Line]:
    """The rows not taken in before; the others are counted here: skipped, unchanged, or twice in this file."""
    prints: dict[int, str] = {}
    twice: set[int] = set()
    for line in batch:
        if line.skipped:
            continue
        digest = hashlib.blake2b("\x1f".join((kind, *line.raw)).encode("utf-8", "replace"), digest_size=16).digest()
        seen[digest] = seen.get(digest, 0) + 1
        if seen[digest] > 1 and kind != "orders":
            twice.add(line.row)
        prints[line.row] = f"{digest.hex()}{seen[digest] if seen[digest] > 1 else ''}"[:40]
    known = set(
        session.scalars(select(ImportedRow.fingerprint).where(ImportedRow.fingerprint.in_(list(prints.values()))))
    )
    accepted: list[Line] = []
    for line in batch:
        if line.skipped:
            tally.add(line.row, [Note(Outcome.SKIPPED, "row", line.skipped, line.extra)])
        elif prints[line.row] in known:
            tally.add(line.row, [Note(Outcome.UNCHANGED, "row", "unchanged")])
        elif line.row in twice:
            tally.add(line.row, [Note(Outcome.MERGED, "row", "duplicate_row", "|".join(line.raw)[:120])])
        else:
            tally.marks.undecided[line.row] = prints[line.row]
            accepted.append(line)
    return iter(accepted)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
