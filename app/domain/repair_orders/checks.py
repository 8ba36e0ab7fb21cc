"""What must always be true of orders."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.repair_orders.model import Job, OrderEvent, PartLine, PromiseChange, RepairOrder
from app.domain.repair_orders.parts import SOURCE
from app.domain.repair_orders.reception_model import ApprovalLine
from app.domain.repair_orders.rules import TO_BE_DONE
from app.domain.repair_orders.states import Answer, JobState, OrderState
from app.domain.repair_orders.workflows import JOB, ORDER
from app.domain.stock.model import Reservation, StockMovement
from app.kernel.invariants import invariant
from app.kernel.money import labour_amount, line_amount


@invariant("an order's and a job's history is an unbroken chain of listed moves that ends in its state")
def history_is_listed_moves(session: Session) -> Iterator[str]:
    """Each event starts where the one before ended, and the table lists the pair."""
    orders, jobs = ORDER.pairs(), JOB.pairs()
    at: dict[tuple[int, int | None], str] = {}
    rows = session.execute(
        select(OrderEvent.id, OrderEvent.order_id, OrderEvent.job_id, OrderEvent.source, OrderEvent.target).order_by(
            OrderEvent.id
        )
    )
    for id_, order_id, job_id, source, target in rows:
        key = (order_id, job_id)
        start = JobState.PROPOSED.value if job_id else OrderState.DRAFT.value
        if at.get(key, start) != source:
            yield f"event {id_} of order {order_id} job {job_id}: starts from {source}, stood at {at.get(key, start)}"
        if (source, target) not in (jobs if job_id else orders):
            yield f"event {id_}: {source} to {target} is not listed"
        at[key] = target
    for id_, state in session.execute(select(RepairOrder.id, RepairOrder.state)):
        if at.get((id_, None), OrderState.DRAFT.value) != state.value:
            yield f"order {id_} stands at {state.value}, its history at {at.get((id_, None))}"
    for id_, order_id, job_state in session.execute(select(Job.id, Job.order_id, Job.state)):
        if at.get((order_id, id_), JobState.PROPOSED.value) != job_state.value:
            yield f"job {id_} stands at {job_state.value}, its history at {at.get((order_id, id_))}"


@invariant("amounts of jobs and part lines follow from hours, quantity, price and discount")
def amounts_follow(session: Session) -> Iterator[str]:
    """Labour and material."""
    for id_, hours, rate, discount, amount in session.execute(
        select(Job.id, Job.hours_centi, Job.rate_fen, Job.discount_permille, Job.amount_fen)
    ):
        if labour_amount(hours, rate, discount) != amount:
            yield f"job {id_}: {amount}"
    for id_, quantity, price, discount, amount in session.execute(
        select(
            PartLine.id, PartLine.quantity_milli, PartLine.price_fen, PartLine.discount_permille, PartLine.amount_fen
        )
    ):
        if line_amount(quantity, price, discount) != amount:
            yield f"part line {id_}: {amount}"


@invariant("what a part line says is issued and reserved is what the ledger and the reservations say")
def parts_follow_the_ledger(session: Session) -> Iterator[str]:
    """The caches on part lines against stock."""
    issued = dict(
        session.execute(
            select(StockMovement.source_id, -func.sum(StockMovement.quantity_milli))
            .where(StockMovement.source == SOURCE)
            .group_by(StockMovement.source_id)
        ).all()  # type: ignore[arg-type]
    )
    reserved = dict(
        session.execute(
            select(Reservation.source_id, func.sum(Reservation.quantity_milli))
            .where(Reservation.source == SOURCE)
            .group_by(Reservation.source_id)
        ).all()  # type: ignore[arg-type]
    )
    for id_, out, held in session.execute(select(PartLine.id, PartLine.issued_milli, PartLine.reserved_milli)):
        if int(issued.get(id_, 0)) != out or int(reserved.get(id_, 0)) != held:
            yield f"part line {id_}: issued {out}/{issued.get(id_, 0)}, reserved {held}/{reserved.get(id_, 0)}"


@invariant("work is done only on jobs that the customer approved")
def approved_before_work(session: Session) -> Iterator[str]:
    """Every job to be done has an approving answer."""
    approved = select(ApprovalLine.job_id).where(ApprovalLine.answer == Answer.APPROVED)
    for id_ in session.scalars(select(Job.id).where(Job.state.in_(TO_BE_DONE), Job.id.not_in(approved))):
        yield f"job {id_} has no approval"


@invariant("the first promised time is kept for ever")
def first_promise_kept(session: Session) -> Iterator[str]:
    """It is what the first change replaced, or what stands when nothing was changed."""
    first: dict[int, object] = {}
    for change in session.scalars(select(PromiseChange).order_by(PromiseChange.id)):
        first.setdefault(change.order_id, change.was_at)
    for id_, kept, now in session.execute(
        select(RepairOrder.id, RepairOrder.first_promised_at, RepairOrder.promised_at)
    ):
        if kept != first.get(id_, now):
            yield f"order {id_}: first promise {kept}"


@invariant("order numbers of a month have no gaps")
def numbers_without_gaps(session: Session) -> Iterator[str]:
    """RO-YYYYMM-0001 and on."""
    months: dict[str, list[int]] = {}
    for number in session.scalars(select(RepairOrder.number)):
        month, _, tail = number.rpartition("-")
        months.setdefault(month, []).append(int(tail))
    for month, found in months.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"{month}: {len(found)} numbers, the highest is {max(found)}"
