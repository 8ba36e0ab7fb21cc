"""A finished car whose price is changed, settled, paid, reopened and settled anew, in any sequence: all invariants hold."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from app.domain.billing import operations as billing
from app.domain.billing.model import TenderMethod
from app.domain.repair_orders import corrections
from app.domain.repair_orders.price_changes import Terms, key, priced_lines
from app.domain.repair_orders.states import OrderState, Payer
from app.kernel.clock import FixedClock
from tests.domain.repair_orders.test_any_day import PICK, AnyDay
from tests.support import cast, orders
from tests.support.shop import open_small_shop


class AnyCorrection(AnyDay):
    """The same people with the same rules, from the final inspection on; the work lies behind them."""

    add_job = add_part = change_part = dispatch = work = receive = inspect = None  # type: ignore[assignment]

    @initialize()
    def arrive(self) -> None:
        self.session.rollback()
        self.clock.at = cast.OPENING
        self.settled = {}
        self.delivered_at = self.completed_at = None
        shop = self.shop
        wanted = {shop.service: [(shop.filter, 1000)], shop.brakes: [(shop.pads, 1000)]}
        payers = {shop.brakes: Payer.WARRANTY}
        self.order = orders.inspected(
            self.session, self.clock, orders.authorised(self.session, self.clock, shop, wanted, payers=payers)
        )
        self.first_promise = self.order.promised_at

    def straight_on(self) -> None:
        """The till alone; not a step by itself, or prices would hardly ever be changed before it."""
        if self.order.state in {OrderState.INSPECTED, OrderState.REOPENED}:
            self.settle("manager")
        cashier = cast.acting(self.session, "cashier")
        for share in billing.standing(billing.of_order(self.session, self.order.id)):
            open_ = billing.open_amount(share)
            self.attempt("pay", lambda share=share, open_=open_: billing.take_tender(self.session, cashier, self.clock, share.id, TenderMethod.CASH, open_, ""))  # fmt: skip

    @rule()
    def straight_on_again(self) -> None:
        """Paid, the car leaves."""
        self.straight_on()
        if self.order.state is OrderState.SETTLED:
            self.end("deliver")

    @rule(pick=PICK, permille=st.sampled_from([100, 500, 1000]), payer=st.sampled_from(Payer), labour=st.booleans())
    def give(self, pick: int, permille: int, payer: Payer, labour: bool) -> None:
        """One line, by the manager: what most corrections are."""
        job, manager = self.job(pick), cast.acting(self.session, "manager")
        assert job is not None
        rows = priced_lines(job)
        wanted = {key(rows[0] if labour else rows[-1]): Terms(payer, permille)}
        self.attempt(
            "correct", lambda: corrections.correct(self.session, manager, self.clock, job, wanted, "x", ask=False)
        )

    @rule(pick=PICK, then=st.sampled_from(["yes", "no", "withdraw", "later"]))
    def ask_the_customer(self, pick: int, then: str) -> None:
        """He is to pay all of a job after all: he agrees, refuses, is not asked in the end, or takes his time."""
        job, adviser = self.job(pick), cast.acting(self.session, "adviser")
        assert job is not None
        wanted = {key(row): Terms(Payer.CUSTOMER, 0) for row in priced_lines(job)}
        self.attempt("ask", lambda: corrections.correct(self.session, adviser, self.clock, job, wanted, "x", ask=True))
        if then == "withdraw":
            self.attempt(then, lambda: corrections.withdraw(self.session, adviser, self.clock, job))
        elif then != "later":
            self.estimate_and_sign([then == "yes"] * 8)


def test_no_sequence_of_corrections_breaks_an_order(session: Session, clock: FixedClock) -> None:
    class Days(AnyCorrection):
        pass

    Days.session, Days.clock, Days.shop, Days.done = session, clock, open_small_shop(session, clock), set()
    few = settings(
        # PostgreSQL takes four times as long for the same steps; the rules are the same.
        max_examples=12 if session.get_bind().dialect.name == "sqlite" else 4,
        stateful_step_count=30,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Days, settings=few)
    session.rollback()
    reached = {"correct", "ask", "sign", "settle", "pay", "refund", "reverse", "deliver", "reopen", "call"}
    assert reached <= Days.done, reached - Days.done
