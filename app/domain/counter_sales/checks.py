"""What must always be true of counter sales."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.billing.model import Tender
from app.domain.counter_sales import holds
from app.domain.counter_sales.model import CounterSale, CounterSaleLine, Pickup, PickupState, SaleState
from app.domain.counter_sales.operations import SOURCE
from app.domain.stock.model import Reservation, StockMovement
from app.kernel.invariants import invariant
from app.kernel.numbering import gaps


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
