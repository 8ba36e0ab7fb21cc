"""What has been imported so far."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.imports.model import ImportRun


def newest_runs(session: Session, limit: int = 20) -> Sequence[ImportRun]:
    """The latest imports first."""
    return session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(limit)).all()
