"""Writing very many rows: tuples in the form in which the database keeps them, handed over without a look at each value.

For histories and imports of millions of rows, where the mapper's care for single values would cost hours. Whoever uses
it answers for what the typed columns otherwise refuse: moments as text in UTC (``moment_text``), dates as ISO text,
enums as their values, booleans as 0 and 1, whole numbers as ``int``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

Row = tuple[Any, ...]
SQLITE_CACHE = 16_000  # kilobytes of a connection's page cache, as usual


def moment_text(moment: datetime) -> str:
    """An aware moment as both engines keep and read it: UTC, six decimals."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class BulkWriter:
    """Rows of several tables on their way into the database, written in the order in which the tables were named.

    Name a table before those that refer to it.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._tables: list[tuple[Table, tuple[str, ...], list[Row]]] = []
        self._cache(128_000)  # the ends of some forty tables and their indexes are written again and again

    def _cache(self, kilobytes: int) -> None:
        if self.session.get_bind().dialect.name == "sqlite":
            self.session.connection().exec_driver_sql(f"PRAGMA cache_size=-{kilobytes}")

    def rows(self, table: Any, *columns: str) -> list[Row]:
        """The list to which rows of ``table`` (a mapped class) are added, as tuples of ``columns``.

        Raises ``ValueError`` when a column that must have a value is not among them: no default fills it here.
        """
        target: Table = table.__table__
        missing = {
            column.name for column in target.columns if not column.nullable and column.server_default is None
        } - set(columns)
        if missing:
            raise ValueError(f"{target.name} needs {', '.join(sorted(missing))}")
        waiting: list[Row] = []
        self._tables.append((target, columns, waiting))
        return waiting

    def waiting(self) -> int:
        """How many rows wait to be written."""
        return sum(len(rows) for _, _, rows in self._tables)

    def flush(self) -> None:
        """Write what waits."""
        for table, columns, rows in self._tables:
            if rows:
                write(self.session, table, columns, rows)
                rows.clear()

    def finish(self) -> None:
        """Write what waits and, on PostgreSQL, move the sequences behind the ids that were given by hand."""
        self.flush()
        self._cache(SQLITE_CACHE)
        if self.session.get_bind().dialect.name != "postgresql":
            return
        for table, columns, _ in self._tables:
            if "id" in columns:
                highest = self.session.execute(select(func.max(table.c.id))).scalar_one()
                if highest is not None:
                    move = text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :highest)")
                    self.session.execute(move, {"table": f'"{table.name}"', "highest": highest})


def write(session: Session, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert ``rows`` in the transaction of ``session``: one prepared statement on SQLite, COPY on PostgreSQL."""
    connection = session.connection()
    names = ", ".join(f'"{name}"' for name in columns)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', list(rows))
