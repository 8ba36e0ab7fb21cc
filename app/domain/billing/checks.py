"""What must always be true of money."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.domain.billing.model import Settlement, SettlementLine, Tender
from app.domain.repair_orders.model import Job, PartLine, RepairOrder
from app.domain.repair_orders.rules import TO_BE_DONE
from app.domain.repair_orders.states import OrderState
from app.kernel.invariants import invariant

_SETTLED = (OrderState.SETTLED, OrderState.DELIVERED, OrderState.CLOSED)


@invariant("a settlement is the sum of its lines, and net plus tax")
def header_is_lines(session: Session) -> Iterator[str]:
    """Labour, material and total."""
    sums = {
        (id_, kind): int(fen)
        for id_, kind, fen in session.execute(
            select(SettlementLine.settlement_id, SettlementLine.kind, func.sum(SettlementLine.amount_fen)).group_by(
                SettlementLine.settlement_id, SettlementLine.kind
            )
        )
    }
    for s in session.scalars(select(Settlement)):
        if (s.labour_fen, s.material_fen) != (sums.get((s.id, "labour"), 0), sums.get((s.id, "part"), 0)):
            yield f"{s.number}: lines and header differ"
        if s.net_fen + s.tax_fen != s.total_fen or s.labour_fen + s.material_fen + s.rounding_fen != s.total_fen:
            yield f"{s.number}: net, tax and total do not add up"


@invariant("the payers' shares of a settled order add up to the whole")
def shares_are_the_whole(session: Session) -> Iterator[str]:
    """Standing settlements (reversals cancel out) against the order's lines."""
    settled = dict(
        session.execute(select(Settlement.order_id, func.sum(Settlement.total_fen)).group_by(Settlement.order_id)).all()  # type: ignore[arg-type]
    )
    labour = dict(
        session.execute(
            select(Job.order_id, func.sum(Job.amount_fen)).where(Job.state.in_(TO_BE_DONE)).group_by(Job.order_id)
        ).all()  # type: ignore[arg-type]
    )
    material = dict(
        session.execute(
            select(PartLine.order_id, func.sum(PartLine.amount_fen))
            .join(Job, Job.id == PartLine.job_id)
            .where(Job.state.in_(TO_BE_DONE), PartLine.cancelled.is_(False))
            .group_by(PartLine.order_id)
        ).all()  # type: ignore[arg-type]
    )
    for id_, number in session.execute(
        select(RepairOrder.id, RepairOrder.number).where(RepairOrder.state.in_(_SETTLED))
    ):
        whole = int(labour.get(id_, 0)) + int(material.get(id_, 0))
        if int(settled.get(id_, 0)) != whole:
            yield f"{number}: settled {settled.get(id_, 0)}, order {whole}"


@invariant("no more was received than was to be paid, and no more given back than received")
def receipts_within_payable(session: Session) -> Iterator[str]:
    """Tenders per settlement."""
    rows = session.execute(
        select(Settlement.number, Settlement.total_fen, func.sum(Tender.amount_fen))
        .join(Tender, Tender.settlement_id == Settlement.id)
        .group_by(Settlement.id, Settlement.number, Settlement.total_fen)
    )
    for number, total, received in rows:
        if not 0 <= received <= max(total, 0):
            yield f"{number}: received {received} of {total}"


@invariant("numbers of settlements and tenders have no gaps")
def numbers_without_gaps(session: Session) -> Iterator[str]:
    """Per month."""
    for column in (Settlement.number, Tender.number):
        months: dict[str, list[int]] = {}
        for number in session.scalars(select(column)):
            month, _, tail = number.rpartition("-")
            months.setdefault(month, []).append(int(tail))
        for month, found in months.items():
            if sorted(found) != list(range(1, len(found) + 1)):
                yield f"{month}: {len(found)} numbers, the highest is {max(found)}"


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
