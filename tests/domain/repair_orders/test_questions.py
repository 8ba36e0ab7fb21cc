"""A customer's yes holds for what was on the page, and for nothing that was changed since."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part
from app.domain.customers.model import Customer
from app.domain.files.model import FileKind
from app.domain.repair_orders import approvals, lines
from app.domain.repair_orders.check_in import open_order
from app.domain.repair_orders.facts import order_facts
from app.domain.repair_orders.model import Job, PartLine, RepairOrder
from app.domain.repair_orders.moves import lock_order, move_order
from app.domain.repair_orders.reception_model import ApprovalRequest
from app.domain.repair_orders.states import Answer, AnsweredBy, JobState, OrderState, Payer, RepairKind
from app.domain.vehicles.model import Vehicle
from app.extensions import db
from app.kernel.clock import FixedClock
from app.kernel.errors import Forbidden, NotFound, RuleBroken
from tests.support import cast, orders
from tests.support.shop import SmallShop
from tests.support.stored import stored

# On SQLite a write transaction is alone: nothing can come in between.
BETWEEN = pytest.mark.parametrize("database", ["postgres"], indirect=True)


def asked(session: Session, clock: FixedClock, shop: SmallShop, payer: Payer = Payer.CUSTOMER) -> tuple[Job, str]:
    """A job with a filter that the customer has a link about."""
    adviser = cast.acting(session, "adviser")
    car, owner = session.get_one(Vehicle, shop.vehicle), session.get_one(Customer, shop.customer)
    order = open_order(session, adviser, clock, car, owner, "保养", RepairKind.MINOR)
    move_order(session, adviser, clock, order, "check_in")
    lines.promise(session, adviser, clock, order, clock.now() + timedelta(hours=6), "")
    job = lines.add_job(session, adviser, clock, order, session.get_one(Operation, shop.service), payer=payer)
    lines.add_part(session, adviser, clock, job, session.get_one(Part, shop.filter), 1000)
    move_order(session, adviser, clock, order, "estimate", order_facts(order))
    _question, token = approvals.ask(session, adviser, clock, order)
    session.commit()
    return job, token


def say_yes(session: Session, clock: FixedClock, question: ApprovalRequest) -> None:
    customer = approvals.customer_actor("王志澜")
    answers = {line.job_id: Answer.APPROVED for line in question.lines}
    signature = stored(session, FileKind.SIGNATURE, clock.now())
    approvals.answer(
        session, customer, clock, question, answers, how=AnsweredBy.LINK, who="王志澜", signature=signature
    )


def change_payer(session: Session, clock: FixedClock, job: Job) -> None:
    actor = cast.acting(session, "adviser")
    lines.change_job(session, actor, clock, job, payer=Payer.CUSTOMER, discount_permille=0)


def change_discount(session: Session, clock: FixedClock, job: Job) -> None:
    lines.change_job(session, cast.acting(session, "adviser"), clock, job, payer=job.payer, discount_permille=100)


def change_quantity(session: Session, clock: FixedClock, job: Job) -> None:
    actor = cast.acting(session, "adviser")
    (line,) = job.part_lines
    lines.change_part(session, actor, clock, line, quantity_milli=2000, payer=line.payer, discount_permille=0)


def remove_part(session: Session, clock: FixedClock, job: Job) -> None:
    lines.remove_part(session, cast.acting(session, "adviser"), clock, job.part_lines[0])


def add_customers_own_part(session: Session, clock: FixedClock, job: Job) -> None:
    actor, part = cast.acting(session, "adviser"), session.get_one(Part, job.part_lines[0].part_id)
    lines.add_part(session, actor, clock, job, part, 1000, customer_supplied=True)


@pytest.mark.parametrize(
    "change", [change_payer, change_discount, change_quantity, remove_part, add_customers_own_part]
)
def test_a_link_is_dead_once_what_it_shows_was_changed(
    session: Session, clock: FixedClock, shop: SmallShop, change: object
) -> None:
    # The insurer was to pay: a changed payer alone leaves the amount as it was shown.
    job, token = asked(session, clock, shop, payer=Payer.INSURER)
    change(session, clock, job)  # type: ignore[operator]
    session.flush()
    question = approvals.by_token(session, token)
    assert not approvals.is_open(question, clock)
    with pytest.raises(RuleBroken):
        say_yes(session, clock, question)
    session.rollback()
    assert job.state is JobState.PROPOSED


def test_a_new_job_closes_the_question_about_the_estimate_that_it_changes(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    job, token = asked(session, clock, shop)
    lines.add_job(session, cast.acting(session, "adviser"), clock, job.order, session.get_one(Operation, shop.brakes))
    question = approvals.by_token(session, token)
    with pytest.raises(RuleBroken):
        say_yes(session, clock, question)
    # Answered one by one, an estimate would never be asked about as a whole and the order never authorised.
    assert job.state is JobState.PROPOSED and job.order.state is OrderState.CHECKED_IN


@BETWEEN
def test_an_answer_sees_what_was_added_while_the_page_was_being_read(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    job, token = asked(session, clock, shop)
    with app.app_context():
        engine = db.engine
    question = approvals.by_token(session, token)  # the customer's request has read the question ...
    assert [line.job.part_lines for line in question.lines] != [[]]
    with Session(engine) as other:  # ... when the adviser puts another part on the job
        lines.add_part(
            other,
            cast.acting(other, "adviser"),
            clock,
            other.get_one(Job, job.id),
            other.get_one(Part, shop.pads),
            1000,
        )
        other.commit()
    with pytest.raises(RuleBroken):
        say_yes(session, clock, question)


@BETWEEN
def test_the_lock_shows_an_orders_lines_as_they_are_now(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    job, _token = asked(session, clock, shop)
    with app.app_context():
        engine = db.engine
    order = job.order
    assert [line.quantity_milli for line in order.jobs[0].part_lines] == [1000]
    with Session(engine) as other:
        line = other.scalars(select(PartLine)).one()
        change = {"quantity_milli": 3000, "payer": line.payer, "discount_permille": 0}
        lines.change_part(other, cast.acting(other, "adviser"), clock, line, **change)  # type: ignore[arg-type]
        other.commit()
    lock_order(session, order.id)
    assert [line.quantity_milli for line in order.jobs[0].part_lines] == [3000]
    assert order.jobs[0].part_lines[0] is order.part_lines[0]


def test_a_link_works_once_and_until_it_expires(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    _job, token = asked(session, clock, shop)
    clock.advance(timedelta(hours=73))
    with pytest.raises(RuleBroken):
        say_yes(session, clock, approvals.by_token(session, token))
    session.rollback()
    clock.advance(timedelta(hours=-2))
    say_yes(session, clock, approvals.by_token(session, token))
    session.flush()
    with pytest.raises(RuleBroken):
        say_yes(session, clock, approvals.by_token(session, token))


def test_a_link_is_nothing_that_can_be_guessed_or_read_in_the_database(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    _job, token = asked(session, clock, shop)
    stored = session.scalars(select(ApprovalRequest)).one()
    assert len(token) >= 43 and token not in {str(value) for value in vars(stored).values()}
    for wrong in (token[:-1], token + "A", token.swapcase(), stored.token_hash, "", "\ud800"):
        with pytest.raises(NotFound):
            approvals.by_token(session, wrong)


def test_an_order_is_not_cancelled_while_its_parts_are_on_the_floor(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    from app.domain.repair_orders import parts

    order: RepairOrder = orders.authorised(session, clock, shop, {shop.service: [(shop.filter, 1000)]})
    clerk, adviser = cast.acting(session, "parts_clerk"), cast.acting(session, "adviser")
    (line,) = order.part_lines
    parts.issue_line(session, clerk, clock, line, 1000)
    session.flush()
    with pytest.raises(RuleBroken):
        approvals.cancel(session, adviser, clock, order, "客户改期")
    parts.return_line(session, clerk, clock, line, 1000, "取消")
    session.flush()
    approvals.cancel(session, adviser, clock, order, "客户改期")
    session.flush()
    assert order.state is OrderState.CANCELLED and line.reserved_milli == 0
    assert orders.broken(session) == []


def test_only_reception_opens_orders(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    car, owner = session.get_one(Vehicle, shop.vehicle), session.get_one(Customer, shop.customer)
    for who in ("technician", "cashier", "care", "parts_clerk"):
        with pytest.raises(Forbidden):
            open_order(session, cast.acting(session, who), clock, car, owner, "x", RepairKind.MINOR)
