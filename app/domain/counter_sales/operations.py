"""The cart at the counter. How it is paid is in ``paying``, what comes back in ``returns``.

The parts leave the shelf in the transaction in which they are paid, and not before: of two who buy the last piece, one pays.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part, Tracking
from app.domain.counter_sales import holds, record
from app.domain.counter_sales.model import CounterSale, CounterSaleLine, SaleState
from app.domain.customers.model import Customer
from app.domain.stock import batches
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken, WrongState
from app.kernel.money import MAX_FEN, line_amount, split_vat
from app.kernel.permission import Permission
from app.kernel.quantity import expect_whole_pieces

SOURCE = "sale_line"
MOST_LINES = 60


def begin(session: Session, actor: Actor, clock: Clock, customer: Customer | None = None) -> CounterSale:
    """An empty cart; nothing is numbered, reserved or owed before it is paid."""
    actor.require(Permission.COUNTER_SELL)
    sale = CounterSale(state=SaleState.OPEN, customer=customer, begun_at=clock.now(), begun_by=actor.name, lines=[])
    session.add(sale)
    session.flush()
    audit.record(session, actor, clock, "counter_sale.begin", f"counter_sale:{sale.id}")
    return sale


def lock(session: Session, sale: CounterSale) -> None:
    """The sale as it is now, held until the transaction ends: it is paid once, and each piece comes back once."""
    locked = select(CounterSale).where(CounterSale.id == sale.id).with_for_update()
    session.scalars(locked.execution_options(populate_existing=True)).one()
    session.expire(sale, ["lines"])


def expect_open(session: Session, actor: Actor, sale: CounterSale) -> None:
    """Hold a cart that is still open; raises WrongState for one that is paid or dropped."""
    actor.require(Permission.COUNTER_SELL)
    lock(session, sale)
    if sale.state is not SaleState.OPEN:
        raise WrongState(N_("This sale is closed: begin another one."))


def add(
    session: Session,
    actor: Actor,
    clock: Clock,
    sale: CounterSale,
    part: Part,
    quantity_milli: int = 1000,
    piece: str = "",
) -> CounterSaleLine:
    """Put a quantity (thousandths) of a part into the cart, at its price of today; a second scan makes it two.

    ``piece`` is the batch or the serial number that was scanned or tapped of a tracked part: it names a piece that lies in
    the cart without one, or comes in besides.
    """
    expect_open(session, actor, sale)
    line = next((x for x in sale.lines if x.part_id == part.id and not x.discount_permille), None)
    if line is not None and piece and _names_one(part, line, piece):
        pass
    elif line is not None:
        _set(sale, line, line.quantity_milli + quantity_milli, 0)
    else:
        if not part.active:
            raise RuleBroken(N_("“%(part)s” is not sold any more."), part=part.name)
        if part.retail_fen <= 0:
            raise RuleBroken(N_("“%(part)s” has no price yet."), part=part.name)
        if len(sale.lines) >= MOST_LINES:
            raise RuleBroken(N_("Take these to the till first: a sale has at most %(most)s lines."), most=MOST_LINES)
        line = CounterSaleLine(
            part_id=part.id,
            number=part.number_display,
            name=part.name,
            origin=part.origin,
            unit=part.unit,
            quantity_milli=0,
            price_fen=part.retail_fen,
            discount_permille=0,
            amount_fen=0,
            batches="",
        )
        _set(sale, line, quantity_milli, 0)
        sale.lines.append(line)
        _sum_up(sale)
    if piece:
        _name(part, line, [*batches.named(part.tracking, line.batches), piece])
    session.flush()
    record.tell(session, actor, clock, "add", line)
    return line


def _names_one(part: Part, line: CounterSaleLine, piece: str) -> bool:
    """Whether a piece only says which one it is that lies in the cart already."""
    names = batches.named(part.tracking, line.batches)
    if part.tracking is Tracking.SERIAL:
        if piece in names:
            raise InvalidInput(N_("The piece %(batch)s lies in the cart already."), field="scan", batch=piece)
        return len(names) * batches.WHOLE < line.quantity_milli
    return not names


def _name(part: Part, line: CounterSaleLine, names: Sequence[str]) -> None:
    text = ", ".join(dict.fromkeys(names)) if part.tracking is not Tracking.NONE else ""
    if len(text) > 400:
        raise InvalidInput(N_("Take these to the till first: so many pieces do not fit on one line."), field="batches")
    line.batches = text


def change_line(
    session: Session,
    actor: Actor,
    clock: Clock,
    sale: CounterSale,
    line_id: int,
    quantity_milli: int,
    permille: int,
    pieces: str | None = None,
) -> None:
    """Another quantity, a discount in thousandths, which wants the right to give one, or which pieces of a tracked part."""
    expect_open(session, actor, sale)
    line = line_of(sale, line_id)
    if not 0 <= permille <= 1000:
        raise InvalidInput(N_("A discount lies between 0 and 100 %%."), field="discount")
    if permille != line.discount_permille or (permille and quantity_milli > line.quantity_milli):
        actor.require(Permission.DISCOUNT_GIVE)  # it was given on so many: on more of them it is another one
    if permille != line.discount_permille:
        if any(x.part_id == line.part_id and x.discount_permille == permille for x in sale.lines):
            raise InvalidInput(N_("This part stands there with this discount already."), field="discount")
    before = record.facts_of(line)
    _set(sale, line, quantity_milli, permille)
    if pieces is not None:
        _name(line.part, line, batches.named(line.part.tracking, pieces))
    session.flush()
    if record.facts_of(line) != before:
        deed = "change" if permille == before["permille"] else "discount"  # whoever does this is who gives it
        record.tell(session, actor, clock, deed, line, was=before)


def _set(sale: CounterSale, line: CounterSaleLine, quantity_milli: int, permille: int) -> None:
    if quantity_milli <= 0:
        raise InvalidInput(N_("The quantity must be above zero."), field="quantity")
    expect_whole_pieces(quantity_milli, line.unit, line.name, field="quantity")
    amount = line_amount(quantity_milli, line.price_fen, permille)
    if amount + sum(x.amount_fen for x in sale.lines if x is not line) > MAX_FEN:
        raise InvalidInput(N_("That is more than a shop ever sells: check the quantity."), field="quantity")
    line.quantity_milli, line.discount_permille, line.amount_fen = quantity_milli, permille, amount
    _sum_up(sale)


def outdated(sale: CounterSale, clock: Clock) -> list[CounterSaleLine]:
    """Lines of a cart of another day whose part has another price by now: what was said today is held to."""
    if business_date(sale.begun_at) >= business_date(clock.now()):
        return []
    return [line for line in sale.lines if line.price_fen != line.part.retail_fen]


def take_new_prices(session: Session, actor: Actor, clock: Clock, sale: CounterSale) -> None:
    """Sell at the prices of today what has lain in the cart since another day."""
    expect_open(session, actor, sale)
    for line in outdated(sale, clock):
        before, line.price_fen = record.facts_of(line), line.part.retail_fen
        _set(sale, line, line.quantity_milli, line.discount_permille)
        record.tell(session, actor, clock, "change", line, was=before)
    session.flush()
    audit.record(session, actor, clock, "counter_sale.prices", f"counter_sale:{sale.id}", total=sale.total_fen)


def _sum_up(sale: CounterSale) -> None:
    """The head is the sum of the lines at every moment; so its version tells a page that shows another sum."""
    sale.total_fen = sum(line.amount_fen for line in sale.lines)
    sale.net_fen, sale.tax_fen = split_vat(sale.total_fen)


def line_of(sale: CounterSale, line_id: int) -> CounterSaleLine:
    """A line of this sale; raises :class:`NotFound`, also for one of another sale."""
    found = next((line for line in sale.lines if line.id == line_id), None)
    if found is None:
        raise NotFound(N_("There is no such line on this sale."))
    return found


def remove_line(session: Session, actor: Actor, clock: Clock, sale: CounterSale, line_id: int) -> None:
    """Take a line out of the cart."""
    expect_open(session, actor, sale)
    line = line_of(sale, line_id)
    record.tell(session, actor, clock, "remove", line)
    sale.lines.remove(line)
    _sum_up(sale)
    session.flush()


def set_customer(session: Session, actor: Actor, clock: Clock, sale: CounterSale, customer: Customer | None) -> None:
    """Whose sale it is; None for somebody who walked in."""
    expect_open(session, actor, sale)
    if sale.customer is customer:
        return
    sale.customer = customer
    session.flush()
    whose = customer.id if customer is not None else None
    audit.record(session, actor, clock, "counter_sale.customer", f"counter_sale:{sale.id}", customer=whose)


def drop(session: Session, actor: Actor, clock: Clock, sale: CounterSale) -> None:
    """Nothing is bought after all."""
    expect_open(session, actor, sale)
    sale.state = SaleState.DROPPED
    holds.put_back(session, sale)
    session.flush()
    audit.record(session, actor, clock, "counter_sale.drop", f"counter_sale:{sale.id}")
