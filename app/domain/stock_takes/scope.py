"""Which shelves a stock-take means."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.stock.abc import AbcClass, classify
from app.domain.stock.model import Bin, StockBalance, StockMovement
from app.domain.stock.queries import sold_since
from app.domain.stock_takes.rules import in_bins
from app.kernel.orm import total

YEAR = timedelta(days=365)


def all_balances(session: Session) -> list[int]:
    """Every part in every bin that it ever lay in."""
    return list(session.scalars(select(StockBalance.id).order_by(StockBalance.id)))


def balances_in_bins(session: Session, first: str, last: str) -> list[int]:
    """Those in bins whose code begins with ``first``, or lies from ``first`` through ``last``."""
    # Compared here: the two databases sort letters, digits and hyphens differently.
    meant = [id_ for id_, code in session.execute(select(Bin.id, Bin.code)) if in_bins(code, first, last)]
    return list(
        session.scalars(select(StockBalance.id).where(StockBalance.bin_id.in_(meant)).order_by(StockBalance.id))
    )


def issued_since(session: Session, since: datetime) -> dict[int, int]:
    """part → what was issued of it since a moment less what came back, in fen at cost; only parts of which any moved."""
    rows = session.execute(
        select(StockMovement.part_id, total(-StockMovement.value_fen))
        .where(sold_since(since))
        .group_by(StockMovement.part_id)
    )
    return dict(rows.tuples().all())


def balances_of_class(session: Session, wanted: AbcClass, now: datetime) -> list[int]:
    """Those of the parts that are of a class by what was issued in the last twelve months."""
    classes = classify(issued_since(session, now - YEAR))
    rows = session.execute(select(StockBalance.id, StockBalance.part_id).order_by(StockBalance.id))
    return [id_ for id_, part_id in rows if classes.get(part_id, AbcClass.C) is wanted]
