"""A backup is only worth what a restore gives back."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from pysqlite3 import OperationalError
from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from app.cli.backup import BackupFailed, back_up
from app.cli.check import load_checks
from app.domain.files.model import StoredFile
from app.domain.files.operations import path_of
from app.extensions import db
from app.kernel import audit, invariants
from app.kernel.clock import SHANGHAI, FixedClock
from tests.conftest import make_app
from tests.support.page_client import PageClient
from tests.support.shop import Floor, open_small_shop

AT = datetime(2026, 11, 24, 22, 30, tzinfo=SHANGHAI)


@pytest.fixture
def floor(session: Session, client: PageClient, clock: FixedClock) -> Floor:
    """A shop with a signed check-in: rows, and a file beside them."""
    floor = Floor(client, open_small_shop(session, clock), clock)
    floor.check_in()
    return floor


def restored(request: pytest.FixtureRequest, made: Path, folder: Path) -> Flask:
    """The portal on a backup that was put back."""
    shutil.copytree(made, folder)
    dump = folder / "portal.dump"
    if not dump.exists():
        return make_app(f"sqlite:///{folder / 'portal.sqlite3'}", folder)
    cluster = request.getfixturevalue("postgres")
    cluster.admin("DROP DATABASE IF EXISTS restored WITH (FORCE)")
    cluster.admin("CREATE DATABASE restored")
    where = ["--host=127.0.0.1", f"--port={cluster.port}", "--username=portal", "--dbname=restored"]
    subprocess.run([shutil.which("pg_restore") or "pg_restore", *where, "--no-owner", dump], check=True)
    return make_app(cluster.url("restored"), folder)


def test_a_restored_shop_is_whole(
    request: pytest.FixtureRequest, app: Flask, floor: Floor, database: str, tmp_path: Path
) -> None:
    if database.startswith("postgresql") and shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed: apt-get install -y --no-install-recommends postgresql-client")
    made = back_up(make_url(database), app.config["PORTAL_DATA"], tmp_path / "backups", AT)
    assert made.name == "portal-20261124-223000"
    floor.add_job(floor.shop.service)  # the shop goes on; the copy does not
    other = restored(request, made, tmp_path / "restored")
    load_checks()
    with other.app_context(), Session(db.engine) as session:
        assert list(invariants.broken(session)) == []
        assert list(audit.verify(session)) == []
        signature = session.scalars(select(StoredFile)).one()
        assert path_of(tmp_path / "restored", signature).read_bytes()[:4] == b"\x89PNG"
        assert not session.execute(db.text("SELECT count(*) FROM job")).scalar_one()
        session.rollback()
        db.engine.dispose()


def test_a_backup_that_fails_leaves_nothing_behind(app: Flask, database: str, tmp_path: Path) -> None:
    gone = make_url(database).set(database=str(tmp_path / "no" / "such.sqlite3"))
    with pytest.raises((BackupFailed, OperationalError), match=r"unable to open|does not exist|pg_dump"):
        back_up(gone, tmp_path, tmp_path / "backups", AT)
    assert list((tmp_path / "backups").iterdir()) == []


def test_the_doctor_finds_a_sound_installation_sound(app: Flask, database: str) -> None:
    result = app.test_cli_runner().invoke(args=["doctor"])
    assert "schema at revision" in result.output
    bad = [line for line in result.output.splitlines() if line.startswith("BAD")]
    # The tests' own PostgreSQL runs without fsync for speed; the doctor must not overlook that.
    assert [line for line in bad if "fsync" not in line] == []
    assert ("BAD  PostgreSQL writes commits to disk (fsync)" in bad) == database.startswith("postgresql")
