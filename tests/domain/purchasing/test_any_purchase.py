"""Buying in any order of steps: after each of them lines, deliveries, ledger, what is on its way and invoices agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.purchasing import checks, discrepancies, invoices, orders
from app.domain.purchasing.model import Discrepancy, GoodsReceipt, PurchaseOrder, SupplierInvoice
from app.domain.purchasing.states import COMING, InvoiceState, Resolution
from app.domain.stock import checks as stock_checks
from app.domain.stock.model import Incoming
from app.domain.suppliers.model import Supplier
from app.kernel.clock import FixedClock, business_date
from app.kernel.errors import DomainError
from tests.support import buying, cast
from tests.support.shop import SmallShop, open_small_shop

MILLI = st.integers(0, 6).map(lambda pieces: pieces * 500)
FEN = st.integers(0, 30_000)
CHECKS = (
    checks.received_is_what_came,
    checks.incoming_is_open,
    checks.invoices_expect_what_came,
    checks.withdrawn_bills_nothing,
    checks.numbered_without_gaps,
    stock_checks.on_hand_is_the_ledger,
    stock_checks.value_is_the_ledger,
)


class Purchases(RuleBasedStateMachine):
    """Draft, send, confirm, receive with every discrepancy, settle, give up, cancel, bill, pay; refusals change nothing."""

    session: Session
    clock: FixedClock
    shop: SmallShop
    ended: set[InvoiceState] = set()

    @initialize()
    def begin(self) -> None:
        self.session.rollback()
        self.manager = cast.acting(self.session, "parts_manager")
        self.bills = 0
        for part_id in (self.shop.headlight, self.shop.pads):  # as if they were oil: fractions too have to agree
            self.session.get_one(Part, part_id).unit = "升"
        buying.sent(self.session, self.clock, {self.shop.headlight: 3000, self.shop.pads: 2000}, 12_345)
        buying.sent(self.session, self.clock, {self.shop.headlight: 2500}, 9_999)

    def on_its_way(self) -> bool:
        return self.session.scalar(select(Incoming.id).limit(1)) is not None

    def argued_about(self) -> list[Discrepancy]:
        found = select(Discrepancy).where(Discrepancy.resolved_at.is_(None)).order_by(Discrepancy.id)
        return list(self.session.scalars(found))

    def order(self, pick: int) -> PurchaseOrder | None:
        found = self.session.scalars(select(PurchaseOrder).order_by(PurchaseOrder.id)).all()
        going = [order for order in found if order.state in COMING] or found
        return going[pick % len(going)] if going else None

    def attempt(self, deed: Any) -> None:
        try:
            with self.session.begin_nested():
                deed()
        except DomainError:
            self.session.expire_all()

    @rule(light=MILLI.filter(bool), pads=MILLI, fen=FEN)
    def draft(self, light: int, pads: int, fen: int) -> None:
        wanted = {self.shop.headlight: light} | ({self.shop.pads: pads} if pads else {})
        self.attempt(lambda: buying.sent(self.session, self.clock, wanted, fen))

    @rule(pick=st.integers(0, 9), milli=MILLI, fen=FEN)
    def confirm(self, pick: int, milli: int, fen: int) -> None:
        order = self.order(pick)
        if order:
            word = {line.id: orders.Promised(milli, fen, None) for line in order.lines}
            self.attempt(lambda: orders.confirm(self.session, self.manager, self.clock, order, order.version, word))

    @precondition(lambda self: self.on_its_way())
    @rule(pick=st.integers(0, 9), good=MILLI, damaged=MILLI, noted=MILLI, fen=FEN, keep=st.booleans())
    def receive(self, pick: int, good: int, damaged: int, noted: int, fen: int, keep: bool) -> None:
        order = self.order(pick)
        if order:
            facts = {"damaged_milli": damaged, "noted_milli": noted, "note_fen": fen, "keep_surplus": keep}
            self.attempt(lambda: buying.receive(self.session, self.clock, order, good_milli=good, **facts))

    @precondition(lambda self: self.argued_about())
    @rule(pick=st.integers(0, 9), resolution=st.sampled_from(Resolution))
    def resolve(self, pick: int, resolution: Resolution) -> None:
        found = self.argued_about()
        one = found[pick % len(found)]
        number = one.line.order.number
        self.attempt(lambda: discrepancies.resolve(self.session, self.manager, self.clock, number, one.id, resolution))

    @precondition(lambda self: self.on_its_way())
    @rule(pick=st.integers(0, 9), cancel=st.booleans())
    def let_go(self, pick: int, cancel: bool) -> None:
        order = self.order(pick)
        if order and cancel:
            self.attempt(lambda: orders.cancel(self.session, self.manager, self.clock, order, order.version, "x"))
        elif order:
            line = order.lines[0].id
            self.attempt(
                lambda: orders.give_up(self.session, self.manager, self.clock, order, order.version, line, "x")
            )

    def not_billed(self) -> list[int]:
        supplier = self.session.scalars(select(Supplier)).one()
        return [receipt.id for receipt in invoices.not_billed(self.session, supplier.id)]

    @precondition(lambda self: self.not_billed())
    @rule(total=FEN.filter(bool), right=st.booleans())
    def bill(self, total: int, right: bool) -> None:
        supplier = self.session.scalars(select(Supplier)).one()
        ids = self.not_billed()[:2]
        if right:
            total = sum(invoices.payable_of(self.session, ids).values())
        self.bills += 1
        self.attempt(
            lambda: invoices.enter_invoice(
                self.session,
                self.manager,
                self.clock,
                supplier,
                number=str(self.bills),
                issued_on=business_date(self.clock.now()),
                total_fen=total,
                receipt_ids=ids,
            )
        )

    @precondition(lambda self: self.bills)
    @rule(pick=st.integers(0, 9), pay=st.booleans())
    def end_a_bill(self, pick: int, pay: bool) -> None:
        """It is paid, or was typed wrongly; also twice."""
        known = self.session.scalars(select(SupplierInvoice).order_by(SupplierInvoice.id)).all()
        if not known:
            return
        bill = known[pick % len(known)]
        deed, more = (invoices.mark_paid, None) if pay else (invoices.withdraw_invoice, "x")
        self.attempt(lambda: deed(self.session, self.manager, self.clock, bill, bill.version, more))
        self.ended.add(bill.state)

    @invariant()
    def the_books_agree(self) -> None:
        self.session.flush()
        assert [text for check in CHECKS for text in check(self.session)] == []

    def teardown(self) -> None:
        self.session.rollback()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_books_agree_after_any_purchase(session: Session, clock: FixedClock) -> None:
    Purchases.shop = open_small_shop(session, clock)
    Purchases.session, Purchases.clock = session, clock
    found = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(Purchases, settings=found)
    assert session.scalars(select(GoodsReceipt)).all() == []
    assert {InvoiceState.PAID, InvoiceState.WITHDRAWN} <= Purchases.ended
