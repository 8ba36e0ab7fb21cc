"""What a supplier asks for a part on a day. Unit prices include VAT, as suppliers quote them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.domain.catalogue.model import Part
from app.domain.purchasing.model import SupplierPrice
from app.domain.suppliers.model import Supplier
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission

LISTED = 200


def holds_on(day: date, price: Any = SupplierPrice) -> ColumnElement[bool]:
    """Whether a price has begun and not ended on a day; of several that hold, the latest begun counts."""
    return and_(price.valid_from <= day, or_(price.valid_until.is_(None), price.valid_until >= day))


def ended_by(known: Sequence[Any], begins: date) -> list[Any]:
    """Which of a part's prices (rows with ``valid_from`` and ``valid_until``) end when another one begins on a day."""
    return [p for p in known if p.valid_from < begins and (p.valid_until is None or p.valid_until >= begins)]


def last_day(known: Sequence[Any], begins: date, wanted: date | None) -> date | None:
    """The last day of a price that begins on a day: as wanted, but before the next one that is agreed already."""
    later = [p.valid_from for p in known if p.valid_from > begins]
    return min(later) - timedelta(days=1) if later and (wanted is None or wanted >= min(later)) else wanted


def prices_on(session: Session, supplier_id: int, part_ids: Iterable[int], day: date) -> dict[int, SupplierPrice]:
    """part → the price that holds on a day: the latest begun that has not ended."""
    held: dict[int, SupplierPrice] = {}
    for price in session.scalars(
        select(SupplierPrice)
        .where(
            SupplierPrice.supplier_id == supplier_id,
            SupplierPrice.part_id.in_(set(part_ids)),
            holds_on(day),
        )
        .order_by(SupplierPrice.valid_from)
    ):
        held[price.part_id] = price
    return held


def unit_price(session: Session, supplier: Supplier, part: Part, day: date) -> int:
    """What a piece costs at this supplier on a day, in fen with VAT: his price, else the part's purchase price."""
    held = prices_on(session, supplier.id, [part.id], day).get(part.id)
    return held.unit_fen if held else part.purchase_fen


def prices_of_supplier(session: Session, supplier_id: int, limit: int = 200) -> Sequence[SupplierPrice]:
    """The prices agreed with a supplier by part, the latest first; past ones too."""
    return session.scalars(
        select(SupplierPrice)
        .join(SupplierPrice.part)
        .where(SupplierPrice.supplier_id == supplier_id)
        .options(joinedload(SupplierPrice.part))
        .order_by(Part.number, SupplierPrice.valid_from.desc())
        .limit(limit)
    ).all()


def prices_of_part(session: Session, part_id: int, day: date) -> Sequence[SupplierPrice]:
    """What each supplier asks for a part on a day, the cheapest first."""
    found: dict[int, SupplierPrice] = {}
    for price in session.scalars(
        select(SupplierPrice)
        .where(
            SupplierPrice.part_id == part_id,
            holds_on(day),
        )
        .options(joinedload(SupplierPrice.supplier))
        .order_by(SupplierPrice.valid_from)
    ):
        found[price.supplier_id] = price
    return sorted(found.values(), key=lambda price: price.unit_fen)


def set_price(
    session: Session,
    actor: Actor,
    clock: Clock,
    supplier: Supplier,
    part: Part,
    *,
    unit_fen: int,
    pack_milli: int = 1000,
    minimum_milli: int = 0,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> SupplierPrice:
    """Agree a price (fen with VAT) from a day on; the one before ends the day before, another of the same day is replaced.

    Raises InvalidInput for a price or a pack of nothing, and for an end before the beginning.
    """
    actor.require(Permission.SUPPLIER_EDIT)
    begins = valid_from or business_date(clock.now())
    if unit_fen <= 0:
        raise InvalidInput(N_("The price must be above zero."), field="price")
    if pack_milli <= 0:
        raise InvalidInput(N_("The pack must be above zero."), field="pack")
    if valid_until is not None and valid_until < begins:
        raise InvalidInput(N_("The last day must not lie before the first."), field="valid_until")
    own = (SupplierPrice.supplier_id == supplier.id, SupplierPrice.part_id == part.id)
    # All prices of this pair are locked: two who agree one in the same moment must not leave two that hold.
    known = session.scalars(
        select(SupplierPrice).where(*own).order_by(SupplierPrice.valid_from).with_for_update()
    ).all()
    price = next((p for p in known if p.valid_from == begins), None)
    if price is None:
        for before in ended_by(known, begins):
            before.valid_until = begins - timedelta(days=1)
        price = SupplierPrice(supplier_id=supplier.id, part_id=part.id, valid_from=begins)
        session.add(price)
    price.unit_fen, price.pack_milli, price.minimum_milli = unit_fen, pack_milli, minimum_milli
    price.valid_until = last_day(known, begins, valid_until)
    session.flush()
    audit.record(
        session, actor, clock, "supplier.price", f"supplier:{supplier.id}", part=part.number, unit_fen=unit_fen
    )
    return price


def sold_by_both(
    session: Session, first_id: int, second_id: int, day: date, limit: int = LISTED
) -> tuple[list[tuple[Part, int, int]], int]:
    """(part, price of the first, of the second) in fen with VAT where both have one now, and how many there are in all.

    The greatest difference stands first: of two lists of 50,000 prices nobody reads more than that.
    """
    one, other = aliased(SupplierPrice), aliased(SupplierPrice)
    both = (
        select(one.part_id, one.unit_fen.label("first_fen"), other.unit_fen.label("second_fen"))
        .join(other, other.part_id == one.part_id)
        .where(one.supplier_id == first_id, other.supplier_id == second_id, _counts(one, day), _counts(other, day))
        .subquery()
    )
    rows = session.execute(
        select(Part, both.c.first_fen, both.c.second_fen)
        .join(both, both.c.part_id == Part.id)
        .order_by(func.abs(both.c.first_fen - both.c.second_fen).desc(), Part.number)
        .limit(limit)
    )
    count = session.execute(select(func.count()).select_from(both)).scalar_one()
    return [(part, first, second) for part, first, second in rows], count


def _counts(price: Any, day: date) -> ColumnElement[bool]:
    newer = aliased(SupplierPrice)
    same = (newer.supplier_id == price.supplier_id, newer.part_id == price.part_id)
    return and_(holds_on(day, price), ~exists().where(*same, newer.valid_from > price.valid_from, holds_on(day, newer)))
