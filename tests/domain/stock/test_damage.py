"""What somebody changed in the tables of the store behind the portal's back is named by ``flask check``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from app.domain.billing.model import Tender, TenderMethod
from app.domain.catalogue.model import Part
from app.domain.counter_sales import operations as sales
from app.domain.counter_sales import paying, returns
from app.domain.counter_sales.model import CounterSale, CounterSaleLine
from app.domain.counter_sales.paying import Payment
from app.domain.files.model import FileKind
from app.domain.purchasing import discrepancies, invoices
from app.domain.purchasing.model import GoodsReceiptLine, SupplierInvoice
from app.domain.purchasing.states import InvoiceState, Resolution
from app.domain.repair_orders import parts, shelf
from app.domain.stock import scrap
from app.domain.stock.model import MovementKind, ScrapReason, ScrapRequest, StockBalance, StockMovement, StockValue
from app.domain.stock_takes import counting, ending
from app.domain.stock_takes.model import StockTake, StockTakeLine
from app.domain.stock_takes.states import TakeKind
from app.domain.suppliers.model import Supplier
from app.kernel.clock import FixedClock, business_date
from tests.support import buying, cast
from tests.support.guards import unlock
from tests.support.orders import authorised, broken
from tests.support.shop import SmallShop, open_small_shop
from tests.support.stored import stored


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    """A shop that has bought, sold, taken back, counted, thrown away and paid."""
    shop = open_small_shop(session, clock)
    clerk, manager = cast.acting(session, "parts_clerk"), cast.acting(session, "manager")
    order = buying.sent(session, clock, {shop.filter: 10_000}, unit_fen=123_45)
    done = buying.receive(session, clock, order, good_milli=9000, damaged_milli=1000)
    discrepancies.resolve(session, clerk, clock, order.number, done.discrepancies[0].id, Resolution.CREDITED)
    supplier = session.scalars(select(Supplier)).one()
    bill = invoices.enter_invoice(
        session, manager, clock, supplier, number="1", issued_on=business_date(clock.now()), total_fen=9 * 123_45,
        receipt_ids=[done.receipt.id],
    )  # fmt: skip
    invoices.mark_paid(session, manager, clock, bill, bill.version, None)
    line = authorised(session, clock, shop, {shop.service: [(shop.filter, 3000)]}).part_lines[0]
    parts.issue_line(session, clerk, clock, line, 3000)
    parts.return_line(session, clerk, clock, line, 1000, "拿错了")
    sale = sales.begin(session, manager, clock)
    sales.add(session, manager, clock, sale, session.get_one(Part, shop.filter), 2000)
    paid = [Payment(TenderMethod.CARD, 30000), Payment(TenderMethod.CASH, 9600)]
    paying.pay(session, manager, clock, sale, sale.version, paid)
    returns.take_back(session, manager, clock, sale, {sale.lines[0].id: 1000}, TenderMethod.CARD, "买错了")
    photo = stored(session, FileKind.PHOTO, clock.now())
    lying = select(StockBalance).where(StockBalance.part_id == shop.filter, StockBalance.on_hand_milli > 1000)
    balance = session.scalars(lying).first()
    assert balance is not None
    facts = {"quantity_milli": 1000, "reason": ScrapReason.DAMAGED, "words": "", "photo": photo}
    asked, _outcome = shelf.ask_for_scrap(session, clerk, clock, balance, **facts)  # type: ignore[arg-type]
    scrap.approve(session, manager, clock, asked)
    count(session, clock)
    session.commit()
    return shop


def count(session: Session, clock: FixedClock) -> None:
    """A stock-take in which of everything one piece is missing."""
    clerk, manager = cast.acting(session, "parts_clerk"), cast.acting(session, "manager")
    chief = cast.acting(session, "parts_manager")
    take = counting.start(session, clerk, clock, TakeKind.FULL)
    for line in session.scalars(select(StockTakeLine).where(StockTakeLine.take_id == take.id)).all():
        there = session.get_one(StockBalance, line.balance_id).on_hand_milli
        for who in (clerk, chief):
            if not counting.count_line(session, who, clock, take, line, line.version, max(0, there - 1000)):
                break
    ending.finish(session, clerk, clock, take, take.version)
    shelf.post_stock_take(session, manager, clock, take, take.version)


def worth(kind: MovementKind, by: int) -> list[Callable[[], Update]]:
    """The last such movement and the value of its part changed alike: their sums still agree."""
    one = select(StockMovement.id).where(StockMovement.kind == kind).order_by(StockMovement.id.desc()).limit(1)
    of = select(StockMovement.part_id).where(StockMovement.id.in_(one))
    return [
        lambda: update(StockMovement).where(StockMovement.id.in_(one)).values(value_fen=StockMovement.value_fen + by),
        lambda: update(StockValue).where(StockValue.part_id.in_(of)).values(value_fen=StockValue.value_fen + by),
    ]


SOLD, BACK = CounterSale.returns_id.is_(None), CounterSale.returns_id.is_not(None)
SOLD_LINE, BACK_LINE = CounterSaleLine.returns_line_id.is_(None), CounterSaleLine.returns_line_id.is_not(None)


def more(column: Any, by: int = 1) -> dict[Any, Any]:
    return {column: column + by}


BREAKS: dict[str, tuple[str, list[Callable[[], Update]]]] = {
    "an issue": ("moving average", worth(MovementKind.ISSUE, -500)),
    "a return": ("moving average", worth(MovementKind.RETURN, 500)),
    "scrap": ("moving average", worth(MovementKind.SCRAP, -500)),
    "a count": ("moving average", worth(MovementKind.COUNT, -500)),
    "a delivery's value": ("agreed price", worth(MovementKind.RECEIPT, 500)),
    "a delivery's price": ("agreed price", [lambda: update(GoodsReceiptLine).values(more(GoodsReceiptLine.unit_fen))]),
    "a price sold at": ("price and discount", [lambda: update(CounterSaleLine).where(SOLD_LINE).values(more(CounterSaleLine.price_fen))]),
    "the tax of a sale": (
        "share of the total",
        [lambda: update(CounterSale).where(SOLD).values({**more(CounterSale.net_fen), **more(CounterSale.tax_fen, -1)})],
    ),
    "a return of more than was paid": (
        "no more comes back",
        [
            lambda: update(CounterSaleLine).where(BACK_LINE).values(amount_fen=-50000),
            lambda: update(CounterSale).where(BACK).values(total_fen=-50000, net_fen=-44248, tax_fen=-5752),
            lambda: update(Tender).where(Tender.amount_fen < 0).values(amount_fen=-50000),
        ],
    ),
    "cash for a card": ("another way than it came", [lambda: update(Tender).where(Tender.amount_fen < 0).values(method=TenderMethod.CASH)]),
    "a bill that was paid": ("paid when it matches", [lambda: update(SupplierInvoice).values(more(SupplierInvoice.total_fen, 50_000))]),
    "what a paid bill expects": ("expects what its deliveries", [lambda: update(SupplierInvoice).values(more(SupplierInvoice.expected_fen))]),
    "a bill that is paid and not": ("paid when it matches", [lambda: update(SupplierInvoice).values(state=InvoiceState.MATCHED)]),
    "the sum that decides who approves": ("valued by its lines", [lambda: update(StockTake).values(absolute_fen=1)]),
    "who posted a count": (
        "who counted",
        [lambda: update(StockTake).values(ended_by_id=select(StockTakeLine.counted_by_id).limit(1).scalar_subquery())],
    ),
    "who counted again": ("without leave", [
        lambda: update(StockTake).values(sent_back_at=datetime(2020, 1, 1, tzinfo=UTC),
                                         sent_back_by_id=select(StockTakeLine.counted_by_id).limit(1).scalar_subquery())
    ]),
    "a line that was not counted again": ("counted once", [lambda: update(StockTakeLine).values(rounds=1)]),
    "who approved scrap": ("scrapped himself", [lambda: update(ScrapRequest).values(decided_by_id=ScrapRequest.asked_by_id)]),
}  # fmt: skip


def test_check_names_what_was_changed_in_the_tables_of_the_store(session: Session, shop: SmallShop) -> None:
    assert broken(session) == []
    for what, (says, damages) in BREAKS.items():
        unlock(session)
        for damage in damages:
            session.execute(damage().execution_options(synchronize_session=False))
        session.expire_all()
        assert any(says in str(found) for found in broken(session)), what
        session.rollback()
    assert broken(session) == []
