"""Spreadsheets (.xlsx, .xlsm): sheets, and their rows as a stream.

A reader of its own, because an export of 100,000 rows has to come in within a minute: it reads each sheet once for
values and formulas alike, believes nothing that a file says of its own size, and knows both dialects of the format.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from app.domain.imports.cells import Cell
from app.domain.imports.text_files import Record
from app.kernel.errors import N_, InvalidInput

_DAMAGE = (BadZipFile, KeyError, ValueError, OSError, EOFError, zlib.error, ElementTree.ParseError, expat.ExpatError)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CHUNK = 1 << 18
# A hundred times the size of any real export: what unpacks to more was made to fill the memory.
_MOST_UNPACKED = 1 << 30
# Number formats of dates that have no text of their own (ECMA-376 part 1, 18.8.30; 27-36 and 50-58 in Chinese).
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, where it lies in the file, and whether a person sees it."""

    title: str
    visible: bool
    part: str


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE:
        raise InvalidInput(_what_it_is(path)) from None


def _what_it_is(path: Path) -> str:
    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
    except (BadZipFile, OSError):
        names = set()
    if "xl/workbook.bin" in names:
        return N_("This is a binary Excel file (.xlsb). Open it and save it as .xlsx or CSV.")
    if "content.xml" in names:
        return N_("This is an OpenDocument file. Open it and save it as .xlsx or CSV.")
    return N_("The spreadsheet is damaged or is none. Open it and save it anew as .xlsx.")


class Workbook:
    """An open workbook; raises :class:`InvalidInput` when it is damaged or none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _reading(path):
            self.archive = ZipFile(path)
            if sum(info.file_size for info in self.archive.infolist()) > _MOST_UNPACKED:
                raise InvalidInput(N_("The spreadsheet unpacks to more than an export can hold. Save it anew as CSV."))
            root = ElementTree.fromstring(self.archive.read("xl/workbook.xml"))
            parts = {}
            for relation in ElementTree.fromstring(self.archive.read("xl/_rels/workbook.xml.rels")):
                target = relation.get("Target", "")
                parts[relation.get("Id")] = target[1:] if target.startswith("/") else str(PurePosixPath("xl") / target)
            found = []
            for element in root.iter():
                name = _local(element.tag)
                if name == "sheet":
                    id_ = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
                    part = parts.get(id_, "")
                    if part in self.archive.NameToInfo and "chartsheet" not in part:
                        found.append(Sheet(element.get("name", ""), element.get("state", "visible") == "visible", part))
            self.sheets = sorted(found, key=lambda sheet: not sheet.visible)  # the visible ones first
            self.since_1904 = any(
                _local(element.tag) == "workbookPr" and element.get("date1904") in ("1", "true")
                for element in root.iter()
            )
            self.strings = self._strings(
                next((p for p in parts.values() if p.lower().endswith("sharedstrings.xml")), "")
            )
            self.dates = self._date_styles(next((p for p in parts.values() if p.lower().endswith("styles.xml")), ""))

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self.archive.close()

    def _strings(self, part: str) -> list[str]:
        if part not in self.archive.NameToInfo:
            return []
        strings = _Strings()
        with self.archive.open(part) as file:
            while chunk := file.read(_CHUNK):
                strings.parser.Parse(chunk)
            strings.parser.Parse(b"", True)
        return strings.found

    def _date_styles(self, part: str) -> dict[str, bool]:
        """Index of a cell style (as text) → whether it shows a span of time; only of styles that show dates."""
        from openpyxl.styles.numbers import is_date_format, is_timedelta_format

        if part not in self.archive.NameToInfo:
            return {}
        root = ElementTree.fromstring(self.archive.read(part))
        own = {e.get("numFmtId", ""): e.get("formatCode", "") for e in root.iter() if _local(e.tag) == "numFmt"}
        cell_formats = next((e for e in root if _local(e.tag) == "cellXfs"), ())
        styles = {}
        for index, style in enumerate(cell_formats):
            format_id = style.get("numFmtId", "0")
            code = own.get(format_id)
            if is_date_format(code) if code else int(format_id) in _DATE_FORMATS:
                styles[str(index)] = format_id == "46" or bool(code and is_timedelta_format(code))
        return styles

    def records(self, sheet: Sheet) -> Iterator[Record]:
        """The rows of a sheet as a person counts them, rows that the file leaves out included."""
        rows = _Rows(self.strings, self._number)
        number = 0
        with _reading(self.path), self.archive.open(sheet.part) as file:
            while True:
                chunk = file.read(_CHUNK)
                rows.parser.Parse(chunk, not chunk)
                done, rows.done = rows.done, []
                for record in done:
                    while number + 1 < record.row:
                        number += 1
                        yield Record(number, [])
                    number = max(number, record.row)
                    yield record
                if not chunk:
                    return

    def _number(self, text: str, style: str) -> Cell:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

        span = self.dates.get(style)
        if span is None:
            return int(text) if text.isascii() and text.isdigit() else float(text)
        epoch = CALENDAR_MAC_1904 if self.since_1904 else CALENDAR_WINDOWS_1900
        try:
            value: Any = from_excel(float(text), epoch, timedelta=span)
        except (OverflowError, ValueError):
            return float(text)
        return value  # type: ignore[no-any-return]


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _parser() -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def forbid(*_: object) -> None:
        raise ValueError("a spreadsheet has no document type")

    parser.StartDoctypeDeclHandler = forbid
    return parser


class _Strings:
    """Reads the table of shared strings; how a reading is to be pronounced is no part of the text."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.text: list[str] | None = None
        self.pieces: list[str] = []
        self.spoken = False
        self.parser = _parser()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "si":
            self.pieces = []
        elif name == "rPh":
            self.spoken = True
        elif name == "t" and not self.spoken:
            self.parser.CharacterDataHandler = self.pieces.append

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "t":
            self.parser.CharacterDataHandler = None
        elif name == "rPh":
            self.spoken = False
        elif name == "si":
            self.found.append(_unescaped("".join(self.pieces)))


class _Rows:
    """Reads a sheet; finished rows collect in ``done``."""

    def __init__(self, strings: list[str], number: Callable[[str, str], Cell]) -> None:
        self.strings, self.number = strings, number
        self.done: list[Record] = []
        self.row = self.column = 0
        self.cells: list[Cell] = []
        self.flags: dict[int, str] = {}
        self.kind = self.style = ""
        self.formula = self.spoken = False
        self.pieces: list[str] = []
        self.columns: dict[str, int] = {}
        self.parser = _parser()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2] if ":" in tag else tag
        if name == "c":
            place = attributes.get("r", "").rstrip("0123456789")
            self.column = self._column(place) if place else self.column + 1
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "")
            self.formula, self.pieces = False, []
        elif name == "v" or (name == "t" and self.kind == "inlineStr" and not self.spoken):
            self.parser.CharacterDataHandler = self.pieces.append
        elif name == "row":
            self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
            self.column, self.cells, self.flags = 0, [], {}
        elif name == "f":
            self.formula = True
        elif name == "rPh":
            self.spoken = True

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2] if ":" in tag else tag
        if name in ("v", "t"):
            self.parser.CharacterDataHandler = None
        elif name == "c":
            value = self._value("".join(self.pieces)) if self.pieces else None
            index = self.column - 1
            if self.formula:
                self.flags[index] = "formula_empty" if value is None else "formula_value"
            elif value is None:
                return
            cells = self.cells
            if len(cells) < index:
                cells.extend([None] * (index - len(cells)))
            if len(cells) == index:
                cells.append(value)
            else:
                cells[index] = value
        elif name == "row":
            self.done.append(Record(self.row, self.cells, self.flags))
        elif name == "rPh":
            self.spoken = False

    def _column(self, letters: str) -> int:
        if letters not in self.columns:
            number = 0
            for letter in letters:
                number = number * 26 + ord(letter) - 64
            if not 1 <= number <= 16384:
                raise ValueError("no such column")
            self.columns[letters] = number
        return self.columns[letters]

    def _value(self, text: str) -> Cell:
        kind = self.kind
        if kind == "s":
            return self.strings[int(text)]
        if kind == "n":
            try:
                return self.number(text, self.style)
            except ValueError:
                return text
        if kind == "b":
            return text == "1"
        if kind == "d":
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                return text
        return _unescaped(text)
