"""Text exports: which encoding, and records as a spreadsheet would number them. Streams; one bad row stays one bad row."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.imports.cells import Cell

DELIMITERS = (",", "\t", ";", "|", "，")
# A quote that is never closed would swallow the rest of the file: a record ends after so many lines at the latest.
LONGEST_RECORD = 100


@dataclass(slots=True)
class Record:
    """One row of the file, before anybody has decided what it is."""

    row: int
    cells: list[Cell]
    flags: dict[int, str] = field(default_factory=dict)  # column -> reason code of trouble found while reading
    trouble: str = ""  # reason code of trouble with the row as a whole


def encodings(path: Path) -> list[str]:
    """The encodings that the file may be in, the likeliest first; with a byte-order mark there is only one."""
    with path.open("rb") as file:
        start = file.read(4096)
        if start.startswith(codecs.BOM_UTF8):
            return ["utf-8-sig"]
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return ["utf-16"]
        even, odd = start[0::2].count(0), start[1::2].count(0)
        if odd > len(start) // 8 and odd > 4 * even:
            return ["utf-16-le"]
        if even > len(start) // 8 and even > 4 * odd:
            return ["utf-16-be"]
        clean = [name for name in ("utf-8", "gb18030") if _is_clean(file, name)]
        # Where neither is clean, the one that breaks less; its broken characters are warned about, row by row.
        file.seek(0)
        sample = file.read(1 << 20)
    broken = {name: sample.decode(name, "replace").count("\ufffd") for name in ("gb18030", "utf-8")}
    # A few broken bytes can make UTF-8 look like clean GB18030: the other one stays a possibility, the header decides.
    return [*clean, *(name for name in sorted(broken, key=broken.__getitem__) if name not in clean)]


def _is_clean(file: io.BufferedReader, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def records(path: Path, encoding: str, delimiter: str, width: int = 0, header_row: int = 0) -> Iterator[Record]:
    """Records of a text file; one with line breaks inside quotes is one row, an empty line counts as a row.

    ``width`` is the number of columns below ``header_row``: it tells a remark of several lines from a quote that is
    never closed.
    """
    with path.open("rb") as raw:
        text = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline=None)
        pending: list[str] = []
        number = 0
        while True:
            line = pending.pop(0) if pending else next(text, None)
            if line is None:
                return
            number += 1
            line = line.rstrip("\n")
            if '"' not in line:
                yield Record(number, list(line.split(delimiter)) if line else [])
                continue
            cells, state = _split(line, delimiter)
            if state == "open":
                cells, state, taken = _whole_record(line, delimiter, text, pending, width if number > header_row else 0)
                pending[:0] = taken
            yield Record(number, list(cells), trouble="" if state == "whole" else f"quote_{state}")


def _whole_record(
    line: str, delimiter: str, text: Iterator[str], pending: list[str], width: int
) -> tuple[list[str], str, list[str]]:
    """A record whose quotes close on a later line, or this line alone: (cells, state, lines to be read again)."""
    taken: list[str] = []
    record = line
    alone = _split(line, delimiter, literal=True)[0]
    while len(taken) < LONGEST_RECORD:
        following = pending.pop(0) if pending else next(text, None)
        if following is None:
            break
        taken.append(following)
        # Both this line and one that it would swallow have every cell: then the quote is a slip of the pen.
        if (
            width > 1
            and len(alone) >= width
            and len(_split(following.rstrip("\n"), delimiter, literal=True)[0]) >= width
        ):
            break
        record += "\n" + following.rstrip("\n")
        if '"' not in following:
            continue
        cells, state = _split(record, delimiter)
        if state != "open":
            if width and len(cells) > max(width, len(alone)):
                break
            return cells, state, []
    return alone, "open", taken


def _split(record: str, delimiter: str, *, literal: bool = False) -> tuple[list[str], str]:
    """(cells, state): ``whole``; ``stray`` with a quote inside a quoted cell; ``open`` when one is never closed.

    A quote closes a cell only where a separator or the end follows; anywhere else it is a character like others.
    With ``literal`` a quote that is never closed is one, too.
    """
    cells: list[str] = []
    state, at = "whole", 0
    while True:
        start = at
        while record.startswith(" ", start):
            start += 1
        close, stray = _closing(record, start, delimiter) if record.startswith('"', start) else (0, False)
        if close > 0:
            cells.append(record[start + 1 : close].replace('""', '"'))
            following = record.find(delimiter, close)
        else:
            following = record.find(delimiter, at)
            cells.append(record[at:] if following < 0 else record[at:following])
        if close < 0:
            state = "open"
            if not literal:
                return cells, state
        elif stray and state == "whole":
            state = "stray"
        if following < 0:
            return cells, state
        at = following + len(delimiter)


def _closing(record: str, start: int, delimiter: str) -> tuple[int, bool]:
    """Where the quote opened at ``start`` closes, -1 for nowhere; and whether other quotes stand in between."""
    at, stray = start + 1, False
    while (at := record.find('"', at)) >= 0:
        if record.startswith('"', at + 1):
            at += 2
            continue
        after = at + 1
        while record.startswith(" ", after):
            after += 1
        if after >= len(record) or record.startswith(delimiter, after):
            return at, stray
        stray = True
        at += 1
    return -1, stray
