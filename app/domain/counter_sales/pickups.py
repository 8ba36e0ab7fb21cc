"""Accessories shown online, reserved by customers, and kept for them until a day."""

from __future__ import annotations

import hashlib
import secrets
from datetime import time, timedelta

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.counter_sales import holds, operations
from app.domain.counter_sales.model import CounterSale, Offer, Pickup, PickupState, SaleState
from app.domain.counter_sales.queries import offer_online
from app.domain.customers.rules import normal_phone
from app.domain.files.model import StoredFile
from app.domain.staff import settings
from app.domain.stock import operations as stock
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, at_shop, business_date
from app.kernel.errors import N_, InvalidInput, RuleBroken, WrongState
from app.kernel.permission import Permission
from app.kernel.unit_of_work import one_at_a_time

MOST_PIECES = 3
MOST_PER_PHONE = 3  # that wait at a time
MOST_PER_ADDRESS = 6  # in an hour; a family behind one router still gets by
ONLINE = Actor(name="online", via="link")
_WAITS = Pickup.state == literal_column("'waiting'")  # as its index has it, word for word
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # read out over the counter: nothing that looks like something else


def show(
    session: Session,
    actor: Actor,
    clock: Clock,
    part: Part,
    *,
    online: bool,
    words: str,
    photo: StoredFile | None = None,
) -> Offer:
    """Show a part online or no longer, with a short text; a photo stays until another one comes."""
    actor.require(Permission.CATALOGUE_EDIT)
    if online and part.retail_fen <= 0:
        raise RuleBroken(N_("“%(part)s” has no price yet."), part=part.name)
    offer = session.get(Offer, part.id)
    if offer is None:
        offer = Offer(part_id=part.id, changed_at=clock.now())
        session.add(offer)
    offer.online, offer.words, offer.changed_at = online, words.strip()[:200], clock.now()
    if photo is not None:
        offer.photo_id = photo.id
    session.flush()
    audit.record(session, actor, clock, "offer.change", f"part:{part.id}", online=online)
    return offer


def reserve(
    session: Session,
    clock: Clock,
    part_id: int,
    *,
    name: str,
    phone: str,
    pieces: int,
    consent: bool,
    address: str,
    secret: str,
) -> Pickup:
    """Keep pieces for a customer who has no account.

    Raises InvalidInput for what is missing, RuleBroken when there are not enough or when too many are kept already:
    for a telephone, or from a network address, of which only a keyed digest is stored.
    """
    offer = offer_online(session, part_id)
    if not name.strip() or len(name.strip()) > 40:
        raise InvalidInput(N_("Give your name."), field="name")
    number = normal_phone(phone)
    if len(number) != 11 or not number.startswith("1"):
        raise InvalidInput(N_("Give the number of a mobile phone."), field="phone")
    if not 1 <= pieces <= MOST_PIECES:
        raise InvalidInput(
            N_("Take a number from %(lowest)s to %(highest)s."), field="pieces", lowest=1, highest=MOST_PIECES
        )
    if not consent:
        raise InvalidInput(N_("Without this we may not keep your name and number, and so no goods."), field="consent")
    now, digest = clock.now(), hashlib.sha256(f"{secret}:{address}".encode()).hexdigest()
    _expect_few(session, number, digest, now - timedelta(hours=1))
    days = settings.number(session, "pickup.days")
    pickup = Pickup(
        code="".join(secrets.choice(_LETTERS) for _ in range(8)),
        part_id=offer.part_id,
        quantity_milli=pieces * 1000,
        name=name.strip(),
        phone=number,
        address=digest,
        reserved_at=now,
        held_until=at_shop(business_date(now) + timedelta(days=days), time(23, 59)),
        state=PickupState.WAITING,
    )
    session.add(pickup)
    session.flush()
    if stock.reserve(session, offer.part_id, holds.SOURCE, pickup.id, pickup.quantity_milli) < pickup.quantity_milli:
        raise RuleBroken(N_("There are not that many left. Take fewer, or ask us when more come."))
    audit.record(session, ONLINE, clock, "pickup.reserve", f"pickup:{pickup.id}", part=part_id, pieces=pieces)
    return pickup


def _expect_few(session: Session, phone: str, digest: str, since: object) -> None:
    """Counted one after the other: many requests in the same moment keep no more than many in a row."""
    one_at_a_time(session, f"pickup of {phone}", f"pickup from {digest}")
    waiting = session.scalar(select(func.count()).select_from(Pickup).where(_WAITS, Pickup.phone == phone))
    lately = session.scalar(
        select(func.count()).select_from(Pickup).where(Pickup.address == digest, Pickup.reserved_at >= since)
    )
    if (waiting or 0) >= MOST_PER_PHONE or (lately or 0) >= MOST_PER_ADDRESS:
        raise RuleBroken(N_("We keep enough for you already. Please call us for more."))


def lock(session: Session, pickup: Pickup) -> None:
    """The reservation as it is now, held until the transaction ends."""
    locked = select(Pickup).where(Pickup.id == pickup.id).with_for_update()
    session.scalars(locked.execution_options(populate_existing=True)).one()


def expire(session: Session, actor: Actor, clock: Clock) -> int:
    """Let go of everything that has waited too long and lies in no cart; returns how many."""
    late = select(Pickup).where(_WAITS, Pickup.held_until < clock.now())
    ended = 0
    for pickup in session.scalars(late.order_by(Pickup.id).with_for_update().execution_options(populate_existing=True)):
        cart = session.get(CounterSale, pickup.sale_id) if pickup.sale_id else None
        if cart is not None and cart.state is SaleState.OPEN:
            continue  # he stands at the counter
        holds.end(session, pickup, PickupState.EXPIRED)
        audit.record(session, actor, clock, "pickup.expire", f"pickup:{pickup.id}")
        ended += 1
    return ended


def fetch(session: Session, actor: Actor, clock: Clock, pickup: Pickup) -> CounterSale:
    """The customer has come: a cart with what was kept for him; the same one when it is asked for twice."""
    actor.require(Permission.COUNTER_SELL)
    lock(session, pickup)
    if pickup.state is not PickupState.WAITING:
        raise WrongState(N_("This is not kept any more."))
    if pickup.sale_id is not None:
        return session.get_one(CounterSale, pickup.sale_id)
    cart = operations.begin(session, actor, clock)
    operations.add(session, actor, clock, cart, pickup.part, pickup.quantity_milli)
    pickup.sale_id = cart.id
    session.flush()
    return cart


def cancel(session: Session, actor: Actor, clock: Clock, pickup: Pickup) -> None:
    """The customer does not want it any more: the pieces are free again."""
    actor.require(Permission.COUNTER_SELL)
    lock(session, pickup)
    if pickup.state is not PickupState.WAITING:
        raise WrongState(N_("This is not kept any more."))
    if pickup.sale_id is not None:
        raise WrongState(N_("It lies in a cart: close that one first."))
    holds.end(session, pickup, PickupState.CANCELLED)
    audit.record(session, actor, clock, "pickup.cancel", f"pickup:{pickup.id}")
