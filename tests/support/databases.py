"""Real databases for the tests: a SQLite file or a database of a private PostgreSQL, both migrated once and copied."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_numbers = itertools.count()


def postgres_binaries() -> Path | None:
    """Debian's server binaries, the newest version; None when it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A private cluster in a folder of its own; fast because nothing in it has to survive."""

    def __init__(self, binaries: Path, port: int) -> None:
        self.binaries, self.port = binaries, port

    def url(self, database: str) -> str:
        """SQLAlchemy's address of a database in this cluster."""
        return f"postgresql+psycopg://portal@127.0.0.1:{self.port}/{database}"

    def admin(self, statement: str) -> None:
        """Run one statement outside of any transaction."""
        with psycopg.connect(f"host=127.0.0.1 port={self.port} user=portal dbname=postgres", autocommit=True) as link:
            link.execute(statement)  # type: ignore[arg-type]

    def copy_of(self, template: str) -> str:
        """A new database with the contents of ``template``; returns its name."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self.admin(f'CREATE DATABASE {name} TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def postgres_cluster() -> Iterator[Postgres]:
    """Start a private cluster and stop it at the end; as user postgres when the tests run as root."""
    binaries = postgres_binaries()
    assert binaries is not None
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    as_postgres: dict[str, int] = {}
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_postgres = {"user": owner.pw_uid, "group": owner.pw_gid}
    port = free_port()

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(binaries / program), *arguments],
            check=True,
            capture_output=True,
            cwd=folder,
            **as_postgres,  # type: ignore[call-overload]
        )

    data = folder / "data"
    run("initdb", "--no-sync", "-A", "trust", "-U", "portal", "-E", "UTF8", "--locale=C", "-D", str(data))
    settings = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off "
        "-c synchronous_commit=off -c max_connections=200 -c shared_buffers=64MB"
    )
    try:
        run("pg_ctl", "-D", str(data), "-o", settings, "-l", str(folder / "log"), "-w", "start")
        yield Postgres(binaries, port)
    finally:
        subprocess.run(
            [str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"],
            capture_output=True,
            cwd=folder,
            **as_postgres,  # type: ignore[call-overload]
        )
        shutil.rmtree(folder, ignore_errors=True)
