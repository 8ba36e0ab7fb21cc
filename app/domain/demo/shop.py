"""Opening the demo shop: people, masters, stock, years of finished orders if wanted, and a day in full swing."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.demo import boutique, buying, clientele, counting, crib, history, masters, today, words
from app.domain.staff.model import ShopSetting, Staff
from app.domain.stock import operations as stock
from app.domain.stock.model import StockValue
from app.kernel.actor import SYSTEM
from app.kernel.clock import FixedClock, at_shop, business_date, shanghai

PASSWORD = "demo shop opens at eight"
PIN = "246813"
_MARK = "demo.shop"


def is_demo(session: Session) -> bool:
    """True for a shop that was filled by us: its sign-ins may be printed."""
    return session.get(ShopSetting, _MARK) is not None


def open_shop(
    session: Session,
    password_hash: str,
    pin_hash: str,
    *,
    days: int = 0,
    orders_per_day: float = 12,
    customers: int = 200,
    now: datetime | None = None,
    seed: int = 1886,
    progress: history.Progress | None = None,
) -> int:
    """Fill an empty database with a believable shop; returns how many finished orders it has.

    ``days`` of history lie behind today, with ``orders_per_day`` in the mean of the days on which the shop is open.
    ``progress`` is told the share of it that is written, from 0 to 1. The caller commits. Raises ``ValueError`` when the shop has staff already.
    """
    if session.scalar(select(Staff.id).limit(1)) is not None:
        raise ValueError("the shop is not empty")
    moment = now or datetime.now(UTC)
    opened = at_shop(business_date(moment) - timedelta(days=max(30, days + 20)), time(8))
    shop = masters.Shop(dice=random.Random(seed), opened_at=opened)
    clock = FixedClock(opened)
    masters.hire_everybody(session, shop, password_hash, pin_hash, orders_per_day=orders_per_day if days else 12)
    masters.fill_catalogue(session, shop)
    needed = clientele.cars_needed(days, orders_per_day) * 17 // 20  # firms have more than one
    masters.fill_archive(session, shop, customers + needed)
    finished = history.write(
        session, shop, business_date(moment), days=days, orders_per_day=orders_per_day, progress=progress
    )
    clock.at = min(moment, at_shop(business_date(moment), time(7, 30)))
    _stock_up(session, shop, clock)
    buying.buy(session, shop, clock.at)
    buying.look_ahead(session, shop, clock.at, simulate=days >= 60)
    counting.count(session, shop, clock.at)
    opens = _open_now(session, moment)
    crib.fill(session, shop, moment)
    boutique.fill(session, shop, moment)
    today.open_day(session, shop, moment, opens, delivered=not days)
    session.add(ShopSetting(key=_MARK, value="1", changed_at=moment))
    return finished


def _open_now(session: Session, now: datetime) -> int:
    """The hour at which the demo shop opened: by day eight as usual; at night it keeps the hours of whoever looks at it."""
    hour = shanghai(now).hour
    if 8 <= hour < 18:  # later, what is planned two hours ahead would lie beyond the board
        return 8
    opens = min(14, max(0, hour - 4))
    for key, value in (("reception.opens", opens), ("reception.closes", opens + 10)):
        session.add(ShopSetting(key=key, value=str(value), changed_at=now))
    return opens


def _stock_up(session: Session, shop: masters.Shop, clock: FixedClock) -> None:
    """What lies on the shelves this morning: the usual, as far as the years before left less."""
    left = {row.part_id: row.quantity_milli for row in session.scalars(select(StockValue))}
    for part, (*_rest, stocked, code) in zip(shop.parts, words.PARTS, strict=True):
        milli = stocked * 1000 - left.get(part.id, 0)
        if milli > 0:
            place = stock.ensure_bin(session, code)
            stock.receive(
                session,
                SYSTEM,
                clock,
                part_id=part.id,
                bin_id=place.id,
                quantity_milli=milli,
                value_fen=masters.net_cost(part.purchase_fen, milli),
                source="demo",
                source_id=part.id,
            )
