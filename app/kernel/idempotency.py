"""One key, one effect: a form's key is kept with the answer it got, in the transaction that it caused."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, String, Text, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.kernel.errors import KeyReused
from app.kernel.orm import Base, UtcDateTime, table_of


class IdempotencyKey(Base):
    """A form's one-time key, what was sent under it, and the answer."""

    __tablename__ = "idempotency_key"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), nullable=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, index=True)
    status: Mapped[int] = mapped_column(Integer, nullable=False)
    location: Mapped[str | None] = mapped_column(String(500))
    headers: Mapped[str] = mapped_column(Text, nullable=False, default="{}")
    body: Mapped[str] = mapped_column(Text, nullable=False, default="")


def fingerprint(
    path: str,
    fields: Iterable[tuple[str, str]],
    files: Iterable[tuple[str, bytes]] = (),
    secret: bytes = b"",
) -> str:
    """A hash, keyed by ``secret``, over everything that the form sent, except its key and its CSRF token."""
    digest = hmac.new(secret, path.encode(), hashlib.sha256)
    for name, value in sorted(fields):
        if name not in {"_key", "csrf_token"}:
            digest.update(f"\0{name}\0{value}".encode("utf-8", "surrogatepass"))
    for name, content in sorted(files):
        digest.update(f"\0{name}\0".encode("utf-8", "surrogatepass") + hashlib.sha256(content).digest())
    return digest.hexdigest()


_table = table_of(IdempotencyKey)
# Every form runs these; as plain statements they cost no flush of their own.
_EARLIER = select(_table).where(_table.c.key == bindparam("wanted"))
_TAKE = {
    "sqlite": sqlite.insert(_table).on_conflict_do_nothing().returning(_table.c.key),
    "postgresql": postgresql.insert(_table).on_conflict_do_nothing().returning(_table.c.key),
}
_ANSWER = (
    update(_table)
    .where(_table.c.key == bindparam("wanted"))
    .values({name: bindparam(f"new_{name}") for name in ("status", "location", "headers", "body")})
)


def take(session: Session, key: str, print_: str, at: datetime) -> Row[Any] | None:
    """Take a key for the work that follows, or get the answer that was already given under it.

    Who sends the same form in the same moment waits here for the first one's commit. Raises :class:`KeyReused` when the
    key was used for other contents.
    """
    row = {"key": key, "fingerprint": print_, "at": at, "status": 0, "headers": "{}", "body": ""}
    connection = session.connection()
    if connection.execute(_TAKE[connection.dialect.name], row).one_or_none() is not None:
        return None
    earlier = connection.execute(_EARLIER, {"wanted": key}).one()
    if earlier.fingerprint != print_:
        raise KeyReused()
    return earlier


def forget(session: Session, before: datetime) -> None:
    """Drop the keys taken before a moment: no browser sends a form of last week again."""
    session.execute(delete(_table).where(_table.c.at < before))


def keep_answer(session: Session, key: str, *, status: int, location: str | None, headers: str, body: str) -> None:
    """Keep the answer that the work under ``key`` came to."""
    answer = {"new_status": status, "new_location": location, "new_headers": headers, "new_body": body}
    session.connection().execute(_ANSWER, {"wanted": key, **answer})
