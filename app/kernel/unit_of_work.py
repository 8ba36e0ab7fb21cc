"""The transaction: how each engine begins one, and what is worth trying again."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.kernel.bulk import SQLITE_CACHE

T = TypeVar("T")

ATTEMPTS = 5
_writing: ContextVar[bool] = ContextVar("writing", default=True)

# SQLite's WAL can lose commits with several connections before these versions.
_WAL_FIXED = ((3, 51, 3),)
_WAL_BACKPORTS = ((3, 50, 7), (3, 44, 6))


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """True when this SQLite has the fix of the WAL bug that loses commits."""
    return version >= _WAL_FIXED[0] or any(v[:2] == version[:2] and version >= v for v in _WAL_BACKPORTS)


def configure_sqlite(engine: Engine, version: tuple[int, int, int]) -> None:
    """Set SQLite up for a shop: enforced foreign keys, full durability, and writers that queue instead of failing."""
    journal = ("WAL", "FULL") if wal_is_safe(version) else ("DELETE", "EXTRA")

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN loses updates: we begin ourselves
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=5000")
        cursor.execute(f"PRAGMA journal_mode={journal[0]}")
        cursor.execute(f"PRAGMA synchronous={journal[1]}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA recursive_triggers=ON")
        cursor.execute("PRAGMA trusted_schema=OFF")
        cursor.execute(f"PRAGMA cache_size=-{SQLITE_CACHE}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside only read: on SQLite they do not queue behind a writer."""
    token = _writing.set(False)
    try:
        yield
    finally:
        _writing.reset(token)


def set_writing(writing: bool) -> None:
    """Say for this thread's request whether its transactions write (the default) or only read."""
    _writing.set(writing)


def one_at_a_time(session: Session, *names: str) -> None:
    """Until the commit nobody else gets past here with one of these names: for what has no row that could be locked.

    Whoever waited sees what the one before has committed. On SQLite there is only one writing transaction at a time anyway.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    keys = {int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True) for name in names}
    for key in sorted(keys):  # in one order: two never wait for each other
        session.execute(select(func.pg_advisory_xact_lock(key)))


def is_retryable(error: BaseException) -> bool:
    """True for a serialization failure, a deadlock or a busy SQLite: the same work may succeed at once."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in {"40001", "40P01"} or "database is locked" in str(error.orig)


def transact(session: Session, work: Callable[[], T], pause: Callable[[float], None]) -> T:
    """Run ``work`` and commit; on a retryable failure roll back and run it again, at most five times with jitter."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            result = work()
            session.commit()
            return result
        except BaseException as error:
            session.rollback()
            if attempt == ATTEMPTS or not is_retryable(error):
                raise
            pause(random.uniform(0, 0.02 * 2**attempt))
    raise AssertionError("unreachable")
