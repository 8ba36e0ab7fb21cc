"""How late a change comes to 100 screens.

100 server-sent streams of the workshop board stay open. Again and again a job is moved by the real POST of the board;
``board_lag_p95`` is the time from the arrival of the POST's answer (the change is committed a moment before it) to the
arrival of the whole event, over all screens and changes. An event that overtakes the answer counts as 0. Every screen
must see every change, or the measurement fails. Meanwhile other pages are asked for; their waits go to stderr.
"""

from __future__ import annotations

import contextlib
import json
import re
import selectors
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench import wire
from bench.sections import Bench, Line, percentile

SCREENS = 100
PATIENCE = 10.0


class Screen:
    """One open stream."""

    def __init__(self, port: int, request: bytes) -> None:
        self.link = wire.connect(port)
        self.link.sendall(request)
        self.buffer = bytearray()

    def boards(self) -> list[bytes]:
        """The board events that have arrived completely since the last call."""
        data = self.link.recv(1 << 20)
        if not data:
            raise wire.BadAnswer("a stream ended early")
        self.buffer += data
        if b"event: poll" in self.buffer:
            raise wire.BadAnswer("a screen was told to poll")
        found = []
        while (end := self.buffer.find(b"\n\n")) >= 0:
            event = bytes(self.buffer[:end])
            del self.buffer[: end + 2]
            if b"event: board" in event:
                found.append(event)
        return found


def measure(bench: Bench) -> Iterator[Line]:
    """See the head of this file."""
    who = bench.person
    page = who.page("/workshop/board")
    address = re.search(r'data-live="([^"]+)"[^>]*data-rev="([^"]+)"', page)
    assert address, "the board carries no stream"
    stream = address[1].replace("&amp;", "&")
    request = who.get(f"{stream}{'&' if '?' in stream else '?'}rev={address[2]}")
    with contextlib.ExitStack() as stack:
        screens = []
        for _ in range(SCREENS):
            screen = Screen(bench.portal.port, request)
            stack.callback(screen.link.close)
            screens.append(screen)
        floor = _Floor(bench, screens, _version(page, bench.shop.moved_job))
        floor.quiet(1.0)
        changes = 8 if bench.quick else 30
        lags: list[float] = []
        for number in range(changes):
            bench.note(f"{SCREENS} screens, change {number + 1} of {changes}")
            lags += floor.change(number)
            floor.quiet(0.3)
        bench.note(f"orders page with {SCREENS} screens open: p95 {percentile(floor.pages, 0.95) * 1000:.1f} ms")
    yield Line("board_lag_p95", percentile(lags, 0.95) * 1000, "ms")


def _version(text: str, job: int) -> str:
    for bar in re.findall(r"<div class=\\?\"bar [^>]*>", text):
        if f'data-job="{job}"' in bar.replace('\\"', '"'):
            found = re.search(r'data-version=\\?"(\d+)', bar)
            assert found, bar
            return found[1]
    raise wire.BadAnswer(f"job {job} is not on the board")


class _Floor:
    """The screens, the person who moves the job, and somebody who reads pages meanwhile."""

    def __init__(self, bench: Bench, screens: list[Screen], version: str) -> None:
        self.bench, self.screens, self.version = bench, screens, version
        self.pages: list[float] = []
        self.selector = selectors.DefaultSelector()
        for screen in screens:
            self.selector.register(screen.link, selectors.EVENT_READ, screen)
        self.reader = wire.connect(bench.portal.port)
        self.page = bench.person.get("/orders")

    def quiet(self, seconds: float) -> None:
        """Read pages while nothing changes; streams must only beat."""
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends:
            began = time.perf_counter()
            wire.ask(self.reader, self.page)
            self.pages.append(time.perf_counter() - began)
            for _seen, event in self._arrived(0.05):
                # The minute has turned: the board's clock moved. It counts as no change.
                self.version = _version(json.dumps(event), self.bench.shop.moved_job)

    def _arrived(self, patience: float) -> Iterator[tuple[float, str]]:
        for key, _ in self.selector.select(patience):
            for event in key.data.boards():
                now = time.perf_counter()
                data = next(line[6:] for line in event.split(b"\n") if line.startswith(b"data: "))
                yield now, data.decode()

    def change(self, number: int) -> list[float]:
        """Move the job and wait until every screen has it; the lags in seconds."""
        start = datetime.now(UTC) + timedelta(hours=8, minutes=15 + 15 * (number % 8))
        shop = self.bench.shop
        fields = [
            ("job", str(shop.moved_job)),
            ("technician", str(shop.technicians[number % len(shop.technicians)])),
            ("start", start.strftime("%Y-%m-%dT%H:%M")),
            ("version", self.version),
        ]
        link: socket.socket = self.reader
        answer = wire.ask(link, self.bench.person.post("/workshop/assign", fields))
        committed = time.perf_counter()
        if answer.status != 204:
            raise wire.BadAnswer(f"{answer.status}: {answer.body[:500]!r}")
        lags, wanted, newest = [], len(self.screens), ""
        while len(lags) < wanted:
            if time.perf_counter() - committed > PATIENCE:
                raise wire.BadAnswer(f"only {len(lags)} of {wanted} screens saw a change within {PATIENCE} s")
            for at, event in self._arrived(0.5):
                lags.append(max(0.0, at - committed))
                newest = event
        self.version = _version(newest, shop.moved_job)
        return lags
