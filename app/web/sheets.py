"""Spreadsheets for download: typed cells, so that nothing in them can run."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from app.kernel.clock import shanghai


def workbook(
    head: Sequence[str], rows: Iterable[Sequence[Any]], money: frozenset[int] | set[int] = frozenset()
) -> bytes:
    """A workbook with one sheet. Text is written as text whatever it looks like; ``money`` names the columns in fen."""
    import xlsxwriter  # a start does not wait for it

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "constant_memory": False, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    yuan = book.add_format({"num_format": "#,##0.00"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for column, text in enumerate(head):
        sheet.write_string(0, column, text, bold)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if value is None:
                continue
            if column in money:
                sheet.write_number(number, column, value / 100, yuan)
            elif isinstance(value, datetime):
                sheet.write_datetime(number, column, shanghai(value).replace(tzinfo=None), moment)
            elif isinstance(value, date):
                sheet.write_string(number, column, value.isoformat())
            elif isinstance(value, (int, float)):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, str(value))
    sheet.autofit()
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
