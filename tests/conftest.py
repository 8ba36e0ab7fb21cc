"""Fixtures: a real database of either kind, the application on it, a clock that stands still, people at screens."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from xdist.scheduler import LoadScopeScheduling

from app import create_app
from app.extensions import db
from app.kernel.clock import FixedClock
from tests.support import databases, warm
from tests.support.cast import OPENING
from tests.support.databases import Postgres, postgres_cluster
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, open_small_shop

SETTINGS = {
    "TESTING": True,
    "WTF_CSRF_ENABLED": False,
    "SECRET_KEY": "only for the tests, and long enough for them",
    "SERVER_NAME": None,
    "SQLALCHEMY_ENGINE_OPTIONS": {"execution_options": {"compiled_cache": warm.STATEMENTS}},
    "BACKGROUND_INLINE": True,  # what a page leaves to another process is done before its answer comes
}


class JourneysTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Every test goes to whichever core is free, but the steps of a journey stay in one process, in their order.

    By the file's name: the mark ``xdist_group`` is lost on its way to the scheduler with pytest 9.
    """

    def _split_scope(self, nodeid: str) -> str:
        if not nodeid.startswith("tests/journeys/"):
            return nodeid
        # test_car_1_reception, test_car_2_workshop … are one day in one shop
        return "the car" if "/test_car_" in nodeid else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> JourneysTogether:
    """Used by ``pytest -n``, whatever ``--dist`` says."""
    return JourneysTogether(config, log)


def make_app(url: str, data: Path, **extra: Any) -> Flask:
    """The application on a database, with a data folder of its own."""
    os.environ["PORTAL_DATA"] = str(data)
    application = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": url, "PORTAL_DATA": data, **extra})
    application.jinja_env.bytecode_cache = warm.TEMPLATES
    return application


def migrate(url: str, data: Path) -> None:
    """Bring an empty database to the newest revision."""
    from flask_migrate import upgrade

    app = make_app(url, data)
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A private PostgreSQL for this run."""
    if databases.postgres_binaries() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install -y --no-install-recommends postgresql")
    with postgres_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a migrated database in it that each test copies."""
    postgres.admin("CREATE DATABASE portal_template")
    migrate(postgres.url("portal_template"), Path(os.environ["PORTAL_DATA"]))
    return "portal_template"


@pytest.fixture(scope="session", autouse=True)
def _data_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    # create_app reads config.py, which makes the data folder: never the shop's own one.
    os.environ["PORTAL_DATA"] = str(tmp_path_factory.mktemp("data"))
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("SECRET_KEY", None)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that each test copies."""
    path = tmp_path_factory.mktemp("template") / "portal.sqlite3"
    migrate(f"sqlite:///{path}", tmp_path_factory.mktemp("data"))
    return path


def copied(request: pytest.FixtureRequest, tmp_path: Path, *, sqlite: str, postgres: str) -> Iterator[str]:
    """The address of a database of this test's own, copied from what the fixture of that name made once."""
    if request.param == "sqlite":
        path = tmp_path / "portal.sqlite3"
        shutil.copy(request.getfixturevalue(sqlite), path)
        yield f"sqlite:///{path}"
        return
    cluster: Postgres = request.getfixturevalue("postgres")
    name = cluster.copy_of(request.getfixturevalue(postgres))
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh migrated database; every test that touches one runs on both kinds."""
    yield from copied(request, tmp_path, sqlite="sqlite_template", postgres="postgres_template")


@pytest.fixture
def app(database: str, tmp_path: Path, clock: FixedClock) -> Iterator[Flask]:
    """The application on the test's database."""
    application = make_app(database, tmp_path)
    application.extensions["clock"] = clock
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def clock() -> FixedClock:
    """A Tuesday morning at ten in Shanghai; ``clock.advance(timedelta)`` moves it."""
    return FixedClock(OPENING)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session in a writing transaction; what a test wants others to see, it commits."""
    # Without an application context: requests of the test client would share its "g" and who is signed in.
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as own:
        yield own
        own.rollback()


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    """A customer with a car, a catalogue, a little stock, and everybody who works there."""
    return open_small_shop(session, clock)


@pytest.fixture
def client(app: Flask, clock: FixedClock) -> PageClient:
    """Somebody at a screen: ``client.as_("adviser").get("/orders")``."""
    return PageClient(app, clock)
