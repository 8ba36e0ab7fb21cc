"""Pieces of a counter sale that come back: onto the shelf, and their money to the customer, by a document of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.domain.billing.model import Tender, TenderMethod
from app.domain.billing.tenders import note_tender, way_back
from app.domain.counter_sales.model import CounterSale, CounterSaleLine, SaleState
from app.domain.counter_sales.operations import SOURCE, line_of, lock
from app.domain.counter_sales.paying import close, hands_of
from app.domain.stock import batches
from app.domain.stock import operations as stock
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, RuleBroken, WrongState
from app.kernel.money import divide_half_up, split_vat
from app.kernel.permission import Permission
from app.kernel.quantity import expect_whole_pieces

Pieces = list[tuple[str, int]]  # (batch or serial number, thousandths)


def returned_of(session: Session, sale: CounterSale) -> dict[int, tuple[int, int]]:
    """line → (quantity in thousandths, amount in fen) that came back of it so far, as positive numbers."""
    rows = session.execute(
        select(
            CounterSaleLine.returns_line_id,
            func.sum(-CounterSaleLine.quantity_milli),
            func.sum(-CounterSaleLine.amount_fen),
        )
        .where(CounterSaleLine.returns_line_id.in_([line.id for line in sale.lines]))
        .group_by(CounterSaleLine.returns_line_id)
    )
    return {int(line_id or 0): (int(milli), int(fen)) for line_id, milli, fen in rows}


def take_back(
    session: Session,
    actor: Actor,
    clock: Clock,
    sale: CounterSale,
    pieces: Mapping[int, int],
    method: TenderMethod,
    reason: str,
    named: Mapping[int, str] | None = None,
) -> CounterSale:
    """Take pieces (line → thousandths) back onto the shelf and give their money back, by a document of negative amounts.

    The last piece of a line gives back what is left of its amount, to the fen. The money goes back as it came (see
    :func:`app.domain.billing.tenders.way_back`), by ``method`` first. ``named`` says per line which batches or serial numbers
    of a tracked part come back, when several are out.
    """
    actor.require(Permission.SETTLEMENT_REVERSE)
    lock(session, sale)
    if sale.state is not SaleState.PAID or sale.returns_id is not None:
        raise WrongState(N_("Only what was sold and paid comes back."))
    wanted = {line_id: milli for line_id, milli in pieces.items() if milli}
    if not wanted:
        raise InvalidInput(N_("Say how much comes back."), field="quantity")
    if not reason.strip():
        raise InvalidInput(N_("Say why."), field="reason")
    before, lines = returned_of(session, sale), list[tuple[CounterSaleLine, Pieces]]()
    for line_id, milli in sorted(wanted.items(), key=lambda item: line_of(sale, item[0]).part_id):
        line = _returning(line_of(sale, line_id), milli, *before.get(line_id, (0, 0)))
        lines.append((line, _pieces(session, line, (named or {}).get(line_id, ""))))
    total = sum(line.amount_fen for line, _ in lines)
    if total >= 0:
        raise RuleBroken(N_("Nothing was paid for these: there is no money to give back."))
    ways = way_back(_tenders_of(session, sale), method, -total, all_by_it=False)
    net, tax = _split_return(session, sale, total)
    made = CounterSale(
        state=SaleState.OPEN,
        customer_id=sale.customer_id,
        net_fen=net,
        tax_fen=tax,
        total_fen=total,
        begun_at=clock.now(),
        begun_by=actor.name,
        returns_id=sale.id,
        reason=reason.strip()[:300],
        lines=[line for line, _ in lines],
    )
    session.add(made)
    close(session, actor, clock, made)
    for line, shares in lines:
        for batch, milli in shares:
            stock.give_back(
                session,
                hands_of(actor),
                clock,
                part_id=line.part_id,
                source=SOURCE,
                source_id=line.returns_line_id or 0,
                quantity_milli=milli,
                reason=reason.strip()[:200],
                batch=batch,
            )
    for way, fen in ways.items():
        note_tender(session, actor, clock, way, -fen, reason, counter_sale_id=made.id)
    audit.record(
        session, actor, clock, "counter_sale.return", f"counter_sale:{sale.id}", number=made.number, total=total
    )
    return made


def _pieces(session: Session, line: CounterSaleLine, said: str) -> Pieces:
    """Which pieces of a returning line come back; noted on it."""
    assert line.returns_line_id is not None
    tracking = batches.tracking_of(session, line.part_id)
    names, out = batches.named(tracking, said), batches.out_of(session, SOURCE, line.returns_line_id)
    if set(out) == {""}:  # sold before it was tracked
        out = dict.fromkeys(names, -line.quantity_milli)
    found = batches.shares(tracking, names, out, -line.quantity_milli, field=f"batches-{line.returns_line_id}")
    line.batches = ", ".join(batch for batch, _ in found)
    return found


def _tenders_of(session: Session, sale: CounterSale) -> Sequence[Tender]:
    """What was paid on a locked sale, and what its returns have given back of it."""
    own = select(CounterSale.id).where(or_(CounterSale.id == sale.id, CounterSale.returns_id == sale.id))
    return session.scalars(select(Tender).where(Tender.counter_sale_id.in_(own))).all()


def _split_return(session: Session, sale: CounterSale, total: int) -> tuple[int, int]:
    """(net, tax) of a return of a locked sale; the last of all takes what the others have left of them, to the fen."""
    before = select(func.sum(CounterSale.total_fen), func.sum(CounterSale.net_fen))
    back, net_back = session.execute(before.where(CounterSale.returns_id == sale.id)).one()
    if int(back or 0) + total != -sale.total_fen:
        return split_vat(total)
    net = -sale.net_fen - int(net_back or 0)
    return net, total - net


def _returning(line: CounterSaleLine, milli: int, back_milli: int, back_fen: int) -> CounterSaleLine:
    left = line.quantity_milli - back_milli
    if not 0 < milli <= left:
        raise InvalidInput(N_("More would come back than was sold."), field="quantity")
    expect_whole_pieces(milli, line.unit, line.name, field="quantity")
    fen = line.amount_fen - back_fen if milli == left else divide_half_up(line.amount_fen * milli, line.quantity_milli)
    return CounterSaleLine(
        part_id=line.part_id,
        number=line.number,
        name=line.name,
        origin=line.origin,
        unit=line.unit,
        quantity_milli=-milli,
        price_fen=line.price_fen,
        discount_permille=line.discount_permille,
        amount_fen=-min(fen, line.amount_fen - back_fen),
        returns_line_id=line.id,
        batches="",
    )
