"""What must always be true of money."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.billing.model import Settlement, SettlementLine, Tender
from app.domain.repair_orders.model import Job, PartLine, RepairOrder
from app.domain.repair_orders.rules import TO_BE_DONE
from app.domain.repair_orders.states import OrderState
from app.kernel.invariants import invariant
from app.kernel.numbering import gaps

_SETTLED = (OrderState.SETTLED, OrderState.DELIVERED, OrderState.CLOSED)


@invariant("a settlement is the sum of its lines, and net plus tax")
def header_is_lines(session: Session) -> Iterator[str]:
    """Labour, material and total."""
    labour, material = (
        func.coalesce(func.sum(case((SettlementLine.kind == kind, SettlementLine.amount_fen), else_=0)), 0)
        for kind in ("labour", "part")
    )
    differs = (
        select(Settlement.number)
        .outerjoin(SettlementLine, SettlementLine.settlement_id == Settlement.id)
        .group_by(Settlement.id, Settlement.number, Settlement.labour_fen, Settlement.material_fen)
        .having((labour != Settlement.labour_fen) | (material != Settlement.material_fen))
    )
    for number in session.scalars(differs):
        yield f"{number}: lines and header differ"
    wrong = select(Settlement.number).where(
        (Settlement.net_fen + Settlement.tax_fen != Settlement.total_fen)
        | (Settlement.labour_fen + Settlement.material_fen + Settlement.rounding_fen != Settlement.total_fen)
    )
    for number in session.scalars(wrong):
        yield f"{number}: net, tax and total do not add up"


@invariant("the payers' shares of a settled order add up to the whole")
def shares_are_the_whole(session: Session) -> Iterator[str]:
    """Standing settlements (reversals cancel out) against the order's lines; the database compares."""
    settled = (
        select(Settlement.order_id, func.sum(Settlement.total_fen).label("fen"))
        .group_by(Settlement.order_id)
        .subquery()
    )
    labour = (
        select(Job.order_id, func.sum(Job.amount_fen).label("fen"))
        .where(Job.state.in_(TO_BE_DONE))
        .group_by(Job.order_id)
        .subquery()
    )
    material = (
        select(PartLine.order_id, func.sum(PartLine.amount_fen).label("fen"))
        .join(Job, Job.id == PartLine.job_id)
        .where(Job.state.in_(TO_BE_DONE), PartLine.cancelled.is_(False))
        .group_by(PartLine.order_id)
        .subquery()
    )
    found = func.coalesce(settled.c.fen, 0)
    whole = func.coalesce(labour.c.fen, 0) + func.coalesce(material.c.fen, 0)
    differs = (
        select(RepairOrder.number, found, whole)
        .outerjoin(settled, settled.c.order_id == RepairOrder.id)
        .outerjoin(labour, labour.c.order_id == RepairOrder.id)
        .outerjoin(material, material.c.order_id == RepairOrder.id)
        .where(RepairOrder.state.in_(_SETTLED), found != whole)
    )
    for number, fen, due in session.execute(differs):
        yield f"{number}: settled {fen}, order {due}"


@invariant("no more was received than was to be paid, and no more given back than received")
def receipts_within_payable(session: Session) -> Iterator[str]:
    """Tenders per settlement."""
    received = func.sum(Tender.amount_fen)
    wrong = (
        select(Settlement.number, Settlement.total_fen, received)
        .join(Tender, Tender.settlement_id == Settlement.id)
        .group_by(Settlement.id, Settlement.number, Settlement.total_fen)
        .having((received < 0) | (received > case((Settlement.total_fen > 0, Settlement.total_fen), else_=0)))
    )
    for number, total, fen in session.execute(wrong):
        yield f"{number}: received {fen} of {total}"


@invariant("numbers of settlements and tenders have no gaps")
def numbers_without_gaps(session: Session) -> Iterator[str]:
    """Per month."""
    for column in (Settlement.number, Tender.number):
        yield from gaps(session, column)


@invariant("a reversal mirrors its settlement, and a reversed settlement holds no money")
def reversals_mirror(session: Session) -> Iterator[str]:
    """Amounts, payer and order; the money was given back first."""
    taken_back = aliased(Settlement)
    pairs = session.execute(
        select(Settlement, taken_back).join(taken_back, taken_back.id == Settlement.reverses_id)
    ).all()
    for reversal, original in pairs:
        if (reversal.order_id, reversal.payer) != (original.order_id, original.payer) or any(
            getattr(reversal, name) != -getattr(original, name)
            for name in ("labour_fen", "material_fen", "rounding_fen", "net_fen", "tax_fen", "total_fen")
        ):
            yield f"{reversal.number} does not mirror {original.number}"
    held = session.execute(
        select(Settlement.number, func.sum(Tender.amount_fen))
        .join(Tender, Tender.settlement_id == Settlement.id)
        .where(Settlement.id.in_(select(Settlement.reverses_id).where(Settlement.reverses_id.is_not(None))))
        .group_by(Settlement.number)
        .having(func.sum(Tender.amount_fen) != 0)
    )
    for number, fen in held:
        yield f"{number} is reversed and still holds {fen}"


@invariant("an order is settled exactly once at a time, each payer once")
def one_standing_settlement_per_payer(session: Session) -> Iterator[str]:
    """Standing settlements per order and payer."""
    taken_back = select(Settlement.reverses_id).where(Settlement.reverses_id.is_not(None))
    rows = session.execute(
        select(Settlement.order_id, Settlement.payer, func.count())
        .where(Settlement.reverses_id.is_(None), Settlement.id.not_in(taken_back))
        .group_by(Settlement.order_id, Settlement.payer)
        .having(func.count() > 1)
    )
    for order_id, payer, count in rows:
        yield f"order {order_id}: {count} settlements of {payer}"


@invariant("what is open on a settlement is what its tenders leave of it")
def open_is_what_tenders_leave(session: Session) -> Iterator[str]:
    """Nothing on one that was reversed, nor on its reversal."""
    received = select(Tender.settlement_id, func.sum(Tender.amount_fen).label("fen")).group_by(Tender.settlement_id)
    paid, back = received.subquery(), aliased(Settlement)
    due = case(
        ((Settlement.reverses_id.is_not(None)) | (back.id.is_not(None)), 0),
        else_=Settlement.total_fen - func.coalesce(paid.c.fen, 0),
    )
    differs = (
        select(Settlement.number, Settlement.open_fen, due)
        .outerjoin(paid, paid.c.settlement_id == Settlement.id)
        .outerjoin(back, back.reverses_id == Settlement.id)
        .where(Settlement.open_fen != due)
    )
    for number, kept, left in session.execute(differs):
        yield f"{number}: {kept} kept as open, {left} left by its tenders"
