"""Goods go back to the supplier: they leave the shelf, he credits what they cost, and the books say so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part, Tracking
from app.domain.purchasing import credits, discrepancies, invoices, receiving, returned, returns, targets
from app.domain.purchasing.evaluation import evaluate
from app.domain.purchasing.model import GoodsReceipt, SupplierReturn
from app.domain.purchasing.states import CreditState, DiscrepancyKind, InvoiceState, Resolution, ReturnReason
from app.domain.stock import batches, others, periods
from app.domain.stock.model import MovementKind, StockBalance, StockMovement, StockOwner, StockValue
from app.domain.suppliers.model import Supplier
from app.extensions import db
from app.kernel.clock import FixedClock, business_date
from app.kernel.errors import Forbidden, InvalidInput, RuleBroken, StaleVersion, WrongState
from app.kernel.ratio import Ratio
from tests.support import buying, cast
from tests.support.guards import unlock
from tests.support.orders import authorised, broken
from tests.support.shop import SmallShop, open_small_shop


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    return open_small_shop(session, clock)


def credited(
    session: Session, clock: FixedClock, one: SupplierReturn, fen: int, who: str = "parts_manager", **facts: str
):  # type: ignore[no-untyped-def]
    """His credit note comes."""
    given = {"number": "C-1", "credited_on": business_date(clock.now()), **facts}
    credits.note_credit(session, cast.acting(session, who), clock, one, one.version, credited_fen=fen, **given)  # type: ignore[arg-type]


def test_what_goes_back_leaves_at_the_average_and_is_credited_at_its_price(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    buying.receive(session, clock, buying.sent(session, clock, {shop.headlight: 1000}, 226_00), good_milli=1000)
    done = buying.receive(session, clock, buying.sent(session, clock, {shop.headlight: 3000}, 113_00), good_milli=3000)
    buying.bill(session, clock, done, fen=339_00)
    one = buying.send_back(session, clock, done, 2, "not_needed")
    assert one.number == "SR-202611-0001" and one.state is CreditState.AWAITED
    assert (one.expected_fen, one.lines[0].cost_fen) == (226_00, 250_00)  # 500.00 net lay there in four pieces
    assert returned.gain_of(one) == -50_00
    assert session.get_one(StockValue, shop.headlight).quantity_milli == 2000
    moved = session.scalars(select(StockMovement).where(StockMovement.kind == MovementKind.SUPPLIER_RETURN)).one()
    assert (moved.quantity_milli, moved.value_fen, moved.reason) == (-2000, -250_00, one.number)
    credited(session, clock, one, 226_00)
    assert one.state is CreditState.CREDITED and broken(session) == []


def test_what_was_not_billed_yet_is_taken_off_the_invoice(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    done = buying.receive(session, clock, buying.sent(session, clock, {shop.headlight: 3000}, 113_00), good_milli=3000)
    one = buying.send_back(session, clock, done, 1)
    assert one.state is CreditState.TAKEN_OFF
    invoice = buying.bill(session, clock, done, fen=226_00)
    assert (invoice.state, invoice.expected_fen) == (InvoiceState.MATCHED, 226_00)
    credited(session, clock, one, 113_00)  # he bills all of it after all, and sends a credit note
    assert (invoice.state, invoice.expected_fen) == (InvoiceState.DISPUTED, 339_00) and broken(session) == []
    credits.undo_credit(session, cast.acting(session, "parts_manager"), clock, one, one.version, "录错")
    assert one.state is CreditState.TAKEN_OFF and invoice.state is InvoiceState.MATCHED and broken(session) == []
    invoices.withdraw_invoice(session, cast.acting(session, "parts_manager"), clock, invoice, invoice.version, "重开")
    assert one.state is CreditState.TAKEN_OFF
    invoice = buying.bill(session, clock, done, fen=226_00)
    invoices.mark_paid(session, cast.acting(session, "parts_manager"), clock, invoice, invoice.version, None)
    with pytest.raises(RuleBroken):
        credited(session, clock, one, 113_00)
    session.expire_all()
    session.rollback()


def test_no_more_goes_back_than_came_and_than_lies_free(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order = buying.sent(session, clock, {shop.headlight: 3000}, 113_00)
    done = buying.receive(session, clock, order, good_milli=3000)
    buying.send_back(session, clock, done, 1)
    session.commit()
    for pieces in (3, -1, 0):
        with pytest.raises(InvalidInput):
            buying.send_back(session, clock, done, pieces)
        session.rollback()
    authorised(session, clock, shop, {shop.service: [(shop.headlight, 1000)]})
    session.commit()
    with pytest.raises(InvalidInput, match="only 1 lie free") as refused:
        buying.send_back(session, clock, done, 2)
    assert refused.value.field == f"back-{done.receipt.lines[0].id}"
    session.rollback()
    assert len(session.scalars(select(SupplierReturn)).all()) == 1  # nothing is half written
    clerk = cast.acting(session, "parts_clerk")
    others.take_in(session, clerk, clock, shop.headlight, StockOwner.CONSIGNMENT, 5000, bin_code="K-1")
    with pytest.raises(InvalidInput):  # what is not ours does not go back by this
        buying.send_back(session, clock, done, 2)
    session.rollback()
    buying.send_back(session, clock, done, 1)
    assert broken(session) == []


def test_whoever_may_send_orders_sends_goods_back(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    done = buying.receive(session, clock, buying.sent(session, clock, {shop.headlight: 3000}), good_milli=3000)
    order, wanted = done.receipt.order, [returns.Back(done.receipt.lines[0].id, 1000, ReturnReason.WRONG_PART)]
    for who in (cast.acting(session, "parts_clerk"), cast.acting(session, "parts_manager", via="pin")):
        with pytest.raises(Forbidden):
            returns.send_back(session, who, clock, order, order.version, done.receipt, wanted)
    manager, seen = cast.acting(session, "parts_manager"), order.version
    returns.send_back(session, manager, clock, order, seen, done.receipt, wanted)
    with pytest.raises(StaleVersion):  # the same page, sent from another screen
        returns.send_back(session, manager, clock, order, seen, done.receipt, wanted)


def test_nothing_goes_back_before_it_came_or_in_a_closed_period(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clock.advance(timedelta(days=5))
    done = buying.receive(session, clock, buying.sent(session, clock, {shop.headlight: 3000}), good_milli=3000)
    came = business_date(clock.now())
    clock.advance(timedelta(days=4))
    manager, order = cast.acting(session, "parts_manager"), done.receipt.order
    periods.close(session, manager, clock, came + timedelta(days=1))
    wanted = [returns.Back(done.receipt.lines[0].id, 1000, ReturnReason.WRONG_PART)]
    for day in (came - timedelta(days=1), came, came + timedelta(days=1), came + timedelta(days=5)):
        with pytest.raises(InvalidInput) as refused:
            returns.send_back(session, manager, clock, order, order.version, done.receipt, wanted, returned_on=day)
        assert refused.value.field == "posted_on"
    day = came + timedelta(days=2)
    one = returns.send_back(session, manager, clock, order, order.version, done.receipt, wanted, returned_on=day)
    assert one.returned_on == day and broken(session) == []
    supplier = session.scalars(select(Supplier.id)).one()
    assert returned.sent_back_between(session, [supplier], day, day) == {supplier: 500_00}
    assert returned.sent_back_between(session, [supplier], came + timedelta(days=4), came + timedelta(days=4)) == {}


def test_a_surplus_is_sent_back_instead_of_accepted(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order = buying.sent(session, clock, {shop.headlight: 1000}, 113_00)
    done = buying.receive(session, clock, order, good_milli=3000, keep_surplus=True)
    (over,) = done.discrepancies
    with pytest.raises(InvalidInput):  # not by a word alone
        resolve = (session, cast.acting(session, "parts_manager"), clock, order.number, over.id, Resolution.SENT_BACK)
        discrepancies.resolve(*resolve)
    buying.send_back(session, clock, done, 1)
    assert over.resolution is None
    second = buying.send_back(session, clock, done, 1)
    assert (over.resolution, over.remark) == (Resolution.SENT_BACK, second.number)
    invoice = buying.bill(session, clock, done, fen=113_00)
    assert invoice.state is InvoiceState.MATCHED and broken(session) == []


def test_the_supplier_does_not_take_it_and_it_lies_here_again(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 1000}, 113_00)
    done = buying.receive(session, clock, order, good_milli=3000, keep_surplus=True)
    one = buying.send_back(session, clock, done, 2)
    buying.receive(session, clock, buying.sent(session, clock, {shop.headlight: 1000}, 500_00), good_milli=1000)
    waiting = authorised(session, clock, shop, {shop.service: [(shop.headlight, 4000)]})
    invoice = buying.bill(session, clock, done, fen=113_00)
    assert invoice.state is InvoiceState.MATCHED
    manager = cast.acting(session, "parts_manager")
    with pytest.raises(InvalidInput):
        credits.refuse(session, manager, clock, one, one.version, " ")
    session.refresh(one)
    served = credits.refuse(session, manager, clock, one, one.version, "包装已拆")
    assert [line.order_id for line in served] == [waiting.id] and waiting.part_lines[0].reserved_milli == 4000
    assert one.state is CreditState.REFUSED and done.discrepancies[0].resolution is None
    assert (invoice.state, invoice.expected_fen) == (InvoiceState.DISPUTED, 339_00)
    with pytest.raises(WrongState):
        credits.refuse(session, manager, clock, one, one.version, "x")
    with pytest.raises(WrongState):
        credited(session, clock, one, 1_00)
    assert broken(session) == []


def test_what_arrived_damaged_goes_back_by_its_paper_and_nothing_moves(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 3000}, 113_00)
    done = buying.receive(session, clock, order, good_milli=1000, damaged_milli=2000)
    with pytest.raises(InvalidInput):
        buying.send_back(session, clock, done, 3, stocked=False)
    one = buying.send_back(session, clock, done, 1, stocked=False)
    assert one.state is CreditState.NOTHING_DUE and one.expected_fen == 0
    assert session.get_one(StockValue, shop.headlight).quantity_milli == 1000
    manager, (damaged,) = cast.acting(session, "manager"), done.discrepancies
    with pytest.raises(RuleBroken):  # nobody pays for what the supplier has
        discrepancies.resolve(session, manager, clock, order.number, damaged.id, Resolution.ACCEPTED)
    discrepancies.resolve(session, manager, clock, order.number, damaged.id, Resolution.CREDITED)
    supplier = session.scalars(select(Supplier.id)).one()
    judged = evaluate(session, [supplier], business_date(clock.now()))[supplier]
    assert judged.quality == Ratio(0, 1)  # it stays on his account
    assert broken(session) == []


def test_what_was_paid_for_though_damaged_is_credited_when_it_goes_back(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 3000}, 113_00)
    done = buying.receive(session, clock, order, good_milli=1000, damaged_milli=2000)
    manager = cast.acting(session, "manager")
    discrepancies.resolve(session, manager, clock, order.number, done.discrepancies[0].id, Resolution.ACCEPTED)
    one = buying.send_back(session, clock, done, 1, stocked=False)
    assert (one.state, one.expected_fen) == (CreditState.TAKEN_OFF, 113_00)
    assert invoices.payable_of(session, [done.receipt.id]) == {done.receipt.id: 226_00} and broken(session) == []


def test_the_price_is_settled_before_goods_go_back(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order = buying.sent(session, clock, {shop.headlight: 2000}, 113_00)
    done = buying.receive(session, clock, order, good_milli=2000, note_fen=120_00)
    with pytest.raises(RuleBroken, match="settle its price"):
        buying.send_back(session, clock, done, 1, "not_needed")
    manager = cast.acting(session, "manager")
    discrepancies.resolve(session, manager, clock, order.number, done.discrepancies[0].id, Resolution.ACCEPTED)
    one = buying.send_back(session, clock, done, 1, "not_needed")
    assert one.expected_fen == 120_00 and broken(session) == []
    assert buying.bill(session, clock, done, fen=120_00).state is InvoiceState.MATCHED


def test_less_credit_than_is_due_needs_a_reason_and_another_person(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 3000}, 113_00)
    parcels = [receiving.Arrived(order.lines[0].id, 3000, bin_code="B-1")]
    chief = cast.acting(session, "parts_manager")
    done = receiving.receive_delivery(session, chief, clock, order, order.version, parcels)
    buying.bill(session, clock, done, fen=339_00)
    one = buying.send_back(session, clock, done, 1, "not_needed")
    session.commit()
    today = business_date(clock.now())
    for facts in (
        {"number": " "},
        {"credited_on": None},
        {"credited_on": today + timedelta(days=1)},
        {"credited_on": today - timedelta(days=1)},
        {"fen": 0},
        {"fen": 100_00},  # no reason
    ):
        with pytest.raises(InvalidInput):
            credited(session, clock, one, facts.pop("fen", 113_00), **facts)  # type: ignore[arg-type]
        session.rollback()
    with pytest.raises(Forbidden):
        credited(session, clock, one, 113_00, "parts_clerk")
    session.rollback()
    with pytest.raises(RuleBroken, match="yourself"):
        credited(session, clock, one, 100_00, reason="扣手续费")
    session.rollback()
    credited(session, clock, one, 100_00, "manager", reason="扣手续费")
    assert one.credited_fen == 100_00 and returned.gain_of(one) == 88_50 - 100_00
    second = buying.send_back(session, clock, done, 1, "not_needed")
    with pytest.raises(InvalidInput, match="entered already"):
        credited(session, clock, second, 113_00)
    assert broken(session) == []


def test_a_tracked_piece_goes_back_by_its_number_and_only_what_came_with_the_delivery(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    session.get_one(Part, shop.headlight).tracking = Tracking.SERIAL
    order = buying.sent(session, clock, {shop.headlight: 3000}, 113_00)
    done = buying.receive(session, clock, order, good_milli=2000, batch="S1 S2")
    buying.receive(session, clock, order, good_milli=1000, batch="S3")
    session.commit()
    for typed in ("", "S3", "S9", "S1, S2"):
        with pytest.raises(InvalidInput) as refused:
            buying.send_back(session, clock, done, 1, batch=typed)
        assert refused.value.field == f"batch-{done.receipt.lines[0].id}"
        session.rollback()
    one = buying.send_back(session, clock, done, 1, batch="S2")
    assert one.lines[0].batch == "S2"
    assert [row.batch for row in batches.on_hand(session, shop.headlight)] == ["S1", "S3"]
    credits.refuse(session, cast.acting(session, "parts_manager"), clock, one, one.version, "不收")
    assert {row.batch for row in batches.on_hand(session, shop.headlight)} == {"S1", "S2", "S3"}
    assert broken(session) == []


def test_pieces_that_were_moved_are_found_in_their_other_bins(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    from app.domain.stock import transfers

    done = buying.receive(session, clock, buying.sent(session, clock, {shop.headlight: 3000}, 100_01), good_milli=3000)
    balance = session.scalars(select(StockBalance).where(StockBalance.part_id == shop.headlight)).one()
    clerk = cast.acting(session, "parts_clerk")
    transfers.transfer(session, clerk, clock, balance, to_bin="Z-9", quantity_milli=2000)
    one = buying.send_back(session, clock, done, 3)
    assert one.lines[0].cost_fen == 265_51 and broken(session) == []
    credits.refuse(session, cast.acting(session, "parts_manager"), clock, one, one.version, "不收")
    lies = {b.bin.code: b.on_hand_milli for b in session.scalars(select(StockBalance)) if b.part_id == shop.headlight}
    assert lies == {"B-1": 1000, "Z-9": 2000} and broken(session) == []


def test_purchases_count_net_of_what_went_back(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order = buying.sent(session, clock, {shop.headlight: 1000}, 113_00)
    done = buying.receive(session, clock, order, good_milli=3000, keep_surplus=True, noted_milli=4000)
    buying.send_back(session, clock, done, 2)
    supplier, today = session.scalars(select(Supplier.id)).one(), business_date(clock.now())
    assert targets.bought_between(session, supplier, today, today) == 113_00
    judged = evaluate(session, [supplier], today)[supplier]
    assert judged.bought_fen == 113_00 and judged.quantity == Ratio(0, 1)  # what was wrong with it is not forgiven
    kinds = {one.kind for one in done.discrepancies}
    assert kinds == {DiscrepancyKind.SHORT, DiscrepancyKind.OVER}


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_nobody_bills_a_delivery_while_goods_of_it_go_back(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    done = buying.receive(session, clock, buying.sent(session, clock, {shop.headlight: 3000}, 113_00), good_milli=3000)
    session.commit()
    one = buying.send_back(session, clock, done, 1)
    with app.app_context(), Session(db.engine) as other:
        other.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError):  # it would have to wait
            invoices.hold_receipts(other, list(other.scalars(select(GoodsReceipt.id))))
    session.commit()
    assert buying.bill(session, clock, done, fen=226_00).state is InvoiceState.MATCHED
    assert one.state is CreditState.TAKEN_OFF and broken(session) == []


def test_the_check_names_a_return_that_the_ledger_does_not_bear_out(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 1000}, 113_00)
    done = buying.receive(session, clock, order, good_milli=3000, keep_surplus=True)
    one = buying.send_back(session, clock, done, 2)
    session.commit()
    unlock(session)
    one.lines[0].quantity_milli = 4000
    one.credit_number, one.expected_fen = "C-9", 1
    session.flush()
    found = "\n".join(map(str, broken(session)))
    for part in (
        "4000 and 0 went back",
        "moved (-2000, -20000), should be (-4000, -20000)",
        "expects 1 of",
        "credit C-9",
    ):
        assert part in found, part
    one.lines[0].quantity_milli, one.lines[0].reason = 2000, ReturnReason.NOT_NEEDED
    session.flush()
    assert "sent back, 0 of 2000 went" in "\n".join(map(str, broken(session)))


def test_a_delivery_of_which_all_went_back_waits_for_no_invoice(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    done = buying.receive(session, clock, buying.sent(session, clock, {shop.headlight: 2000}, 113_00), good_milli=2000)
    supplier = session.scalars(select(Supplier.id)).one()
    one = buying.send_back(session, clock, done, 2, "wrong_part")
    assert invoices.not_billed(session, supplier) == []
    credited(session, clock, one, 226_00)  # he bills it all the same, and sends a credit note
    assert invoices.not_billed(session, supplier) == [done.receipt]
    assert buying.bill(session, clock, done, fen=226_00).state is InvoiceState.MATCHED and broken(session) == []


def test_what_he_bills_although_it_went_back_is_awaited_as_a_credit(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    done = buying.receive(session, clock, buying.sent(session, clock, {shop.headlight: 9000}, 113_00), good_milli=9000)
    one = buying.send_back(session, clock, done, 2, "not_needed")
    assert one.state is CreditState.TAKEN_OFF
    bill = buying.bill(session, clock, done, fen=9 * 113_00)  # he bills it all
    assert bill.state is InvoiceState.DISPUTED and bill.expected_fen == 7 * 113_00
    manager = cast.acting(session, "manager")
    invoices.accept_difference(session, manager, clock, bill, bill.version, "红字发票后补")
    assert one.state is CreditState.AWAITED and bill.expected_fen == bill.total_fen
    invoices.mark_paid(session, manager, clock, bill, bill.version, None)
    assert returned.due_fen(session) == 226_00
    credited(session, clock, one, 226_00)
    assert one.state is CreditState.CREDITED and returned.due_fen(session) == 0 and broken(session) == []


def test_an_invoice_is_judged_anew_when_the_surplus_goes_back_and_when_it_is_refused(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 1000}, 113_00)
    done = buying.receive(session, clock, order, good_milli=3000, keep_surplus=True)
    bill = buying.bill(session, clock, done, fen=3 * 113_00)
    assert bill.state is InvoiceState.DISPUTED  # the surplus is argued about
    one = buying.send_back(session, clock, done, 3, "wrong_part")  # all of it, whatever the reason
    assert bill.state is InvoiceState.MATCHED and one.state is CreditState.AWAITED
    credits.refuse(session, cast.acting(session, "manager"), clock, one, one.version, "不收")
    assert bill.state is InvoiceState.DISPUTED and broken(session) == []


def test_a_credit_typed_on_the_wrong_return_leaves_no_trace_when_it_is_taken_out(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    done = buying.receive(session, clock, buying.sent(session, clock, {shop.headlight: 9000}, 113_00), good_milli=9000)
    one = buying.send_back(session, clock, done, 2, "not_needed")
    bill = buying.bill(session, clock, done, fen=7 * 113_00)
    assert bill.state is InvoiceState.MATCHED
    credited(session, clock, one, 226_00)
    assert bill.state is InvoiceState.DISPUTED
    credits.undo_credit(session, cast.acting(session, "manager"), clock, one, one.version, "录错单据")
    assert one.state is CreditState.TAKEN_OFF and bill.state is InvoiceState.MATCHED and broken(session) == []


def test_more_numbers_than_a_line_holds_are_refused_in_words(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    names = [f"SN{n:06d}" for n in range(44)]
    batches.change_tracking(
        session, cast.acting(session, "parts_manager"), clock, session.get_one(Part, shop.headlight), Tracking.SERIAL
    )
    order = buying.sent(session, clock, {shop.headlight: 44_000}, 100)
    with pytest.raises(InvalidInput, match="two parts") as refused:
        buying.receive(session, clock, order, good_milli=44_000, batch=" ".join(names))
    assert refused.value.field == f"batch-{order.lines[0].id}"
