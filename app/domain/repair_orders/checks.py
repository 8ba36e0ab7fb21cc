"""What must always be true of orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.repair_orders.model import Job, OrderEvent, PartLine, PriceChange, PromiseChange, RepairOrder
from app.domain.repair_orders.parts import SOURCE
from app.domain.repair_orders.price_changes import AGREED, LEFT, Terms, own_under, terms
from app.domain.repair_orders.reception_model import ApprovalLine
from app.domain.repair_orders.rules import TO_BE_DONE
from app.domain.repair_orders.states import Answer, JobState, OrderState
from app.domain.repair_orders.workflows import JOB, ORDER
from app.domain.stock.model import Reservation, StockMovement
from app.kernel.invariants import invariant
from app.kernel.money import labour_amount, line_amount
from app.kernel.numbering import gaps
from app.kernel.orm import stream


@invariant("an order's and a job's history is an unbroken chain of listed moves that ends in its state")
def history_is_listed_moves(session: Session) -> Iterator[str]:
    """Each event starts where the one before ended, and the table lists the pair; one order after the other."""
    events = stream(
        session,
        select(OrderEvent.order_id, OrderEvent.id, OrderEvent.job_id, OrderEvent.source, OrderEvent.target).order_by(
            OrderEvent.order_id, OrderEvent.id
        ),
    )
    jobs = stream(session, select(Job.order_id, Job.id, Job.state).order_by(Job.order_id, Job.id))
    moved, held = groupby(events, itemgetter(0)), groupby(jobs, itemgetter(0))
    event_order, its_events = next(moved, (None, []))
    job_order, its_jobs = next(held, (None, []))
    for id_, state in stream(session, select(RepairOrder.id, RepairOrder.state).order_by(RepairOrder.id)):
        at: dict[int | None, str] = {}
        if event_order == id_:
            yield from _moves_of(id_, its_events, at)
            event_order, its_events = next(moved, (None, []))
        if at.get(None, OrderState.DRAFT.value) != state.value:
            yield f"order {id_} stands at {state.value}, its history at {at.get(None)}"
        if job_order == id_:
            for _, job_id, job_state in its_jobs:
                if at.get(job_id, JobState.PROPOSED.value) != job_state.value:
                    yield f"job {job_id} stands at {job_state.value}, its history at {at.get(job_id)}"
            job_order, its_jobs = next(held, (None, []))


def _moves_of(order_id: int, events: Iterable[Any], at: dict[int | None, str]) -> Iterator[str]:
    """What is wrong with the moves of one order; ``at`` is left at where it (None) and its jobs stand by them."""
    orders, jobs = ORDER.pairs(), JOB.pairs()
    for _, id_, job_id, source, target in events:
        start = at.get(job_id, JobState.PROPOSED.value if job_id else OrderState.DRAFT.value)
        if start != source:
            yield f"event {id_} of order {order_id} job {job_id}: starts from {source}, stood at {start}"
        if (source, target) not in (jobs if job_id else orders):
            yield f"event {id_}: {source} to {target} is not listed"
        at[job_id] = target


@invariant("amounts of jobs and part lines follow from hours, quantity, price and discount")
def amounts_follow(session: Session) -> Iterator[str]:
    """Labour and material."""
    for id_, hours, rate, discount, amount in stream(
        session, select(Job.id, Job.hours_centi, Job.rate_fen, Job.discount_permille, Job.amount_fen)
    ):
        if labour_amount(hours, rate, discount) != amount:
            yield f"job {id_}: {amount}"
    for id_, quantity, price, discount, amount in stream(
        session,
        select(
            PartLine.id, PartLine.quantity_milli, PartLine.price_fen, PartLine.discount_permille, PartLine.amount_fen
        ),
    ):
        if line_amount(quantity, price, discount) != amount:
            yield f"part line {id_}: {amount}"


@invariant("what a part line says is issued and reserved is what the ledger and the reservations say")
def parts_follow_the_ledger(session: Session) -> Iterator[str]:
    """The caches on part lines against stock; the database compares, only what differs is read."""
    issued = _sums(StockMovement, -StockMovement.quantity_milli)
    reserved = _sums(Reservation, Reservation.quantity_milli)
    out, held = func.coalesce(issued.c.milli, 0), func.coalesce(reserved.c.milli, 0)
    differs = (
        select(PartLine.id, PartLine.issued_milli, out, PartLine.reserved_milli, held)
        .outerjoin(issued, issued.c.source_id == PartLine.id)
        .outerjoin(reserved, reserved.c.source_id == PartLine.id)
        .where((PartLine.issued_milli != out) | (PartLine.reserved_milli != held))
    )
    for id_, says_out, is_out, says_held, is_held in session.execute(differs):
        yield f"part line {id_}: issued {says_out}/{is_out}, reserved {says_held}/{is_held}"


def _sums(table: Any, milli: Any) -> Any:
    """Quantity per part line in a table with source and source_id."""
    return (
        select(table.source_id, func.sum(milli).label("milli"))
        .where(table.source == SOURCE)
        .group_by(table.source_id)
        .subquery()
    )


@invariant("work is done only on jobs that the customer approved")
def approved_before_work(session: Session) -> Iterator[str]:
    """Every job to be done has an approving answer."""
    approved = select(ApprovalLine.job_id).where(ApprovalLine.answer == Answer.APPROVED)
    for id_ in session.scalars(select(Job.id).where(Job.state.in_(TO_BE_DONE), Job.id.not_in(approved))):
        yield f"job {id_} has no approval"


@invariant("a price changed after the answer only as it is on record, and rose only with the customer's new yes")
def prices_as_agreed(session: Session) -> Iterator[str]:
    """Line by line: each change starts from the one before, the last is what stands, none without him cost him more."""
    rows = session.execute(
        select(PriceChange, OrderEvent.move, Job, PartLine)
        .join(OrderEvent, OrderEvent.id == PriceChange.event_id)
        .join(Job, Job.id == PriceChange.job_id)
        .outerjoin(PartLine, PartLine.id == PriceChange.part_line_id)
        .order_by(PriceChange.job_id, PriceChange.part_line_id, PriceChange.event_id)
    )
    ceilings = _agreements(session)
    for (job_id, line_id), changes in groupby(rows, lambda row: (row[0].job_id, row[0].part_line_id)):
        agreed: Terms | None = None
        before: Terms | None = None
        since = 0
        for change, move, job, line in changes:
            row = job if line is None else line
            was = Terms(change.was_payer, change.was_discount_permille)
            now = Terms(change.payer, change.discount_permille)
            if before not in {None, was}:
                yield f"price change {change.id} starts from {was}, stood at {before}"
            moved = change.event_id or 0
            at = {id_ for of in (job_id, None) for id_ in ceilings.get((change.order_id, of), ())}
            if agreed is None or any(since < id_ < moved for id_ in at):
                agreed = was  # he said yes, or left, while it stood so
            if move == "agree_price":
                agreed = now
            if own_under(row, now) > own_under(row, agreed):
                yield f"price change {change.id} costs the customer more than he agreed to"
            before, since = now, moved
        if before != terms(row):
            yield f"job {job_id} line {line_id} stands at {terms(row)}, its last change at {before}"


def _agreements(session: Session) -> dict[tuple[int, int | None], list[int]]:
    """(order, job or None for the whole order) → the moves by which the customer agreed to what stood, of changed orders."""
    changed = select(PriceChange.order_id).where(PriceChange.event_id.is_not(None))
    found: dict[tuple[int, int | None], list[int]] = {}
    for order_id, job_id, id_ in session.execute(
        select(OrderEvent.order_id, OrderEvent.job_id, OrderEvent.id).where(
            OrderEvent.order_id.in_(changed), OrderEvent.move.in_(AGREED + LEFT)
        )
    ):
        found.setdefault((order_id, job_id), []).append(id_)
    return found


@invariant("the first promised time is kept for ever")
def first_promise_kept(session: Session) -> Iterator[str]:
    """It is what the first change replaced, or what stands when nothing was changed."""
    earliest = select(func.min(PromiseChange.id)).group_by(PromiseChange.order_id)
    first = select(PromiseChange.order_id, PromiseChange.was_at).where(PromiseChange.id.in_(earliest)).subquery()
    rows = select(
        RepairOrder.id, RepairOrder.first_promised_at, RepairOrder.promised_at, first.c.order_id, first.c.was_at
    ).outerjoin(first, first.c.order_id == RepairOrder.id)
    for id_, kept, now, changed, was in stream(session, rows):
        if kept != (now if changed is None else was):
            yield f"order {id_}: first promise {kept}"


@invariant("order numbers of a month have no gaps")
def numbers_without_gaps(session: Session) -> Iterator[str]:
    """RO-YYYYMM-0001 and on."""
    yield from gaps(session, RepairOrder.number)
