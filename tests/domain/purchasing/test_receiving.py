"""What was ordered, what came, what is still on its way: they agree after every delivery, and cars are served by promise."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.purchasing import discrepancies, invoices, orders, receiving, targets
from app.domain.purchasing.evaluation import Evaluation, evaluate
from app.domain.purchasing.states import InvoiceState, PurchaseState, Resolution
from app.domain.repair_orders.expected import expected_of_jobs, expected_of_lines
from app.domain.repair_orders.model import OrderEvent
from app.domain.stock import incoming
from app.domain.stock.model import StockValue
from app.domain.suppliers.model import Supplier
from app.extensions import db
from app.kernel.actor import Actor
from app.kernel.audit import AuditRow
from app.kernel.clock import FixedClock, business_date
from app.kernel.errors import Forbidden, InvalidInput, RuleBroken, StaleVersion, WrongState
from app.kernel.ratio import Ratio
from tests.support import buying, cast
from tests.support.orders import authorised, broken
from tests.support.shop import SmallShop, open_small_shop


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    return open_small_shop(session, clock)


def test_a_missing_part_is_expected_on_the_suppliers_day_in_the_order_of_the_promises(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    late = authorised(session, clock, shop, {shop.service: [(shop.headlight, 2000)]}, promise=timedelta(hours=9))
    soon = authorised(session, clock, shop, {shop.service: [(shop.headlight, 1000)]}, promise=timedelta(hours=2))
    known = expected_of_lines(session)
    assert [known[o.part_lines[0].id].ordered for o in (soon, late)] == [False, False]
    first = buying.sent(session, clock, {shop.headlight: 1000})
    buying.confirmed(session, clock, first, 2)
    second = buying.sent(session, clock, {shop.headlight: 2000})
    buying.confirmed(session, clock, second, 5)
    today = business_date(clock.now())
    known = expected_of_lines(session)
    assert known[soon.part_lines[0].id].day == today + timedelta(days=2)
    assert known[late.part_lines[0].id].day == today + timedelta(days=5)
    by_job = expected_of_jobs(session)
    assert by_job[soon.jobs[0].id].readiness == "expected" and by_job[soon.jobs[0].id].late_for(today)
    buying.receive(session, clock, first, good_milli=1000)
    assert soon.part_lines[0].id not in expected_of_lines(session)
    arrived = session.scalars(select(OrderEvent).where(OrderEvent.move == "parts_arrive")).all()
    assert [(event.order_id, event.reason) for event in arrived] == [(soon.id, "前照灯模块")]
    assert broken(session) == []


def test_part_of_it_comes_broken_and_the_rest_later(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order = buying.sent(session, clock, {shop.headlight: 4000}, unit_fen=113_00)
    done = buying.receive(session, clock, order, "SH-1", good_milli=2000, damaged_milli=1000, noted_milli=4000)
    assert {(d.kind.value, d.quantity_milli, d.amount_fen) for d in done.discrepancies} == {
        ("damaged", 1000, 113_00),
        ("short", 1000, 113_00),
    }
    assert order.state is PurchaseState.SENT and incoming.open_by_part(session) == {shop.headlight: 2000}
    assert session.get_one(StockValue, shop.headlight).value_fen == 2 * 100_00  # net of VAT
    clerk = cast.acting(session, "parts_clerk")
    damaged, short = sorted(done.discrepancies, key=lambda d: d.kind)
    discrepancies.resolve(session, clerk, clock, order.number, damaged.id, Resolution.CREDITED)
    assert incoming.open_by_part(session) == {shop.headlight: 1000}
    discrepancies.resolve(session, clerk, clock, order.number, short.id, Resolution.REPLACED)
    assert incoming.open_by_part(session) == {shop.headlight: 1000}
    with pytest.raises(WrongState):
        discrepancies.resolve(session, clerk, clock, order.number, short.id, Resolution.CREDITED)
    buying.receive(session, clock, order, "SH-2", good_milli=1000)
    assert order.state is PurchaseState.RECEIVED and incoming.open_by_part(session) == {}
    assert broken(session) == []


def test_a_surplus_is_taken_in_on_purpose_only(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order = buying.sent(session, clock, {shop.headlight: 1000})
    with pytest.raises(InvalidInput) as refused:
        buying.receive(session, clock, order, good_milli=2000)
    assert refused.value.field == f"good-{order.lines[0].id}"
    with pytest.raises(InvalidInput):
        buying.receive(session, clock, order, good_milli=50_000, keep_surplus=True)
    done = buying.receive(session, clock, order, good_milli=2000, keep_surplus=True)
    assert [(d.kind.value, d.quantity_milli) for d in done.discrepancies] == [("over", 1000)]
    assert order.state is PurchaseState.RECEIVED and broken(session) == []


def test_one_delivery_note_is_received_once(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order = buying.sent(session, clock, {shop.headlight: 3000})
    buying.receive(session, clock, order, "SH-7", good_milli=1000)
    with pytest.raises(RuleBroken):
        buying.receive(session, clock, order, "SH-7", good_milli=1000)
    with pytest.raises(InvalidInput):
        buying.receive(session, clock, order, "SH-8", good_milli=0)
    assert order.lines[0].received_milli == 1000


def test_the_same_parcels_typed_in_on_two_screens_are_taken_in_once(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 10_000})
    seen, clerk = order.version, cast.acting(session, "parts_clerk")
    parcels = [receiving.Arrived(order.lines[0].id, bin_code="B-1", good_milli=4000)]
    receiving.receive_delivery(session, clerk, clock, order, seen, parcels)  # no delivery note lay in them
    with pytest.raises(StaleVersion):
        receiving.receive_delivery(session, clerk, clock, order, seen, parcels)
    assert order.lines[0].received_milli == 4000 and broken(session) == []


def test_another_price_on_the_note_moves_no_average_and_is_argued_about(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 2000}, unit_fen=113_00)
    done = buying.receive(session, clock, order, good_milli=2000, note_fen=120_00)
    (wrong,) = done.discrepancies
    assert (wrong.kind.value, wrong.amount_fen) == ("wrong_price", 2 * 7_00)
    assert session.get_one(StockValue, shop.headlight).value_fen == 200_00
    manager, supplier = cast.acting(session, "parts_manager"), session.scalars(select(Supplier)).one()
    bill = {"issued_on": business_date(clock.now()), "receipt_ids": [done.receipt.id]}
    invoice = invoices.enter_invoice(session, manager, clock, supplier, number="1", total_fen=240_00, **bill)
    assert (invoice.state, invoice.expected_fen) == (InvoiceState.DISPUTED, 226_00)
    with pytest.raises(RuleBroken):
        invoices.accept_difference(session, manager, clock, invoice, invoice.version, "算了")
    with pytest.raises(Forbidden):
        discrepancies.resolve(
            session, cast.acting(session, "parts_clerk"), clock, order.number, wrong.id, Resolution.ACCEPTED
        )
    discrepancies.resolve(session, manager, clock, order.number, wrong.id, Resolution.ACCEPTED)
    assert (invoice.state, invoice.expected_fen) == (InvoiceState.MATCHED, 240_00)
    with pytest.raises(InvalidInput):
        invoices.enter_invoice(session, manager, clock, supplier, number="2", total_fen=240_00, **bill)
    invoices.mark_paid(session, manager, clock, invoice, invoice.version, None)
    with pytest.raises(WrongState):
        invoices.mark_paid(session, manager, clock, invoice, invoice.version, None)
    assert broken(session) == []


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_nobody_bills_a_delivery_while_its_discrepancy_is_being_settled(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 2000}, unit_fen=113_00)
    done = buying.receive(session, clock, order, good_milli=2000, note_fen=120_00)
    manager, supplier = cast.acting(session, "parts_manager"), session.scalars(select(Supplier)).one()
    bill = {"issued_on": business_date(clock.now()), "receipt_ids": [done.receipt.id], "total_fen": 240_00}
    session.commit()
    discrepancies.resolve(session, manager, clock, order.number, done.discrepancies[0].id, Resolution.ACCEPTED)
    with app.app_context(), Session(db.engine) as other:
        other.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError):  # it would have to wait
            invoices.enter_invoice(other, manager, clock, other.get_one(Supplier, supplier.id), number="1", **bill)
    session.commit()
    invoice = invoices.enter_invoice(session, manager, clock, supplier, number="1", **bill)
    assert (invoice.state, invoice.expected_fen) == (InvoiceState.MATCHED, 240_00) and broken(session) == []


def test_an_invoice_that_was_withdrawn_stays_as_it_was_and_another_takes_its_number(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    manager, order = cast.acting(session, "manager"), buying.sent(session, clock, {shop.headlight: 2000}, 113_00)
    done = buying.receive(session, clock, order, good_milli=1000, damaged_milli=1000)
    supplier = session.scalars(select(Supplier)).one()
    bill = {"number": "1", "issued_on": business_date(clock.now()), "receipt_ids": [done.receipt.id]}
    wrong = invoices.enter_invoice(session, manager, clock, supplier, total_fen=1130_00, **bill)
    invoices.withdraw_invoice(session, manager, clock, wrong, wrong.version, " 金额录错 ")
    assert (wrong.withdrawn_at, wrong.withdrawn_by_id) == (clock.now(), manager.staff_id)
    kept = (wrong.state, wrong.version, wrong.total_fen, wrong.expected_fen, wrong.withdrawn_why)
    assert kept == (InvoiceState.WITHDRAWN, wrong.version, 1130_00, 113_00, "金额录错")
    with pytest.raises(WrongState):
        invoices.withdraw_invoice(session, manager, clock, wrong, wrong.version, "x")
    discrepancies.resolve(session, manager, clock, order.number, done.discrepancies[0].id, Resolution.CREDITED)
    right = invoices.enter_invoice(session, manager, clock, supplier, total_fen=113_00, **bill)
    assert right.state is InvoiceState.MATCHED and right.id > wrong.id
    with pytest.raises(InvalidInput):
        invoices.enter_invoice(session, manager, clock, supplier, total_fen=113_00, **bill)
    session.refresh(wrong)
    assert (wrong.state, wrong.version, wrong.total_fen, wrong.expected_fen, wrong.withdrawn_why) == kept
    assert [billed.receipt_id for billed in wrong.receipts] == [done.receipt.id]
    assert invoices.withdrawn_invoices(session) == [wrong] and broken(session) == []


def test_whoever_unpacked_it_does_not_agree_to_pay_more(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    chief, manager = cast.acting(session, "parts_manager"), cast.acting(session, "manager")
    order = buying.sent(session, clock, {shop.headlight: 2000}, unit_fen=113_00)
    parcels = [receiving.Arrived(order.lines[0].id, 3000, note_fen=120_00, bin_code="B-1", keep_surplus=True)]
    done = receiving.receive_delivery(session, chief, clock, order, order.version, parcels)
    kinds = {one.kind.value: one for one in done.discrepancies}
    supplier = session.scalars(select(Supplier)).one()
    bill = {"issued_on": business_date(clock.now()), "receipt_ids": [done.receipt.id]}
    invoice = invoices.enter_invoice(session, chief, clock, supplier, number="1", total_fen=400_00, **bill)
    assert invoice.state is InvoiceState.DISPUTED  # the surplus was kept, and nobody has said that it is paid for
    for kind in ("over", "wrong_price"):
        with pytest.raises(RuleBroken, match="yourself"):
            discrepancies.resolve(session, chief, clock, order.number, kinds[kind].id, Resolution.ACCEPTED)
        discrepancies.resolve(session, manager, clock, order.number, kinds[kind].id, Resolution.ACCEPTED)
    assert invoice.expected_fen == 360_00
    with pytest.raises(RuleBroken, match="yourself"):
        invoices.accept_difference(session, chief, clock, invoice, invoice.version, "运费")
    invoices.accept_difference(session, manager, clock, invoice, invoice.version, "运费")
    invoices.mark_paid(session, chief, clock, invoice, invoice.version, None)
    assert broken(session) == []


def test_an_order_without_a_price_is_not_sent(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order, manager = buying.draft(session, clock, {shop.headlight: 1000}, 0), cast.acting(session, "parts_manager")
    with pytest.raises(RuleBroken, match="前照灯模块"):
        orders.send(session, manager, clock, order, order.version)
    line = order.lines[0].id
    orders.change_line(session, manager, clock, order, order.version, line, quantity_milli=1000, unit_fen=1)
    orders.send(session, manager, clock, order, order.version)


def test_what_the_supplier_cannot_send_is_not_expected(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order = buying.sent(session, clock, {shop.headlight: 3000, shop.pads: 2000})
    clerk, (light, pads) = cast.acting(session, "parts_clerk"), order.lines
    word = {light.id: orders.Promised(1000, 40_000, None), pads.id: orders.Promised(0, 50_000, None)}
    orders.confirm(session, clerk, clock, order, order.version, word, reference="MB-1")
    assert incoming.open_by_part(session) == {shop.headlight: 1000}
    with pytest.raises(InvalidInput):
        more = {light.id: orders.Promised(4000, 40_000, None)}
        orders.confirm(session, clerk, clock, order, order.version, more)
    orders.give_up(session, clerk, clock, order, order.version, light.id, "停产")
    assert order.state is PurchaseState.CANCELLED and incoming.open_by_part(session) == {}
    assert broken(session) == []


def test_what_was_given_up_comes_after_all_when_the_supplier_replaces_it(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order, clerk = buying.sent(session, clock, {shop.headlight: 3000}), cast.acting(session, "parts_clerk")
    (broke,) = buying.receive(session, clock, order, good_milli=2000, damaged_milli=1000).discrepancies
    orders.give_up(session, clerk, clock, order, order.version, order.lines[0].id, "厂家没货")
    assert order.state is PurchaseState.RECEIVED
    discrepancies.resolve(session, clerk, clock, order.number, broke.id, Resolution.REPLACED)
    assert order.state is PurchaseState.CONFIRMED and incoming.open_by_part(session) == {shop.headlight: 1000}
    buying.receive(session, clock, order, good_milli=1000)
    assert order.state is PurchaseState.RECEIVED and broken(session) == []


def test_nothing_is_replaced_under_an_order_that_was_cancelled(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order, manager = buying.sent(session, clock, {shop.headlight: 3000}), cast.acting(session, "parts_manager")
    (broke,) = buying.receive(session, clock, order, good_milli=0, damaged_milli=1000).discrepancies
    orders.cancel(session, manager, clock, order, order.version, "换供应商")
    with pytest.raises(WrongState):
        discrepancies.resolve(session, manager, clock, order.number, broke.id, Resolution.REPLACED)
    discrepancies.resolve(session, manager, clock, order.number, broke.id, Resolution.CREDITED)
    assert broken(session) == []


def test_a_higher_price_is_agreed_to_by_whoever_may_send_orders(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 3000})
    clerk, manager = cast.acting(session, "parts_clerk"), cast.acting(session, "parts_manager")
    line = order.lines[0].id

    def confirm(who: Actor, fen: int) -> None:
        orders.confirm(session, who, clock, order, order.version, {line: orders.Promised(3000, fen, None)})

    for who, fen in ((clerk, 50_001), (manager, 10_000_000_000)):
        with pytest.raises(InvalidInput) as refused:
            confirm(who, fen)
        assert refused.value.field == f"price-{line}"
    confirm(clerk, 49_000)
    confirm(manager, 52_000)
    session.commit()
    noted = select(AuditRow.details).where(AuditRow.action == "purchase.confirm").order_by(AuditRow.seq)
    told = [json.loads(details)["changed"] for details in session.scalars(noted)]
    assert told == [[["A2069005102", 3000, 50_000, 3000, 49_000]], [["A2069005102", 3000, 49_000, 3000, 52_000]]]


def test_a_surplus_that_was_kept_does_not_stop_the_suppliers_next_word(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 1000, shop.pads: 2000})
    buying.receive(session, clock, order, good_milli=2000, keep_surplus=True)
    buying.confirmed(session, clock, order, 4)
    assert incoming.open_by_part(session) == {shop.pads: 2000} and broken(session) == []


def test_what_nobody_orders_or_unpacks_is_refused(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    for wanted in ({shop.headlight: 500}, {shop.headlight: 2750}):
        with pytest.raises(InvalidInput):
            buying.draft(session, clock, wanted)
    order = buying.sent(session, clock, {shop.headlight: 3000})
    for field, facts in (
        ("good", {"good_milli": 1500}),
        ("damaged", {"good_milli": 1000, "damaged_milli": 500}),
        ("damaged", {"good_milli": 0, "damaged_milli": 900_000}),
        ("noted", {"good_milli": 1000, "noted_milli": 900_000}),
    ):
        with pytest.raises(InvalidInput) as refused:
            buying.receive(session, clock, order, **facts)
        assert refused.value.field == f"{field}-{order.lines[0].id}"
    parcels = [receiving.Arrived(order.lines[0].id, 0, damaged_milli=1000)]
    tomorrow = business_date(clock.now()) + timedelta(days=1)
    with pytest.raises(InvalidInput):
        receiving.receive_delivery(
            session, cast.acting(session, "parts_clerk"), clock, order, order.version, parcels, arrived_on=tomorrow
        )
    session.get_one(Part, shop.pads).active = False
    with pytest.raises(RuleBroken):
        buying.draft(session, clock, {shop.pads: 1000})
    assert broken(session) == []


def test_a_delivery_that_is_typed_in_later_counts_for_the_target_of_the_day_on_which_it_came(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clerk, order = cast.acting(session, "parts_clerk"), buying.sent(session, clock, {shop.headlight: 3000}, 100_00)
    came = business_date(clock.now())
    clock.advance(timedelta(days=3))
    typed, supplier = business_date(clock.now()), order.supplier_id
    parcels = [receiving.Arrived(order.lines[0].id, 1000, bin_code="B-1")]
    receiving.receive_delivery(session, clerk, clock, order, order.version, parcels, arrived_on=came)
    buying.receive(session, clock, order, good_milli=2000)
    assert targets.bought_between(session, supplier, came, came) == 100_00
    assert targets.bought_between(session, supplier, typed, typed) == 200_00
    assert targets.bought_between(session, supplier, came, typed) == 300_00


def test_a_draft_is_not_expected_and_a_sent_one_cannot_be_rewritten(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.draft(session, clock, {shop.headlight: 1000})
    assert incoming.open_by_part(session) == {}
    clerk, manager = cast.acting(session, "parts_clerk"), cast.acting(session, "parts_manager")
    with pytest.raises(Forbidden):
        orders.send(session, clerk, clock, order, order.version)
    orders.send(session, manager, clock, order, order.version)
    (line,) = order.lines
    with pytest.raises(WrongState):
        orders.change_line(session, clerk, clock, order, order.version, line.id, quantity_milli=9000, unit_fen=1)
    orders.cancel(session, manager, clock, order, order.version, "不要了")
    assert incoming.open_by_part(session) == {} and broken(session) == []


def test_a_supplier_is_judged_by_what_came(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order = buying.sent(session, clock, {shop.headlight: 4000})
    buying.confirmed(session, clock, order, 2)
    buying.receive(session, clock, order, good_milli=1000)
    clock.advance(timedelta(days=3))
    buying.receive(session, clock, order, good_milli=2000, damaged_milli=1000)
    supplier = session.scalars(select(Supplier.id)).one()
    judged = evaluate(session, [supplier], business_date(clock.now()))[supplier]
    assert judged.on_time == Ratio(1, 2)
    assert judged.quality == Ratio(1, 2)
    assert judged.price.permille == judged.quantity.permille == 1000
    assert judged.score == (40 * 500 + 25 * 1000 + 20 * 500 + 15 * 1000) // 100


def test_two_deliveries_of_three_in_time_are_the_same_two_thirds_as_on_every_other_page() -> None:
    judged = Evaluation(on_time=Ratio(2, 3), quantity=Ratio(0, 0), quality=Ratio(0, 0), price=Ratio(0, 0))
    assert judged.on_time.permille == judged.score == 667


def test_what_the_note_names_and_nobody_finds_in_the_parcels_counts_against_the_supplier(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order, clerk = (
        buying.sent(session, clock, {shop.headlight: 2000, shop.pads: 1000}),
        cast.acting(session, "parts_clerk"),
    )
    light, pads = (line.id for line in order.lines)
    parcels = [
        receiving.Arrived(light, 2000, noted_milli=2000, bin_code="B-1"),
        receiving.Arrived(pads, 0, noted_milli=1000),
    ]
    receiving.receive_delivery(session, clerk, clock, order, order.version, parcels)
    supplier = session.scalars(select(Supplier.id)).one()
    judged = evaluate(session, [supplier], business_date(clock.now()))[supplier]
    assert judged.quantity == Ratio(1, 2)
    assert judged.quality == judged.price == Ratio(1, 1)  # of what came, nothing was wrong
