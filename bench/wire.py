"""HTTP over raw sockets: a client that takes as little of the machine as it can while it measures the server."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

TIMEOUT = 20.0


class BadAnswer(RuntimeError):
    """The server answered something else than what is measured."""


class Closed(BadAnswer):
    """The server closed a connection that was to be used again."""


@dataclass(slots=True)
class Answer:
    """One answer, read to its end."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> list[str]:
        """Every value of a header."""
        wanted = name.lower().encode() + b":"
        return [line[len(wanted) :].strip().decode() for line in self.head.split(b"\r\n") if _starts(line, wanted)]


def _starts(line: bytes, name: bytes) -> bool:
    return line[: len(name)].lower() == name


def connect(port: int) -> socket.socket:
    """A connection to a server on this machine."""
    link = socket.create_connection(("127.0.0.1", port), TIMEOUT)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


@dataclass(slots=True)
class Reader:
    """Puts the bytes of one connection together to answers that carry their length."""

    buffer: bytearray = field(default_factory=bytearray)
    needed: int = -1  # bytes of the whole answer, once its head is there

    def feed(self, data: bytes) -> bool:
        """Take bytes; True when an answer is complete."""
        self.buffer += data
        if self.needed < 0:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self.buffer[:end]).lower()
            at = head.find(b"\r\ncontent-length:")
            length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if at < 0 and head[9:12] not in (b"204", b"304"):
                raise BadAnswer(f"an answer without a length: {head[:300]!r}")
            self.needed = end + 4 + length
        return len(self.buffer) >= self.needed

    def take(self) -> Answer:
        """The complete answer; the reader is ready for the next one."""
        head, body = bytes(self.buffer[: self.needed]).split(b"\r\n\r\n", 1)
        del self.buffer[: self.needed]
        self.needed = -1
        return Answer(int(head[9:12]), head, body)


def ask(link: socket.socket, request: bytes) -> Answer:
    """Send one request and wait for its answer."""
    link.sendall(request)
    reader = Reader()
    while True:
        data = link.recv(1 << 16)
        if not data:
            raise BadAnswer("the server closed the connection")
        if reader.feed(data):
            return reader.take()


@dataclass(slots=True)
class Load:
    """What some seconds of requests gave."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)  # seconds, one per answer
    cpu: float = 0.0  # seconds of the server's processors

    def add(self, other: Load) -> None:
        """Put another slice of the same kind to this one."""
        self.seconds += other.seconds
        self.waits += other.waits
        self.cpu += other.cpu


def load(
    port: int,
    request: Callable[[], bytes],
    *,
    seconds: float,
    status: int,
    cpu: Callable[[], float],
    connections: int = 4,
    warm: int = 3,
) -> Load:
    """Keep ``connections`` kept-alive connections busy, each with one request at a time.

    ``warm`` requests on each are not counted. ``cpu`` reads the server's processor time in seconds. Raises
    :class:`BadAnswer` for any answer but ``status``: a fast refusal must never pass for a fast page.
    """
    links = [connect(port) for _ in range(connections)]
    try:
        for _ in range(warm):
            try:
                _busy(links, request, status, 0.0)  # one request on each, at the same time
            except Closed:  # one waited for the slowest longer than the server keeps it
                links[:] = [connect(port) for _ in range(connections)]
        began, before = time.perf_counter(), cpu()
        waits = _busy(links, request, status, began + seconds)
        return Load(time.perf_counter() - began, waits, cpu() - before)
    finally:
        for link in links:
            link.close()


def _busy(links: list[socket.socket], request: Callable[[], bytes], status: int, ends: float) -> list[float]:
    """Until ``ends``; then the requests that are under way are awaited, so that CPU and answers belong together."""
    waits: list[float] = []
    code = str(status).encode()
    with selectors.DefaultSelector() as selector:
        for link in links:
            link.settimeout(TIMEOUT)
            reader = Reader()
            selector.register(link, selectors.EVENT_READ, [reader, time.perf_counter()])
            link.sendall(request())
        open_ = len(links)
        while open_:
            events = selector.select(TIMEOUT)
            if not events:
                raise BadAnswer(f"no answer within {TIMEOUT} s")
            for key, _ in events:
                link, (reader, sent) = key.fileobj, key.data
                data = link.recv(1 << 18)  # type: ignore[union-attr]
                if not data:
                    raise Closed("the server closed a kept-alive connection")
                if not reader.feed(data):
                    continue
                now = time.perf_counter()
                waits.append(now - sent)
                if reader.buffer[9:12] != code:
                    _expect(reader.take(), status)
                reader.buffer.clear()
                reader.needed = -1
                if now >= ends:
                    selector.unregister(link)
                    open_ -= 1
                    continue
                key.data[1] = time.perf_counter()
                link.sendall(request())  # type: ignore[union-attr]
    return waits


def _expect(answer: Answer, status: int) -> None:
    if answer.status != status:
        raise BadAnswer(f"{answer.status} instead of {status}: {answer.head[:400]!r} {answer.body[:1500]!r}")
