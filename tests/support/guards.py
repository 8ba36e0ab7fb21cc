"""The triggers that keep documents, out of the way of a test that does damage."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session


def unlock(session: Session) -> None:
    """Whoever may change tables may drop what guards them too; a rollback brings it back."""
    on_postgres = session.get_bind().dialect.name == "postgresql"
    guards = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    if on_postgres:
        guards = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
    for name, table in session.execute(text(guards)).all():
        session.execute(text(f"DROP TRIGGER {name} ON {table}" if on_postgres else f"DROP TRIGGER {name}"))
