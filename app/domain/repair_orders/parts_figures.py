"""The figures of the store, each with numerator and denominator, and the rows that make them up (3-rules, Figures)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.catalogue.model import Part
from app.domain.repair_orders.model import PartLine, RepairOrder
from app.domain.stock.model import LOST_FOR_WANT, LostDemand, MovementKind, StockMovement, StockOwner, StockValue
from app.domain.stock.queries import sold_since
from app.domain.vehicles.model import Vehicle
from app.kernel.clock import at_shop
from app.kernel.money import divide_half_up, line_amount
from app.kernel.orm import total
from app.kernel.ratio import Ratio

YEAR = timedelta(days=365)
FEW_DAYS = 30  # nothing is said about a year from less


@dataclass(frozen=True, slots=True)
class Figures:
    """What the store is judged by over a span of days."""

    first_time: Ratio  # demand lines served from the shelf at once ÷ demand lines, lost ones included
    lost_lines: int
    lost_misses: int  # those of them that are misses of supply
    sold_days: int  # the days that turnover looks at: a year, less while the ledger is younger
    cost_sold_fen: int  # of these days
    mean_value_fen: int  # mean of the stock value at thirteen moments of these days
    obsolete: Ratio  # fen without demand ÷ fen of stock
    lost_fen: int  # retail value with VAT of what was asked for in vain

    @property
    def turns_centi(self) -> int | None:
        """Cost sold in 365 days ÷ mean stock value, in hundredths; extrapolated from fewer days, None of very few."""
        if self.mean_value_fen <= 0 or self.sold_days < FEW_DAYS:
            return None
        return divide_half_up(self.cost_sold_fen * 36_500, self.mean_value_fen * self.sold_days)

    @property
    def range_days(self) -> int | None:
        """365 ÷ turns: for how many days the stock would last."""
        turns = self.turns_centi
        return divide_half_up(36_500, turns) if turns else None


def figures(session: Session, now: datetime, today: date, *, days: int, obsolete_days: int) -> Figures:
    """All of them; ``days`` is the span of supply and lost demand, turnover always looks at a year."""
    since = at_shop(today - timedelta(days=days), time(0))
    served, asked = session.execute(
        select(
            func.count().filter(PartLine.served_at_once.is_(True)),
            func.count(),
        ).where(PartLine.asked_at >= since, PartLine.customer_supplied.is_(False))
    ).one()
    lost = lost_rows(session, since)
    first = session.scalar(select(func.min(StockMovement.at)).where(StockMovement.at >= now - YEAR)) or now
    older = session.scalar(select(StockMovement.id).where(StockMovement.at < now - YEAR).limit(1))
    begins = now - YEAR if older is not None else max(first, now - YEAR)
    misses = sum(1 for row in lost if row.reason in LOST_FOR_WANT)
    return Figures(
        first_time=Ratio(int(served), int(asked) + misses),
        lost_lines=len(lost),
        lost_misses=misses,
        sold_days=(now - begins).days,
        cost_sold_fen=_cost_sold(session, begins),
        mean_value_fen=_mean_value(session, begins, now),
        obsolete=Ratio(
            sum(row.value_fen for row in obsolete_rows(session, today, obsolete_days)),
            int(session.execute(select(total(StockValue.value_fen))).scalar_one()),
        ),
        lost_fen=sum(line_amount(row.quantity_milli, row.part.retail_fen) for row in lost if row.part is not None),
    )


def _cost_sold(session: Session, since: datetime) -> int:
    sold = select(total(-StockMovement.value_fen)).where(sold_since(since))
    return int(session.execute(sold).scalar_one())


def _mean_value(session: Session, begins: datetime, now: datetime) -> int:
    """The mean of the stock value now and at twelve moments before, evenly apart: the ledger walked backwards."""
    value = int(session.execute(select(total(StockValue.value_fen))).scalar_one())
    values, upper = [value], now
    for step in range(1, 13):
        lower = now - (now - begins) * step / 12
        moved = select(total(StockMovement.value_fen)).where(
            StockMovement.at > lower, StockMovement.at <= upper, StockMovement.owner == StockOwner.SHOP
        )
        value -= int(session.execute(moved).scalar_one())
        values.append(value)
        upper = lower
    return divide_half_up(sum(values), len(values))


def missed_rows(session: Session, since: datetime, limit: int = 200) -> Sequence[Any]:
    """(number, plate, part, quantity, asked_at) of the lines that were not on the shelf when they were asked for."""
    return session.execute(
        select(RepairOrder.number, Vehicle.plate, Part, PartLine.quantity_milli, PartLine.asked_at)
        .join(RepairOrder, RepairOrder.id == PartLine.order_id)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .join(Part, Part.id == PartLine.part_id)
        .where(
            PartLine.asked_at >= since,
            PartLine.served_at_once.is_(False),
            PartLine.customer_supplied.is_(False),
        )
        .order_by(PartLine.asked_at.desc())
        .limit(limit)
    ).all()


def lost_rows(session: Session, since: datetime) -> Sequence[LostDemand]:
    """What was asked for in vain, the latest first."""
    return session.scalars(
        select(LostDemand)
        .where(LostDemand.at >= since, LostDemand.withdrawn_at.is_(None))
        .options(joinedload(LostDemand.part))
        .order_by(LostDemand.at.desc())
    ).all()


def obsolete_rows(session: Session, today: date, days: int) -> Sequence[Any]:
    """(part, quantity, value, last issue) of stock that nothing was issued of for ``days``, the most valuable first.

    What came in during these days is not obsolete: it has not had its time yet.
    """
    since = at_shop(today - timedelta(days=days), time(0))
    moved = (
        select(StockMovement.part_id)
        .where(
            StockMovement.at >= since,
            StockMovement.kind.in_((MovementKind.ISSUE, MovementKind.RECEIPT, MovementKind.OPENING)),
        )
        .distinct()
    )
    last = (
        select(func.max(StockMovement.at))
        .where(StockMovement.part_id == StockValue.part_id, StockMovement.kind == MovementKind.ISSUE)
        .correlate(StockValue)
        .scalar_subquery()
    )
    return session.execute(
        select(Part, StockValue.quantity_milli, StockValue.value_fen, last.label("last_issue"))
        .join(Part, Part.id == StockValue.part_id)
        .where(StockValue.value_fen > 0, StockValue.part_id.not_in(moved))
        .order_by(StockValue.value_fen.desc())
    ).all()


def slowest_rows(session: Session, now: datetime, limit: int = 50) -> Sequence[Any]:
    """(part, value, cost sold in 365 days) of the most valuable stock: where the turnover is lost."""
    sold = (
        select(StockMovement.part_id, total(-StockMovement.value_fen).label("cost_fen"))
        .where(sold_since(now - YEAR))
        .group_by(StockMovement.part_id)
        .subquery()
    )
    return session.execute(
        select(
            Part, StockValue.quantity_milli, StockValue.value_fen, func.coalesce(sold.c.cost_fen, 0).label("cost_fen")
        )
        .join(Part, Part.id == StockValue.part_id)
        .outerjoin(sold, sold.c.part_id == StockValue.part_id)
        .where(StockValue.value_fen > 0)
        .order_by(StockValue.value_fen.desc())
        .limit(limit)
    ).all()
