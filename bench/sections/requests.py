"""Requests under load, against the floor.

Four kept-alive connections, each with one request under way (two for printing). ``_p50``, ``_p95`` and ``_rps`` are of
that load, so the percentiles hold waiting for a processor. ``_cpu`` is the time of the worker processes, user and
system, divided by the answers: the steadiest figure. ``ratio_…`` is ``_cpu`` against the floor's.

The kinds take turns in short slices: when the machine slows down for a while, it slows all of them alike.

floor   a bare Flask route: one Core query of 50 joined rows, one Jinja loop, on the same database (bench/floor.py)
board   GET of the workshop board's whole page with about fifty open orders; its fragment is rendered once per revision
        and minute, as in the shop, and here nobody changes anything meanwhile
orders  GET of the list of fifty orders
order   GET of the page of an order with four jobs and eight parts
        Both are live like the board, and rendered once in the same way. ``…_fresh`` are the same two pages when they have
        to be rendered anew for this one request, as after every change: the list under another filter each time, the
        order's page while its adviser looks for something.
search  GET of the search page: by the beginning of a plate, by pinyin and by a customer's whole name in turn
create  ONE POST of the form "New order" with three operations ticked: an order with its three lines. That form has no
        other request than its GET, which is not counted. (The way by check-in is the section ``check_in``.)
pdf     GET of a job card of one page with warm print processes, whose time is counted too
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench import wire
from bench.sections import Bench, Line, percentile

READS = ("floor", "board", "orders", "orders_fresh", "order", "order_fresh", "search")
SLICES = 4


@dataclass(slots=True)
class Kind:
    """A kind of request and what was measured of it so far."""

    port: int
    request: Callable[[], bytes]
    cpu: Callable[[], float]
    status: int = 200
    connections: int = 4
    warm: int = 4
    load: wire.Load = field(default_factory=wire.Load)

    def slice(self, seconds: float) -> None:
        """Measure for a while."""
        self.load.add(
            wire.load(
                self.port,
                self.request,
                seconds=seconds,
                status=self.status,
                cpu=self.cpu,
                connections=self.connections,
                warm=self.warm,
            )
        )

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of processor per answer."""
        return self.load.cpu * 1000 / len(self.load.waits)


def _kinds(bench: Bench) -> dict[str, Kind]:
    portal, floor, who, shop = bench.portal, bench.floor, bench.person, bench.shop
    from urllib.parse import quote

    def get(path: str) -> Kind:
        request = who.get(path)
        return Kind(portal.port, lambda: request, portal.cpu)

    searches = itertools.cycle([who.get(f"/search?q={quote(text)}") for text in shop.searches])
    others = itertools.count(10**8)  # all orders are older than these
    plain = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{floor.port}\r\n\r\n".encode()
    card = who.get(f"/orders/{shop.printed}/job-card.pdf")
    return {
        "floor": Kind(floor.port, lambda: plain, floor.cpu),
        "board": get("/workshop/board"),
        "orders": get("/orders"),
        "orders_fresh": Kind(portal.port, lambda: who.get(f"/orders?before={next(others)}"), portal.cpu),
        "order": get(f"/orders/{shop.order}"),
        "order_fresh": get(f"/orders/{shop.order}?finding=0"),
        "create": Kind(portal.port, new_order(bench), portal.cpu, status=302),
        "search": Kind(portal.port, lambda: next(searches), portal.cpu),
        "pdf": Kind(portal.port, lambda: card, portal.cpu_with_presses, connections=2),
    }


def new_order(bench: Bench) -> Callable[[], bytes]:
    """Builds the POST of a new order with three lines, for another car each time."""
    cars = itertools.cycle(bench.shop.vehicles)
    lines = [("operation", str(number)) for number in bench.shop.operations]

    def request() -> bytes:
        fields = [("words", "保养，刹车有吱吱声"), ("kind", "minor"), *lines]
        return bench.person.post(f"/vehicles/{next(cars)}/orders", fields)

    return request


def measure(bench: Bench) -> Iterator[Line]:
    """See the head of this file."""
    kinds = _kinds(bench)
    slice_ = bench.seconds(0.5, 2.0)
    for number in range(SLICES):
        bench.note(f"pages, slice {number + 1} of {SLICES}")
        for name in READS:
            kinds[name].slice(slice_)
    for number in range(SLICES):
        # After the reads: every new order makes the list another one.
        bench.note(f"new orders, slice {number + 1} of {SLICES}")
        for name in ("floor", "create"):
            kinds[name].slice(slice_)
    bench.note("printing")
    kinds["pdf"].slice(bench.seconds(3.0, 10.0))
    for name, kind in kinds.items():
        waits = [seconds * 1000 for seconds in kind.load.waits]
        yield Line(f"{name}_p50", percentile(waits, 0.50), "ms")
        yield Line(f"{name}_p95", percentile(waits, 0.95), "ms")
        yield Line(f"{name}_rps", len(waits) / kind.load.seconds, "1/s")
        yield Line(f"{name}_cpu", kind.cpu_ms, "ms")
    for name in ("board", "orders", "orders_fresh", "order", "order_fresh", "create", "search"):
        yield Line(f"ratio_{name}", kinds[name].cpu_ms / kinds["floor"].cpu_ms, "x")
