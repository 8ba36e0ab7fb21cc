"""The web worker's side of printing: a few print processes, started when first needed, each doing one document at a time.

WeasyPrint holds the GIL, corrupts memory when threads share its font configuration, and takes 220-280 MB. So it lives in
processes of its own, started afresh (never forked: Pango does not survive a fork), and a request thread only waits on a
pipe. A process that takes too long is killed, one that has printed enough or has grown is replaced, one that nobody
needed for ten minutes goes home.

Safe with threads and with forking servers: a forked worker starts with no printer and makes its own.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, ClassVar, Protocol

from app.kernel.errors import N_, DomainError

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("zh_Hans_CN", "en")

# What a print process sees of our environment: enough to find Python and fonts; no keys, no address of the database.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "LD_LIBRARY_PATH")
_PASSED_ON_PREFIXES = ("FONTCONFIG_", "COVERAGE_")
_LARGEST_PDF = 128 * 1024 * 1024


class PrintFailed(DomainError):
    """The document could not be printed; the reason is in the server's log, not on the screen."""

    status = 500

    def __init__(self, reason: str = "") -> None:
        super().__init__(N_("The document could not be printed. Try again; if it stays, tell the administrator."))
        self.reason = reason


class PrintTimeout(DomainError):
    """Printing took longer than it may, or all print processes stayed busy."""

    status = 503

    def __init__(self) -> None:
        super().__init__(N_("Printing took too long. Try again in a moment."))


class Document(Protocol):
    """What can be printed: a frozen dataclass that names its template below templates/printing."""

    TEMPLATE: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a print process may use."""

    processes: int = 2
    seconds: float = 30.0  # for one document, waiting for a free process included
    start_seconds: float = 30.0  # for a process to come up, on a machine that is busy starting everything else
    documents: int = 200  # then the process is replaced, so that no leak grows for ever
    idle_seconds: float = 600.0
    resident_mb: int = 600  # grown beyond this, it is replaced after the document
    data_mb: int = 1536  # the kernel refuses more: a monstrous document fails alone


class _PlainPickler(pickle.Pickler):
    """Enum members travel as their values, so that a print process never imports a model."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Enum):
            return type(obj.value), (obj.value,)
        return NotImplemented


def _packed(order: tuple[str, Any, Any]) -> bytes:
    buffer = io.BytesIO()
    _PlainPickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(order)
    return buffer.getvalue()


class _Gone(Exception):
    """The process ended without an answer."""


@dataclass(slots=True)
class _Press:
    """A print process and our end of the pipe to it; started by the thread that needs it."""

    bounds: Bounds
    process: subprocess.Popen[bytes] | None = None
    pipe: Connection | None = None

    def start(self) -> None:
        """Bring the process up, warm; raises :class:`PrintFailed` when it does not come."""
        ours, theirs = Pipe()
        keep = {
            name: value
            for name, value in os.environ.items()
            if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
        }
        command = [sys.executable, "-m", "app.printing.press", str(theirs.fileno()), json.dumps(asdict(self.bounds))]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**keep, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        self.pipe = ours
        try:
            if not ours.poll(self.bounds.start_seconds) or ours.recv_bytes(64) != b"ready":
                raise EOFError
        except (EOFError, OSError) as error:
            self.stop()
            raise PrintFailed("the print process did not start") from error

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask(self, order: bytes, deadline: float) -> bytes:
        """The PDF for a packed order; raises PrintTimeout, PrintFailed, or :class:`_Gone`."""
        if not self.alive():
            self.stop()
            self.start()
        assert self.pipe is not None
        try:
            self.pipe.send_bytes(order)
            if not self.pipe.poll(max(0.0, deadline - time.monotonic())):
                self.stop()
                raise PrintTimeout
            answer = self.pipe.recv_bytes(_LARGEST_PDF)
        except (EOFError, OSError) as error:
            self.stop()
            raise _Gone from error
        if answer[1:2] == b"-":  # it has printed its share
            self.stop()
        if answer[:1] != b"P":
            raise PrintFailed(answer[2:].decode("utf-8", "replace"))
        return answer[2:]

    def stop(self) -> None:
        """End the process at once. It holds nothing that could be lost."""
        if self.pipe is not None:
            self.pipe.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = self.pipe = None

    def abandon(self) -> None:
        """In a forked child: let go of what belongs to the parent, without ending it."""
        if self.pipe is not None:
            self.pipe.close()
        self.process = self.pipe = None


@dataclass(slots=True)
class Printer:
    """The print processes of this process. Any thread may call it."""

    bounds: Bounds = field(default_factory=Bounds)
    presses: list[_Press] = field(init=False)
    _free: queue.LifoQueue[_Press] = field(init=False, default_factory=queue.LifoQueue)

    def __post_init__(self) -> None:
        self.presses = [_Press(self.bounds) for _ in range(self.bounds.processes)]
        for press in self.presses:
            self._free.put(press)  # last in, first out: a second process starts only when the first is busy

    def print(self, how: str, what: Any, extra: Any) -> bytes:
        """PDF bytes; ``how`` is "document" (what, language) or "html" (text, pictures)."""
        order = _packed((how, what, extra))
        deadline = time.monotonic() + self.bounds.seconds
        with _Borrowed(self._free, deadline) as press:
            try:
                return press.ask(order, deadline)
            except _Gone:
                # It went home idle, or something killed it. Printing changes nothing, so a second try is safe.
                try:
                    return press.ask(order, deadline)
                except _Gone as error:
                    raise PrintFailed("the print process ended twice without an answer") from error

    def warm_up(self) -> None:
        """Start one process now, so that the first customer does not wait for it."""
        with _Borrowed(self._free, time.monotonic() + self.bounds.seconds) as press:
            if not press.alive():
                press.stop()
                press.start()

    def close(self) -> None:
        """End all processes."""
        for press in self.presses:
            press.stop()


@dataclass(slots=True)
class _Borrowed:
    free: queue.LifoQueue[_Press]
    deadline: float
    press: _Press | None = None

    def __enter__(self) -> _Press:
        try:
            self.press = self.free.get(timeout=max(0.0, self.deadline - time.monotonic()))
        except queue.Empty:
            raise PrintTimeout from None
        return self.press

    def __exit__(self, *_: object) -> None:
        assert self.press is not None
        self.free.put(self.press)


_printer: Printer | None = None
_lock = threading.Lock()


def _the_printer() -> Printer:
    global _printer
    with _lock:
        if _printer is None:
            # Each web worker has its own: with many workers set PORTAL_PRESSES=1 (about 200 MB for each press in use).
            _printer = Printer(Bounds(processes=int(os.environ.get("PORTAL_PRESSES", "2"))))
        return _printer


def _forget() -> None:
    """After a fork the child has neither processes nor a lock that some thread of the parent may have held."""
    global _printer, _lock
    _lock = threading.Lock()
    if _printer is not None:
        for press in _printer.presses:
            press.abandon()
    _printer = None


@atexit.register
def _close() -> None:
    if _printer is not None:
        _printer.close()


register_at_fork: Callable[..., None] | None = getattr(os, "register_at_fork", None)
if register_at_fork is not None:
    register_at_fork(after_in_child=_forget)


def pdf_of(document: Document, language: str = "zh_Hans_CN") -> bytes:
    """A document as PDF, completely in one language (``zh_Hans_CN`` or ``en``).

    Blocks the calling thread only, for 0.1-0.3 s a page as a rule. Raises :class:`PrintTimeout`, :class:`PrintFailed`.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no documents in {language}")
    return _the_printer().print("document", document, language)


def html_to_pdf(html: str, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """A page of HTML as PDF. ``pictures``: name → JPEG, PNG or WebP bytes, which the page calls ``portal:<name>``.

    Nothing else is ever fetched but our own style sheets (``portal:asset/<name>``).
    """
    return _the_printer().print("html", html, dict(pictures or {}))


def warm_up() -> None:
    """Start a print process ahead of the first document."""
    _the_printer().warm_up()
