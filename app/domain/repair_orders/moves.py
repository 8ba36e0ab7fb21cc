"""Moving an order or a job: check the table, change the state, write the event and the audit row, as one act."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.repair_orders.model import Job, OrderEvent, RepairOrder
from app.domain.repair_orders.rules import JobFacts, OrderFacts
from app.domain.repair_orders.workflows import JOB, ORDER
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock


def lock_order(session: Session, order_id: int) -> RepairOrder:
    """The order, locked against other writers until the commit: guards read what cannot change meanwhile.

    Its jobs and part lines are read again after the lock: what was loaded before it may be older than the last commit.
    On SQLite the whole write transaction is exclusive already. Lock the order before its jobs and its stock, always.
    """
    order = session.scalars(
        select(RepairOrder)
        .where(RepairOrder.id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if session.get_bind().dialect.name != "sqlite":
        fresh = select(Job).where(Job.order_id == order_id).order_by(Job.position).options(selectinload(Job.part_lines))
        jobs = session.scalars(fresh.execution_options(populate_existing=True)).all()
        set_committed_value(order, "jobs", list(jobs))
        session.expire(order, ["price_changes"])
    return order


def move_order(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: RepairOrder,
    move: str,
    facts: OrderFacts | None = None,
    reason: str = "",
) -> None:
    """Move an order by name; raises Forbidden, WrongState or RuleBroken, and then nothing was changed."""
    source = order.state
    order.state = ORDER.check(move, source, actor, facts or OrderFacts(reason=reason))  # type: ignore[assignment]
    _note(session, actor, clock, order, None, move, source.value, order.state.value, reason)


def move_job(
    session: Session, actor: Actor, clock: Clock, job: Job, move: str, facts: JobFacts | None = None, reason: str = ""
) -> OrderEvent:
    """Move a job by name; raises Forbidden, WrongState or RuleBroken, and then nothing was changed."""
    source = job.state
    known = facts or JobFacts(order_state=job.order.state, job_name=job.name, reason=reason)
    job.state = JOB.check(move, source, actor, known)  # type: ignore[assignment]
    return _note(session, actor, clock, job.order, job, move, source.value, job.state.value, reason)


def _note(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: RepairOrder,
    job: Job | None,
    move: str,
    source: str,
    target: str,
    reason: str,
) -> OrderEvent:
    event = OrderEvent(
        order_id=order.id,
        job_id=job.id if job else None,
        move=move,
        source=source,
        target=target,
        reason=reason[:300],
        at=clock.now(),
        actor=actor.name[:120],
        staff_id=actor.staff_id,
    )
    session.add(event)
    subject = f"job:{job.id}" if job else f"order:{order.id}"
    audit.record(session, actor, clock, f"{'job' if job else 'order'}.{move}", subject, source=source, target=target)
    return event
