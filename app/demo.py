"""Fills a demo shop with its demo secrets: the one place where they are hashed."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from app.access.secrets import hash_secret
from app.domain.demo.shop import PASSWORD, PIN, open_shop

DAYS = 75  # of history in a demo shop that nobody asked for more


def fill(
    session: Session,
    *,
    days: int = DAYS,
    orders_per_day: int = 12,
    progress: Callable[[float], None] | None = None,
) -> int:
    """Fill an empty shop with a history of ``days``; the caller commits. Returns how many finished orders it has."""
    return open_shop(
        session,
        hash_secret(PASSWORD),
        hash_secret(PIN),
        days=days,
        orders_per_day=orders_per_day,
        progress=progress,
    )
