"""How long ``flask check`` takes to replay quantity and value of a million movements, on a SQLite file of its own."""

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
from typing import TYPE_CHECKING, Any

from bench.sections.parts.suggest import _app
from bench.servers import ROOT

if TYPE_CHECKING:
    from bench.sections import Bench, Line

MOVEMENTS = 1_000_000
PARTS = 5000


def measure(bench: Bench) -> Iterator[Line]:
    """``replay_1m`` in seconds: every invariant of stock over a million movements."""
    from bench.sections import Line

    with tempfile.TemporaryDirectory(prefix="portal-replay-") as folder:
        bench.note("a million movements")
        _run("build", folder)
        seconds, broken = _run("time", folder)
        assert not broken, broken
        yield Line("replay_1m", seconds, "s")


def _run(what: str, folder: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "bench.sections.parts.replay", what, folder],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        env={k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "SECRET_KEY"}},
    )
    return json.loads(done.stdout.splitlines()[-1])


def build(folder: str) -> int:
    """Parts that come and go at moving average, as the operations would leave them."""
    from flask_migrate import upgrade

    from app.domain.catalogue.model import Part
    from app.domain.stock.model import Bin, StockBalance, StockMovement, StockValue
    from app.extensions import db
    from app.kernel.bulk import BulkWriter, moment_text
    from app.kernel.money import divide_half_up

    with _app(folder).app_context():
        upgrade()
        session, dice, now = db.session(), random.Random(1886), datetime.now(UTC)
        writer = BulkWriter(session)
        parts = writer.rows(
            Part, "id", "number", "number_display", "name", "pinyin", "origin", "unit", "purchase_fen", "retail_fen",
            "supplier_name", "successor_number", "active", "remark", "created_at",
        )  # fmt: skip
        bins = writer.rows(Bin, "id", "code")
        balances = writer.rows(StockBalance, "id", "part_id", "bin_id", "owner", "on_hand_milli", "reserved_milli")
        values = writer.rows(StockValue, "part_id", "quantity_milli", "value_fen")
        moves = writer.rows(
            StockMovement, "id", "part_id", "bin_id", "owner", "kind", "quantity_milli", "value_fen", "source",
            "source_id", "reason", "at",
        )  # fmt: skip
        begin = now - timedelta(days=3650)
        bins.append((1, "A-1"))
        for part in range(1, PARTS + 1):
            facts = (
                part,
                f"P{part}",
                f"P {part}",
                "x",
                "x",
                "genuine",
                "件",
                100,
                200,
                "",
                "",
                1,
                "",
                moment_text(begin),
            )
            parts.append(facts)
        milli, fen = [0] * (PARTS + 1), [0] * (PARTS + 1)
        step = timedelta(days=3600) / MOVEMENTS
        for number in range(1, MOVEMENTS + 1):
            part = dice.randrange(1, PARTS + 1)
            if milli[part] >= 1000 and dice.random() < 0.7:
                kind, quantity = "issue", -1000
                value = -fen[part] if milli[part] == 1000 else -divide_half_up(fen[part] * 1000, milli[part])
            else:
                kind, quantity, value = "receipt", 3000, dice.randrange(200, 400)
            milli[part] += quantity
            fen[part] += value
            at = moment_text(begin + step * number)
            moves.append((number, part, 1, "shop", kind, quantity, value, "bench", number, "", at))
            if len(moves) >= 100_000:
                writer.flush()
        for part in range(1, PARTS + 1):
            balances.append((part, part, 1, "shop", milli[part], 0))
            values.append((part, milli[part], fen[part]))
        writer.finish()
        session.commit()
    return MOVEMENTS


def timed(folder: str) -> list[Any]:
    """(seconds, what is broken) of all checks of stock."""
    from app.domain.stock import checks
    from app.extensions import db

    with _app(folder).app_context():
        session = db.session()
        began = time.perf_counter()
        found = [
            row
            for check in (
                checks.on_hand_is_the_ledger,
                checks.value_is_the_ledger,
                checks.cost_is_the_average,
                checks.returns_within_issues,
                checks.transfers_net_to_zero,
                checks.batches_are_their_ledger,
                checks.closed_periods_stand,
            )
            for row in check(session)
        ]
        return [time.perf_counter() - began, [row for row in found if "more came back" not in row][:5]]


if __name__ == "__main__":
    print(json.dumps({"build": build, "time": timed}[sys.argv[1]](sys.argv[2])))
