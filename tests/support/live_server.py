"""A running server of our own, as the shop starts it, for browsers and for many clients at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from tests.support.databases import free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def running_server(
    database: str, data: Path, *, demo: bool = False, port: int = 0, **environment: str
) -> Iterator[str]:
    """Start the portal on ``database`` and yield its address; stop it at the end."""
    port = port or free_port()
    env = {**os.environ, "DATABASE_URL": database, "PORTAL_DATA": str(data), "PYTHONUNBUFFERED": "1", **environment}
    command = [sys.executable, "-m", "app.serve", "--port", str(port), "--quiet"]
    log = (data / "server.log").open("wb")
    process = subprocess.Popen(
        command if demo else [*command, "--no-demo"], cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, address, data / "server.log")
        yield address
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped: {log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, ConnectionError, TimeoutError):
            # Polling for a process of another kind to come up: there is nothing to wait on but the clock.
            time.sleep(0.05)
    raise RuntimeError(f"the server was not ready in 60 s: {log.read_text()[-3000:]}")
