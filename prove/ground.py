"""What every proof stands on: a fresh database, a small shop in it, the real server on top, and the sheet of results."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy.orm import Session

from app.access.secrets import hash_secret
from app.extensions import db
from app.kernel import audit
from app.kernel.clock import FixedClock
from prove.client import Browser, answers
from tests.conftest import make_app, migrate
from tests.support import cast
from tests.support.databases import free_port, postgres_cluster
from tests.support.orders import broken
from tests.support.shop import SmallShop, open_small_shop

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "four words without sense"

Line = Callable[[str, object, object], None]


class Sheet:
    """Prints each figure as it comes: ``name got wanted``. Wanted is a value, or a bound such as ``<=5``."""

    def __init__(self) -> None:
        self.failed = 0

    def lines(self, section: str, engine: str) -> Line:
        """The printer of one section on one database."""

        def line(figure: str, got: object, wanted: object) -> None:
            name = "_".join(part for part in (section, figure, engine) if part)
            met = _meets(got, wanted)
            self.failed += not met
            shown = f"{got:.2f}" if isinstance(got, float) else got
            print(f"{name} {shown} {wanted}{'' if met else '   <-- not met'}", flush=True)

        return line


def _meets(got: object, wanted: object) -> bool:
    bound = re.fullmatch(r"(<=|>=)([\d.]+)", str(wanted))
    if bound is None:
        return got == wanted
    limit, value = float(bound[2]), float(str(got))
    return value <= limit if bound[1] == "<=" else value >= limit


@contextmanager
def engines() -> Iterator[Callable[[str, Path], str]]:
    """A maker of fresh migrated databases: ``fresh(engine, folder)`` answers the address of one."""
    os.environ.pop("DATABASE_URL", None)
    with postgres_cluster() as cluster:
        migrated: dict[str, Path] = {}

        def fresh(engine: str, folder: Path) -> str:
            if engine == "postgres":
                if "postgres" not in migrated:
                    cluster.admin("CREATE DATABASE portal_template")
                    migrate(cluster.url("portal_template"), folder)
                    migrated["postgres"] = folder
                return cluster.url(cluster.copy_of("portal_template"))
            path = folder / "portal.sqlite3"
            migrate(f"sqlite:///{path}", folder)
            return f"sqlite:///{path}"

        yield fresh


class Ground:
    """A small shop on a database of its own, and its server."""

    def __init__(self, engine: str, url: str, folder: Path, full: bool) -> None:
        self.engine, self.url, self.folder, self.full = engine, url, folder, full
        self.app = make_app(url, folder)
        with self.app.app_context():
            self.database = db.engine
        self.now = datetime.now(UTC)
        with self.session() as session:
            self.shop: SmallShop = open_small_shop(session, FixedClock(self.now))
            for who in ("adviser", "parts_clerk", "manager"):
                cast.person(session, who).password_hash = hash_secret(PASSWORD)
            session.commit()
        self.port = free_port()
        self._log: IO[bytes] = (folder / "server.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def session(self) -> Session:
        """A session of our own on the shop's database."""
        return Session(self.database, expire_on_commit=False)

    def start(self) -> float:
        """Start the server as the shop does; the seconds until it answers. RuntimeError when it does not in 60."""
        begun = time.monotonic()
        environment = {**os.environ, "DATABASE_URL": self.url, "PORTAL_DATA": str(self.folder)}
        command = [sys.executable, "-m", "app.serve", "--port", str(self.port), "--quiet", "--no-demo"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True
        )
        while time.monotonic() - begun < 60:
            if answers(self.port):
                return time.monotonic() - begun
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError((self.folder / "server.log").read_text()[-3000:])

    def kill(self) -> None:
        """kill -9, the master and its workers in the same moment."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """End the server as an administrator does."""
        self._signal(signal.SIGTERM)

    def _signal(self, what: signal.Signals) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, what)
        self._process.wait(30)
        self._process = None

    def browser(self, who: str) -> Browser:
        """Somebody signed in at a screen."""
        return Browser.signed_in(self.port, who, PASSWORD)

    def broken(self) -> int:
        """How many invariants and links of the audit chain do not hold."""
        with self.session() as session:
            found = [*broken(session), *audit.verify(session)]
        for what in found[:5]:
            print(f"    {what}", flush=True)
        return len(found)

    def errors(self) -> int:
        """How often the server wrote of an error of its own."""
        log = (self.folder / "server.log").read_text(errors="replace")
        for last in re.findall(r"^(\w[\w.]*(?:Error|Exception)\b.*)", log, re.MULTILINE)[:5]:
            print(f"    {last[:200]}", flush=True)
        return log.count("Traceback")

    def close(self) -> None:
        """Stop the server and let go of the database."""
        self.kill()
        self.database.dispose()
        self._log.close()
        shutil.rmtree(self.folder / "files", ignore_errors=True)
