"""Fills a demo shop with its demo secrets: the one place where they are hashed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.access.secrets import hash_secret
from app.domain.demo.shop import PASSWORD, PIN, open_shop


def fill(session: Session, *, years: int = 0, orders_per_day: int = 12) -> int:
    """Fill an empty shop; the caller commits. Returns how many finished orders it has."""
    return open_shop(session, hash_secret(PASSWORD), hash_secret(PIN), years=years, orders_per_day=orders_per_day)
