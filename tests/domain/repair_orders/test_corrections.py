"""Correcting a price after the customer's yes: in his favour at once, against him only when he signs anew."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.billing import operations as billing
from app.domain.billing.model import Settlement, TenderMethod
from app.domain.care import operations as care
from app.domain.care.model import FollowUp, FollowUpState
from app.domain.files.model import FileKind
from app.domain.repair_orders import approvals, corrections, parts
from app.domain.repair_orders.model import Job, PriceChange, RepairOrder
from app.domain.repair_orders.price_changes import Terms
from app.domain.repair_orders.reception_model import ApprovalLine
from app.domain.repair_orders.states import Answer, AnsweredBy, JobState, OrderState, Payer, PriceChangeState
from app.domain.repair_orders.totals import shares
from app.kernel.audit import AuditRow
from app.kernel.clock import FixedClock
from app.kernel.errors import Forbidden, InvalidInput, RuleBroken, WrongState
from tests.support import cast, orders
from tests.support.shop import SmallShop
from tests.support.stored import stored

Own = dict[Payer, int]
CUSTOMER, WARRANTY, GOODWILL, INTERNAL = Payer.CUSTOMER, Payer.WARRANTY, Payer.GOODWILL, Payer.INTERNAL


@pytest.fixture
def order(session: Session, clock: FixedClock, shop: SmallShop) -> RepairOrder:
    """Authorised: the customer pays a service at 424.00 + 198.00, the manufacturer brakes at 583.00 + 1,680.00."""
    wanted = {shop.service: [(shop.filter, 1000)], shop.brakes: [(shop.pads, 1000)]}
    return orders.authorised(session, clock, shop, wanted, payers={shop.brakes: WARRANTY})


def paid_by(order: RepairOrder) -> Own:
    return {share.payer: share.total_fen for share in shares(order.jobs)}


def correct(
    session: Session,
    clock: FixedClock,
    job: Job,
    labour: tuple[Payer, int] | None = None,
    part: tuple[Payer, int] | None = None,
    *,
    who: str = "adviser",
    reason: str = "首保优惠",
    ask: bool = False,
) -> bool:
    wanted: dict[int | None, Terms] = {}
    if labour:
        wanted[None] = Terms(*labour)
    if part:
        wanted[job.part_lines[0].id] = Terms(*part)
    return corrections.correct(session, cast.acting(session, who), clock, job, wanted, reason, ask=ask)


def say(session: Session, clock: FixedClock, order: RepairOrder, given: Answer) -> None:
    """The customer answers on the tablet."""
    adviser = cast.acting(session, "adviser")
    asked, _token = approvals.ask(session, adviser, clock, order)
    signature = stored(session, FileKind.SIGNATURE, clock.now())
    answers = {line.job_id: given for line in asked.lines}
    approvals.answer(session, adviser, clock, asked, answers, how=AnsweredBy.TABLET, who="王志澜", signature=signature)
    session.flush()


def test_in_the_customers_favour_and_his_approval_stays_as_it_was(
    session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    service = order.jobs[0]
    version = order.version
    approved = [(line.job_id, line.shown_fen, line.answer) for line in session.scalars(select(ApprovalLine))]
    assert not correct(session, clock, service, labour=(CUSTOMER, 100), part=(GOODWILL, 0), reason="等候过久，店里补偿")
    assert paid_by(order) == {CUSTOMER: 38160, WARRANTY: 226300, GOODWILL: 19800}
    assert [(line.job_id, line.shown_fen, line.answer) for line in session.scalars(select(ApprovalLine))] == approved
    assert order.version > version  # an open page is old now
    (event,) = [event for event in order.events if event.move == "correct"]
    assert (event.job_id, event.reason, event.actor) == (service.id, "等候过久，店里补偿", cast.PEOPLE["adviser"][0])
    kept = session.scalars(select(PriceChange).order_by(PriceChange.id)).all()
    assert [(c.was_payer, c.was_fen, c.payer, c.now_fen) for c in kept] == [
        (CUSTOMER, 42400, CUSTOMER, 38160),
        (CUSTOMER, 19800, GOODWILL, 19800),
    ]
    session.commit()
    assert len(session.scalars(select(AuditRow).where(AuditRow.action == "price.change")).all()) == 2
    assert orders.broken(session) == []


def test_what_he_approved_is_the_ceiling_of_every_line(session: Session, clock: FixedClock, order: RepairOrder) -> None:
    service, brakes = order.jobs
    before = paid_by(order)
    # Not even when something else gets cheaper by more: he signed each job at its price.
    with pytest.raises(RuleBroken) as refused:
        correct(session, clock, brakes, labour=(CUSTOMER, 900), part=(WARRANTY, 0))
    assert "58.30" in str(refused.value) and refused.value.field == "ask"
    correct(session, clock, service, labour=(CUSTOMER, 500))
    correct(
        session, clock, service, labour=(CUSTOMER, 50), reason="输错，应为 5 %"
    )  # a slip is put right up to his price
    assert paid_by(order)[CUSTOMER] == 42400 * 95 // 100 + 19800
    correct(session, clock, service, labour=(CUSTOMER, 0))
    assert paid_by(order) == before
    assert orders.broken(session) == []


def test_why_is_always_asked_and_who_may_is_kept(session: Session, clock: FixedClock, order: RepairOrder) -> None:
    service, brakes = order.jobs
    with pytest.raises(RuleBroken):
        correct(session, clock, service, labour=(GOODWILL, 0), reason="  ")
    with pytest.raises(InvalidInput):
        correct(session, clock, service, labour=(CUSTOMER, 0))
    with pytest.raises(InvalidInput):
        correct(session, clock, service, labour=(CUSTOMER, 1001))
    # The warranty clerk decides what the manufacturer pays, and gives nothing away.
    correct(session, clock, service, labour=(WARRANTY, 0), who="warranty_clerk", reason="三包内")
    for labour in ((GOODWILL, 0), (INTERNAL, 0), (WARRANTY, 100)):
        with pytest.raises(Forbidden):
            correct(session, clock, service, labour=labour, who="warranty_clerk")
    for who in ("technician", "cashier", "parts_clerk", "care"):
        with pytest.raises(Forbidden):
            correct(session, clock, brakes, labour=(INTERNAL, 0), who=who)


def test_the_customer_pays_more_once_he_has_signed_for_it(
    session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    orders.inspected(session, clock, order)
    _service, brakes = order.jobs
    before = paid_by(order)
    assert correct(session, clock, brakes, (CUSTOMER, 0), (CUSTOMER, 100), ask=True, reason="厂家拒赔，客户同意自费")
    session.flush()
    assert paid_by(order) == before  # nothing yet
    cashier = cast.acting(session, "cashier")
    with pytest.raises(RuleBroken):
        billing.settle(session, cashier, clock, order, order.version)
    say(session, clock, order, Answer.APPROVED)
    assert paid_by(order) == {CUSTOMER: 62200 + 58300 + 151200}
    assert order.state is OrderState.INSPECTED and brakes.state is JobState.PASSED  # no new work came of it
    shown = session.scalars(
        select(ApprovalLine).where(ApprovalLine.job_id == brakes.id).order_by(ApprovalLine.id)
    ).all()
    assert [line.shown_fen for line in shown] == [226300, 58300 + 151200]
    billing.settle(session, cashier, clock, order, order.version)
    assert orders.broken(session) == []


def test_his_last_yes_is_the_ceiling_from_then_on(session: Session, clock: FixedClock, order: RepairOrder) -> None:
    brakes = order.jobs[1]
    correct(session, clock, brakes, labour=(CUSTOMER, 100), ask=True, reason="厂家拒赔")
    session.flush()
    say(session, clock, order, Answer.APPROVED)
    correct(session, clock, brakes, labour=(CUSTOMER, 500))
    correct(session, clock, brakes, labour=(CUSTOMER, 100), reason="输错")
    with pytest.raises(RuleBroken):
        correct(session, clock, brakes, labour=(CUSTOMER, 90))
    assert paid_by(order)[CUSTOMER] == 62200 + 52470
    assert orders.broken(session) == []


def test_the_books_tell_of_a_price_that_was_changed_past_them(
    session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    service = order.jobs[0]
    correct(session, clock, service, labour=(WARRANTY, 0))
    session.flush()
    assert orders.broken(session) == []
    service.payer = CUSTOMER
    assert "a price changed after the answer only as it is on record" in str(orders.broken(session))
    service.payer = WARRANTY
    (kept,) = session.scalars(select(PriceChange))
    kept.was_payer, kept.payer = WARRANTY, CUSTOMER
    service.payer = CUSTOMER
    assert "costs the customer more than he agreed to" in str(orders.broken(session))


def test_a_no_leaves_everything_as_he_agreed_before(session: Session, clock: FixedClock, order: RepairOrder) -> None:
    brakes, before = order.jobs[1], paid_by(order)
    correct(session, clock, brakes, (CUSTOMER, 0), (CUSTOMER, 0), ask=True)
    say(session, clock, order, Answer.DECLINED)
    assert paid_by(order) == before and brakes.state is JobState.APPROVED
    assert {c.state for c in session.scalars(select(PriceChange))} == {PriceChangeState.REFUSED}
    with pytest.raises(RuleBroken):
        approvals.ask(session, cast.acting(session, "adviser"), clock, order)  # nothing is left to ask
    assert orders.broken(session) == []


def test_a_link_about_a_price_is_dead_once_another_is_asked_for(
    session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    adviser, brakes = cast.acting(session, "adviser"), order.jobs[1]
    for again in (lambda: correct(session, clock, brakes, (CUSTOMER, 100), ask=True), lambda: corrections.withdraw(session, adviser, clock, brakes)):  # fmt: skip
        correct(session, clock, brakes, (CUSTOMER, 0), ask=True)
        _question, token = approvals.ask(session, adviser, clock, order)
        again()
        session.flush()
        assert not approvals.is_open(approvals.by_token(session, token), clock)
    assert paid_by(order)[WARRANTY] == 226300


def test_a_part_that_came_back_meanwhile_is_not_paid_by_an_old_question(
    session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    orders.inspected(session, clock, order)
    adviser, clerk, brakes = cast.acting(session, "adviser"), cast.acting(session, "parts_clerk"), order.jobs[1]
    correct(session, clock, brakes, (CUSTOMER, 0), (CUSTOMER, 0), ask=True)
    question, _token = approvals.ask(session, adviser, clock, order)
    parts.return_line(session, clerk, clock, brakes.part_lines[0], 1000, "未用", still_needed=False)
    session.flush()
    with pytest.raises(RuleBroken):
        approvals.answer(
            session,
            adviser,
            clock,
            question,
            {brakes.id: Answer.APPROVED},
            how=AnsweredBy.TABLET,
            who="王志澜",
            signature=stored(session, FileKind.SIGNATURE, clock.now()),
        )
    say(session, clock, order, Answer.APPROVED)
    assert paid_by(order) == {CUSTOMER: 62200 + 58300}
    assert orders.broken(session) == []


def pay(session: Session, clock: FixedClock, order: RepairOrder) -> Own:
    """Settle and pay what is open at the till."""
    cashier = cast.acting(session, "cashier")
    made = billing.settle(session, cashier, clock, order, order.version)
    session.flush()
    for share in made:
        if share.payer is CUSTOMER and share.total_fen:
            billing.take_tender(session, cashier, clock, share.id, TenderMethod.CASH, share.total_fen, "")
    session.flush()
    return {share.payer: share.total_fen for share in made}


def hand_over(session: Session, clock: FixedClock, order: RepairOrder, *, explained: bool = True) -> None:
    adviser = cast.acting(session, "adviser")
    care.hand_over(session, adviser, clock, order, order.version, explained=explained, old_parts_given=True)
    session.flush()


def reopen(session: Session, clock: FixedClock, order: RepairOrder) -> None:
    """The money goes back and the settlement is taken back, by the manager."""
    manager = cast.acting(session, "manager")
    for share in billing.standing(billing.of_order(session, order.id)):
        held = sum(tender.amount_fen for tender in share.tenders)
        if held:
            billing.refund(session, manager, clock, share.id, TenderMethod.CASH, held, "结算有误")
    session.flush()
    billing.reverse(session, manager, clock, order, order.version, "保养应走保修")
    session.flush()


def call(session: Session, clock: FixedClock, order: RepairOrder) -> None:
    follow_up = session.scalars(select(FollowUp).where(FollowUp.order_id == order.id)).one()
    reached = {"outcome": FollowUpState.REACHED, "words": "满意", "fixed": True, "score": 9}
    care.record_call(session, cast.acting(session, "care"), clock, follow_up, follow_up.version, **reached)  # type: ignore[arg-type]
    session.flush()


@pytest.mark.parametrize("called", ["before", "during", "never"])
def test_a_car_that_left_is_settled_anew_and_stays_delivered(
    session: Session, clock: FixedClock, order: RepairOrder, called: str
) -> None:
    orders.inspected(session, clock, order)
    assert pay(session, clock, order) == {CUSTOMER: 62200, WARRANTY: 226300}
    hand_over(session, clock, order)
    kept = (order.delivered_at, order.completed_at, order.first_promised_at, order.promised_at)
    due_on = session.scalars(select(FollowUp.due_on)).one()
    clock.advance(timedelta(days=4))
    if called == "before":
        call(session, clock, order)
        assert order.state is OrderState.CLOSED
    manager, adviser = cast.acting(session, "manager"), cast.acting(session, "adviser")
    with pytest.raises(Forbidden):
        billing.reverse(session, cast.acting(session, "cashier"), clock, order, order.version, "x")
    with pytest.raises(RuleBroken), session.begin_nested():  # its money first, as at any reversal
        billing.reverse(session, manager, clock, order, order.version, "x")
    session.refresh(order)
    reopen(session, clock, order)
    assert order.state is OrderState.REOPENED and orders.broken(session) == []
    if called == "during":
        call(session, clock, order)
    # No work on a car that is not here.
    with pytest.raises(WrongState):
        corrections.approvals.cancel(session, adviser, clock, order, "x")
    correct(session, clock, order.jobs[0], part=(WARRANTY, 0), reason="保养应走保修")
    assert pay(session, clock, order) == {CUSTOMER: 42400, WARRANTY: 246100}
    with pytest.raises(InvalidInput):
        hand_over(session, clock, order, explained=False)
    hand_over(session, clock, order)
    assert order.state is (OrderState.DELIVERED if called == "never" else OrderState.CLOSED)
    assert (order.delivered_at, order.completed_at, order.first_promised_at, order.promised_at) == kept
    assert session.scalars(select(FollowUp.due_on)).all() == [due_on]  # one call, when it was due
    everything = session.scalars(select(Settlement).where(Settlement.order_id == order.id)).all()
    assert len(everything) == 6 and sum(s.total_fen for s in everything) == 62200 + 226300
    assert orders.broken(session) == []


def test_no_corrected_car_is_ended_unpaid(session: Session, clock: FixedClock, order: RepairOrder) -> None:
    orders.inspected(session, clock, order)
    pay(session, clock, order)
    hand_over(session, clock, order)
    for called in (False, True):
        if called:
            hand_over_after_paying(session, clock, order)
            call(session, clock, order)
        reopen(session, clock, order)
        billing.settle(session, cast.acting(session, "cashier"), clock, order, order.version)
        session.flush()
        with pytest.raises(RuleBroken):
            hand_over(session, clock, order)
        session.refresh(order)


def hand_over_after_paying(session: Session, clock: FixedClock, order: RepairOrder) -> None:
    cashier = cast.acting(session, "cashier")
    for share in billing.standing(billing.of_order(session, order.id)):
        if share.payer is CUSTOMER:
            billing.take_tender(session, cashier, clock, share.id, TenderMethod.CASH, share.total_fen, "")
    session.flush()
    hand_over(session, clock, order)


def test_after_he_has_left_the_ceiling_is_what_he_left_with(
    session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    service = order.jobs[0]
    correct(session, clock, service, labour=(WARRANTY, 0), reason="三包内")
    orders.inspected(session, clock, order)
    pay(session, clock, order)
    hand_over(session, clock, order)
    reopen(session, clock, order)
    # He approved it once at his cost, but his settlement said that the manufacturer pays: not without asking him.
    with pytest.raises(RuleBroken):
        correct(session, clock, service, labour=(CUSTOMER, 0))
    correct(session, clock, service, part=(CUSTOMER, 100))
    correct(session, clock, service, labour=(CUSTOMER, 0), ask=True, reason="厂家拒赔")
    session.flush()
    say(session, clock, order, Answer.APPROVED)
    assert pay(session, clock, order)[CUSTOMER] == 42400 + 17820
    hand_over(session, clock, order)
    assert orders.broken(session) == []


def test_the_books_tell_of_a_price_that_rose_after_he_had_left(
    session: Session, clock: FixedClock, order: RepairOrder
) -> None:
    orders.inspected(session, clock, order)
    service = order.jobs[0]
    correct(session, clock, service, labour=(CUSTOMER, 500))
    pay(session, clock, order)
    hand_over(session, clock, order)
    reopen(session, clock, order)
    correct(session, clock, service, labour=(CUSTOMER, 600))
    session.flush()
    assert orders.broken(session) == []
    last = session.scalars(select(PriceChange).order_by(PriceChange.id.desc())).first()
    assert last is not None
    last.discount_permille = service.discount_permille = 400  # less than he approved, and more than he left with
    last.now_fen = service.amount_fen = 25440
    assert "costs the customer more than he agreed to" in str(orders.broken(session))


def test_a_settled_order_keeps_its_prices(session: Session, clock: FixedClock, order: RepairOrder) -> None:
    orders.inspected(session, clock, order)
    pay(session, clock, order)
    with pytest.raises(RuleBroken):
        correct(session, clock, order.jobs[0], labour=(GOODWILL, 0))
    hand_over(session, clock, order)
    with pytest.raises(RuleBroken):
        correct(session, clock, order.jobs[0], labour=(GOODWILL, 0))
