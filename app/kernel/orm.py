"""The declarative base and the column types that keep floats and naive times out of the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    TypeDecorator,
    cast,
    func,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMING)


class WholeNumber(TypeDecorator[int]):
    """A 64-bit integer that refuses floats, booleans and text: SQLite would store them without a word."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is None or type(value) is int:
            return value
        raise TypeError(f"{type(self).__name__} takes an int, not {value!r}")


class FenColumn(WholeNumber):
    """Money in integer fen."""

    cache_ok = True


class MilliColumn(WholeNumber):
    """Quantity in integer thousandths."""

    cache_ok = True


class CentiColumn(WholeNumber):
    """Labour in integer hundredths of an hour."""

    cache_ok = True


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC without its zone, so that both engines compare and sort it alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a moment needs its time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class EnumColumn(TypeDecorator[StrEnum]):
    """A StrEnum stored by its value as text: new members need no migration, unknown ones raise on reading."""

    impl = String(40)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.enum(value)

    @property
    def python_type(self) -> type[StrEnum]:
        return self.enum


class Versioned:
    """Mixin: an integer version that the ORM raises at every write and checks against a lost update."""

    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1, server_default="1")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)


def expect_version(row: Any, version: int | None) -> None:
    """Raise :class:`StaleVersion` unless ``row`` is still at the ``version`` the person saw."""
    from app.kernel.errors import StaleVersion

    if version is None or row.version != version:
        raise StaleVersion()


def table_of(model: type[Base]) -> Table:
    """The table behind a model, for statements that are built once and build no objects."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def total(column: Any) -> Any:
    """The sum of a whole-number column, 0 of no rows; as an integer, where PostgreSQL would answer a decimal."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def stream(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """The rows of ``statement``, fetched some thousands at a time: a check may read millions in little memory."""
    yield from session.execute(statement.execution_options(yield_per=5000))
