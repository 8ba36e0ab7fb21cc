"""The audit chain: append-only rows, each hashed over the one before, written in the transaction they tell about.

Rows are collected while an operation runs and appended just before the commit, so the chain's head (one row that
serialises all writers) is locked as late and as briefly as possible. The head's ``seq`` also is the revision that the
live boards watch: nothing changes without an audit row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Integer, String, Text, bindparam, event, insert, select, update
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from app.kernel.actor import Actor
from app.kernel.bulk import moment_text, write
from app.kernel.clock import Clock
from app.kernel.orm import Base, UtcDateTime, table_of

GENESIS = "0" * 64
_PENDING = "audit.pending"


class AuditRow(Base):
    """One thing that somebody did, chained to the one before."""

    __tablename__ = "audit_log"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, index=True)
    actor: Mapped[str] = mapped_column(String(120), nullable=False)
    staff_id: Mapped[int | None] = mapped_column(Integer, index=True)
    via: Mapped[str] = mapped_column(String(20), nullable=False)
    action: Mapped[str] = mapped_column(String(80), nullable=False)
    subject: Mapped[str] = mapped_column(String(80), nullable=False, index=True)
    details: Mapped[str] = mapped_column(Text, nullable=False)
    previous: Mapped[str] = mapped_column(String(64), nullable=False)
    hash: Mapped[str] = mapped_column(String(64), nullable=False)


class AuditHead(Base):
    """The single row that knows the chain's length and last hash; a truncated chain disagrees with it."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, nullable=False)
    hash: Mapped[str] = mapped_column(String(64), nullable=False)


class Note(NamedTuple):
    """What a row tells, before it has its place in the chain; the moment as the database keeps it."""

    at: str
    actor: str
    staff_id: int | None
    via: str
    action: str
    subject: str
    details: str


_COLUMNS = ("seq", *Note._fields, "previous", "hash")


def details_text(details: dict[str, Any]) -> str:
    """Details as they are stored and hashed."""
    return json.dumps(details, ensure_ascii=False, sort_keys=True, default=str)


def record(session: Session, actor: Actor, clock: Clock, action: str, subject: str, **details: Any) -> None:
    """Note that ``actor`` did ``action`` (``order.authorise``) to ``subject`` (``order:17``), with plain details.

    Details hold no personal data beyond ids: the log outlives an erasure.
    """
    if not session.in_transaction():
        session.begin()  # so that a rollback is one, even when nothing has been read or written yet
    session.info.setdefault(_PENDING, []).append(
        Note(
            moment_text(clock.now()),
            actor.name[:120],
            actor.staff_id,
            actor.via,
            action,
            subject,
            details_text(details),
        )
    )


def _digest(seq: int, note: Note, previous: str) -> str:
    """The hash of a row: over a JSON array of its columns as text, its moment in ISO form, and the hash before it."""
    at, actor, staff_id, via, action, subject, details = note
    parts = (
        str(seq),
        f"{at[:10]}T{at[11:]}+00:00",
        actor,
        "" if staff_id is None else str(staff_id),
        via,
        action,
        subject,
        details,
        previous,
    )
    # What json.dumps(parts, ensure_ascii=False) gives, in a fifth of its time: a long chain is hashed row by row.
    return hashlib.sha256(f"[{', '.join(map(encode_basestring, parts))}]".encode()).hexdigest()


def _chained(session: Session, notes: Sequence[Note]) -> list[tuple[Any, ...]]:
    """The notes as rows behind the chain's end, which is locked and moved along."""
    session.flush()
    connection = session.connection()  # plain statements on tables: the session's own way costs as much as they do
    head = connection.execute(_LOCKED_HEAD).one_or_none()
    seq, previous = head if head is not None else (0, GENESIS)
    rows = []
    for note in notes:
        seq += 1
        digest = _digest(seq, note, previous)
        rows.append((seq, *note, previous, digest))
        previous = digest
    connection.execute(_FIRST_HEAD if head is None else _NEXT_HEAD, {"new_seq": seq, "new_hash": previous})
    return rows


# Every write of the portal runs these: on the tables and built once.
_log, _head = table_of(AuditRow), table_of(AuditHead)
_new: dict[str, Any] = {"seq": bindparam("new_seq"), "hash": bindparam("new_hash")}
_LOCKED_HEAD = select(_head.c.seq, _head.c.hash).where(_head.c.id == 1).with_for_update()
_APPEND = insert(_log)
_FIRST_HEAD = insert(_head).values(id=1, **_new)
_NEXT_HEAD = update(_head).where(_head.c.id == 1).values(**_new)


def append(session: Session, notes: Sequence[Note]) -> None:
    """Put very many notes at the end of the chain at once, in their order; the head stays locked until the commit.

    Operations use :func:`record`, which waits for the commit; this is for histories that are written in bulk.
    """
    if notes:
        write(session, _log, _COLUMNS, _chained(session, notes))


@event.listens_for(Session, "before_commit")
def _append_pending(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint is released: the head stays free until the commit itself
    pending = session.info.pop(_PENDING, None)
    if pending:
        rows = [dict(zip(_COLUMNS, row, strict=True)) for row in _chained(session, pending)]
        for row in rows:
            row["at"] = datetime.fromisoformat(row["at"]).replace(tzinfo=UTC)
        session.connection().execute(_APPEND, rows)


@event.listens_for(Session, "after_soft_rollback")
def _drop_pending(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:  # a savepoint gives up part of the work, and the rest is still told
        session.info.pop(_PENDING, None)


_REVISION = select(_head.c.seq).where(_head.c.id == 1)  # asked many times a second


def revision(session: Session) -> int:
    """How many audit rows there are: changes with every committed write."""
    return session.connection().execute(_REVISION).scalar_one_or_none() or 0


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold, and why."""

    seq: int
    why: str


def verify(session: Session, anchor: tuple[int, str] | None = None) -> Iterator[Break]:
    """Walk the chain and yield each break: a changed, deleted, reordered, inserted or truncated row.

    ``anchor`` is a (seq, hash) noted outside earlier, such as on a printed daily report; it also finds a chain that
    was rewritten from some row on together with its head.
    """
    expected, previous = 1, GENESIS
    columns = select(*(getattr(AuditRow, name) for name in _COLUMNS)).order_by(AuditRow.seq)
    for seq, at, *told, before, digest in session.execute(columns.execution_options(yield_per=2000)):
        if seq != expected:
            yield Break(expected, "missing" if seq > expected else "out of order")
        if before != previous:
            yield Break(seq, "does not follow the row before it")
        if _digest(seq, Note(moment_text(at), *told), before) != digest:
            yield Break(seq, "changed after it was written")
        if anchor is not None and seq == anchor[0] and digest != anchor[1]:
            yield Break(seq, "differs from the anchor")
        expected, previous = seq + 1, digest
    head = session.get(AuditHead, 1)
    last = expected - 1
    if head is None and last:
        yield Break(last, "the head is missing")
    elif head is not None and (head.seq, head.hash) != (last, previous):
        yield Break(last, f"the head says {head.seq} rows: the end was cut off or added to")
    if anchor is not None and anchor[0] > last:
        yield Break(last, "the chain ends before the anchor")
