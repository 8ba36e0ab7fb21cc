"""A purchase order from its draft to its last piece: drawn up, sent, confirmed, given up. Receiving has its own file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified

from app.domain.catalogue.model import Part
from app.domain.purchasing.model import PurchaseLine, PurchaseOrder
from app.domain.purchasing.prices import unit_price
from app.domain.purchasing.states import COMING, PURCHASE_ORDER, PurchaseKind, PurchaseState
from app.domain.stock import incoming
from app.domain.suppliers.model import Supplier
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken, WrongState
from app.kernel.money import MAX_FEN, line_amount
from app.kernel.numbering import next_number
from app.kernel.orm import expect_version
from app.kernel.permission import Permission
from app.kernel.quantity import expect_whole_pieces

SOURCE = "purchase_line"
MOST_MILLI = 100_000_000  # nobody orders a hundred thousand pieces of one part: a slip of the finger


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part to order: thousandths, fen with VAT each (None: what the supplier asks), and what the system proposed."""

    part: Part
    quantity_milli: int
    unit_fen: int | None = None
    suggested_milli: int | None = None


@dataclass(frozen=True, slots=True)
class Promised:
    """What the supplier confirms of a line."""

    quantity_milli: int
    unit_fen: int
    expected_on: date | None


def lock_order(session: Session, number: str) -> PurchaseOrder:
    """A purchase order with its lines, held until the commit; raises :class:`NotFound`."""
    order = session.scalar(
        select(PurchaseOrder)
        .where(PurchaseOrder.number == number)
        .options(selectinload(PurchaseOrder.lines).joinedload(PurchaseLine.part))
        .with_for_update(of=PurchaseOrder)
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFound(N_("There is no purchase order of this number."))
    return order


def line_of(order: PurchaseOrder, line_id: int) -> PurchaseLine:
    """A line of an order; raises :class:`NotFound`, also for that of another order."""
    found = next((line for line in order.lines if line.id == line_id), None)
    if found is None:
        raise NotFound(N_("There is no such line on this purchase order."))
    return found


def draft_order(
    session: Session,
    actor: Actor,
    clock: Clock,
    supplier: Supplier,
    lines: Iterable[Wanted] = (),
    kind: PurchaseKind = PurchaseKind.STOCK,
) -> PurchaseOrder:
    """Begin a purchase order; raises InvalidInput for quantities that nobody orders."""
    actor.require(Permission.PURCHASE_EDIT)
    if not supplier.active:
        raise RuleBroken(N_("Nothing is bought from this supplier any more."))
    order = PurchaseOrder(
        number=next_number(session, "PO", business_date(clock.now())),
        supplier=supplier,
        kind=kind,
        state=PurchaseState.DRAFT,
        created_at=clock.now(),
        created_by_id=actor.staff_id,
        lines=[],
    )
    session.add(order)
    session.flush()
    audit.record(session, actor, clock, "purchase.draft", f"purchase_order:{order.id}", number=order.number)
    for wanted in lines:
        add_line(session, actor, clock, order, wanted)
    return order


def _draft(order: PurchaseOrder) -> None:
    if order.state is not PurchaseState.DRAFT:
        raise WrongState(N_("This purchase order has been sent: change it with the supplier's confirmation."))


def _sane(part: Part, quantity_milli: int, unit_fen: int) -> None:
    if quantity_milli <= 0:
        raise InvalidInput(N_("The quantity must be above zero."), field="quantity")
    expect_whole_pieces(quantity_milli, part.unit, part.name, field="quantity")
    if quantity_milli > MOST_MILLI:
        raise InvalidInput(N_("That is more than a shop ever orders: check the quantity."), field="quantity")
    if unit_fen < 0 or line_amount(quantity_milli, unit_fen) > MAX_FEN:
        raise InvalidInput(N_("Quantity and price come to more than a shop ever orders."), field="price")


def add_line(session: Session, actor: Actor, clock: Clock, order: PurchaseOrder, wanted: Wanted) -> PurchaseLine:
    """Put a part on a draft; one that stands on it already gets the quantity on top."""
    actor.require(Permission.PURCHASE_EDIT)
    _draft(order)
    if not wanted.part.active:
        raise RuleBroken(
            N_("“%(part)s” is out of use: nothing is ordered of it any more."), field="part", part=wanted.part.name
        )
    if wanted.part.successor_number:
        raise RuleBroken(
            N_("“%(part)s” is superseded by %(number)s: order that one."),
            field="part",
            part=wanted.part.name,
            number=wanted.part.successor_number,
        )
    day = business_date(clock.now())
    unit_fen = wanted.unit_fen if wanted.unit_fen is not None else unit_price(session, order.supplier, wanted.part, day)
    same = next((line for line in order.lines if line.part_id == wanted.part.id), None)
    _sane(wanted.part, wanted.quantity_milli + (same.quantity_milli if same else 0), unit_fen)
    if same is not None:
        same.quantity_milli += wanted.quantity_milli
        same.unit_fen = unit_fen
    else:
        same = PurchaseLine(
            part=wanted.part,
            part_id=wanted.part.id,
            position=max((line.position for line in order.lines), default=0) + 1,
            quantity_milli=wanted.quantity_milli,
            unit_fen=unit_fen,
            suggested_milli=wanted.suggested_milli,
            received_milli=0,
            given_up_milli=0,
        )
        order.lines.append(same)
    _touch(session, actor, clock, order, "purchase.line", part=wanted.part.number, quantity_milli=same.quantity_milli)
    return same


def change_line(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: PurchaseOrder,
    version: int | None,
    line_id: int,
    *,
    quantity_milli: int,
    unit_fen: int,
) -> None:
    """Another quantity or price on a draft; a quantity of nothing takes the line off."""
    actor.require(Permission.PURCHASE_EDIT)
    line = line_of(order, line_id)
    expect_version(order, version)
    _draft(order)
    if quantity_milli == 0:
        order.lines.remove(line)
        session.delete(line)
    else:
        _sane(line.part, quantity_milli, unit_fen)
        line.quantity_milli, line.unit_fen = quantity_milli, unit_fen
    _touch(session, actor, clock, order, "purchase.line", part=line.part.number, quantity_milli=quantity_milli)


def _touch(session: Session, actor: Actor, clock: Clock, order: PurchaseOrder, deed: str, **facts: object) -> None:
    """Raise the order's version with whatever changed about it, and write the audit row."""
    flag_modified(order, "remark")
    session.flush()
    audit.record(session, actor, clock, deed, f"purchase_order:{order.id}", **facts)


def announce(session: Session, order: PurchaseOrder) -> None:
    """Tell the store what of this order is still on its way."""
    session.flush()
    coming = order.state in COMING
    for line in order.lines:
        incoming.announce(
            session,
            part_id=line.part_id,
            source=SOURCE,
            source_id=line.id,
            open_milli=line.open_milli if coming else 0,
            expected_on=line.expected_on or order.expected_on,
        )


def send(session: Session, actor: Actor, clock: Clock, order: PurchaseOrder, version: int | None) -> None:
    """It goes to the supplier; from now on the goods are expected after his usual time."""
    expect_version(order, version)
    state = PURCHASE_ORDER.check("send", order.state, actor)
    if not order.lines:
        raise RuleBroken(N_("There is nothing on this purchase order."))
    for line in order.lines:
        if not line.unit_fen:  # it would enter the store as if it were worth nothing
            raise RuleBroken(N_("“%(part)s” has no purchase price yet."), part=line.part.name)
    order.state, order.sent_at = PurchaseState(state), clock.now()
    order.expected_on = business_date(clock.now()) + timedelta(days=order.supplier.lead_days)
    announce(session, order)
    audit.record(session, actor, clock, "purchase.send", f"purchase_order:{order.id}", number=order.number)


def confirm(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: PurchaseOrder,
    version: int | None,
    promised: Mapping[int, Promised],
    *,
    reference: str = "",
) -> None:
    """What the supplier promises: quantity (what he cannot send is given up), price and day, line by line.

    Raises InvalidInput for a promise of more than was ordered, or of less than has come, and for a price above the one
    that was sent when the actor may not send orders.
    """
    expect_version(order, version)
    state = PURCHASE_ORDER.check("confirm", order.state, actor)
    changed: list[list[str | int]] = []  # part, thousandths and fen before, thousandths and fen now
    for line in order.lines:
        word = promised.get(line.id)
        if word is None:
            continue
        if word.quantity_milli < 0 or word.unit_fen < 0:
            raise InvalidInput(N_("The quantity must be above zero."), field=f"quantity-{line.id}")
        if word.quantity_milli > line.quantity_milli:
            raise InvalidInput(
                N_("“%(part)s”: the supplier cannot promise more than was ordered."),
                field=f"quantity-{line.id}",
                part=line.part.name,
            )
        if word.quantity_milli < min(line.received_milli, line.quantity_milli):  # a surplus was kept, not promised
            raise InvalidInput(
                N_("“%(part)s”: more has come already than is promised here."),
                field=f"quantity-{line.id}",
                part=line.part.name,
            )
        if line.received_milli and word.unit_fen != line.unit_fen:
            raise InvalidInput(
                N_("“%(part)s” has come in part: its price is settled with the invoice."),
                field=f"price-{line.id}",
                part=line.part.name,
            )
        _agree_to_price(actor, line, word.unit_fen)
        was = (line.quantity_milli - line.given_up_milli, line.unit_fen)
        if was != (word.quantity_milli, word.unit_fen):
            changed.append([line.part.number, *was, word.quantity_milli, word.unit_fen])
        line.given_up_milli = line.quantity_milli - word.quantity_milli
        line.unit_fen, line.expected_on = word.unit_fen, word.expected_on
    order.state, order.confirmed_at = PurchaseState(state), clock.now()
    order.supplier_reference = reference.strip()[:60]
    announce(session, order)
    audit.record(
        session, actor, clock, "purchase.confirm", f"purchase_order:{order.id}", reference=reference, changed=changed
    )
    finish_if_done(session, clock, order)


def _agree_to_price(actor: Actor, line: PurchaseLine, unit_fen: int) -> None:
    """What the supplier wants instead; whoever could not have sent the order at this price does not agree to more."""
    if line_amount(line.quantity_milli, unit_fen) > MAX_FEN:
        raise InvalidInput(N_("Quantity and price come to more than a shop ever orders."), field=f"price-{line.id}")
    if unit_fen > line.unit_fen and not actor.may(Permission.PURCHASE_SEND):
        raise InvalidInput(
            N_("“%(part)s” would cost more than was ordered: the parts manager confirms that."),
            field=f"price-{line.id}",
            part=line.part.name,
        )


def give_up(
    session: Session, actor: Actor, clock: Clock, order: PurchaseOrder, version: int | None, line_id: int, reason: str
) -> None:
    """The rest of a line is not coming: nobody waits for it any more. Needs a reason."""
    actor.require(Permission.PURCHASE_EDIT)
    line = line_of(order, line_id)
    expect_version(order, version)
    if order.state not in COMING:
        raise WrongState(N_("Nothing of this purchase order is on its way."))
    if line.open_milli <= 0:
        raise WrongState(N_("Nothing is missing of this line."))
    if not reason.strip():
        raise InvalidInput(N_("Give a reason."), field="reason")
    left = line.open_milli
    line.given_up_milli += left
    _touch(session, actor, clock, order, "purchase.give_up", part=line.part.number, quantity_milli=left, reason=reason)
    announce(session, order)
    finish_if_done(session, clock, order)


def finish_if_done(session: Session, clock: Clock, order: PurchaseOrder) -> None:
    """When nothing is open any more the order is done: received, or cancelled if nothing ever came."""
    if order.state in COMING and all(line.open_milli == 0 for line in order.lines):
        came = any(line.received_milli for line in order.lines)
        order.state = PurchaseState.RECEIVED if came else PurchaseState.CANCELLED
        order.ended_at = clock.now()
        announce(session, order)


def expect_again(order: PurchaseOrder, line: PurchaseLine, quantity_milli: int) -> None:
    """The supplier delivers what was damaged or missing after all, also when the line was given up or the order done.

    Raises WrongState for an order that was cancelled: nothing comes under it any more.
    """
    if order.state is PurchaseState.CANCELLED:
        raise WrongState(N_("This purchase order is cancelled: let the supplier credit it, or order anew."))
    missing = quantity_milli - line.open_milli
    line.given_up_milli -= max(0, min(missing, line.given_up_milli))
    if order.state is PurchaseState.RECEIVED:
        order.state, order.ended_at = PurchaseState.CONFIRMED, None


def cancel(
    session: Session, actor: Actor, clock: Clock, order: PurchaseOrder, version: int | None, reason: str
) -> None:
    """Nothing of it is wanted any more; raises RuleBroken when something came: then the rest is given up instead."""
    expect_version(order, version)
    state = PURCHASE_ORDER.check("cancel", order.state, actor)
    if not reason.strip():
        raise InvalidInput(N_("Give a reason."), field="reason")
    if any(line.received_milli for line in order.lines):
        raise RuleBroken(N_("Part of it has come: give up the rest, line by line."))
    order.state, order.ended_at = PurchaseState(state), clock.now()
    announce(session, order)
    audit.record(session, actor, clock, "purchase.cancel", f"purchase_order:{order.id}", reason=reason)


def draft_for(session: Session, supplier_id: int, kind: PurchaseKind) -> PurchaseOrder | None:
    """The latest draft to a supplier of this kind, held until the commit: what more is wanted goes on top of it."""
    newest = select(func.max(PurchaseOrder.id)).where(
        PurchaseOrder.supplier_id == supplier_id,
        PurchaseOrder.kind == kind,
        PurchaseOrder.state == PurchaseState.DRAFT,
    )
    number = session.scalar(select(PurchaseOrder.number).where(PurchaseOrder.id == newest.scalar_subquery()))
    return lock_order(session, number) if number else None
