"""Prices changed after the customer's answer, as rows: what he agreed to, what waits for him, what comes into force.

The customer signs a job at its price. What he agreed to is therefore kept per line (the labour of a job, and each part
line): the payer and the discount that stood at his last yes, or at the last handover, whichever came later. A ceiling over
the whole order would let a discount here pay for a charge there, and a warranty job become his without a word; this one
implies that of the job and of the order. Returned parts only make a line smaller and change neither payer nor discount.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified, set_committed_value

from app.domain.repair_orders.model import Job, OrderEvent, PartLine, PriceChange, RepairOrder
from app.domain.repair_orders.moves import move_job
from app.domain.repair_orders.states import JobState, Payer, PriceChangeState
from app.domain.repair_orders.totals import job_total, own_share
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.money import labour_amount, line_amount

AGREED = ("approve", "agree_price")  # moves of a job
LEFT = ("deliver", "close_again")  # moves of its order: the customer left with a settlement in his hand


class Terms(NamedTuple):
    """Who pays a line, and its discount in thousandths."""

    payer: Payer
    discount_permille: int


class Asked(NamedTuple):
    """A job as the customer is asked about it: its price, his own share, and what he paid of it until now (in fen)."""

    job: Job
    total_fen: int
    own_fen: int
    was_own_fen: int | None  # None for work that he has not answered yet


Lines = dict[int | None, Terms]  # part line (None: the labour) -> terms


def priced_lines(job: Job) -> list[Job | PartLine]:
    """What of a job has a price: its labour, then its live part lines."""
    return [job, *(line for line in job.part_lines if not line.cancelled)]


def key(row: Job | PartLine) -> int | None:
    """The labour is None, a part line its id."""
    return row.id if isinstance(row, PartLine) else None


def terms(row: Job | PartLine) -> Terms:
    """As they stand."""
    return Terms(row.payer, row.discount_permille)


def amount_under(row: Job | PartLine, agreed: Terms) -> int:
    """What a line comes to under some terms, in fen."""
    if isinstance(row, PartLine):
        return line_amount(row.quantity_milli, row.price_fen, agreed.discount_permille)
    return labour_amount(row.hours_centi, row.rate_fen, agreed.discount_permille)


def own_under(row: Job | PartLine, agreed: Terms) -> int:
    """What the customer himself pays of it, in fen."""
    return amount_under(row, agreed) if agreed.payer is Payer.CUSTOMER else 0


def of_page(session: Session, order: RepairOrder, history: Sequence[Any]) -> list[PriceChange]:
    """The changes of an order in the order in which they were made; none are read when its history tells of none."""
    if not any(item.move in {"correct", "ask_price"} for item in history):
        set_committed_value(order, "price_changes", [])
    return list(order.price_changes)


def waiting(job: Job) -> list[PriceChange]:
    """The changes of a job that wait for the customer."""
    if job.state is JobState.PROPOSED:
        return []
    changes = job.order.price_changes
    return [change for change in changes if change.job_id == job.id and change.state is PriceChangeState.WAITING]


def is_asked(job: Job) -> bool:
    """True when the customer's answer is wanted: to the work itself, or to a price that was changed since."""
    return job.state is JobState.PROPOSED or bool(waiting(job))


def asked(job: Job) -> Asked:
    """The job as it would be with the customer's yes."""
    changed = {change.part_line_id: Terms(change.payer, change.discount_permille) for change in waiting(job)}
    if not changed:
        return Asked(job, job_total(job), own_share([job], frozenset({job.state})), None)
    would_be = [(row, changed.get(key(row), terms(row))) for row in priced_lines(job)]
    total, own = (sum(of(row, new) for row, new in would_be) for of in (amount_under, own_under))
    return Asked(job, total, own, own_share([job]))


def agreed(session: Session, job: Job) -> Lines:
    """The terms of each live line that the customer agreed to last: the ceiling of a correction without him."""
    his = and_(OrderEvent.job_id == job.id, OrderEvent.move.in_(AGREED))
    left = and_(OrderEvent.job_id.is_(None), OrderEvent.move.in_(LEFT))
    since = session.scalar(select(func.max(OrderEvent.id)).where(OrderEvent.order_id == job.order_id, or_(his, left)))
    found = {key(row): terms(row) for row in priced_lines(job)}
    for change in reversed(_in_force(job.order.price_changes, job)):
        if (change.event_id or 0) > (since or 0) and change.part_line_id in found:
            found[change.part_line_id] = Terms(change.was_payer, change.was_discount_permille)
    return found


def _in_force(changes: Iterable[PriceChange], job: Job) -> list[PriceChange]:
    """In the order in which they came into force."""
    own = [change for change in changes if change.job_id == job.id and change.event_id is not None]
    return sorted(own, key=lambda change: change.event_id or 0)


def put_in_force(session: Session, actor: Actor, clock: Clock, changes: list[PriceChange], event: OrderEvent) -> None:
    """Change the lines; the rows say what each came to before and after, and by which move."""
    session.flush()  # the move's id
    for change in changes:
        row: Job | PartLine = change.job if change.part_line is None else change.part_line
        change.was_payer, change.was_discount_permille, change.was_fen = (
            row.payer,
            row.discount_permille,
            row.amount_fen,
        )
        row.payer, row.discount_permille = change.payer, change.discount_permille
        row.amount_fen = change.now_fen = amount_under(row, terms(row))
        change.state, change.event_id, change.decided_at = PriceChangeState.IN_FORCE, event.id, clock.now()
        audit.record(
            session,
            actor,
            clock,
            "price.change",
            f"order:{change.order_id}",
            job=change.job_id,
            line=change.part_line_id,
            was=[change.was_payer.value, change.was_discount_permille, change.was_fen],
            now=[change.payer.value, change.discount_permille, change.now_fen],
            reason=change.reason[:200],
        )


def drop_waiting(clock: Clock, order: RepairOrder) -> None:
    """The order ends: nobody is asked any more."""
    for change in order.price_changes:
        if change.state is PriceChangeState.WAITING:
            change.state, change.decided_at = PriceChangeState.WITHDRAWN, clock.now()


def answer(session: Session, actor: Actor, clock: Clock, job: Job, yes: bool) -> None:
    """The customer's answer to a changed price: with his yes it comes into force, else all stays as he agreed before."""
    changes = waiting(job)
    event = move_job(session, actor, clock, job, "agree_price" if yes else "refuse_price", reason=changes[0].reason)
    flag_modified(job.order, "words")  # by link he answers past whoever has the order open: they must look again
    if yes:
        put_in_force(session, actor, clock, changes, event)
        return
    for change in changes:
        change.state, change.decided_at = PriceChangeState.REFUSED, clock.now()
