"""Reading stock: what is free, what lies where, what moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, cast, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.catalogue.model import Part
from app.domain.catalogue.queries import canonical, like_text
from app.domain.stock.model import Bin, StockBalance, StockMovement, StockValue
from app.kernel.fullwidth import to_ascii


def find_parts(session: Session, text: str, limit: int = 20) -> Sequence[Any]:
    """(part, free quantity in thousandths) by number written any way, name or pinyin."""
    typed = to_ascii(text).strip()[:60]
    plain = like_text(typed)
    free = cast(func.coalesce(func.sum(StockBalance.on_hand_milli - StockBalance.reserved_milli), 0), BigInteger)
    return session.execute(
        select(Part, free.label("free_milli"))
        .outerjoin(StockBalance, StockBalance.part_id == Part.id)
        .where(
            Part.active.is_(True),
            or_(
                Part.number.like(like_text(canonical(typed)) + "%", escape="\\") if canonical(typed) else Part.id < 0,
                Part.name.like(f"%{plain}%", escape="\\"),
                Part.pinyin.like(f"%{plain.lower()}%", escape="\\"),
            ),
        )
        .group_by(Part.id)
        .order_by(Part.number)
        .limit(limit)
    ).all()


def balances_of(session: Session, part_id: int) -> Sequence[StockBalance]:
    """What lies of a part in each bin."""
    return session.scalars(
        select(StockBalance)
        .join(Bin)
        .where(StockBalance.part_id == part_id)
        .options(joinedload(StockBalance.bin))
        .order_by(Bin.code)
    ).all()


def movements_of(session: Session, part_id: int, limit: int = 50) -> Sequence[StockMovement]:
    """The latest movements of a part."""
    return session.scalars(
        select(StockMovement)
        .where(StockMovement.part_id == part_id)
        .options(joinedload(StockMovement.bin))
        .order_by(StockMovement.id.desc())
        .limit(limit)
    ).all()


def value_of(session: Session, part_id: int) -> StockValue | None:
    """Quantity and value of the shop's own stock of a part."""
    return session.get(StockValue, part_id)
