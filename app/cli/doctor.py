"""``flask doctor``: what this installation stands on, and what it lacks."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import text


@click.command("doctor")
@with_appcontext
def doctor_command() -> None:
    """Print a line per thing looked at; exit 1 when one of them would harm a shop."""
    bad = 0
    for good, line in findings():
        bad += not good
        click.echo(f"{'ok  ' if good else 'BAD '} {line}")
    if bad:
        sys.exit(1)


def findings() -> Iterator[tuple[bool, str]]:
    """(good, what was found) for the database, the data folder, the fonts and the settings of production."""
    yield True, f"Python {sys.version.split()[0]}"
    yield from _database()
    yield from _folder(current_app.config["PORTAL_DATA"])
    fonts = [*Path("/usr/share/fonts").rglob("NotoSansCJK*"), *Path("/usr/share/fonts").rglob("DroidSansFallback*")]
    yield bool(fonts), f"font for Chinese print: {fonts[0].name if fonts else 'none; apt-get install fonts-noto-cjk'}"
    tls = bool(current_app.config["PORTAL_TLS"])
    yield True, "cookies: only over TLS" if tls else "cookies: also without TLS (set PORTAL_TLS=1 behind a TLS proxy)"
    if tls:
        yield bool(current_app.config["TRUSTED_HOSTS"]), "PORTAL_HOSTS names the host names that are answered"
        yield bool(current_app.config["PORTAL_URL"]), "PORTAL_URL gives the address in customers' links"


def _database() -> Iterator[tuple[bool, str]]:
    from app.extensions import db
    from app.kernel.unit_of_work import wal_is_safe

    with db.engine.connect() as connection:
        if db.engine.dialect.name == "sqlite":
            version = str(connection.execute(text("SELECT sqlite_version()")).scalar_one())
            found = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "trusted_schema")
            }
            safe = wal_is_safe(tuple(int(part) for part in version.split(".")[:3]))  # type: ignore[arg-type]
            # FULL is 2, EXTRA is 3: WAL with FULL only where SQLite does not lose commits in it.
            durable = (found["journal_mode"], found["synchronous"]) == (("wal", 2) if safe else ("delete", 3))
            yield durable, f"SQLite {version}, journal {found['journal_mode']}, synchronous {found['synchronous']}"
            held = (found["foreign_keys"], found["recursive_triggers"], found["trusted_schema"]) == (1, 1, 0)
            yield held, "SQLite holds foreign keys and append-only ledgers"
        else:
            version = str(connection.execute(text("SHOW server_version")).scalar_one())
            yield int(version.split(".")[0]) >= 14, f"PostgreSQL {version}"
            durable = connection.execute(text("SHOW fsync")).scalar_one() == "on"
            yield durable, "PostgreSQL writes commits to disk (fsync)"
            yield shutil.which("pg_dump") is not None, "pg_dump for flask backup"
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        yield revision is not None, f"schema at revision {revision}"


def _folder(folder: Path) -> Iterator[tuple[bool, str]]:
    mode = folder.stat().st_mode & 0o077
    yield not mode, f"data folder {folder} is {'open to others: chmod 700' if mode else 'closed to others'}"
    yield os.access(folder, os.W_OK), "data folder can be written"
    free = shutil.disk_usage(folder).free
    yield free > 2_000_000_000, f"{free / 1e9:.1f} GB free"
