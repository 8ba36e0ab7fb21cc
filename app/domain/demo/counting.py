"""What the demo shop counted: a shelf that is posted, a cycle count that waits for the service manager, one half done."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from app.domain.demo import masters
from app.domain.repair_orders import shelf
from app.domain.staff.model import Role, Staff
from app.domain.stock_takes import counting, ending, queries
from app.domain.stock_takes.model import StockTake
from app.domain.stock_takes.states import TakeKind
from app.kernel.actor import Actor
from app.kernel.clock import FixedClock, at_shop, business_date
from app.kernel.permission import Permission


class Store:
    """Those who count, under a clock that is set to the moment of each deed."""

    def __init__(self, session: Session, shop: masters.Shop, now: datetime) -> None:
        self.session, self.now = session, now
        self.clock = FixedClock(now)
        self.clerk, self.chief = _as(shop.staff[Role.PARTS_CLERK][0]), _as(shop.staff[Role.PARTS_MANAGER][0])
        self.manager = _as(shop.staff[Role.SERVICE_MANAGER][0])

    def at(self, days_ago: int, hour: int) -> None:
        """Set the clock; never ahead of the moment at which the demo is opened."""
        day = business_date(self.now) - timedelta(days=days_ago)
        self.clock.at = min(self.now, at_shop(day, time(hour)))

    def count(self, bins: str, differs: dict[str, int] | None = None, leave: int = 0) -> StockTake:
        """Count bins as the ledger has them, but for what ``differs`` by so many pieces, by the part's name."""
        session, clock = self.session, self.clock
        take = counting.start(session, self.clerk, clock, TakeKind.BINS, first_bin=bins)
        lines = queries.open_lines(session, take.id)
        for line in lines[: len(lines) - leave]:
            balance = line.balance
            lies = balance.on_hand_milli + 1000 * (differs or {}).get(balance.part.name, 0)
            clock.advance(timedelta(minutes=2))
            if counting.count_line(session, self.clerk, clock, take, line, line.version, lies) and not leave:
                clock.advance(timedelta(minutes=3))
                counting.count_line(session, self.clerk, clock, take, line, line.version, lies)
        if not leave:
            ending.finish(session, self.clerk, clock, take, take.version)
        return take


def _as(person: Staff) -> Actor:
    return Actor(name=person.name, staff_id=person.id, permissions=frozenset(Permission))


def count(session: Session, shop: masters.Shop, now: datetime) -> None:
    """Three stock-takes of the last days, in the order in which they were begun."""
    session.flush()
    store = Store(session, shop, now)
    store.at(8, 16)
    posted = store.count("A-05", {"放油螺塞密封圈": -3, "车轮螺栓": 2})
    store.at(7, 9)
    shelf.post_stock_take(session, store.chief, store.clock, posted, posted.version)
    store.at(1, 15)
    store.count("E", {"轮胎 245/40 R19": -1})
    store.at(0, 7)
    store.count("C", leave=4)
