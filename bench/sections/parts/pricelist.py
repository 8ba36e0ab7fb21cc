"""How long a supplier's price list of 50,000 rows takes: a spreadsheet, through ``flask import prices`` as the page runs it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench.sections.parts.suggest import _app
from bench.servers import ROOT

if TYPE_CHECKING:
    from bench.sections import Bench, Line

ROWS = 50_000


def measure(bench: Bench) -> Iterator[Line]:
    """``pricelist_50k`` in seconds: the first list of a supplier; ``pricelist_50k_again`` the same once more."""
    from bench.sections import Line

    with tempfile.TemporaryDirectory(prefix="portal-prices-") as folder:
        bench.note("a price list of 50,000 rows")
        environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "SECRET_KEY"}}
        subprocess.run(
            [sys.executable, "-m", "bench.sections.parts.pricelist", folder],
            cwd=ROOT,
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        command = [sys.executable, "-m", "flask", "import", "prices", f"{folder}/prices.xlsx", "--supplier", "1"]
        environment |= {"PORTAL_DATA": folder, "FLASK_APP": "wsgi"}
        for name in ("pricelist_50k", "pricelist_50k_again"):
            began = time.perf_counter()
            done = subprocess.run(
                [*command, "--report", f"{folder}/report.csv", "--progress", f"{folder}/progress.json"],
                cwd=ROOT, check=True, env=environment, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            bench.note(done.stdout.splitlines()[-1])
            yield Line(name, time.perf_counter() - began, "s")


def build(folder: str) -> None:
    """A catalogue of 50,000 parts and the list of one supplier; every tenth price moves too far."""
    import xlsxwriter
    from flask_migrate import upgrade

    from app.domain.catalogue.model import Part
    from app.domain.suppliers.operations import ensure_supplier
    from app.extensions import db
    from app.kernel.bulk import BulkWriter, moment_text

    with _app(folder).app_context():
        upgrade()
        session, dice, now = db.session(), random.Random(1886), datetime.now(UTC)
        ensure_supplier(session, now, "价目表供应商")
        writer = BulkWriter(session)
        parts = writer.rows(
            Part, "id", "number", "number_display", "name", "pinyin", "origin", "unit", "purchase_fen", "retail_fen",
            "supplier_name", "successor_number", "active", "remark", "created_at",
        )  # fmt: skip
        book = xlsxwriter.Workbook(str(Path(folder) / "prices.xlsx"), {"constant_memory": True})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["配件编号", "品名", "含税单价", "包装数", "起订量"])
        at = moment_text(now)
        for number in range(1, ROWS + 1):
            code, fen = f"A {number:010d}", dice.randrange(1000, 500_000)
            plain = code.replace(" ", "")
            parts.append((number, plain, code, f"零件 {number}", "x", "genuine", "件", fen, fen * 2, "", "", 1, "", at))
            new = fen * (140 if number % 10 == 0 else dice.randrange(93, 108)) / 10_000
            sheet.write_row(number, 0, [code, f"零件 {number}", round(new, 2), 1, 0])
        book.close()
        writer.finish()
        session.commit()


if __name__ == "__main__":
    build(sys.argv[1])
