"""The longer way to an order with three lines: the walk-around signed by the customer, then job by job.

Four POSTs: check-in with words, mileage, promise and signature (which is decoded and stored), then one for each of
three operations. ``check_in_cpu`` is the worker time of the four together, without the GETs in between.
"""

from __future__ import annotations

import base64
import io
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench.sections import Bench, Line, percentile


def _signature() -> str:
    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (400, 120))
    ImageDraw.Draw(picture).line([(20, 90), (120, 20), (220, 100), (380, 30)], fill=(0, 0, 80, 255), width=5)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def measure(bench: Bench) -> Iterator[Line]:
    """See the head of this file."""
    who, promise = bench.person, datetime.now(UTC) + timedelta(hours=14)
    fields = [
        ("words", "保养，刹车有吱吱声"),
        ("mileage", "300000"),
        ("energy", "4"),
        ("signed_name", "王志澜"),
        ("signature", _signature()),
        ("promised_at", promise.strftime("%Y-%m-%dT%H:%M")),  # Shanghai is eight hours ahead: six hours from now
        ("old_parts", "take"),
    ]
    cars = bench.shop.vehicles[: 40 if bench.quick else 120]
    waits, cpu = [], 0.0
    for car in cars:
        before, began = bench.portal.cpu(), time.perf_counter()
        answer = who.send(f"/vehicles/{car}/check-in", fields)
        wait, cpu = time.perf_counter() - began, cpu + bench.portal.cpu() - before
        order = answer.header("location")[0]
        for operation in bench.shop.operations:
            found = re.search(r'name="version" value="(\d+)"', who.page(order))
            assert found, "the order's page has no form"
            before, began = bench.portal.cpu(), time.perf_counter()
            who.send(f"{order}/jobs", [("operation", str(operation)), ("version", found[1])])
            wait, cpu = wait + time.perf_counter() - began, cpu + bench.portal.cpu() - before
        waits.append(wait * 1000)
    yield Line("check_in_p50", percentile(waits, 0.5), "ms")
    yield Line("check_in_p95", percentile(waits, 0.95), "ms")
    yield Line("check_in_cpu", cpu * 1000 / len(cars), "ms")
