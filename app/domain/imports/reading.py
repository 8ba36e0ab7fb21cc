"""From a file to rows: its encoding, its sheet, its header, its records as a spreadsheet numbers them. Streams."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile

from app.domain.imports import columns
from app.domain.imports.normalise import Cell, half_width, shown
from app.kernel.errors import N_, InvalidInput

HEADER_WITHIN = 60
# A quote that is never closed would swallow the rest of the file: a record ends after so many lines at the latest.
LONGEST_RECORD = 25
_FOOTER = re.compile(
    r"^(制表|打印|审核|复核|导出|填表|经办|负责人|页码|第\s*\d+\s*页|共\s*[\d,]+\s*(条|行|辆|页|笔|项|种|个)|以上|注[:：]|说明[:：]"
    r"|printed|page\s*\d|end of|exported|-{3,}|={3,}|\*{3,})",
    re.IGNORECASE,
)
_SUBTOTAL = re.compile(
    r"^(本页)?(小\s*计|合\s*计|总\s*计|累\s*计|汇\s*总)|^(sub)?-?total\b|^sum\b|^grand total", re.IGNORECASE
)


@dataclass(slots=True)
class Record:
    """One row of the file, before anybody has decided what it is."""

    row: int
    cells: list[Cell]
    flags: dict[int, str]  # column -> reason code of trouble found while reading


@dataclass(slots=True)
class Line:
    """One row of data: its fields by name, or what it is instead."""

    row: int
    cells: dict[str, Cell]
    flags: dict[str, str]
    skipped: str = ""
    extra: str = ""
    short: bool = False
    raw: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file that has been looked at: where its header is and which column is which."""

    path: Path
    kind: str
    spreadsheet: bool
    sheet: str
    encoding: str
    delimiter: str
    header_row: int
    header: tuple[str, ...]
    fields: dict[int, str]


def examine(path: Path, kind: str) -> Source:
    """Find out how to read a file; raises :class:`InvalidInput` in the shop's words when it cannot be read at all."""
    try:
        with path.open("rb") as file:
            start = file.read(65536)
    except OSError as error:
        raise InvalidInput(N_("The file cannot be opened: %(why)s"), why=error.strerror or "") from None
    if not start.strip():
        raise InvalidInput(N_("The file is empty."))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidInput(N_("This is an old or protected Excel file. Open it and save it as .xlsx or CSV."))
    if start.startswith(b"PK"):
        return _examine_spreadsheet(path, kind)
    if re.match(rb"\s*(<!doctype html|<html|<\?xml|%PDF)", start, re.IGNORECASE):
        raise InvalidInput(N_("This is not a table. Save it as .xlsx or CSV."))
    return _examine_text(path, kind)


def _examine_spreadsheet(path: Path, kind: str) -> Source:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError, OSError, SyntaxError, TypeError):
        raise InvalidInput(N_("The spreadsheet is damaged or is none. Open it and save it anew as .xlsx.")) from None
    try:
        best: Source | None = None
        seen: list[list[Cell]] = []
        # The sheet whose header names most of the fields; hidden ones only when no other has a header.
        for sheet in sorted(book.worksheets, key=lambda s: s.sheet_state != "visible"):
            if best is not None and sheet.sheet_state != "visible":
                break
            for number, cells in enumerate(sheet.iter_rows(max_row=HEADER_WITHIN, values_only=True), 1):
                fields = columns.match(kind, list(cells))
                seen.append(list(cells))
                if fields is not None:
                    if best is None or len(fields) > len(best.fields):
                        header = tuple(shown(cell) for cell in cells)
                        best = Source(path, kind, True, sheet.title, "", "", number, header, fields)
                    break
        if best is None:
            raise _no_header(kind, seen)
        return best
    finally:
        book.close()


def _examine_text(path: Path, kind: str) -> Source:
    encoding = _encoding(path)
    seen: list[list[Cell]] = []
    for delimiter in (",", "\t", ";", "|"):
        for record in _records(path, encoding, delimiter):
            if record.row > HEADER_WITHIN:
                break
            fields = columns.match(kind, record.cells)
            seen.append(record.cells)
            if fields is not None:
                header = tuple(shown(cell) for cell in record.cells)
                return Source(path, kind, False, "", encoding, delimiter, record.row, header, fields)
    raise _no_header(kind, seen)


def _no_header(kind: str, seen: list[list[Cell]]) -> InvalidInput:
    other = next((found for cells in seen if (found := columns.best_kind(cells)) is not None), None)
    if other is not None and other != kind:
        return InvalidInput(
            N_("No header row of “%(kind)s” was found; this looks like “%(other)s”."), kind=kind, other=other
        )
    wanted = "、".join(field.titles[0] for field in columns.FIELDS[kind] if field.required)
    return InvalidInput(N_("No header row was found. Needed are at least the columns %(columns)s."), columns=wanted)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4096)
        if start.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        even, odd = start[0::2].count(0), start[1::2].count(0)
        if odd > len(start) // 8 and odd > 4 * even:
            return "utf-16-le"
        if even > len(start) // 8 and even > 4 * odd:
            return "utf-16-be"
        for encoding in ("utf-8", "gb18030"):
            file.seek(0)
            decoder = codecs.getincrementaldecoder(encoding)()
            try:
                while chunk := file.read(1 << 20):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
            return encoding
        # Neither is clean: the one that breaks less; its broken characters are warned about, row by row.
        file.seek(0)
        sample = file.read(1 << 20)
    broken = {name: sample.decode(name, "replace").count("\ufffd") for name in ("gb18030", "utf-8")}
    return min(broken, key=broken.__getitem__)


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    """Records of a text file; one with line breaks inside quotes is one row, an empty line counts as a row."""
    with path.open("rb") as raw:
        text = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline=None)
        number = 0
        pending: list[str] = []
        lines: Iterator[str] = iter(text)
        while True:
            line = pending.pop(0) if pending else next(lines, None)
            if line is None:
                return
            number += 1
            flags: dict[int, str] = {}
            record = line.rstrip("\n")
            quoted: Literal[0, 3] = csv.QUOTE_MINIMAL
            if record.count('"') % 2:
                taken: list[str] = []
                while record.count('"') % 2 and len(taken) < LONGEST_RECORD:
                    following = pending.pop(0) if pending else next(lines, None)
                    if following is None:
                        break
                    taken.append(following)
                    record += "\n" + following.rstrip("\n")
                if record.count('"') % 2:  # never closed: this line stands alone, its quote is a character
                    record, quoted, pending = line.rstrip("\n"), csv.QUOTE_NONE, taken + pending
            if "\ufffd" in record:
                flags[-1] = "bad_encoding"
            yield Record(number, _split(record.replace("\0", ""), delimiter, quoted), flags)


def _split(record: str, delimiter: str, quoted: Literal[0, 3]) -> list[Cell]:
    if not record.strip():
        return []
    lines = [record] if "\n" not in record else io.StringIO(record, newline="")
    try:
        return list(next(csv.reader(lines, delimiter=delimiter, quoting=quoted)))
    except (csv.Error, StopIteration):
        return list(record.split(delimiter))


def _sheet_records(source: Source) -> Iterator[Record]:
    """Records of a sheet, with the stored results of formulas; one without a result is flagged, not lost."""
    from openpyxl import load_workbook

    values = load_workbook(source.path, read_only=True, data_only=True)
    written = load_workbook(source.path, read_only=True, data_only=False)
    try:
        pairs = zip(values[source.sheet].iter_rows(values_only=True), written[source.sheet].iter_rows(), strict=False)
        for number, (cells, raw) in enumerate(pairs, 1):
            flags = {}
            for column, cell in enumerate(raw):
                if getattr(cell, "data_type", "") == "f":
                    flags[column] = "formula_empty" if cells[column] is None else "formula_value"
                elif getattr(cell, "data_type", "") == "e":
                    flags[column] = "error_value"
            yield Record(number, list(cells), flags)
    finally:
        values.close()
        written.close()


def rows(source: Source) -> Iterator[Line]:
    """Every row of the file that is not blank at its end: data by field, or why it is skipped."""
    records = _sheet_records(source) if source.spreadsheet else _records(source.path, source.encoding, source.delimiter)
    blank: list[int] = []
    width = len(source.header)
    while width and not source.header[width - 1].strip():
        width -= 1
    for record in records:
        if record.row == source.header_row:
            continue
        filled = [shown(cell).strip() for cell in record.cells if cell is not None and shown(cell).strip()]
        if not filled:
            blank.append(record.row)
            continue
        yield from (Line(row, {}, {}, skipped="empty") for row in blank)  # blank rows at the very end are nothing
        blank = []
        skipped = "title" if record.row < source.header_row else _not_data(source, record, filled)
        if skipped:
            yield Line(record.row, {}, {}, skipped=skipped, extra=" ".join(filled)[:120])
            continue
        yield _line(source, record, width)


def _not_data(source: Source, record: Record, filled: list[str]) -> str:
    titles = {title.strip() for title in source.header if title.strip()}
    if len(filled) >= 2 and sum(text in titles for text in filled) * 2 > len(filled):
        return "repeated_header"
    first = half_width(filled[0])
    if _SUBTOTAL.match(first) and len(filled) <= max(5, len(titles) // 2):
        return "subtotal"
    # A footer is a remark in an otherwise empty row, never a row that has most of its cells.
    if len(filled) <= 3 and (
        _FOOTER.match(first) or (len(filled) == 1 and len(titles) > 3 and _is_prose(source, record))
    ):
        return "footer"
    if len(filled) <= max(5, len(titles) // 2) and any(_SUBTOTAL.match(half_width(text)) for text in filled[:3]):
        return "subtotal"
    return ""


def _is_prose(source: Source, record: Record) -> bool:
    """True for a single filled cell in a column that we do not know, or of a sentence: no datum of its own."""
    column = next(i for i, cell in enumerate(record.cells) if cell is not None and shown(cell).strip())
    text = shown(record.cells[column])
    return column not in source.fields or bool(re.search(r"[：:。]|日期|公司|店", text))


def _line(source: Source, record: Record, width: int) -> Line:
    cells = {
        name: record.cells[column] if column < len(record.cells) else None for column, name in source.fields.items()
    }
    flags = {source.fields[column]: reason for column, reason in record.flags.items() if column in source.fields}
    surplus = [shown(cell) for cell in record.cells[width:] if cell is not None and shown(cell).strip()]
    return Line(
        record.row,
        cells,
        flags,
        extra=" ".join(surplus)[:200],
        short=not source.spreadsheet and len(record.cells) < width,
        raw=tuple(shown(cell) for cell in record.cells),
    )
