"""Lines of one old order brought together, wherever in the file they stand; in bounded memory through a temporary file."""

from __future__ import annotations

import pickle
import tempfile
from array import array
from collections.abc import Iterable, Iterator

from app.domain.imports.cells import code, is_empty
from app.domain.imports.reading import Line

# What an order says once: where all of it is left blank under a filled row, the sheet had merged cells there.
HEADER_FIELDS = ("kind", "arrived", "plate", "vin", "mileage", "settled", "total")


def gathered(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines of each order together, orders by their first line; other rows where they stood.

    The file is read to its end first, so that nothing is written, and nobody kept waiting, before it has been read.
    """
    first: dict[str, int] = {}
    order, offsets = array("q"), array("q")
    together, last = True, 0
    above: Line | None = None
    with tempfile.TemporaryFile() as spool:  # private, and gone however this ends
        for line in lines:
            above = _continued(line, above)
            key = "" if line.skipped else str(code(line.cells.get("number"), "number").value)
            place = first.setdefault(key, line.row) if key else line.row
            together = together and place >= last
            last = place
            order.append(place)
            offsets.append(spool.tell())
            pickle.dump(
                (line.row, line.cells, line.flags, line.skipped, line.extra, line.shifted, line.short),
                spool,
                protocol=5,
            )
        spool.flush()
        # Sorting is stable: within an order the lines stay as they stood.
        sequence: Iterable[int] = range(len(order)) if together else sorted(range(len(order)), key=order.__getitem__)
        spool.seek(0)
        for number in sequence:
            if not together:
                spool.seek(offsets[number])
            yield Line(*pickle.load(spool))  # our own, written above and open to nobody else


def _continued(line: Line, above: Line | None) -> Line | None:
    """Give a line without a number that of the line above, when it is a further line of the same order beyond doubt."""
    if line.skipped or line.shifted:
        return None
    cells = line.cells
    if not is_empty(cells.get("number")):
        return line
    known = [name for name in HEADER_FIELDS if name in cells]
    if above is None or not known or not all(is_empty(cells[name]) for name in known):
        return None
    if is_empty(cells.get("line_name")) or is_empty(cells.get("amount")):
        return None
    cells["number"] = above.cells["number"]
    line.flags["number"] = "number_above"
    return line
