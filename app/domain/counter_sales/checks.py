"""What must always be true of counter sales."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.domain.billing.model import Tender, TenderMethod
from app.domain.counter_sales import holds
from app.domain.counter_sales.model import CounterSale, CounterSaleLine, Pickup, PickupState, SaleState
from app.domain.counter_sales.operations import SOURCE
from app.domain.stock.model import Reservation, StockMovement
from app.kernel.invariants import invariant
from app.kernel.money import line_amount, split_vat
from app.kernel.numbering import gaps
from app.kernel.orm import stream


@invariant("a counter sale is the sum of its lines")
def sale_is_its_lines(session: Session) -> Iterator[str]:
    """Carts as well as what was paid."""
    lines = func.coalesce(func.sum(CounterSaleLine.amount_fen), 0)
    rows = session.execute(
        select(CounterSale.id, CounterSale.total_fen, lines)
        .outerjoin(CounterSaleLine, CounterSaleLine.sale_id == CounterSale.id)
        .group_by(CounterSale.id, CounterSale.total_fen)
        .having(lines != CounterSale.total_fen)
    )
    for id_, total, found in rows:
        yield f"counter sale {id_}: {total}, its lines {found}"


@invariant("a line of a counter sale costs what price and discount say, and its tax is a share of the total")
def lines_cost_their_price(session: Session) -> Iterator[str]:
    """What was sold; what came back takes its share of that (see the next one)."""
    lines = select(
        CounterSaleLine.id,
        CounterSaleLine.quantity_milli,
        CounterSaleLine.price_fen,
        CounterSaleLine.discount_permille,
        CounterSaleLine.amount_fen,
    ).where(CounterSaleLine.returns_line_id.is_(None))
    for id_, milli, price, permille, amount in stream(session, lines):
        if amount != line_amount(milli, price, permille):
            yield f"line {id_}: {amount}, its price says {line_amount(milli, price, permille)}"
    heads = select(CounterSale.id, CounterSale.total_fen, CounterSale.net_fen).where(CounterSale.returns_id.is_(None))
    for id_, gross, net in stream(session, heads):
        if net != split_vat(gross)[0]:
            yield f"counter sale {id_}: net {net} of {gross}"


@invariant("of a counter sale no more comes back than was sold and paid, and no money by another way than it came")
def returns_within_the_sale(session: Session) -> Iterator[str]:
    """Line by line, and method by method; a bank transfer may carry anything."""
    back, slip, sold = aliased(CounterSaleLine), aliased(CounterSale), aliased(CounterSaleLine)
    rows = session.execute(
        select(sold.id, sold.amount_fen, func.sum(-back.amount_fen))
        .join(back, back.returns_line_id == sold.id)
        .group_by(sold.id, sold.amount_fen)
        .having(func.sum(-back.amount_fen) > sold.amount_fen)
    )
    for id_, paid, given in rows:
        yield f"line {id_}: paid {paid}, given back {given}"
    strange = (
        select(back.id)
        .join(sold, sold.id == back.returns_line_id)
        .join(slip, slip.id == back.sale_id)
        .where(or_(slip.returns_id.is_(None), slip.returns_id != sold.sale_id, back.part_id != sold.part_id))
    )
    for id_ in session.scalars(strange):
        yield f"line {id_}: takes back what another sale sold"
    whole = func.coalesce(CounterSale.returns_id, CounterSale.id)
    left = session.execute(
        select(whole, Tender.method, func.sum(Tender.amount_fen))
        .join(CounterSale, CounterSale.id == Tender.counter_sale_id)
        .where(Tender.method != TenderMethod.TRANSFER)
        .group_by(whole, Tender.method)
        .having(func.sum(Tender.amount_fen) < 0)
    )
    for id_, method, fen in left:
        yield f"counter sale {id_}: {method} {fen}"


@invariant("a counter sale is paid to the fen, and a cart holds no money")
def tenders_are_the_total(session: Session) -> Iterator[str]:
    """Sales and returns alike."""
    paid = func.coalesce(func.sum(Tender.amount_fen), 0)
    rows = session.execute(
        select(CounterSale.id, CounterSale.total_fen, paid)
        .outerjoin(Tender, Tender.counter_sale_id == CounterSale.id)
        .group_by(CounterSale.id, CounterSale.state, CounterSale.total_fen)
        .having(
            or_(
                and_(CounterSale.state == SaleState.PAID, paid != CounterSale.total_fen),
                and_(CounterSale.state != SaleState.PAID, paid != 0),
            )
        )
    )
    for id_, total, found in rows:
        yield f"counter sale {id_}: {total}, its tenders {found}"


@invariant("what a counter sale took off the shelf is what was sold less what came back")
def issued_is_sold_less_returned(session: Session) -> Iterator[str]:
    """Each line against the ledger, in both directions; nothing leaves for a cart."""
    ledger = {
        source_id: -int(milli)
        for source_id, milli in session.execute(
            select(StockMovement.source_id, func.sum(StockMovement.quantity_milli))
            .where(StockMovement.source == SOURCE)
            .group_by(StockMovement.source_id)
        )
    }
    wanted: dict[int, int] = {}
    for id_, returns, milli in session.execute(
        select(CounterSaleLine.id, CounterSaleLine.returns_line_id, CounterSaleLine.quantity_milli)
        .join(CounterSale, CounterSale.id == CounterSaleLine.sale_id)
        .where(CounterSale.state == SaleState.PAID)
    ):
        wanted[returns or id_] = wanted.get(returns or id_, 0) + milli
    for id_ in sorted(ledger.keys() | wanted.keys()):
        if ledger.get(id_, 0) != wanted.get(id_, 0) or wanted.get(id_, 0) < 0:
            yield f"line {id_}: sold {wanted.get(id_, 0)}, issued {ledger.get(id_, 0)}"


@invariant("numbers of counter sales have no gaps")
def numbers_without_gaps(session: Session) -> Iterator[str]:
    """Per month; carts have none."""
    numbered = select(CounterSale.number).where(CounterSale.number.is_not(None)).subquery()
    yield from gaps(session, numbered.c.number)


@invariant("what was reserved online is kept on the shelf while it waits, and no longer")
def pickups_are_held(session: Session) -> Iterator[str]:
    """Both directions."""
    held = {
        source_id: int(milli)
        for source_id, milli in session.execute(
            select(Reservation.source_id, func.sum(Reservation.quantity_milli))
            .where(Reservation.source == holds.SOURCE)
            .group_by(Reservation.source_id)
        )
    }
    rows = session.execute(select(Pickup.id, Pickup.quantity_milli).where(Pickup.state == PickupState.WAITING))
    waiting = {row.id: row.quantity_milli for row in rows}
    for id_ in sorted(held.keys() | waiting.keys()):
        if held.get(id_, 0) != waiting.get(id_, 0):
            yield f"pickup {id_}: waits for {waiting.get(id_, 0)}, held {held.get(id_, 0)}"
