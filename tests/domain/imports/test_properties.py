"""Whatever the dirt: every row is counted and named, nothing comes in twice, a spreadsheet and a text file say the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part
from app.domain.customers.model import Customer, CustomerPhone
from app.domain.imports.model import ImportedRow, ImportRun
from app.domain.imports.notes import Outcome
from app.domain.stock.model import StockBalance, StockMovement
from app.domain.vehicles.model import HistoryLine, HistoryOrder, Vehicle
from app.kernel.clock import FixedClock
from tests.domain.imports.exports import (
    CUSTOMERS,
    OPERATIONS,
    ORDERS,
    PARTS,
    VEHICLES,
    Rows,
    take,
    write_csv,
    write_xlsx,
)

TABLES = (Customer, CustomerPhone, Vehicle, Part, StockBalance, StockMovement, Operation, HistoryOrder, HistoryLine)


def clean(kind: str, n: int) -> list[str]:
    """One clean row; every third thing comes in more rows than one."""
    if kind == "customers":
        return [
            f"KH{n:05d}",
            f"客户{n}",
            "个人",
            f"138{n:08d}",
            "021-58765432",
            "上海市桂畔大道828弄",
            "1981-04-08",
            "是",
            "",
        ]
    if kind == "vehicles":
        return [
            f"沪A{10000 + n}",
            f"W1N167EB9TJ{n:06d}",
            "GLC",
            "2022-09-05",
            "",
            "2027-09-05",
            "1000",
            "2026-01-01",
            "",
        ]
    if kind == "parts":
        return [
            f"A{2560000000 + n}",
            f"配件{n}",
            "原厂",
            "个",
            "10.00",
            "20.00",
            "13%",
            str(n % 4),
            f"A-{n % 9}",
            "",
            "",
        ]
    if kind == "operations":
        return [f"{n:02d}-{4000 + n}", f"项目{n}", "1.5", "530.00", "全系"]
    vin = f"W1N167EB9TJ{n // 3:06d}"
    line = ["工时", f"第{n % 3}项", "", "1.5", "100.00", "150.00", "客付", "2024-03-06", "450.00", ""]
    return [f"WX{n // 3:05d}", "机修", "2024-03-05", f"沪A{10000 + n // 3}", vin, str(1000 + n), *line]


HEADERS = {"customers": CUSTOMERS, "vehicles": VEHICLES, "parts": PARTS, "operations": OPERATIONS, "orders": ORDERS}
DIRT: list[Callable[[str], str]] = [
    lambda cell: "",
    lambda cell: f"  {cell}\t",
    lambda cell: cell.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
    lambda cell: cell.lower(),
    lambda cell: cell[: len(cell) // 2],
    lambda cell: "无",
    lambda cell: "N/A",
    lambda cell: "面议",
    lambda cell: "-1",
    lambda cell: "0",
    lambda cell: "2024-02-30",
    lambda cell: "9999999999999999999999",
    lambda cell: "1.23E+10",
    lambda cell: '=HYPERLINK("http://x","y")',
    lambda cell: "+86 13812345678；02158765432转8",
    lambda cell: "很" * 3000,
    lambda cell: "#REF!",
    lambda cell: f"{cell}\u200b\ufeff",
    lambda cell: f"{cell}\n{cell}",
    lambda cell: f'"{cell}"',
    lambda cell: "小计",
]


def dirty(kind: str, seed: int, size: int = 120) -> Rows:
    """A shuffled export with dirt in every fifth row, rows twice, blank rows, subtotals and headers in between."""
    chance = random.Random(seed)
    rows: Rows = [clean(kind, n) for n in range(size)]
    for row in rows:
        if chance.random() < 0.2:
            for _ in range(chance.randint(1, 3)):
                at = chance.randrange(len(row))
                row[at] = chance.choice(DIRT)(row[at])
    rows += [list(chance.choice(rows)) for _ in range(5)]
    chance.shuffle(rows)
    for extra in ([], ["合计", "", "99"], HEADERS[kind], ["制表人：王"]):
        rows.insert(chance.randrange(1, len(rows)), list(extra))
    columns = list(range(len(HEADERS[kind])))
    chance.shuffle(columns)
    table = [HEADERS[kind], *rows]
    return [
        ["某公司导出"],
        *[[row[c] if c < len(row) else "" for c in columns] if len(row) > 1 else row for row in table],
    ]


def holdings(session: Session) -> dict[str, Any]:
    """How much of everything there is."""
    counts: dict[str, Any] = {
        model.__tablename__: session.scalar(select(func.count()).select_from(model)) for model in TABLES
    }
    counts["stock"] = session.scalar(select(func.sum(StockBalance.on_hand_milli)))
    counts["history"] = session.scalar(select(func.sum(HistoryLine.amount_fen)))
    return counts


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", list(HEADERS))
def test_every_row_of_a_dirty_export_is_counted_named_and_taken_in_once(
    session: Session, clock: FixedClock, tmp_path: Path, kind: str, seed: int
) -> None:
    table = dirty(kind, seed)
    result, _ = take(session, clock, kind, write_csv(tmp_path / "x.csv", table, encoding="gb18030"))
    assert sum(result.counts.values()) == len(table) - 1  # all but the header
    assert result.stored > 60
    before = holdings(session)
    # The same export once more, then as a spreadsheet: nothing changes, and every row says so.
    for path in (tmp_path / "x.csv", write_xlsx(tmp_path / "x.xlsx", table, as_text=True)):
        again, _ = take(session, clock, kind, path)
        assert again.stored == 0
        assert again.counts[Outcome.UNCHANGED] == result.stored
        assert again.counts[Outcome.REJECTED] == result.counts[Outcome.REJECTED]
        assert again.counts[Outcome.SKIPPED] == result.counts[Outcome.SKIPPED]
        assert holdings(session) == before


@pytest.mark.parametrize("kind", list(HEADERS))
def test_a_spreadsheet_is_decided_like_the_text_file_of_the_same_rows(
    session: Session, clock: FixedClock, tmp_path: Path, kind: str
) -> None:
    table = dirty(kind, 99)
    with session.begin_nested() as trial:
        from_text = take(session, clock, kind, write_csv(tmp_path / "x.csv", table))
        trial.rollback()
    from_sheet = take(session, clock, kind, write_xlsx(tmp_path / "x.xlsx", table, as_text=True))
    assert from_sheet[0].line() == from_text[0].line()
    assert from_sheet[1] == from_text[1]


def test_an_import_that_is_killed_leaves_nothing_and_can_be_run_again(
    database: str, app: object, tmp_path: Path
) -> None:
    rows = [clean("orders", n) for n in range(6000)]
    path = write_csv(tmp_path / "x.csv", [ORDERS, *rows])
    command = [sys.executable, "-m", "flask", "import", "orders", str(path), "--progress", str(tmp_path / "p.json")]
    command += ["--report", str(tmp_path / "report.csv")]
    environment = os.environ | {"FLASK_APP": "wsgi", "DATABASE_URL": database, "PORTAL_DATA": str(tmp_path)}
    environment["SECRET_KEY"] = "only for the tests, and long enough for them"
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (tmp_path / "p.json").exists() and process.poll() is None and time.monotonic() < deadline:
        os.sched_yield()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    engine = create_engine(database)
    with Session(engine) as session:
        counted = [
            session.scalar(select(func.count()).select_from(m))
            for m in (HistoryOrder, HistoryLine, ImportRun, ImportedRow)
        ]
    assert (process.returncode, counted) == (-signal.SIGKILL, [0, 0, 0, 0])
    assert not (tmp_path / "report.csv").exists()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].endswith("rejected=0 skipped=0 unchanged=0")
    assert (tmp_path / "report.csv").exists()
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(HistoryLine)) == 6000
    engine.dispose()
