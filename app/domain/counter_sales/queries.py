"""Reading counter sales."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal_column, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.catalogue.model import Part, Tracking
from app.domain.counter_sales.model import CounterSale, CounterSaleLine, Offer, Pickup, PickupState, SaleState
from app.domain.counter_sales.operations import SOURCE
from app.domain.customers.model import Customer
from app.domain.stock import batches
from app.domain.stock.model import StockBalance
from app.domain.stock.queries import FREE, OWN, free_by_part
from app.domain.vehicles.identity import normal_plate
from app.domain.vehicles.model import Vehicle
from app.kernel.errors import N_, InvalidInput, NotFound
from app.kernel.fullwidth import to_ascii

# What catalogues call things that are nice to have and that nobody's car needs.
ACCESSORIES = ("精品", "汽车精品", "accessories", "Accessories")
LISTED = 40


def get_sale(session: Session, sale_id: int) -> CounterSale:
    """A sale with its lines and tenders; raises :class:`NotFound`."""
    found = session.scalar(
        select(CounterSale)
        .where(CounterSale.id == sale_id)
        .options(
            selectinload(CounterSale.lines).joinedload(CounterSaleLine.part),
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


def free_of(session: Session, sale: CounterSale) -> dict[int, int]:
    """part → what a sale could take of it, in thousandths: what lies free, and what is kept for its customer."""
    found = free_by_part(session, [line.part_id for line in sale.lines])
    for pickup in session.scalars(select(Pickup).where(Pickup.sale_id == sale.id, Pickup.state == PickupState.WAITING)):
        found[pickup.part_id] = found.get(pickup.part_id, 0) + pickup.quantity_milli
    return found


def pieces_of(session: Session, sale: CounterSale) -> dict[int, dict[str, int]]:
    """part → batch → thousandths that may be sold, of the tracked parts of a cart; no other part is in it."""
    tracked = [line.part_id for line in sale.lines if line.part.tracking is not Tracking.NONE]
    found = batches.good_of(session, tracked) if tracked else {}
    return {part_id: found.get(part_id, {}) for part_id in tracked}


def out_of(session: Session, sale: CounterSale) -> dict[int, dict[str, int]]:
    """line → batch → thousandths that are out, of the tracked parts of a sale that was paid."""
    return {
        line.id: batches.out_of(session, SOURCE, line.id)
        for line in sale.lines
        if line.part.tracking is not Tracking.NONE
    }


def accessories(session: Session, limit: int = 24) -> Sequence[Any]:
    """(part, free quantity in thousandths) of the accessories on the shelf, by name."""
    return session.execute(
        select(Part, FREE)
        .join(StockBalance, OWN)
        .where(Part.active.is_(True), Part.category.in_(ACCESSORIES))
        .group_by(Part.id)
        .having(FREE > 0)
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


def offers(session: Session) -> Sequence[Any]:
    """(offer, whether a whole unit lies free) of what is shown online, by name; how many there are is nobody's business."""
    return session.execute(
        select(Offer, FREE >= 1000)
        .join(Part, Part.id == Offer.part_id)
        .outerjoin(StockBalance, OWN)
        .where(Offer.online.is_(True), Part.active.is_(True), Part.retail_fen > 0)
        .options(joinedload(Offer.part))
        .group_by(Offer.part_id, Part.id)
        .order_by(Part.pinyin, Part.id)
        .limit(200)
    ).all()


def offer_online(session: Session, part_id: int) -> Offer:
    """What is shown of a part online; raises :class:`NotFound` when it is not shown."""
    found = session.scalar(
        select(Offer)
        .join(Part, Part.id == Offer.part_id)
        .where(Offer.part_id == part_id, Offer.online.is_(True), Part.active.is_(True), Part.retail_fen > 0)
        .options(joinedload(Offer.part), joinedload(Offer.photo))
    )
    if found is None:
        raise NotFound(N_("This is not offered any more."))
    return found


def window(session: Session) -> Sequence[Any]:
    """(part, offer or None) of all accessories and of whatever else is shown online, by name: for who keeps the list."""
    return session.execute(
        select(Part, Offer)
        .outerjoin(Offer, Offer.part_id == Part.id)
        .where(Part.active.is_(True), or_(Part.category.in_(ACCESSORIES), Offer.online.is_(True)))
        .order_by(Part.pinyin, Part.id)
        .limit(300)
    ).all()


def get_offer(session: Session, part_id: int) -> Offer | None:
    """What was written of a part for customers, shown or not."""
    return session.get(Offer, part_id)


def pickup_by_code(session: Session, code: str) -> Pickup:
    """A reservation by the code that the customer has; raises :class:`NotFound`."""
    found = session.scalar(
        select(Pickup).where(Pickup.code == code.strip().upper()[:12]).options(joinedload(Pickup.part))
    )
    if found is None:
        raise NotFound(N_("There is no such reservation."))
    return found


def waiting_pickups(session: Session) -> Sequence[Pickup]:
    """What lies ready to be picked up, the earliest to end first."""
    return session.scalars(
        select(Pickup)
        .where(Pickup.state == literal_column("'waiting'"))  # as its index has it, word for word
        .options(joinedload(Pickup.part))
        .order_by(Pickup.held_until, Pickup.id)
        .limit(100)
    ).all()


def get_pickup(session: Session, pickup_id: int) -> Pickup:
    """A reservation; raises :class:`NotFound`."""
    found = session.get(Pickup, pickup_id, options=[joinedload(Pickup.part)])
    if found is None:
        raise NotFound(N_("There is no such reservation."))
    return found


def is_there(session: Session, part_id: int) -> bool:
    """Whether a whole unit of a part lies free."""
    return free_by_part(session, [part_id]).get(part_id, 0) >= 1000
