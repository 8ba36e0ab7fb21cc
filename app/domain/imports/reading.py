"""From a file to rows: what kind of file it is, its header, and what each row is: data or something else. Streams."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from app.domain.imports import columns, text_files
from app.domain.imports.cells import ERRORS, Cell, half_width, shown, squeeze, unwrapped
from app.domain.imports.notes import Kind
from app.domain.imports.sheets import Sheet, Workbook
from app.domain.imports.text_files import Record
from app.kernel.errors import N_, InvalidInput

HEADER_WITHIN = 60
_FOOTER = re.compile(
    r"^(制表|打印|审核|复核|导出|填表|经办|负责人|主管|页码|签字|第\s*\d+\s*页|共\s*[\d,]+\s*(条|行|辆|页|笔|项|种|个)|以上|注[:：]|说明[:：]"
    r"|printed|page\s*\d|end of|exported|-{3,}|={3,}|\*{3,})",
    re.IGNORECASE,
)
_SUBTOTAL = re.compile(
    r"^[【\[(（]?(本页|本单|本日|本月|本年|工单|当页|类别|分类|部门)?\s*(小\s*计|合\s*计|总\s*计|累\s*计|汇\s*总|共\s*计)"
    r"(数量|金额|行|数)?\s*([:：(（】\])）\d\s].*)?$"
    r"|^(sub|grand)?[\s-]*totals?\s*([:：(（].*)?$|^sum\s*([:：].*)?$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Line:
    """One row of data: its fields by name, or what it is instead."""

    row: int
    cells: dict[str, Cell]
    flags: dict[str, str]  # field (or ``row``) -> reason code of trouble found while reading
    skipped: str = ""
    extra: str = ""
    shifted: bool = False  # more cells than the header in a text file: nobody knows which is which
    short: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A file that has been looked at: where its header is and which column is which.

    ``unread`` names what of the file is not taken in at all: columns that nobody knows, other sheets with data.
    """

    path: Path
    kind: str
    sheet: Sheet | None  # of a spreadsheet
    encoding: str
    delimiter: str
    header_row: int
    header: tuple[str, ...]
    fields: dict[int, str]
    unread_columns: tuple[str, ...] = ()
    unread_sheets: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Columns up to the last title."""
        return max((i for i, title in enumerate(self.header, 1) if title.strip()), default=0)


def examine(path: Path, kind: str) -> Source:
    """Find out how to read a file; raises :class:`InvalidInput` in the shop's words when it cannot be read at all."""
    try:
        with path.open("rb") as file:
            start = file.read(65536)
    except OSError as error:
        raise InvalidInput(N_("The file cannot be opened: %(why)s"), why=error.strerror or "") from None
    if not start.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise InvalidInput(N_("The file is empty."))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidInput(N_("This is an old or protected Excel file. Open it and save it as .xlsx or CSV."))
    if start.startswith(b"PK"):
        return _examine_spreadsheet(path, kind)
    if re.match(rb"(\xef\xbb\xbf)?\s*(<!doctype html|<html|<table|<meta|<\?xml|%PDF|\{\\rtf)", start, re.IGNORECASE):
        raise InvalidInput(N_("This is not a table. Save it as .xlsx or CSV."))
    return _examine_text(path, kind)


def _examine_spreadsheet(path: Path, kind: str) -> Source:
    found: list[tuple[Sheet, Record, dict[int, str]]] = []
    seen: list[Sequence[Cell]] = []
    with Workbook(path) as book:
        for sheet in book.sheets:
            for record in islice(book.records(sheet), HEADER_WITHIN):
                fields = columns.match(kind, record.cells)
                seen.append(record.cells)
                if fields is not None:
                    found.append((sheet, record, fields))
                    break
    # The sheet whose header names most of the fields; hidden ones only when no other has a header.
    visible = [entry for entry in found if entry[0].visible] or found
    if not visible:
        raise _no_header(kind, seen)
    sheet, record, fields = max(visible, key=lambda entry: len(entry[2]))
    _expect_kind(kind, record.cells)
    others = tuple(entry[0].title for entry in visible if entry[0] != sheet)
    header = tuple(shown(cell) for cell in record.cells)
    return Source(path, kind, sheet, "", "", record.row, header, fields, _unread(header, fields), others)


def _examine_text(path: Path, kind: str) -> Source:
    seen: list[Sequence[Cell]] = []
    for encoding in text_files.encodings(path):
        for delimiter in text_files.DELIMITERS:
            for record in text_files.records(path, encoding, delimiter):
                if record.row > HEADER_WITHIN:
                    break
                fields = columns.match(kind, record.cells)
                seen.append(record.cells)
                if fields is not None:
                    _expect_kind(kind, record.cells)
                    header = tuple(shown(cell) for cell in record.cells)
                    unread = _unread(header, fields)
                    return Source(path, kind, None, encoding, delimiter, record.row, header, fields, unread)
    raise _no_header(kind, seen)


def _unread(header: Sequence[str], fields: dict[int, str]) -> tuple[str, ...]:
    # A running number is nothing that anybody would miss.
    return tuple(
        title.strip()
        for i, title in enumerate(header)
        if i not in fields and title.strip() and title.strip() not in {"序号", "行号", "NO", "No."}
    )


def _expect_kind(kind: str, cells: Sequence[Cell]) -> None:
    """A list of orders has plates and VINs as well: it must not come in as a list of vehicles."""
    if (other := columns.better_kind(kind, cells)) is not None:
        raise InvalidInput(
            N_("This looks like a file of “%(other)s”, not of “%(kind)s”."), kind=Kind(kind), other=Kind(other)
        )


def _no_header(kind: str, seen: list[Sequence[Cell]]) -> InvalidInput:
    other = next((found for cells in seen if (found := columns.better_kind(kind, cells)) is not None), None)
    if other is not None:
        return InvalidInput(
            N_("This looks like a file of “%(other)s”, not of “%(kind)s”."), kind=Kind(kind), other=Kind(other)
        )
    nearest = max((columns.fields_of(kind, cells) for cells in seen), key=len, default={})
    missing = "、".join(columns.lacking(kind, nearest.values() if len(nearest) >= 2 else ()))
    if len(nearest) >= 2:
        return InvalidInput(
            N_("The header lacks the columns %(columns)s; without them no row can be taken in."), columns=missing
        )
    return InvalidInput(N_("No header row was found. Needed are at least the columns %(columns)s."), columns=missing)


def rows(source: Source) -> Iterator[Line]:
    """Every row of the file that is not blank at its end: data by field, or why it is skipped."""
    titles = {title.strip() for title in source.header if title.strip()}
    required = [
        column
        for column, name in source.fields.items()
        if any(field.required and field.name == name for field in columns.FIELDS[source.kind])
    ]
    blank: list[int] = []
    for record in _records(source):
        if record.row == source.header_row:
            continue
        filled = [
            text for cell in record.cells if cell is not None and (text := shown(cell).strip(" \t\r\n\0\u3000\ufeff"))
        ]
        if not filled:
            blank.append(record.row)
            continue
        yield from (Line(row, {}, {}, skipped="empty") for row in blank)  # blank rows at the very end are nothing
        blank = []
        if record.row < source.header_row:
            skipped = "title"
        else:
            skipped = _not_data(source, record, filled, titles, required)
        if skipped:
            yield Line(record.row, {}, {}, skipped=skipped, extra=" ".join(filled)[:120])
            continue
        yield _line(source, record)


def _records(source: Source) -> Iterator[Record]:
    if source.sheet is None:
        yield from text_files.records(source.path, source.encoding, source.delimiter, source.width, source.header_row)
        return
    with Workbook(source.path) as book:
        yield from book.records(source.sheet)


def _not_data(source: Source, record: Record, filled: list[str], titles: set[str], required: list[int]) -> str:
    if len(filled) >= 2 and sum(text in titles for text in filled) * 2 > len(filled):
        return "repeated_header"
    if all(column < len(record.cells) and record.cells[column] not in (None, "") for column in required):
        # A row that has all that a row must have is data, whatever its words; but its key is no "total".
        return "subtotal" if any(_is_subtotal(record.cells[column]) for column in required) else ""
    if any(_is_subtotal(text) for text in filled):
        return "subtotal"
    # A footer is a remark in an otherwise empty row, never a row that has most of its cells.
    prose = len(filled) == 1 and len(titles) > 3 and _is_prose(source, record)
    if len(filled) <= 4 and (_FOOTER.match(half_width(filled[0])) or prose):
        return "footer"
    return ""


def _is_subtotal(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) <= 60 and _SUBTOTAL.match(squeeze(cell)) is not None


def _is_prose(source: Source, record: Record) -> bool:
    """True for a single filled cell in a column that we do not know, or of a sentence: no datum of its own."""
    column = next(i for i, cell in enumerate(record.cells) if cell is not None and shown(cell).strip())
    text = shown(record.cells[column])
    return column not in source.fields or bool(re.search(r"[：:。]|日期|公司|店", text))


def _line(source: Source, record: Record) -> Line:
    have, width = len(record.cells), source.width
    cells = {name: record.cells[column] if column < have else None for column, name in source.fields.items()}
    flags = {source.fields[column]: reason for column, reason in record.flags.items() if column in source.fields}
    if record.trouble:
        flags["row"] = record.trouble
    for name, cell in cells.items():
        if isinstance(cell, str) and cell:
            cells[name] = _unwrap(name, cell, flags)
    surplus = (
        ""
        if have <= width
        else " ".join(shown(cell) for cell in record.cells[width:] if cell is not None and shown(cell).strip())
    )
    return Line(
        record.row,
        cells,
        flags,
        extra=surplus[:200],
        shifted=bool(surplus) and source.sheet is None,
        short=source.sheet is None and have < width,
    )


def _unwrap(name: str, cell: str, flags: dict[str, str]) -> Any:
    """A cell without what the program that wrote it put around it; flags say what was done."""
    if cell[0] == "=" and (inner := unwrapped(cell)) is not None:
        flags.setdefault(name, "kept_as_text")
        return inner
    if "\ufffd" in cell:
        flags[name] = "bad_encoding"
    elif cell[0] in "#＃" and cell.strip().upper() in ERRORS:
        flags[name] = "error_value"
    return cell
