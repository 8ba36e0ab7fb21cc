"""What a supplier asks for a part on a day. Unit prices include VAT, as suppliers quote them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.catalogue.model import Part
from app.domain.purchasing.model import SupplierPrice
from app.domain.suppliers.model import Supplier
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission


def holds_on(day: date) -> ColumnElement[bool]:
    """Whether a price has begun and not ended on a day; of several that hold, the latest begun counts."""
    ends_later = or_(SupplierPrice.valid_until.is_(None), SupplierPrice.valid_until >= day)
    return and_(SupplierPrice.valid_from <= day, ends_later)


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
        for before in known:
            if before.valid_from < begins and (before.valid_until is None or before.valid_until >= begins):
                before.valid_until = begins - timedelta(days=1)
        later = [p.valid_from for p in known if p.valid_from > begins]
        if later and (valid_until is None or valid_until >= min(later)):
            valid_until = min(later) - timedelta(days=1)
        price = SupplierPrice(supplier_id=supplier.id, part_id=part.id, valid_from=begins)
        session.add(price)
    price.unit_fen, price.pack_milli, price.minimum_milli = unit_fen, pack_milli, minimum_milli
    price.valid_until = valid_until
    session.flush()
    audit.record(
        session, actor, clock, "supplier.price", f"supplier:{supplier.id}", part=part.number, unit_fen=unit_fen
    )
    return price


def sold_by_both(session: Session, first_id: int, second_id: int, day: date) -> list[tuple[Part, int, int]]:
    """(part, price of the first, price of the second) in fen with VAT of the parts for which both have a price now."""
    held = []
    for supplier_id in (first_id, second_id):
        ids = select(SupplierPrice.part_id).where(SupplierPrice.supplier_id == supplier_id)
        held.append(prices_on(session, supplier_id, session.scalars(ids), day))
    common = held[0].keys() & held[1].keys()
    parts = session.scalars(select(Part).where(Part.id.in_(common)).order_by(Part.number))
    return [(part, held[0][part.id].unit_fen, held[1][part.id].unit_fen) for part in parts]
