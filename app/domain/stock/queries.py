"""Reading stock: what is free, what lies where, what moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.catalogue.model import Part, PartSubstitute
from app.domain.catalogue.queries import canonical, like_text
from app.domain.staff.model import Staff
from app.domain.stock.model import OF_A_LINE, Bin, StockBalance, StockMovement, StockOwner, StockValue
from app.kernel.errors import N_, NotFound
from app.kernel.fullwidth import to_ascii
from app.kernel.orm import total

# What lies free of the shop's own stock, in thousandths; the balances of a part, to join them to it.
FREE = total(StockBalance.on_hand_milli - StockBalance.reserved_milli)
OWN = (StockBalance.part_id == Part.id) & (StockBalance.owner == StockOwner.SHOP)


def free_by_part(session: Session, part_ids: Iterable[int] | None = None) -> dict[int, int]:
    """part → what lies free of it, in thousandths; of every part that has a bin when none are named."""
    query = select(StockBalance.part_id, FREE).where(StockBalance.owner == StockOwner.SHOP)
    if part_ids is not None:
        query = query.where(StockBalance.part_id.in_(set(part_ids)))
    return dict(session.execute(query.group_by(StockBalance.part_id)).tuples().all())


def sold_since(since: datetime) -> ColumnElement[bool]:
    """Whether a movement issued the shop's own stock since a moment, or brought it back: together, what was used up."""
    return and_(
        StockMovement.at >= since,
        StockMovement.owner == StockOwner.SHOP,
        StockMovement.kind.in_(OF_A_LINE),
    )


def _matches(text: str) -> ColumnElement[bool]:
    """Whether a part is meant: by the beginning of its number written any way, by name or pinyin."""
    typed = to_ascii(text).strip()[:60]
    number, plain = canonical(typed), like_text(typed)
    return or_(
        Part.number.like(like_text(number) + "%", escape="\\") if number else Part.id < 0,
        Part.name.like(f"%{plain}%", escape="\\"),
        Part.pinyin.like(f"%{plain.lower()}%", escape="\\"),
    )


def find_parts(session: Session, text: str, limit: int = 20) -> Sequence[Any]:
    """(part, free quantity in thousandths) by number written any way, name or pinyin."""
    return session.execute(
        select(Part, FREE.label("free_milli"))
        .outerjoin(StockBalance, OWN)
        .where(Part.active.is_(True), _matches(text))
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


def get_balance(session: Session, part_id: int, balance_id: int) -> StockBalance:
    """What lies of a part in one bin; raises :class:`NotFound`, also for that of another part."""
    found = session.get(StockBalance, balance_id)
    if found is None or found.part_id != part_id:
        raise NotFound(N_("There is no such stock."))
    return found


def usual_bins(session: Session, part_ids: Sequence[int]) -> dict[int, str]:
    """part → the code of the bin where most of it lies, or where it lay last."""
    found: dict[int, str] = {}
    for part_id, code in session.execute(
        select(StockBalance.part_id, Bin.code)
        .join(Bin, Bin.id == StockBalance.bin_id)
        .where(StockBalance.part_id.in_(part_ids), StockBalance.owner == StockOwner.SHOP)
        .order_by(StockBalance.on_hand_milli, StockBalance.id)
    ):
        found[part_id] = code
    return found


def movements_of(session: Session, part_id: int, limit: int = 50) -> Sequence[Any]:
    """(movement, who) of a part, the latest first."""
    return session.execute(
        select(StockMovement, Staff.name)
        .outerjoin(Staff, Staff.id == StockMovement.staff_id)
        .where(StockMovement.part_id == part_id)
        .options(joinedload(StockMovement.bin))
        .order_by(StockMovement.at.desc(), StockMovement.id.desc())
        .limit(limit)
    ).all()


@dataclass(frozen=True, slots=True)
class Shelf:
    """A part with what lies of it in all bins together, in thousandths."""

    part: Part
    bins: str
    on_hand_milli: int
    reserved_milli: int


def list_stock(session: Session, text: str = "", after: str = "", limit: int = 50) -> tuple[list[Shelf], str]:
    """A page of parts by number, name or pinyin in the order of their numbers; and where the next page begins."""
    query = select(Part).where(Part.active.is_(True), Part.number > after)
    if text.strip():
        query = query.where(_matches(text))
    found = session.scalars(query.order_by(Part.number).limit(limit + 1)).all()
    held: dict[int, list[tuple[str, int, int]]] = {}
    for part_id, *where in session.execute(
        select(StockBalance.part_id, Bin.code, StockBalance.on_hand_milli, StockBalance.reserved_milli)
        .join(Bin, Bin.id == StockBalance.bin_id)
        .where(
            StockBalance.part_id.in_([part.id for part in found[:limit]]),
            StockBalance.owner == StockOwner.SHOP,
            StockBalance.on_hand_milli > 0,
        )
        .order_by(Bin.code)
    ):
        held.setdefault(part_id, []).append(tuple(where))  # type: ignore[arg-type]
    page = [
        Shelf(
            part,
            " ".join(code for code, _, _ in held.get(part.id, [])),
            sum(on_hand for _, on_hand, _ in held.get(part.id, [])),
            sum(reserved for _, _, reserved in held.get(part.id, [])),
        )
        for part in found[:limit]
    ]
    return page, found[limit - 1].number if len(found) > limit else ""


def value_of(session: Session, part_id: int) -> StockValue | None:
    """Quantity and value of the shop's own stock of a part."""
    return session.get(StockValue, part_id)


def substitutes_of(session: Session, part_ids: Sequence[int]) -> dict[int, list[Any]]:
    """part → (part_id, part, remark, free thousandths) of what may be fitted in its place, those on the shelf first."""
    free = FREE.label("free_milli")
    found: dict[int, list[Any]] = {}
    for row in session.execute(
        select(PartSubstitute.part_id, Part, PartSubstitute.remark, free)
        .join(Part, Part.id == PartSubstitute.substitute_id)
        .outerjoin(StockBalance, OWN)
        .where(PartSubstitute.part_id.in_(part_ids))
        .group_by(PartSubstitute.part_id, Part.id, PartSubstitute.remark)
        .order_by(free.desc(), Part.number)
    ):
        found.setdefault(row.part_id, []).append(row)
    return found


def replaced_by_this(session: Session, part: Part) -> Sequence[Part]:
    """The parts that this one may be fitted for, and those that it supersedes."""
    for_it = select(PartSubstitute.part_id).where(PartSubstitute.substitute_id == part.id)
    return session.scalars(
        select(Part).where(or_(Part.id.in_(for_it), Part.successor_number == part.number)).order_by(Part.number)
    ).all()
