"""What one issue of one part costs: worker time of the POST, with all the rows that it writes.

Over HTTP, signed in, with one-time key, lock of the order, reservation, balance, value, ledger row, line and audit row. Each
line is issued, brought back (not counted) and issued again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.sections import Bench, Line


def measure(bench: Bench) -> Iterator[Line]:
    """``issue_p50`` and ``issue_p95`` in ms of clock, ``issue_cpu`` in ms of the workers' time."""
    from bench.sections import Line, percentile

    who = bench.person
    addresses = re.findall(r'hx-post="(/parts/orders/[^"]+/lines/\d+)/issue"', who.page("/parts/desk"))
    assert len(addresses) > 20, "nothing to issue"
    waits, cpu = [], 0.0
    for round_ in range(2 if bench.quick else 6):
        for address in addresses:
            before, began = bench.portal.cpu(), time.perf_counter()
            who.send(f"{address}/issue", [("quantity", "1")])
            waits.append((time.perf_counter() - began) * 1000)
            cpu += bench.portal.cpu() - before
            who.page(address.rsplit("/lines", 1)[0])  # as the browser does; it takes the message out of the cookie
        for address in addresses if round_ < 5 else ():
            who.send(f"{address}/return", [("quantity", "1"), ("reason", "x"), ("still_needed", "1")])
            who.page(address.rsplit("/lines", 1)[0])
    yield Line("issue_p50", percentile(waits, 0.5), "ms")
    yield Line("issue_p95", percentile(waits, 0.95), "ms")
    yield Line("issue_cpu", cpu * 1000 / len(waits), "ms")
