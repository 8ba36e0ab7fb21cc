"""Settling, paying, credit, refund and reversal: every fen accounted for, whatever is tried."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.billing import operations as billing
from app.domain.billing.model import Settlement, Tender, TenderMethod
from app.domain.customers.model import Customer
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import OrderState, Payer
from app.extensions import db
from app.kernel.clock import FixedClock
from app.kernel.errors import DomainError, Forbidden, InvalidInput, RuleBroken, StaleVersion, WrongState
from app.kernel.money import line_amount, split_vat
from app.kernel.unit_of_work import transact
from tests.support import cast
from tests.support.orders import authorised, broken, inspected
from tests.support.shop import SmallShop, open_small_shop

CASH = TenderMethod.CASH


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    return open_small_shop(session, clock)


@pytest.fixture
def order(session: Session, clock: FixedClock, shop: SmallShop) -> RepairOrder:
    """Inspected: the customer pays 424.00 + 198.00, the manufacturer 583.00 + 1,680.00."""
    wanted = {shop.service: [(shop.filter, 1000)], shop.brakes: [(shop.pads, 1000)]}
    return inspected(session, clock, authorised(session, clock, shop, wanted, payers={shop.brakes: Payer.WARRANTY}))


def settle(session: Session, clock: FixedClock, order: RepairOrder) -> dict[Payer, Settlement]:
    made = billing.settle(session, cast.acting(session, "cashier"), clock, order, order.version)
    session.flush()
    return {settlement.payer: settlement for settlement in made}


def test_each_payer_gets_a_document_and_together_they_are_the_order(
    session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    made = settle(session, clock, order)
    assert {payer: s.total_fen for payer, s in made.items()} == {Payer.CUSTOMER: 62200, Payer.WARRANTY: 226300}
    assert [s.number for s in made.values()] == ["ST-202611-0001", "ST-202611-0002"]
    assert all(s.net_fen + s.tax_fen == s.total_fen for s in made.values())
    assert order.state is OrderState.SETTLED and order.settled_at == clock.now()
    # The manufacturer pays by its own road: only the customer's share holds the car.
    assert billing.shares_open(billing.of_order(session, order.id)) == 1
    with pytest.raises(RuleBroken):
        billing.take_tender(
            session, cast.acting(session, "cashier"), clock, made[Payer.WARRANTY].id, TenderMethod.TRANSFER, 100, ""
        )
    assert broken(session) == []


def test_an_order_is_settled_by_what_the_person_saw(session: Session, clock: FixedClock, order: RepairOrder) -> None:
    cashier = cast.acting(session, "cashier")
    with pytest.raises(StaleVersion):
        billing.settle(session, cashier, clock, order, order.version - 1)
    with pytest.raises(Forbidden):
        billing.settle(session, cast.acting(session, "technician"), clock, order, order.version)
    settle(session, clock, order)
    with pytest.raises(WrongState):
        billing.settle(session, cashier, clock, order, order.version)


def test_money_in_several_tenders_never_more_than_open(session: Session, clock: FixedClock, order: RepairOrder) -> None:
    share = settle(session, clock, order)[Payer.CUSTOMER]
    cashier = cast.acting(session, "cashier")
    billing.take_tender(session, cashier, clock, share.id, CASH, 20000, "")
    for amount in (42201, 0, -1):
        with pytest.raises(InvalidInput):
            billing.take_tender(session, cashier, clock, share.id, CASH, amount, "")
    second = billing.take_tender(session, cashier, clock, share.id, TenderMethod.WECHAT, 42200, "4200001")
    assert second.number == "TN-202611-0002"
    assert billing.shares_open(billing.of_order(session, order.id)) == 0
    assert broken(session) == []


def test_parts_below_cost_need_the_manager_and_a_reason(
    session: Session, clock: FixedClock, shop: SmallShop, order: RepairOrder
) -> None:
    for line in order.part_lines:  # as if a discount had been agreed
        line.discount_permille = 900
        line.amount_fen = line_amount(line.quantity_milli, line.price_fen, 900)
    session.flush()
    with pytest.raises(RuleBroken):
        billing.settle(session, cast.acting(session, "cashier"), clock, order, order.version)
    session.rollback()


def test_the_manager_settles_below_cost_with_a_reason_on_record(
    session: Session, clock: FixedClock, shop: SmallShop, order: RepairOrder
) -> None:
    order.part_lines[0].discount_permille, order.part_lines[1].discount_permille = 1000, 1000
    order.part_lines[0].amount_fen = order.part_lines[1].amount_fen = 0
    session.flush()
    assert billing.below_cost(session, order)
    manager = cast.acting(session, "manager")
    with session.begin_nested() as nested, pytest.raises(InvalidInput):
        try:
            billing.settle(session, manager, clock, order, order.version)
        finally:
            nested.rollback()
    session.refresh(order)
    billing.settle(session, manager, clock, order, order.version, approve_below_cost="老客户补偿")
    assert order.state is OrderState.SETTLED
    assert broken(session) == []


def test_credit_within_the_limit_over_everything_open(
    session: Session, clock: FixedClock, shop: SmallShop, order: RepairOrder
) -> None:
    share, manager = settle(session, clock, order)[Payer.CUSTOMER], cast.acting(session, "manager")
    owner = session.get_one(Customer, shop.customer)
    owner.credit_limit_fen = 62199
    with pytest.raises(RuleBroken) as refused:
        billing.allow_credit(session, manager, clock, share.id)
    assert "621.99" in str(refused.value) and "622.00" in str(refused.value)
    owner.credit_limit_fen = 62200
    session.flush()
    with pytest.raises(Forbidden):
        billing.allow_credit(session, cast.acting(session, "cashier"), clock, share.id)
    billing.allow_credit(session, manager, clock, share.id)
    assert billing.shares_open(billing.of_order(session, order.id)) == 0
    assert billing.credit_used(session, shop.customer) == 62200
    with pytest.raises(WrongState):
        billing.allow_credit(session, manager, clock, share.id)
    billing.take_tender(session, cast.acting(session, "cashier"), clock, share.id, CASH, 62200, "")
    assert billing.credit_used(session, shop.customer) == 0


def test_a_settlement_that_was_taken_back_uses_no_credit(
    session: Session, clock: FixedClock, shop: SmallShop, order: RepairOrder
) -> None:
    share, manager = settle(session, clock, order)[Payer.CUSTOMER], cast.acting(session, "manager")
    session.get_one(Customer, shop.customer).credit_limit_fen = 62200
    session.flush()
    billing.allow_credit(session, manager, clock, share.id)
    session.flush()
    billing.reverse(session, manager, clock, order, order.version, "付费方有误")
    session.flush()
    assert billing.credit_used(session, shop.customer) == 0
    again = settle(session, clock, order)[Payer.CUSTOMER]
    billing.allow_credit(session, manager, clock, again.id)
    assert billing.credit_used(session, shop.customer) == 62200


def test_a_settlement_is_taken_back_by_its_mirror_after_the_money(
    session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    share, manager = settle(session, clock, order)[Payer.CUSTOMER], cast.acting(session, "manager")
    billing.take_tender(session, cast.acting(session, "cashier"), clock, share.id, CASH, 62200, "")
    with pytest.raises(RuleBroken), session.begin_nested():
        billing.reverse(session, manager, clock, order, order.version, "付费方有误")
    session.refresh(order)
    for amount in (62201, 0):
        with pytest.raises(InvalidInput):
            billing.refund(session, manager, clock, share.id, CASH, amount, "付费方有误")
    billing.refund(session, manager, clock, share.id, CASH, 62200, "付费方有误")
    with pytest.raises(RuleBroken), session.begin_nested():
        billing.reverse(session, manager, clock, order, order.version, "  ")
    session.refresh(order)
    billing.reverse(session, manager, clock, order, order.version, "付费方有误")
    session.flush()
    assert order.state is OrderState.INSPECTED and order.settled_at is None
    everything = billing.of_order(session, order.id)
    assert len(everything) == 4 and sum(s.total_fen for s in everything) == 0
    assert billing.standing(everything) == []
    with pytest.raises(WrongState):
        billing.take_tender(session, cast.acting(session, "cashier"), clock, share.id, CASH, 100, "")
    again = settle(session, clock, order)
    assert again[Payer.CUSTOMER].number == "ST-202611-0005"
    assert broken(session) == []


def test_money_on_a_settlement_goes_back_the_way_it_came(
    session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    share, manager = settle(session, clock, order)[Payer.CUSTOMER], cast.acting(session, "manager")
    cashier = cast.acting(session, "cashier")
    billing.take_tender(session, cashier, clock, share.id, TenderMethod.CARD, 60000, "")
    billing.take_tender(session, cashier, clock, share.id, CASH, 2200, "")
    for method, much in ((CASH, 2201), (TenderMethod.WECHAT, 100), (TenderMethod.CARD, 60001)):
        with pytest.raises(InvalidInput) as refused:
            billing.refund(session, manager, clock, share.id, method, much, "付费方有误")
        assert refused.value.field == "method"
    billing.refund(session, manager, clock, share.id, CASH, 2200, "付费方有误")
    billing.refund(session, manager, clock, share.id, TenderMethod.CARD, 30000, "付费方有误")
    billing.refund(session, manager, clock, share.id, TenderMethod.TRANSFER, 30000, "卡已注销")
    assert broken(session) == []


def test_what_is_open_follows_the_money_and_a_wrong_figure_is_found(
    session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    share, manager = settle(session, clock, order)[Payer.CUSTOMER], cast.acting(session, "manager")
    cashier = cast.acting(session, "cashier")
    seen = [share.open_fen]
    for step in (
        lambda: billing.take_tender(session, cashier, clock, share.id, CASH, 20000, ""),
        lambda: billing.take_tender(session, cashier, clock, share.id, CASH, 42200, ""),
        lambda: billing.refund(session, manager, clock, share.id, CASH, 62200, "付费方有误"),
        lambda: billing.reverse(session, manager, clock, order, order.version, "付费方有误"),
    ):
        step()
        session.flush()
        seen.append(share.open_fen)
    assert seen == [62200, 42200, 0, 62200, 0]
    assert all(s.open_fen == 0 for s in billing.of_order(session, order.id))
    assert broken(session) == []
    share.open_fen = 1
    session.flush()
    assert [row.row for row in broken(session)] == [f"{share.number}: 1 kept as open, 0 left by its tenders"]


def test_two_tills_cannot_take_the_same_money(
    app: Flask, session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    share, cashier = settle(session, clock, order)[Payer.CUSTOMER], cast.acting(session, "cashier")
    session.commit()
    gate, ends = threading.Barrier(12), []

    def pay() -> None:
        with app.app_context(), Session(db.engine, expire_on_commit=False) as own:
            gate.wait()
            try:
                transact(
                    own, lambda: billing.take_tender(own, cashier, clock, share.id, CASH, 31100, ""), lambda _s: None
                )
                ends.append("done")
            except DomainError as error:
                ends.append(type(error).__name__)
            except Exception as error:
                ends.append(f"bug: {error!r}")

    threads = [threading.Thread(target=pay) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(ends) == {"done": 2, "InvalidInput": 10}
    session.expire_all()
    assert sorted(session.scalars(select(Tender.number))) == ["TN-202611-0001", "TN-202611-0002"]
    assert broken(session) == []


@settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    lines=st.lists(
        st.tuples(st.integers(1, 10_000_000), st.integers(0, 5_000_000), st.integers(0, 1000)), min_size=1, max_size=8
    )
)
def test_lines_split_into_net_and_tax_without_losing_a_fen(lines: list[tuple[int, int, int]]) -> None:
    total = sum(line_amount(*line) for line in lines)
    net, tax = split_vat(total)
    assert net + tax == total and 0 <= tax <= net
    assert split_vat(-total) == (-net, -tax)  # a reversal mirrors to the fen
