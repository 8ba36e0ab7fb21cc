"""Sales over the counter: money and parts move in one act, and what comes back gives back what was paid for it."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.billing.model import Tender, TenderMethod
from app.domain.billing.tenders import takings
from app.domain.catalogue.model import Part
from app.domain.counter_sales import operations as sales
from app.domain.counter_sales import paying, queries, returns
from app.domain.counter_sales.model import CounterSale, SaleState
from app.domain.counter_sales.paying import Payment
from app.domain.customers.model import Customer
from app.domain.stock.model import StockBalance, StockValue
from app.extensions import db
from app.kernel.audit import AuditRow
from app.kernel.clock import FixedClock, business_date, day_bounds
from app.kernel.errors import DomainError, Forbidden, InvalidInput, NotFound, RuleBroken, WrongState
from app.kernel.unit_of_work import transact
from tests.support import cast
from tests.support.orders import broken
from tests.support.shop import SmallShop, open_small_shop


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    return open_small_shop(session, clock)


def a_cart(session: Session, clock: FixedClock, *parts: tuple[int, int], who: str = "cashier") -> CounterSale:
    """A cart with these parts (id, thousandths)."""
    seller = cast.acting(session, who)
    sale = sales.begin(session, seller, clock)
    for part_id, milli in parts:
        sales.add(session, seller, clock, sale, session.get_one(Part, part_id), milli)
    return sale


def cash(fen: int) -> Payment:
    return Payment(TenderMethod.CASH, fen)


def on_hand(session: Session, part_id: int) -> int:
    return int(session.scalar(select(func.sum(StockBalance.on_hand_milli)).where(StockBalance.part_id == part_id)) or 0)


def test_a_cashier_sells_two_filters_in_two_tenders(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    cashier = cast.acting(session, "cashier")
    sale = a_cart(session, clock, (shop.filter, 1000), (shop.filter, 1000))
    assert [(line.quantity_milli, line.amount_fen) for line in sale.lines] == [(2000, 39600)]
    assert sale.number is None and on_hand(session, shop.filter) == 3000  # nothing has happened yet
    both = [cash(20000), Payment(TenderMethod.WECHAT, 19600, "4200001")]
    paying.pay(session, cashier, clock, sale, sale.version, both)
    assert sale.number == "CS-202611-0001" and sale.state is SaleState.PAID
    assert (sale.net_fen, sale.tax_fen, sale.total_fen) == (35044, 4556, 39600)
    assert on_hand(session, shop.filter) == 1000
    day = takings(session, *day_bounds(business_date(clock.now())))
    assert [(t.method.value, t.received_fen) for t in day] == [("cash", 20000), ("wechat", 19600)]
    for deed in (
        lambda: paying.pay(session, cashier, clock, sale, sale.version, [cash(39600)]),
        lambda: sales.add(session, cashier, clock, sale, session.get_one(Part, shop.pads)),
        lambda: sales.drop(session, cashier, clock, sale),
        lambda: sales.remove_line(session, cashier, clock, sale, sale.lines[0].id),
    ):
        with pytest.raises(WrongState):
            deed()
    assert broken(session) == []


def test_payments_that_do_not_add_up_move_nothing(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    cashier, sale = cast.acting(session, "cashier"), a_cart(session, clock, (shop.filter, 1000))
    for wrong in ([], [cash(19799)], [cash(19801)], [cash(29800), cash(-10000)], [cash(19800), cash(0)]):
        with pytest.raises(InvalidInput):
            paying.pay(session, cashier, clock, sale, sale.version, wrong)
    empty = a_cart(session, clock)
    with pytest.raises(RuleBroken):
        paying.pay(session, cashier, clock, empty, empty.version, [])
    with pytest.raises(DomainError):  # somebody changed the cart meanwhile
        paying.pay(session, cashier, clock, sale, sale.version - 1, [cash(19800)])
    assert session.scalar(select(func.count()).select_from(Tender)) == 0
    assert on_hand(session, shop.filter) == 3000


def test_what_is_not_on_the_shelf_is_not_sold(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    clerk = cast.acting(session, "parts_clerk")
    sale = a_cart(session, clock, (shop.filter, 1000), (shop.headlight, 1000), who="parts_clerk")
    with pytest.raises(RuleBroken) as refused, session.begin_nested():
        paying.pay(session, clerk, clock, sale, sale.version, [cash(19800 + 698000)])
    assert "前照灯模块" in str(refused.value)
    assert on_hand(session, shop.filter) == 3000 and broken(session) == []


def test_a_discount_wants_the_right_to_give_one_and_below_cost_the_managers(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clerk, manager = cast.acting(session, "parts_clerk"), cast.acting(session, "manager")
    sale = a_cart(session, clock, (shop.pads, 1000), who="parts_clerk")
    (line,) = sale.lines
    with pytest.raises(Forbidden):
        sales.change_line(session, clerk, clock, sale, line.id, 1000, 100)
    sales.change_line(session, manager, clock, sale, line.id, 1000, 600)
    assert sale.total_fen == 67200  # net 594.69, and it cost 840.00
    with pytest.raises(RuleBroken), session.begin_nested():
        paying.pay(session, clerk, clock, sale, sale.version, [cash(67200)])
    paying.pay(session, manager, clock, sale, sale.version, [cash(67200)])
    assert broken(session) == []


def test_a_piece_that_comes_back_gives_its_money_back_and_lies_on_the_shelf_again(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    cashier, manager = cast.acting(session, "cashier"), cast.acting(session, "manager")
    sale = a_cart(session, clock, (shop.filter, 3000))
    (line,) = sale.lines
    sales.change_line(session, manager, clock, sale, line.id, 3000, 333)  # 396.198: rounded once
    assert sale.total_fen == 39620
    paying.pay(session, cashier, clock, sale, sale.version, [cash(39620)])
    worth = session.get(StockValue, shop.filter)
    with pytest.raises(Forbidden):
        returns.take_back(session, cashier, clock, sale, {line.id: 1000}, TenderMethod.CASH, "买错了")
    given = []
    for _ in range(3):
        clock.advance(timedelta(minutes=5))
        back = returns.take_back(session, manager, clock, sale, {line.id: 1000}, TenderMethod.CASH, "买错了")
        given.append(back.total_fen)
    assert sum(given) == -39620 and max(given) - min(given) <= 1  # to the fen, whatever the thirds
    assert back.number == "CS-202611-0004" and back.returns_id == sale.id
    assert on_hand(session, shop.filter) == 3000
    session.refresh(worth)
    assert worth is not None and worth.value_fen == 3 * 9900  # at the cost it left at
    for pieces, error in (({line.id: 1000}, InvalidInput), ({}, InvalidInput), ({9999: 1000}, NotFound)):
        with pytest.raises(error):
            returns.take_back(session, manager, clock, sale, pieces, TenderMethod.CASH, "买错了")
    with pytest.raises(WrongState):  # a return is not returned
        returns.take_back(session, manager, clock, back, {back.lines[0].id: 1000}, TenderMethod.CASH, "又要")
    (day,) = takings(session, *day_bounds(business_date(clock.now())))
    assert (day.received_fen, day.returned_fen, day.net_fen) == (39620, 39620, 0)
    assert broken(session) == []


def test_nobody_sells_half_a_filter(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    cashier, sale = cast.acting(session, "cashier"), a_cart(session, clock, (shop.filter, 1000))
    with pytest.raises(InvalidInput):
        sales.change_line(session, cashier, clock, sale, sale.lines[0].id, 1500, 0)
    session.get_one(Part, shop.pads).unit = "升"  # as if it were oil
    oil = sales.add(session, cashier, clock, sale, session.get_one(Part, shop.pads), 500)
    assert oil.amount_fen == 84000 and sale.lines[0].quantity_milli == 1000


def test_nobody_brings_half_a_filter_back(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    manager, sale = cast.acting(session, "manager"), a_cart(session, clock, (shop.filter, 1000))
    paying.pay(session, cast.acting(session, "cashier"), clock, sale, sale.version, [cash(19800)])
    with pytest.raises(InvalidInput) as refused:
        returns.take_back(session, manager, clock, sale, {sale.lines[0].id: 500}, TenderMethod.CASH, "买错了")
    assert refused.value.field == "quantity" and on_hand(session, shop.filter) == 2000


def test_a_discount_given_on_one_piece_is_no_discount_on_ten(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clerk, manager = cast.acting(session, "parts_clerk"), cast.acting(session, "manager")
    sale = a_cart(session, clock, (shop.filter, 2000), who="parts_clerk")
    (line,) = sale.lines
    sales.change_line(session, manager, clock, sale, line.id, 2000, 100)
    with pytest.raises(Forbidden):
        sales.change_line(session, clerk, clock, sale, line.id, 3000, 100)
    sales.change_line(session, clerk, clock, sale, line.id, 1000, 100)
    assert sale.total_fen == 17820


def test_money_goes_back_the_way_it_came(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    cashier, manager = cast.acting(session, "cashier"), cast.acting(session, "manager")
    sale = a_cart(session, clock, (shop.filter, 3000))
    paid = [Payment(TenderMethod.CARD, 50000, "1"), cash(9400)]
    paying.pay(session, cashier, clock, sale, sale.version, paid)
    pieces = {sale.lines[0].id: 1000}
    with pytest.raises(InvalidInput) as refused:  # nobody paid like this
        returns.take_back(session, manager, clock, sale, pieces, TenderMethod.WECHAT, "买错了")
    assert refused.value.field == "method"

    def given(method: TenderMethod) -> list[tuple[str, int]]:
        back = returns.take_back(session, manager, clock, sale, pieces, method, "买错了")
        session.expire(back, ["tenders"])
        return [(tender.method.value, tender.amount_fen) for tender in back.tenders]

    assert given(TenderMethod.CASH) == [("cash", -9400), ("card", -10400)]  # no more cash than he brought
    with pytest.raises(InvalidInput):
        given(TenderMethod.CASH)
    assert given(TenderMethod.CARD) == [("card", -19800)]
    assert given(TenderMethod.TRANSFER) == [("transfer", -19800)]  # to an account with a name
    assert broken(session) == []


def test_what_came_back_in_pieces_leaves_no_tax_behind(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    cashier, manager = cast.acting(session, "cashier"), cast.acting(session, "manager")
    sale = a_cart(session, clock, (shop.filter, 3000))
    sales.change_line(session, manager, clock, sale, sale.lines[0].id, 3000, 333)
    paying.pay(session, cashier, clock, sale, sale.version, [cash(39620)])
    pieces = {sale.lines[0].id: 1000}
    backs = [returns.take_back(session, manager, clock, sale, pieces, TenderMethod.CASH, "买错了") for _ in range(3)]
    assert sale.net_fen + sum(back.net_fen for back in backs) == 0
    assert sale.tax_fen + sum(back.tax_fen for back in backs) == 0


def test_money_is_given_back_with_a_word_and_not_under_a_pin(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    cashier, sale = cast.acting(session, "cashier"), a_cart(session, clock, (shop.filter, 1000))
    paying.pay(session, cashier, clock, sale, sale.version, [cash(19800)])
    pieces = {sale.lines[0].id: 1000}
    with pytest.raises(Forbidden):
        returns.take_back(
            session, cast.acting(session, "manager", via="pin"), clock, sale, pieces, TenderMethod.CASH, "买错了"
        )
    with pytest.raises(InvalidInput):
        returns.take_back(session, cast.acting(session, "manager"), clock, sale, pieces, TenderMethod.CASH, "  ")
    with pytest.raises(Forbidden):
        sales.begin(session, cast.acting(session, "cashier", via="pin"), clock)


def test_of_many_tills_that_sell_the_last_piece_one_does(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    cashier = cast.acting(session, "cashier")
    carts = [a_cart(session, clock, (shop.pads, 1000)).id for _ in range(8)]
    session.commit()
    with app.app_context():
        engine = db.engine
    gate, ends = threading.Barrier(8), Counter[str]()

    def sell(sale_id: int) -> None:
        gate.wait()
        try:
            with Session(engine) as own:

                def work() -> None:
                    sale = queries.get_sale(own, sale_id)
                    paying.pay(own, cashier, clock, sale, sale.version, [cash(168000)])

                transact(own, work, lambda _seconds: None)
            ends["sold"] += 1
        except RuleBroken:
            ends["refused"] += 1
        except Exception as error:
            ends[repr(error)] += 1

    threads = [threading.Thread(target=sell, args=(cart,)) for cart in carts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ends == {"sold": 1, "refused": 7}
    assert session.scalar(select(func.sum(Tender.amount_fen))) == 168000
    assert broken(session) == []


def test_of_many_who_take_the_same_piece_back_one_gives_money(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    cashier, manager = cast.acting(session, "cashier"), cast.acting(session, "manager")
    sale = a_cart(session, clock, (shop.pads, 1000))
    paying.pay(session, cashier, clock, sale, sale.version, [cash(168000)])
    sale_id, line_id = sale.id, sale.lines[0].id
    session.commit()
    with app.app_context():
        engine = db.engine
    gate, ends = threading.Barrier(6), Counter[str]()

    def back() -> None:
        gate.wait()
        try:
            with Session(engine) as own:

                def work() -> None:
                    sold = queries.get_sale(own, sale_id)
                    returns.take_back(own, manager, clock, sold, {line_id: 1000}, TenderMethod.CASH, "买错了")

                transact(own, work, lambda _seconds: None)
            ends["given back"] += 1
        except InvalidInput:
            ends["refused"] += 1
        except Exception as error:
            ends[repr(error)] += 1

    threads = [threading.Thread(target=back) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ends == {"given back": 1, "refused": 5}
    assert session.scalar(select(func.sum(Tender.amount_fen))) == 0
    assert broken(session) == []


def test_what_was_done_to_a_cart_and_who_gave_the_discount_is_on_record(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    cashier, manager = cast.acting(session, "cashier"), cast.acting(session, "manager")
    sale = a_cart(session, clock, (shop.filter, 1000), (shop.pads, 1000))
    oil, pads = (line.id for line in sale.lines)
    sales.change_line(session, cashier, clock, sale, oil, 2000, 0)
    sales.change_line(session, cashier, clock, sale, oil, 2000, 0)  # saved as it was: nothing was done
    sales.change_line(session, manager, clock, sale, oil, 2000, 100)
    sales.change_line(session, cashier, clock, sale, oil, 1000, 100)
    sales.remove_line(session, cashier, clock, sale, pads)
    sales.set_customer(session, cashier, clock, sale, session.get_one(Customer, shop.customer))
    sales.set_customer(session, cashier, clock, sale, session.get_one(Customer, shop.customer))
    session.get_one(Part, shop.filter).retail_fen = 20000
    clock.advance(timedelta(days=1))
    sales.take_new_prices(session, cashier, clock, sale)
    session.commit()
    rows = session.scalars(
        select(AuditRow).where(AuditRow.subject == f"counter_sale:{sale.id}").order_by(AuditRow.seq)
    ).all()
    told = [(row.action.partition(".")[2], row.staff_id == manager.staff_id, json.loads(row.details)) for row in rows]
    seen = [
        (deed, by_manager, facts["line"], facts["quantity"], facts["price"], facts["permille"])
        for deed, by_manager, facts in told
        if "line" in facts
    ]
    assert seen == [
        ("add", False, oil, 1000, 19800, 0),
        ("add", False, pads, 1000, 168000, 0),
        ("change", False, oil, 2000, 19800, 0),
        ("discount", True, oil, 2000, 19800, 100),
        ("change", False, oil, 1000, 19800, 100),
        ("remove", False, pads, 1000, 168000, 0),
        ("change", False, oil, 1000, 20000, 100),
    ]
    assert told[4][2]["was"] == {"quantity": 2000, "price": 19800, "permille": 0, "pieces": ""}
    assert [facts for deed, _, facts in told if deed == "customer"] == [{"customer": shop.customer}]
    assert [deed for deed, _, _ in told][-1] == "prices"
