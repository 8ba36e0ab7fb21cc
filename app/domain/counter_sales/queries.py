"""Reading counter sales."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.catalogue.model import Part
from app.domain.counter_sales.model import CounterSale, SaleState
from app.domain.customers.model import Customer
from app.domain.stock.model import StockBalance, StockOwner
from app.domain.vehicles.identity import normal_plate
from app.domain.vehicles.model import Vehicle
from app.kernel.errors import N_, InvalidInput, NotFound
from app.kernel.fullwidth import to_ascii
from app.kernel.orm import total

# What catalogues call things that are nice to have and that nobody's car needs.
ACCESSORIES = ("精品", "汽车精品", "accessories", "Accessories")
LISTED = 40


def get_sale(session: Session, sale_id: int) -> CounterSale:
    """A sale with its lines and tenders; raises :class:`NotFound`."""
    found = session.scalar(
        select(CounterSale)
        .where(CounterSale.id == sale_id)
        .options(
            selectinload(CounterSale.lines),
            selectinload(CounterSale.tenders),
            joinedload(CounterSale.customer),
            joinedload(CounterSale.returned),
        )
    )
    if found is None:
        raise NotFound(N_("There is no such sale."))
    return found


def open_carts(session: Session) -> Sequence[CounterSale]:
    """Carts that were begun and neither paid nor dropped, the newest first."""
    return session.scalars(
        select(CounterSale)
        .where(CounterSale.state == literal_column("'open'"))  # as its index has it, word for word
        .options(selectinload(CounterSale.lines), joinedload(CounterSale.customer))
        .order_by(CounterSale.id.desc())
        .limit(LISTED)
    ).all()


def paid_sales(session: Session, before: int = 0, limit: int = LISTED) -> tuple[Sequence[CounterSale], int]:
    """A page of sales and returns, the newest first, and where the next page begins (0: there is none)."""
    query = select(CounterSale).where(CounterSale.state == SaleState.PAID)
    if before:
        query = query.where(CounterSale.id < before)
    found = session.scalars(
        query.options(selectinload(CounterSale.lines), joinedload(CounterSale.customer))
        .order_by(CounterSale.id.desc())
        .limit(limit + 1)
    ).all()
    return found[:limit], found[limit - 1].id if len(found) > limit else 0


def returns_of(session: Session, sale_id: int) -> Sequence[CounterSale]:
    """The documents that took pieces of a sale back."""
    return session.scalars(
        select(CounterSale)
        .where(CounterSale.returns_id == sale_id)
        .options(selectinload(CounterSale.tenders))
        .order_by(CounterSale.id)
    ).all()


def free_of(session: Session, part_ids: Sequence[int]) -> dict[int, int]:
    """part → what lies free of it, in thousandths."""
    rows = session.execute(
        select(StockBalance.part_id, total(StockBalance.on_hand_milli - StockBalance.reserved_milli))
        .where(StockBalance.part_id.in_(part_ids), StockBalance.owner == StockOwner.SHOP)
        .group_by(StockBalance.part_id)
    )
    return {row[0]: row[1] for row in rows}


def accessories(session: Session, limit: int = 24) -> Sequence[Any]:
    """(part, free quantity in thousandths) of the accessories on the shelf, by name."""
    own = (StockBalance.part_id == Part.id) & (StockBalance.owner == StockOwner.SHOP)
    free = total(StockBalance.on_hand_milli - StockBalance.reserved_milli)
    return session.execute(
        select(Part, free)
        .join(StockBalance, own)
        .where(Part.active.is_(True), Part.category.in_(ACCESSORIES))
        .group_by(Part.id)
        .having(func.sum(StockBalance.on_hand_milli - StockBalance.reserved_milli) > 0)
        .order_by(Part.pinyin, Part.id)
        .limit(limit)
    ).all()


def customer_meant(session: Session, typed: str) -> Customer | None:
    """The customer of a plate or of a customer number, None for an empty text; raises InvalidInput when there is none."""
    if not typed.strip():
        return None
    number = to_ascii(typed).strip().upper()
    found = session.scalar(select(Customer).where(Customer.number == number))
    if found is None:
        car = session.scalar(
            select(Vehicle).where(Vehicle.plate == normal_plate(typed)).options(joinedload(Vehicle.owner))
        )
        found = car.owner if car is not None else None
    if found is None:
        raise InvalidInput(N_("No car and no customer goes by “%(text)s”."), field="customer", text=typed.strip()[:40])
    return found
