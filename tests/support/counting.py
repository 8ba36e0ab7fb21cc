"""Those who count and post a stock-take, in few words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.repair_orders import shelf
from app.domain.stock.model import StockBalance, StockValue
from app.domain.stock_takes import counting, ending
from app.domain.stock_takes.model import StockTake, StockTakeLine
from app.domain.stock_takes.states import TakeKind
from app.kernel.clock import FixedClock
from tests.support import cast


class Store:
    """Two people who count, one who posts, in few words."""

    def __init__(self, session: Session, clock: FixedClock) -> None:
        self.session, self.clock = session, clock
        self.clerk, self.chief = cast.acting(session, "parts_clerk"), cast.acting(session, "parts_manager")
        self.manager = cast.acting(session, "manager")

    def start(self, kind: TakeKind = TakeKind.FULL, **scope: Any) -> StockTake:
        return counting.start(self.session, self.clerk, self.clock, kind, **scope)

    def line(self, take: StockTake, part: int, bin_code: str = "") -> StockTakeLine:
        of = (
            select(StockTakeLine)
            .join(StockBalance)
            .where(StockTakeLine.take_id == take.id, StockBalance.part_id == part)
        )
        found = [line for line in self.session.scalars(of) if bin_code in ("", line.balance.bin.code)]
        assert len(found) == 1
        return found[0]

    def count(self, take: StockTake, part: int, milli: int, who: str = "parts_clerk", bin_code: str = "") -> bool:
        line = self.line(take, part, bin_code)
        actor = cast.acting(self.session, who)
        return counting.count_line(self.session, actor, self.clock, take, line, line.version, milli)

    def twice(self, take: StockTake, part: int, milli: int, bin_code: str = "") -> None:
        """Counted above the tolerance by one, and by another again."""
        assert self.count(take, part, milli, bin_code=bin_code) is True
        assert self.count(take, part, milli, "parts_manager", bin_code) is False

    def finish(self, take: StockTake) -> None:
        ending.finish(self.session, self.clerk, self.clock, take, take.version)

    def post(self, take: StockTake, who: str = "manager", **named: Any) -> shelf.Outcome:
        actor = cast.acting(self.session, who)
        return shelf.post_stock_take(self.session, actor, self.clock, take, take.version, **named)

    def on_hand(self, part: int) -> int:
        self.session.flush()
        own = select(StockBalance.on_hand_milli).where(StockBalance.part_id == part)
        return sum(self.session.scalars(own))

    def worth(self, part: int) -> int:
        self.session.flush()
        return self.session.get_one(StockValue, part, populate_existing=True).value_fen
