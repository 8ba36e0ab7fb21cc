"""An order under any sequence of deeds, lawful or not: after each one every declared invariant holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.billing import operations as billing
from app.domain.billing.model import Tender, TenderMethod
from app.domain.care import operations as care
from app.domain.care.model import FollowUp, FollowUpState
from app.domain.catalogue.model import Operation, Part
from app.domain.customers.model import Customer
from app.domain.files.model import FileKind
from app.domain.repair_orders import approvals, corrections, lines, parts
from app.domain.repair_orders.check_in import open_order
from app.domain.repair_orders.facts import order_facts
from app.domain.repair_orders.model import Job, PartLine, RepairOrder
from app.domain.repair_orders.moves import move_order
from app.domain.repair_orders.price_changes import Terms, key, own_under, priced_lines, terms
from app.domain.repair_orders.rules import OPEN_FOR_WORK, TO_BE_DONE
from app.domain.repair_orders.states import Answer, AnsweredBy, JobState, OrderState, Payer, RepairKind
from app.domain.vehicles.model import Vehicle
from app.domain.workshop import operations as workshop
from app.domain.workshop.model import PauseReason
from app.kernel.clock import FixedClock
from app.kernel.errors import DomainError
from tests.support import cast, orders
from tests.support.shop import SmallShop, open_small_shop
from tests.support.stored import stored

WORKERS = st.sampled_from(["technician", "second_technician"])
PICK = st.integers(0, 9)
MILLI = st.sampled_from([1000, 2000, 1000, 2000, 1500])  # pieces; half of one is refused


class AnyDay(RuleBasedStateMachine):
    """Everybody tries everything on one order. A refusal is a fine answer; a broken invariant never is."""

    session: Session
    clock: FixedClock
    shop: SmallShop
    done: set[str]

    @initialize()
    def arrive(self) -> None:
        """A fresh order, its first promise given; nothing of the day before stays."""
        self.session.rollback()
        self.clock.at = cast.OPENING
        self.settled: dict[int, tuple[int, ...]] = {}
        self.delivered_at = self.completed_at = None
        adviser, session, clock = cast.acting(self.session, "adviser"), self.session, self.clock
        car, owner = session.get_one(Vehicle, self.shop.vehicle), session.get_one(Customer, self.shop.customer)
        owner.credit_limit_fen = 50_000
        self.order = open_order(session, adviser, clock, car, owner, "保养", RepairKind.MINOR)
        move_order(session, adviser, clock, self.order, "check_in")
        lines.promise(session, adviser, clock, self.order, clock.now() + timedelta(hours=20), "")
        self.first_promise = self.order.promised_at
        session.flush()

    def attempt(self, name: str, deed: Callable[[], Any]) -> None:
        """Do it in a savepoint, as a request does it in a transaction: a refusal leaves nothing behind."""
        self.clock.advance(timedelta(seconds=30))
        state, before = self.order.state, len(self.order.events)
        try:
            with self.session.begin_nested():
                deed()
                self.session.flush()
            self.done.add(name)
        except DomainError:
            self.session.refresh(self.order)
            assert self.order.state is state and len(self.order.events) == before
        self.session.expire_all()

    def job(self, pick: int) -> Job | None:
        return self.order.jobs[pick % len(self.order.jobs)] if self.order.jobs else None

    def line(self, pick: int) -> PartLine | None:
        return self.order.part_lines[pick % len(self.order.part_lines)] if self.order.part_lines else None

    @rule(
        which=st.sampled_from(["service", "brakes", "high_voltage"]),
        payer=st.sampled_from(Payer),
        off=st.sampled_from([0, 0, 50, 1000]),
    )
    def add_job(self, which: str, payer: Payer, off: int) -> None:
        operation, who = (
            self.session.get_one(Operation, getattr(self.shop, which)),
            cast.acting(self.session, "adviser"),
        )
        self.attempt(
            "add_job",
            lambda: lines.add_job(
                self.session, who, self.clock, self.order, operation, payer=payer, discount_permille=off
            ),
        )

    @rule(pick=PICK, which=st.sampled_from(["filter", "pads", "headlight"]), milli=MILLI)
    def add_part(self, pick: int, which: str, milli: int) -> None:
        job, part, who = (
            self.job(pick),
            self.session.get_one(Part, getattr(self.shop, which)),
            cast.acting(self.session, "adviser"),
        )
        if job is None:
            return
        if job.state is JobState.PROPOSED:
            self.attempt("add_part", lambda: lines.add_part(self.session, who, self.clock, job, part, milli))
        else:
            self.attempt(
                "add_extra", lambda: lines.add_extra_part(self.session, who, self.clock, job, part, milli, "更多")
            )

    @rule(pick=PICK, milli=MILLI, payer=st.sampled_from(Payer), remove=st.booleans())
    def change_part(self, pick: int, milli: int, payer: Payer, remove: bool) -> None:
        line, who = self.line(pick), cast.acting(self.session, "adviser")
        if line is None:
            return
        if remove:
            self.attempt("remove_part", lambda: lines.remove_part(self.session, who, self.clock, line))
            return
        change = {"quantity_milli": milli, "payer": payer, "discount_permille": 0}
        self.attempt("change_part", lambda: lines.change_part(self.session, who, self.clock, line, **change))

    @rule(yes=st.lists(st.booleans(), min_size=8, max_size=8))
    def estimate_and_sign(self, yes: list[bool]) -> None:
        adviser, session, clock = cast.acting(self.session, "adviser"), self.session, self.clock
        if self.order.state is OrderState.CHECKED_IN:
            self.attempt(
                "estimate", lambda: move_order(session, adviser, clock, self.order, "estimate", order_facts(self.order))
            )

        def sign() -> None:
            question, _token = approvals.ask(session, adviser, clock, self.order)
            shown = {line.job_id: line.shown_fen for line in question.lines}
            answers = {
                line.job_id: Answer.APPROVED if good else Answer.DECLINED
                for line, good in zip(question.lines, [*yes, *[True] * 40], strict=False)
            }
            signature = stored(session, FileKind.SIGNATURE, clock.now())
            approvals.answer(
                session, adviser, clock, question, answers, how=AnsweredBy.TABLET, who="王", signature=signature
            )
            assert all(line.shown_fen == shown[line.job_id] for line in question.lines)

        self.attempt("sign", sign)

    @rule(pick=PICK, worker=WORKERS, recall=st.sampled_from([False, False, False, True]))
    def dispatch(self, pick: int, worker: str, recall: bool) -> None:
        job, who = self.job(pick), cast.acting(self.session, "controller")
        if job is None:
            return
        if recall:
            self.attempt("recall", lambda: workshop.recall(self.session, who, self.clock, job, job.version))
            return
        person = cast.person(self.session, worker)
        self.attempt(
            "dispatch",
            lambda: workshop.assign(self.session, who, self.clock, job, job.version, person, self.clock.now()),
        )

    @rule(
        pick=PICK,
        worker=WORKERS,
        deed=st.sampled_from(["start", "start", "pause", "finish", "finish"]),
        back=st.booleans(),
    )
    def work(self, pick: int, worker: str, deed: str, back: bool) -> None:
        job, who = self.job(pick), cast.acting(self.session, worker)
        if job is None:
            return
        if back:  # somebody puts the machine's clock back
            self.clock.advance(timedelta(minutes=-3))
        do: dict[str, Callable[[], Any]] = {
            "start": lambda: workshop.start_job(self.session, who, self.clock, job),
            "pause": lambda: workshop.pause_job(self.session, who, self.clock, job, PauseReason.TOOL),
            "finish": lambda: workshop.finish_job(self.session, who, self.clock, job),
        }
        self.attempt(deed, do[deed])

    @rule(
        pick=PICK,
        milli=st.integers(1, 2500),
        back=st.sampled_from([False, False, True]),
        needed=st.booleans(),
        all_=st.booleans(),
    )
    def hand_out(self, pick: int, milli: int, back: bool, needed: bool, all_: bool) -> None:
        line, clerk = self.line(pick), cast.acting(self.session, "parts_clerk")
        if line is None:
            return
        if back:
            much = line.issued_milli if all_ else milli
            self.attempt(
                "return",
                lambda: parts.return_line(self.session, clerk, self.clock, line, much, "x", still_needed=needed),
            )
            return
        much = line.quantity_milli - line.issued_milli if all_ else milli
        self.attempt("issue", lambda: parts.issue_line(self.session, clerk, self.clock, line, much))
        if not needed:
            self.attempt("drop_rest", lambda: parts.drop_rest(self.session, clerk, self.clock, line))

    @rule(which=st.sampled_from(["filter", "pads", "headlight"]))
    def receive(self, which: str) -> None:
        part, clerk = self.session.get_one(Part, getattr(self.shop, which)), cast.acting(self.session, "parts_clerk")
        put = {"bin_code": "B-1", "quantity_milli": 3000, "unit_fen": 9999}
        self.attempt("receive", lambda: parts.receive_goods(self.session, clerk, self.clock, part, **put))

    @rule(
        good=st.lists(st.sampled_from([True, True, True, False]), min_size=9, max_size=9),
        who=st.sampled_from(["inspector", "technician"]),
    )
    def inspect(self, good: list[bool], who: str) -> None:
        verdicts = {
            job.id: (fine, "" if fine else "x")
            for job, fine in zip(self.order.jobs, [*good, *[True] * 40], strict=False)
        }
        actor, version = cast.acting(self.session, who), self.order.version
        more = {"road_test_km": None, "mileage_out_km": None, "remark": ""}
        self.attempt(
            "inspect",
            lambda: workshop.inspect_order(self.session, actor, self.clock, self.order, version, verdicts, **more),
        )

    @rule(who=st.sampled_from(["cashier", "manager"]))
    def settle(self, who: str) -> None:
        actor = cast.acting(self.session, who)
        why = {"approve_below_cost": "x"} if who == "manager" else {}
        self.attempt(
            "settle", lambda: billing.settle(self.session, actor, self.clock, self.order, self.order.version, **why)
        )

    @rule(
        pick=PICK,
        fen=st.integers(-100, 40_000),
        all_=st.booleans(),
        deed=st.sampled_from(["pay", "pay", "pay", "refund", "credit"]),
    )
    def money(self, pick: int, fen: int, all_: bool, deed: str) -> None:
        made, cashier, manager = (
            billing.of_order(self.session, self.order.id),
            cast.acting(self.session, "cashier"),
            cast.acting(self.session, "manager"),
        )
        if not made:
            return
        share = made[pick % len(made)]
        much = billing.open_amount(share) if all_ else fen
        do: dict[str, Callable[[], Any]] = {
            "pay": lambda: billing.take_tender(
                self.session, cashier, self.clock, share.id, TenderMethod.CASH, much, ""
            ),
            "refund": lambda: billing.refund(self.session, manager, self.clock, share.id, TenderMethod.CASH, fen, "x"),
            "credit": lambda: billing.allow_credit(self.session, manager, self.clock, share.id),
        }
        self.attempt(deed, do[deed])

    @rule(
        pick=PICK,
        payers=st.lists(st.sampled_from(Payer), min_size=4, max_size=4),
        off=st.lists(st.sampled_from([0, 0, 100, 1000]), min_size=4, max_size=4),
        deed=st.sampled_from(["correct", "correct", "ask_price", "withdraw_price"]),
        who=st.sampled_from(["adviser", "adviser", "warranty_clerk"]),
    )
    def change_price(self, pick: int, payers: list[Payer], off: list[int], deed: str, who: str) -> None:
        job, actor = self.job(pick), cast.acting(self.session, who)
        if job is None:
            return
        if deed == "withdraw_price":
            self.attempt(deed, lambda: corrections.withdraw(self.session, actor, self.clock, job))
            return
        rows = list(zip(priced_lines(job), payers, off, strict=False))
        wanted = {key(row): Terms(payer, permille) for row, payer, permille in rows}
        before = {key(row): own_under(row, terms(row)) for row in priced_lines(job)}
        ask, events = deed == "ask_price", len(self.order.events)
        self.attempt(deed, lambda: corrections.correct(self.session, actor, self.clock, job, wanted, "x", ask=ask))
        if len(self.order.events) > events and self.order.events[-1].move == "ask_price":
            assert {key(row): own_under(row, terms(row)) for row in priced_lines(job)} == before  # not before his yes

    @rule(deed=st.sampled_from(["reverse", "deliver", "deliver", "cancel", "promise"]))
    def end(self, deed: str) -> None:
        adviser, manager, version = (
            cast.acting(self.session, "adviser"),
            cast.acting(self.session, "manager"),
            self.order.version,
        )
        later = self.clock.now() + timedelta(hours=30)
        do: dict[str, Callable[[], Any]] = {
            "reverse": lambda: billing.reverse(self.session, manager, self.clock, self.order, version, "x"),
            "deliver": lambda: care.hand_over(
                self.session, adviser, self.clock, self.order, version, explained=True, old_parts_given=True
            ),
            "cancel": lambda: approvals.cancel(self.session, adviser, self.clock, self.order, "x"),
            "promise": lambda: lines.promise(self.session, adviser, self.clock, self.order, later, "x"),
        }
        if deed != "cancel" or len(self.done) > 6:  # or few days would come to anything
            self.attempt(deed, do[deed])

    def hand_out_all(self, line: PartLine) -> None:
        """What a line wants; of an order's first part a piece was left over, so that its rest is not needed."""
        clerk, much = cast.acting(self.session, "parts_clerk"), line.quantity_milli - line.issued_milli
        spare = line is self.order.part_lines[0] and line.quantity_milli > 1000
        much -= 1000 * spare
        self.attempt("issue", lambda: parts.issue_line(self.session, clerk, self.clock, line, much))
        if spare:
            self.attempt("drop_rest", lambda: parts.drop_rest(self.session, clerk, self.clock, line))

    @rule()
    def straight_on(self) -> None:
        """The lawful next step of everybody, so that days reach their end."""
        session, clock, order = self.session, self.clock, self.order
        if order.state is OrderState.CHECKED_IN and not order.jobs:
            self.add_job("service", Payer.CUSTOMER, 0)
            self.add_part(0, "filter", 2000)
        if order.state in {OrderState.CHECKED_IN, OrderState.ESTIMATED}:
            self.estimate_and_sign([True] * 8)
        for job in [job for job in order.jobs if order.state in OPEN_FOR_WORK]:
            if job.state in {JobState.APPROVED, JobState.DISPATCHED, JobState.PAUSED}:
                self.attempt("dispatch", lambda job=job: workshop.assign(session, cast.acting(session, "controller"), clock, job, job.version, cast.person(session, "technician"), clock.now()))  # fmt: skip
                self.attempt(
                    "start", lambda job=job: workshop.start_job(session, cast.acting(session, "technician"), clock, job)
                )
            for line in parts.live(job.part_lines):
                self.hand_out_all(line)
            for worker in ("technician", "second_technician"):
                self.attempt("finish", lambda job=job, worker=worker: workshop.finish_job(session, cast.acting(session, worker), clock, job))  # fmt: skip
        if order.state is OrderState.WORK_DONE:
            self.inspect([True] * 9, "inspector")
        elif order.state in {OrderState.INSPECTED, OrderState.REOPENED}:
            self.settle("manager")
        elif order.state is OrderState.SETTLED:
            for share in billing.standing(billing.of_order(session, order.id)):
                self.attempt("pay", lambda share=share: billing.take_tender(session, cast.acting(session, "cashier"), clock, share.id, TenderMethod.CASH, billing.open_amount(share), ""))  # fmt: skip

    @rule()
    def straight_on_again(self) -> None:
        """Two steps at once, or few days would come to an end; the car leaves when it may."""
        self.straight_on()
        self.straight_on()
        if self.order.state is OrderState.SETTLED:
            self.end("deliver")

    @rule(reached=st.booleans())
    def call(self, reached: bool) -> None:
        """The call after the visit, also while its settlement is being corrected."""
        care_, follow_up = (
            cast.acting(self.session, "care"),
            self.session.scalar(select(FollowUp).where(FollowUp.order_id == self.order.id)),
        )
        if follow_up is None:
            return
        outcome = FollowUpState.REACHED if reached else FollowUpState.UNREACHABLE
        said: dict[str, Any] = {"outcome": outcome, "words": "好", "fixed": True, "score": 9}
        self.attempt(
            "call", lambda: care.record_call(self.session, care_, self.clock, follow_up, follow_up.version, **said)
        )

    @rule(back=st.booleans())
    def correct_a_delivered_car(self, back: bool) -> None:
        """The money goes back, the settlement is reopened; what follows is anybody's."""
        manager = cast.acting(self.session, "manager")
        if self.order.state not in {OrderState.DELIVERED, OrderState.CLOSED}:
            return
        for share in billing.standing(billing.of_order(self.session, self.order.id)):
            held = sum(tender.amount_fen for tender in share.tenders)
            if held and back:
                self.attempt("refund", lambda share=share, held=held: billing.refund(self.session, manager, self.clock, share.id, TenderMethod.CASH, held, "x"))  # fmt: skip
        version = self.order.version
        self.attempt("reopen", lambda: billing.reverse(self.session, manager, self.clock, self.order, version, "x"))

    @invariant()
    def nothing_is_broken(self) -> None:
        """All that ``flask check`` reads."""
        assert orders.broken(self.session) == []

    @invariant()
    def what_was_settled_stands(self) -> None:
        """No issued document ever changes, and nothing leaves with money open."""
        if not hasattr(self, "order"):
            return
        made = billing.of_order(self.session, self.order.id)
        for settlement in made:
            printed = (settlement.total_fen, settlement.net_fen, *[line.amount_fen for line in settlement.lines])
            assert self.settled.setdefault(settlement.id, printed) == printed
        assert len(made) == len(self.settled)
        assert self.order.first_promised_at == self.first_promise
        if self.order.delivered_at is not None:  # the first time stays, whatever is corrected later
            self.delivered_at = self.delivered_at or self.order.delivered_at
            assert self.order.delivered_at == self.delivered_at and self.order.completed_at == self.completed_at
        self.completed_at = self.order.completed_at
        if self.order.state is OrderState.CANCELLED:
            assert all(line.issued_milli == line.reserved_milli == 0 for line in self.order.part_lines)
        if self.order.state is OrderState.SETTLED:
            assert {job.state for job in self.order.jobs} <= {JobState.PASSED, JobState.DECLINED}
            live = [line for line in self.order.part_lines if not line.cancelled and line.job.state in TO_BE_DONE]
            assert all(line.issued_milli == line.quantity_milli for line in live)


def test_no_sequence_of_deeds_breaks_an_order(session: Session, clock: FixedClock) -> None:
    class Days(AnyDay):
        pass

    Days.session, Days.clock, Days.shop, Days.done = session, clock, open_small_shop(session, clock), set()
    few = settings(
        # PostgreSQL takes four times as long for the same steps; the rules are the same.
        max_examples=12 if session.get_bind().dialect.name == "sqlite" else 5,
        stateful_step_count=20,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Days, settings=few)
    session.rollback()
    # The days came to something: the guards were not simply always in the way.
    done = "sign dispatch start issue drop_rest finish inspect settle pay deliver"
    assert set(done.split()) <= Days.done, Days.done


@pytest.mark.parametrize("leaving", ["deliver", "reverse"])
def test_what_is_delivered_is_paid(session: Session, clock: FixedClock, leaving: str) -> None:
    """The two ways out of "settled", each with one fen too few."""
    shop = open_small_shop(session, clock)
    order: RepairOrder = orders.inspected(session, clock, orders.authorised(session, clock, shop, {shop.service: []}))
    cashier, adviser, manager = (cast.acting(session, who) for who in ("cashier", "adviser", "manager"))
    (share,) = billing.settle(session, cashier, clock, order, order.version)
    part = share.total_fen - 1
    tender: Tender = billing.take_tender(session, cashier, clock, share.id, TenderMethod.CASH, part, "")
    assert tender.amount_fen == part
    session.flush()
    with pytest.raises(DomainError), session.begin_nested():
        if leaving == "deliver":
            care.hand_over(session, adviser, clock, order, order.version, explained=True, old_parts_given=True)
        else:
            billing.reverse(session, manager, clock, order, order.version, "x")
    session.refresh(order)
    assert order.state is OrderState.SETTLED
