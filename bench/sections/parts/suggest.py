"""How long a suggested order takes: 20,000 parts, two years of demand, on a SQLite file of its own.

A twentieth of the parts is asked for nearly every week, three twentieths about twice a month, the rest a few times a
year; in all some 370,000 movements. Only the computation is timed, from its first query to its last commit, in a process
that has done nothing before.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.servers import ROOT

if TYPE_CHECKING:
    from bench.sections import Bench, Line

PARTS = 20_000
DAYS = 728
STOCKED = 8000


def measure(bench: Bench) -> Iterator[Line]:
    """``suggest_20k`` in seconds."""
    from bench.sections import Line

    with tempfile.TemporaryDirectory(prefix="portal-suggest-") as folder:
        bench.note("20,000 parts with two years of demand")
        _run("build", folder)
        seconds, lines, mebibytes = _run("time", folder)
        bench.note(f"{lines} lines suggested, {mebibytes} MiB at most")
        yield Line("suggest_20k", seconds, "s")


def _run(what: str, folder: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "bench.sections.parts.suggest", what, folder],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        env={k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "SECRET_KEY"}},
    )
    return json.loads(done.stdout.splitlines()[-1])


def _app(folder: str) -> Any:
    os.environ["PORTAL_DATA"] = str(Path(folder).resolve())
    from app import create_app

    return create_app()


def build(folder: str) -> list[int]:
    """The shop; returns how many parts and movements it has."""
    from flask_migrate import upgrade

    from app.domain.catalogue.model import Part
    from app.domain.stock.model import Bin, StockBalance, StockMovement
    from app.domain.suppliers.model import Supplier
    from app.extensions import db
    from app.kernel.bulk import BulkWriter, moment_text

    with _app(folder).app_context():
        upgrade()
        session, dice, now = db.session(), random.Random(1886), datetime.now(UTC)
        writer = BulkWriter(session)
        suppliers = writer.rows(
            Supplier, *["id", "name", "contact", "phone", "email", "address", "is_manufacturer", "lead_days", "order_cycle_days"],
            *["minimum_order_fen", "payment_days", "active", "remark", "created_at"],
        )  # fmt: skip
        begin = moment_text(now - timedelta(days=DAYS + 30))
        for number, lead in ((1, 4), (2, 2), (3, 21)):
            suppliers.append((number, f"S{number}", "", "", "", "", 0, lead, 7, 0, 30, 1, "", begin))
        bins = writer.rows(Bin, "id", "code")
        bins.append((1, "A-1"))
        parts = writer.rows(
            Part, *["id", "number", "number_display", "name", "pinyin", "origin", "unit", "purchase_fen", "retail_fen", "supplier_name"],
            *["supplier_id", "successor_number", "minimum_milli", "active", "remark", "created_at"],
        )  # fmt: skip
        balances = writer.rows(StockBalance, "id", "part_id", "bin_id", "owner", "on_hand_milli", "reserved_milli")
        moves = writer.rows(
            StockMovement,
            *[
                "id",
                "part_id",
                "bin_id",
                "owner",
                "kind",
                "quantity_milli",
                "value_fen",
                "source",
                "source_id",
                "reason",
                "at",
            ],
        )
        for part in range(1, PARTS + 1):
            price = int(10 ** dice.uniform(2.5, 5.5))
            follower = f"P{part + 1:06d}" if part % 200 == 0 and part < PARTS else ""
            parts.append(
                (part, f"P{part:06d}", f"P{part:06d}", "配件", "", "genuine", "件", price, price * 3 // 2, "",
                 part % 3 + 1, follower, 1000 if part % 50 == 0 else 0, 1, "", begin)
            )  # fmt: skip
            if part <= STOCKED:
                balances.append((part, part, 1, "shop", dice.randrange(0, 9) * 1000, 0))
            a_year = dice.uniform(45, 90) if part % 20 == 0 else dice.uniform(15, 30) if part % 20 < 4 else 3
            for _ in range(int(dice.expovariate(1 / (2 * a_year)) if a_year == 3 else 2 * a_year)):
                at = now - timedelta(days=dice.uniform(0, DAYS))
                milli = dice.choice((1, 1, 1, 2, 4)) * 1000
                line = len(moves) + 1
                moves.append((line, part, 1, "shop", "issue", -milli, -price, "part_line", line, "", moment_text(at)))
        count = len(moves)
        writer.finish()
        session.commit()
    return [PARTS, count]


def timed(folder: str) -> list[Any]:
    """(seconds, lines suggested, MiB of memory at most)."""
    import resource

    from app.domain.replenishment import suggestions
    from app.domain.replenishment.model import Suggestion
    from app.extensions import db
    from app.kernel.actor import Actor
    from app.kernel.clock import SystemClock
    from app.kernel.permission import Permission

    with _app(folder).app_context():
        actor, clock = Actor("bench", permissions=frozenset(Permission)), SystemClock()
        run = suggestions.begin(db.session(), actor, clock).id
        db.session.commit()
        began = time.perf_counter()
        suggestions.compute(db.engine, clock, run)
        seconds = time.perf_counter() - began
        lines = db.session.query(Suggestion).count()
        return [seconds, lines, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]


if __name__ == "__main__":
    print(json.dumps(build(sys.argv[2]) if sys.argv[1] == "build" else timed(sys.argv[2])))
