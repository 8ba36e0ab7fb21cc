"""``flask backup FOLDER``: a whole copy of the shop while people work in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.engine import URL

from app.kernel.clock import SystemClock, shanghai

KEPT_BESIDE_THE_DATABASE = ("secret.key", "files")


class BackupFailed(RuntimeError):
    """Nothing was kept; the message says why."""


@click.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_appcontext
def backup_command(folder: Path) -> None:
    """Write FOLDER/portal-YYYYMMDD-HHMMSS with database, photos and key; exit 1 and leave nothing when it fails."""
    from app.extensions import db

    try:
        made = back_up(db.engine.url, current_app.config["PORTAL_DATA"], folder, shanghai(SystemClock().now()))
    except (BackupFailed, OSError) as error:
        click.echo(f"No backup was made: {error}", err=True)
        sys.exit(1)
    size = sum(file.stat().st_size for file in made.rglob("*") if file.is_file())
    click.echo(f"{made} ({size / 1_000_000:.1f} MB)")


def back_up(url: URL, data: Path, folder: Path, at: datetime) -> Path:
    """Copy the database at ``url`` and what lies beside it in ``data`` into a new folder below ``folder``.

    The database is copied first, the files after it: a photo is stored before the row that names it is committed, so
    each row of the copy finds its photo. Raises :class:`BackupFailed` or OSError, and then nothing is left behind.
    """
    name = f"portal-{at:%Y%m%d-%H%M%S}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    part.mkdir(mode=0o700)
    try:
        copy = _copiers().get(url.get_backend_name())
        if copy is None:
            raise BackupFailed(f"there is no way to copy a database of {url.get_backend_name()}")
        copy(url, part)
        for kept in KEPT_BESIDE_THE_DATABASE:
            _copy_beside(data / kept, part / kept)
        os.replace(part, folder / name)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return folder / name


def _copiers() -> dict[str, Callable[[URL, Path], None]]:
    return {"sqlite": _copy_sqlite, "postgresql": _dump_postgres}


def _copy_sqlite(url: URL, target: Path) -> None:
    from pysqlite3 import dbapi2

    with (
        closing(dbapi2.connect(str(url.database))) as source,
        closing(dbapi2.connect(target / "portal.sqlite3")) as copy,
    ):
        source.backup(copy, pages=2000, sleep=0.01)  # writers get their turn between the pieces
        (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise BackupFailed(f"the copy is damaged: {verdict}")


def _dump_postgres(url: URL, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupFailed("pg_dump is missing: apt-get install -y --no-install-recommends postgresql-client")
    # The address goes by a file: the list of processes is open to everybody on the machine.
    done = subprocess.run(
        [program, "--format=custom", f"--file={target / 'portal.dump'}", "--dbname=service=portal"],
        env={**os.environ, "PGSERVICEFILE": str(_service_file(url, target)), "LC_ALL": "C"},
        capture_output=True,
        text=True,
    )
    (target / "service.conf").unlink()
    if done.returncode:
        raise BackupFailed(done.stderr.strip())


def _service_file(url: URL, target: Path) -> Path:
    path = target / "service.conf"
    facts = {"host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database}
    path.touch(mode=0o600)
    path.write_text("[portal]\n" + "".join(f"{name}={value}\n" for name, value in facts.items() if value))
    return path


def _copy_beside(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)
