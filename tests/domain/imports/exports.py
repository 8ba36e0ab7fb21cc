"""Exports as old systems write them: made in the test, taken in with the real importer."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from sqlalchemy.orm import Session

from app.domain.imports.runner import Result, import_file
from app.kernel.actor import SYSTEM
from app.kernel.clock import FixedClock

CUSTOMERS = ["客户编号", "客户名称", "客户类型", "手机", "电话", "地址", "生日", "短信许可", "备注"]
VEHICLES = ["车牌号", "VIN", "车型", "购车日期", "客户编号", "保险到期", "最近里程", "最近进厂", "备注"]
PARTS = ["配件编码", "名称", "性质", "单位", "进价", "零售价", "税率", "库存数量", "货位", "替代件", "备注"]
OPERATIONS = ["工时代码", "项目名称", "标准工时", "工时单价", "适用车型"]
ORDERS = [
    *("工单号", "工单类型", "进厂日期", "车牌号", "VIN", "里程", "类别", "项目/配件", "代码"),
    *("数量", "单价", "金额", "付费方", "结算日期", "工单合计", "备注"),
]
Rows = list[list[Any]]
Report = list[dict[str, str]]


def write_csv(path: Path, rows: Rows, *, encoding: str = "utf-8", delimiter: str = ",", end: str = "\r\n") -> Path:
    """A text file with the cells as they are."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows: Rows, *, as_text: bool = False) -> Path:
    """A spreadsheet with the cells as they are; ``as_text``: what looks like a formula or an error is none."""
    book = Workbook()
    for number, row in enumerate(rows, 1):
        book.active.append(row)
        for column, value in enumerate(row if as_text else [], 1):
            if isinstance(value, str) and value:
                book.active.cell(number, column).data_type = "s"
    book.save(path)
    return path


def take(session: Session, clock: FixedClock, kind: str, path: Path) -> tuple[Result, Report]:
    """Import a file; the result and the report as somebody reads it, held to be one about every row."""
    out = io.StringIO()
    result = import_file(session, SYSTEM, clock, kind, path, report=out, language="en")
    report = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert report_counts(report) == {o.value: n for o, n in result.counts.items() if n and o.value != "accepted"}
    return result, report


GRAVITY = ["accepted", "normalised", "warned", "merged", "unchanged", "skipped", "rejected"]


def report_counts(report: Report) -> dict[str, int]:
    """Rows by the gravest outcome that the report gives them: what its reader would count."""
    rows: dict[str, str] = {}
    for line in report:
        rows[line["file_row"]] = max(rows.get(line["file_row"], "accepted"), line["outcome"], key=GRAVITY.index)
    return dict(Counter(rows.values()))


def said(report: Report, row: int) -> list[tuple[str, str, str]]:
    """(outcome, field, now) of what the report says of a row."""
    return [(line["outcome"], line["field"], line["now"]) for line in report if line["file_row"] == str(row)]
