"""What the demo shop bought in the last weeks: orders to both suppliers in every state, and what went wrong with some."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from app.domain.demo import masters, words
from app.domain.purchasing import discrepancies, invoices, orders, prices, receiving, returns, targets
from app.domain.purchasing.model import PurchaseOrder
from app.domain.purchasing.orders import Promised, Wanted
from app.domain.purchasing.receiving import Arrived
from app.domain.purchasing.states import PurchaseKind, Resolution, ReturnReason
from app.domain.replenishment import simulation, suggestions
from app.domain.staff.model import Role
from app.domain.suppliers import operations as suppliers
from app.domain.suppliers.model import Supplier
from app.domain.suppliers.questions import AuditQuestion
from app.kernel.clock import FixedClock, at_shop, business_date


class Buying:
    """The parts manager's desk, with a clock that is set to the day of each deed."""

    def __init__(self, session: Session, shop: masters.Shop, now: datetime) -> None:
        self.session, self.today = session, business_date(now)
        self.clock = FixedClock(now)
        self.now = now
        self.actor = masters.acting(shop.staff[Role.PARTS_MANAGER][0])
        self.parts = {part.name: part for part in shop.parts}
        self.bins = {name: code for _number, name, *_rest, code in words.PARTS}
        found = {part.supplier_name: part.supplier_id for part in shop.parts}
        self.maker = session.get_one(Supplier, found[words.MANUFACTURER])
        self.trade = session.get_one(Supplier, found[words.LOCAL_TRADE])

    def at(self, days_ago: int, hour: int = 10, minute: int = 0) -> None:
        """Set the clock; never ahead of the moment at which the demo is opened."""
        self.clock.at = min(self.now, at_shop(self.today - timedelta(days=days_ago), time(hour, minute)))

    def order(
        self, supplier: Supplier, wanted: dict[str, int], kind: PurchaseKind = PurchaseKind.STOCK
    ) -> PurchaseOrder:
        """A draft of whole pieces."""
        lines = [Wanted(self.parts[name], pieces * 1000) for name, pieces in wanted.items()]
        return orders.draft_order(self.session, self.actor, self.clock, supplier, lines, kind)

    def send(self, order: PurchaseOrder) -> PurchaseOrder:
        """It goes out."""
        orders.send(self.session, self.actor, self.clock, order, order.version)
        self.session.flush()
        return order

    def confirm(self, order: PurchaseOrder, in_days: int, reference: str) -> PurchaseOrder:
        """Promised as ordered, for a day."""
        day = business_date(self.clock.now()) + timedelta(days=in_days)
        promised = {line.id: Promised(line.quantity_milli, line.unit_fen, day) for line in order.lines}
        orders.confirm(self.session, self.actor, self.clock, order, order.version, promised, reference=reference)
        self.session.flush()
        return order

    def receive(self, order: PurchaseOrder, note: str, **differs: dict[str, int]) -> receiving.Received:
        """Everything as ordered, but for what ``differs`` says by the part's position (``line1={'good_milli': …}``)."""
        arrived = []
        for line in order.lines:
            facts = {"good_milli": line.open_milli, **differs.get(f"line{line.position}", {})}
            if any(facts.values()):
                arrived.append(Arrived(line.id, bin_code=self.bins[line.part.name], **facts))  # type: ignore[arg-type]
        done = receiving.receive_delivery(
            self.session, self.actor, self.clock, order, order.version, arrived, delivery_note=note
        )
        self.session.flush()
        return done


def buy(session: Session, shop: masters.Shop, now: datetime) -> None:
    """Terms, prices and some weeks of orders; the shelf is fuller by what came."""
    desk = Buying(session, shop, now)
    _agree(desk)
    desk.at(20)
    first = desk.send(desk.order(desk.maker, {"机油滤清器": 20, "前制动片套件": 4, "火花塞": 16}))
    desk.at(19, 15)
    desk.confirm(first, 3, "MB-88012")
    desk.at(16, 9)
    came = desk.receive(first, "SH-20441", line2={"good_milli": 3000, "damaged_milli": 1000})
    desk.at(15)
    discrepancies.resolve(
        session, desk.actor, desk.clock, first.number, came.discrepancies[0].id, Resolution.CREDITED, "红字冲减"
    )
    desk.at(12)
    _bill(desk, desk.maker, "0086213", [came])
    desk.at(11)
    _send_back(desk, came)
    desk.at(13)
    second = desk.send(desk.order(desk.trade, {"发动机机油 5W-40": 40, "玻璃清洗液": 20}))
    desk.at(10, 14)
    late = desk.receive(second, "SC-5530", line1={"good_milli": 40_000, "note_fen": 10_200})
    desk.at(9)
    _bill(desk, desk.trade, "23117", [late])
    desk.at(6)
    third = desk.send(desk.order(desk.maker, {"空气滤清器": 12, "空调滤清器": 12, "水泵": 2}))
    desk.at(5, 9)
    desk.confirm(third, 3, "MB-88377")
    desk.at(2, 11)
    desk.receive(third, "SH-20790", line2={"good_milli": 10_000, "noted_milli": 12_000}, line3={"good_milli": 0})
    desk.at(1, 16)
    waiting = desk.send(desk.order(desk.maker, {"前照灯模块": 1}, PurchaseKind.EMERGENCY))
    desk.confirm(waiting, 3, "MB-88402")
    desk.at(0, 8)
    desk.order(desk.trade, {"制动液 DOT4+": 24, "雨刮片套件": 10})


def look_ahead(session: Session, shop: masters.Shop, now: datetime, *, simulate: bool) -> None:
    """This morning's suggested order, and what other service levels would have done where the years tell of it."""
    desk = Buying(session, shop, now)
    suggestions.suggest_now(session, desk.actor, desk.clock)
    if simulate:
        simulation.simulate_now(session, desk.actor, desk.clock)


def _agree(desk: Buying) -> None:
    """Contracts (one of them runs out), the year's target, an audit sheet, prices of the trade in town."""
    session, actor, clock, today = desk.session, desk.actor, desk.clock, desk.today
    desk.at(25)
    for supplier, title, number, days in (
        (desk.maker, "原厂配件供应协议", "PJ-2024-017", 300),
        (desk.trade, "油品及易损件采购合同", "YP-2025-03", 21),
    ):
        suppliers.add_contract(
            session, actor, clock, supplier, title=title, number=number, starts_on=today - timedelta(days=700),
            ends_on=today + timedelta(days=days), remind_days=30,
        )  # fmt: skip
    quarter = today.replace(day=1, month=(today.month - 1) // 3 * 3 + 1)
    ends = (quarter + timedelta(days=100)).replace(day=1) - timedelta(days=1)
    targets.set_target(session, actor, clock, desk.maker, starts_on=quarter, ends_on=ends, amount_fen=12_000_000)
    points = dict(zip(AuditQuestion, (5, 5, 4, 4, 3, 5, 4), strict=True))
    suppliers.hold_audit(
        session, actor, clock, desk.trade, held_on=today - timedelta(days=25), points=points, remark="仓库温控记录完整"
    )
    for name, fen, pack in (("发动机机油 5W-40", 9600, 20), ("玻璃清洗液", 3000, 10), ("制动液 DOT4+", 8400, 12)):
        prices.set_price(
            session, actor, clock, desk.trade, desk.parts[name], unit_fen=fen, pack_milli=pack * 1000,
            valid_from=today - timedelta(days=200),
        )  # fmt: skip


def _send_back(desk: Buying, came: receiving.Received) -> None:
    """What arrived broken goes with the supplier's van, and four plugs too many of what was planned; the credit is awaited."""
    order, (_filter, pads, plugs) = came.receipt.order, came.receipt.lines
    wanted = [
        returns.Back(pads.id, pads.damaged_milli, stocked=False),
        returns.Back(plugs.id, 4000, ReturnReason.NOT_NEEDED),
    ]
    returns.send_back(
        desk.session, desk.actor, desk.clock, order, order.version, came.receipt, wanted, remark="随主机厂送货车带回"
    )
    desk.session.flush()


def _bill(desk: Buying, supplier: Supplier, number: str, deliveries: list[receiving.Received]) -> None:
    ids = [done.receipt.id for done in deliveries]
    owed = sum(invoices.payable_of(desk.session, ids).values())
    at_stake = sum(d.amount_fen for done in deliveries for d in done.discrepancies if d.resolved_at is None)
    invoices.enter_invoice(
        desk.session, desk.actor, desk.clock, supplier, number=number, issued_on=business_date(desk.clock.now()),
        total_fen=owed + at_stake, receipt_ids=ids,
    )  # fmt: skip
