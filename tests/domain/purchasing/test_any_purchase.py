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
from app.domain.purchasing import checks, credits, discrepancies, invoices, orders, returns
from app.domain.purchasing.model import (
    Discrepancy,
    GoodsReceipt,
    GoodsReceiptLine,
    PurchaseOrder,
    SupplierInvoice,
    SupplierReturn,
)
from app.domain.purchasing.returned import gone_of
from app.domain.purchasing.states import COMING, InvoiceState, Resolution, ReturnReason
from app.domain.stock import checks as stock_checks
from app.domain.stock.model import Incoming
from app.domain.suppliers.model import Supplier
from app.kernel.clock import FixedClock, business_date
from app.kernel.errors import DomainError
from tests.support import buying, cast
from tests.support.shop import SmallShop, open_small_shop

MILLI = st.integers(0, 6).map(lambda pieces: pieces * 500)
FEN = st.integers(0, 30_000)
AS_AGREED = st.none()  # the delivery note says nothing else
CHECKS = (
    checks.received_is_what_came,
    checks.incoming_is_open,
    checks.invoices_expect_what_came,
    checks.withdrawn_bills_nothing,
    checks.numbered_without_gaps,
    checks.returned_within_received,
    checks.returns_moved,
    checks.credits_belong,
    stock_checks.on_hand_is_the_ledger,
    stock_checks.value_is_the_ledger,
    stock_checks.cost_is_the_average,
    stock_checks.returns_within_issues,
)


class Purchases(RuleBasedStateMachine):
    """Draft, send, confirm, receive with every discrepancy, settle, give up, cancel, bill, pay, send back, be credited
    or refused; refusals change nothing."""

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
    @rule(
        pick=st.integers(0, 9),
        good=MILLI,
        damaged=MILLI,
        noted=AS_AGREED | MILLI,
        fen=AS_AGREED | FEN,
        keep=st.booleans(),
    )
    def receive(self, pick: int, good: int, damaged: int, noted: int | None, fen: int | None, keep: bool) -> None:
        order = self.order(pick)
        if order:
            facts = {"damaged_milli": damaged, "noted_milli": noted, "note_fen": fen, "keep_surplus": keep}
            self.attempt(lambda: buying.receive(self.session, self.clock, order, good_milli=good, **facts))

    @precondition(lambda self: self.argued_about())
    @rule(pick=st.integers(0, 9), resolution=st.sampled_from((*Resolution, Resolution.ACCEPTED)))
    def resolve(self, pick: int, resolution: Resolution) -> None:
        found = self.argued_about()
        one = found[pick % len(found)]
        number, chief = one.line.order.number, cast.acting(self.session, "manager")
        self.attempt(lambda: discrepancies.resolve(self.session, chief, self.clock, number, one.id, resolution))

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
    @rule(total=AS_AGREED | FEN.filter(bool))
    def bill(self, total: int | None) -> None:
        supplier = self.session.scalars(select(Supplier)).one()
        ids = self.not_billed()
        fen = sum(invoices.payable_of(self.session, ids[:2]).values()) if total is None else total
        self.bills += 1
        self.attempt(
            lambda: invoices.enter_invoice(
                self.session,
                self.manager,
                self.clock,
                supplier,
                number=str(self.bills),
                issued_on=business_date(self.clock.now()),
                total_fen=fen,
                receipt_ids=ids[:2],
            )
        )

    @precondition(lambda self: self.bills)
    @rule(pick=st.integers(0, 9), pay=st.sampled_from((True, False)))
    def end_a_bill(self, pick: int, pay: bool) -> None:
        """It is paid, a difference accepted before, or was typed wrongly; also twice."""
        known = self.session.scalars(select(SupplierInvoice).order_by(SupplierInvoice.id)).all()
        if not known:
            return
        one, chief = known[pick % len(known)], cast.acting(self.session, "manager")
        if pay:
            self.attempt(lambda: invoices.accept_difference(self.session, chief, self.clock, one, one.version, "x"))
            self.attempt(lambda: invoices.mark_paid(self.session, chief, self.clock, one, one.version, None))
        else:
            self.attempt(lambda: invoices.withdraw_invoice(self.session, chief, self.clock, one, one.version, "x"))
        self.ended.add(one.state)

    def still_here(self) -> list[tuple[GoodsReceiptLine, int, int]]:
        """(line of a delivery, what has not gone back of it, what has not of that which came damaged), in thousandths."""
        gone, rows = gone_of(self.session), self.session.scalars(select(GoodsReceiptLine).order_by(GoodsReceiptLine.id))
        left = [
            (row, row.accepted_milli - gone.get((row.id, True), 0), row.damaged_milli - gone.get((row.id, False), 0))
            for row in rows
        ]
        return [entry for entry in left if entry[1] or entry[2]]

    @precondition(lambda self: self.still_here())
    @rule(
        pick=st.integers(0, 9), good=MILLI, damaged=MILLI, reason=st.sampled_from(ReturnReason), more=st.just(0) | MILLI
    )
    def send_back(self, pick: int, good: int, damaged: int, reason: ReturnReason, more: int) -> None:
        found = self.still_here()
        row, on_shelf, broken = found[pick % len(found)]
        wanted = [
            returns.Back(row.id, min(good, on_shelf) + more, reason),
            returns.Back(row.id, min(damaged, broken), stocked=False),
        ]
        receipt, order = row.receipt, row.receipt.order
        self.attempt(
            lambda: returns.send_back(self.session, self.manager, self.clock, order, order.version, receipt, wanted)
        )

    def gone(self) -> list[SupplierReturn]:
        return list(self.session.scalars(select(SupplierReturn).order_by(SupplierReturn.id)))

    @precondition(lambda self: self.gone())
    @rule(pick=st.integers(0, 9), less=st.integers(-2, 2).map(lambda yuan: yuan * 100), deed=st.sampled_from("cur"))
    def end_return(self, pick: int, less: int, deed: str) -> None:
        found = self.gone()
        one = found[pick % len(found)]
        session, chief, clock = self.session, cast.acting(self.session, "manager"), self.clock
        if deed == "r":
            self.attempt(lambda: credits.refuse(session, chief, clock, one, one.version, "x"))
        elif deed == "u":
            self.attempt(lambda: credits.undo_credit(session, chief, clock, one, one.version, "x"))
        else:
            fen, today = max(1, one.expected_fen - less), business_date(clock.now())
            note: dict[str, Any] = {"number": one.number, "credited_on": today, "credited_fen": fen, "reason": "x"}
            self.attempt(lambda: credits.note_credit(session, chief, clock, one, one.version, **note))

    @invariant()
    def the_books_agree(self) -> None:
        self.session.flush()
        assert [text for check in CHECKS for text in check(self.session)] == []

    def teardown(self) -> None:
        self.session.rollback()


class Returns(Purchases):
    """Deliveries have come, two are billed, one of them as it was ordered: what may become of them now."""

    draft = confirm = let_go = None  # type: ignore[assignment]

    @initialize()
    def begin(self) -> None:
        super().begin()
        for order in self.session.scalars(select(PurchaseOrder)).all():
            for broken in (0, 500):  # the second time more comes than is open
                facts: dict[str, Any] = {"good_milli": 2000, "damaged_milli": broken, "keep_surplus": True}
                buying.receive(self.session, self.clock, order, **facts)
        supplier, day = self.session.scalars(select(Supplier)).one(), business_date(self.clock.now())
        for id_ in self.not_billed()[:2]:
            owed = invoices.payable_of(self.session, [id_])[id_]
            facts = {"number": f"0-{id_}", "issued_on": day, "total_fen": owed, "receipt_ids": [id_]}
            invoices.enter_invoice(self.session, self.manager, self.clock, supplier, **facts)
        self.bills = 2


@pytest.mark.parametrize("machine", [Purchases, Returns])
def test_the_books_agree_after_any_purchase(session: Session, clock: FixedClock, machine: type[Purchases]) -> None:
    small = session.get_bind().dialect.name == "sqlite"
    Purchases.shop = open_small_shop(session, clock)
    Purchases.session, Purchases.clock = session, clock
    found = settings(
        max_examples=16 if small else 6,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(machine, settings=found)
    assert session.scalars(select(GoodsReceipt)).all() == []
    if machine is Returns:
        assert {InvoiceState.PAID, InvoiceState.WITHDRAWN} <= Returns.ended
