"""Starting the real server and reading from /proc what it takes."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import wire

ROOT = Path(__file__).resolve().parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Server:
    """A gunicorn with its workers."""

    process: subprocess.Popen[bytes]
    port: int
    start_seconds: float  # from the command to the first answer 200

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        return children(self.process.pid)

    def cpu(self) -> float:
        """Seconds of processor that the workers took so far, user and system."""
        return sum(_cpu(pid) for pid in self.workers())

    def cpu_with_presses(self) -> float:
        """Like :meth:`cpu`, with the print processes below the workers."""
        pids = self.workers()
        return sum(_cpu(pid) for worker in pids for pid in (worker, *children(worker)))

    def resident_mb(self) -> float:
        """The resident memory of the largest worker in MB (RSS, not PSS: what is shared after the fork counts in full)."""
        return max(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE for pid in self.workers()) / 1e6


def children(pid: int) -> list[int]:
    """The processes that ``pid`` started, whichever of its threads did."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that ended meanwhile
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _cpu(pid: int) -> float:
    """User and system time of a process and of its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(fields[place]) for place in (11, 12, 13, 14)) / _TICKS


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(module: str, data: Path, ready: str, *arguments: str) -> Iterator[Server]:
    """Run ``python -m module --port P`` until the block ends. Raises RuntimeError when it does not come up."""
    port = free_port()
    # Settings of the person's own shell must not change what is measured.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_")}
    environment = {**environment, "PORTAL_DATA": str(data), "PYTHONUNBUFFERED": "1"}
    for name in ("DATABASE_URL", "SECRET_KEY"):
        environment.pop(name, None)
    log = data / f"{module}.log"
    began = time.perf_counter()
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--port", str(port), *arguments],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, port, ready, log)
        yield Server(process, port, time.perf_counter() - began)
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server; by force when it does not end by itself."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, ready: str, log: Path) -> None:
    request = f"GET {ready} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
    ends = time.perf_counter() + 60
    while time.perf_counter() < ends:
        if process.poll() is not None:
            break
        try:
            with contextlib.closing(wire.connect(port)) as link:
                if wire.ask(link, request).status == 200:
                    return
        except (OSError, wire.BadAnswer):
            time.sleep(0.01)
    raise RuntimeError(f"the server did not come up: {log.read_text(errors='replace')[-2000:]}")


CpuReader = Callable[[], float]
