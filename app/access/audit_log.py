"""Reading the audit log for its page."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.audit import AuditRow


def newest(session: Session, *, before: int | None, subject: str, limit: int) -> Sequence[AuditRow]:
    """Up to ``limit`` rows, newest first, older than row ``before``, of one ``subject`` if it is not empty."""
    query = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditRow.seq < before)
    if subject:
        query = query.where(AuditRow.subject == subject)
    return session.scalars(query).all()
