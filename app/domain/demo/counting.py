"""What the demo shop counted (a shelf posted, tyres that wait for the service manager, one half done) and threw away."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.demo import masters
from app.domain.files.model import FileKind, StoredFile
from app.domain.repair_orders import shelf
from app.domain.staff.model import Role
from app.domain.stock import scrap
from app.domain.stock.model import ScrapReason, ScrapRequest, StockBalance
from app.domain.stock_takes import counting, ending, queries
from app.domain.stock_takes.model import StockTake
from app.domain.stock_takes.states import TakeKind
from app.kernel.clock import FixedClock, at_shop, business_date


class Store:
    """Those who count, under a clock that is set to the moment of each deed."""

    def __init__(self, session: Session, shop: masters.Shop, now: datetime) -> None:
        self.session, self.now = session, now
        self.clock = FixedClock(now)
        self.clerk, self.chief = (
            masters.acting(shop.staff[Role.PARTS_CLERK][0]),
            masters.acting(shop.staff[Role.PARTS_MANAGER][0]),
        )
        self.manager = masters.acting(shop.staff[Role.SERVICE_MANAGER][0])

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
                counting.count_line(session, self.chief, clock, take, line, line.version, lies)
        if not leave:
            ending.finish(session, self.clerk, clock, take, take.version)
        return take

    def ask(self, name: str, milli: int, reason: ScrapReason, words: str, shop: masters.Shop) -> ScrapRequest:
        """The clerk asks, with a photo whose picture is not kept: the demo has no camera."""
        photo = StoredFile(
            kind=FileKind.PHOTO, name=f"{shop.dice.getrandbits(160):040x}", media_type="image/jpeg", sha256="0" * 64,
            size=0, subject="demo", stored_at=self.clock.now(), stored_by=self.clerk.name,
        )  # fmt: skip
        self.session.add(photo)
        part = next(part for part in shop.parts if part.name == name)
        lying = select(StockBalance).where(StockBalance.part_id == part.id).order_by(StockBalance.on_hand_milli.desc())
        balance = self.session.scalars(lying).first()
        assert balance is not None
        self.session.flush()
        asked, _outcome = shelf.ask_for_scrap(
            self.session, self.clerk, self.clock, balance, quantity_milli=milli, reason=reason, words=words, photo=photo
        )
        return asked


def count(session: Session, shop: masters.Shop, now: datetime) -> None:
    """Three stock-takes of the last days, in the order in which they were begun."""
    session.flush()
    store = Store(session, shop, now)
    store.at(8, 16)
    posted = store.count("A-05", {"放油螺塞密封圈": -3, "车轮螺栓": 2})
    store.at(7, 9)
    shelf.post_stock_take(session, store.manager, store.clock, posted, posted.version)
    store.at(1, 15)
    store.count("E", {"轮胎 245/40 R19": -1})
    store.at(0, 7)
    store.count("C", leave=4)
    _scrap(store, shop)


def _scrap(store: Store, shop: masters.Shop) -> None:
    """Brake fluid that was past its date and is gone, and wipers that wait for the decision."""
    session, clock = store.session, store.clock
    store.at(5, 14)
    old = store.ask("制动液 DOT4+", 3000, ScrapReason.EXPIRED, "开封超过一年，已过有效期", shop)
    store.at(4, 9)
    scrap.approve(session, store.chief, clock, old)
    store.at(1, 17)
    store.ask("雨刮片套件", 1000, ScrapReason.DAMAGED, "包装受压，刮片变形", shop)
