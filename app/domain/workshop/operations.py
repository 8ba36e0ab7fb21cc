"""Dispatching, clocking and inspecting. The order is locked first, always; then its jobs; then the clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.repair_orders import recommendations
from app.domain.repair_orders.facts import order_facts, parts_unissued
from app.domain.repair_orders.model import Job, RepairOrder
from app.domain.repair_orders.moves import lock_order, move_job, move_order
from app.domain.repair_orders.rules import JobFacts
from app.domain.repair_orders.states import JobState, OrderState
from app.domain.staff.model import Certificate, Role, Staff
from app.domain.workshop.model import ClockEntry, FinalInspection, InspectionItem, PauseReason
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, DomainError, InvalidInput, RuleBroken
from app.kernel.labour import duration_of
from app.kernel.orm import expect_version
from app.kernel.permission import Permission

SHORTEST = timedelta(minutes=15)


def _facts(
    session: Session,
    clock: Clock,
    job: Job,
    person: Staff,
    *,
    is_own: bool = True,
    other: str | None = None,
    reason: str = "",
) -> JobFacts:
    expires = None
    if job.certificate is not None:
        expires = session.scalar(
            select(Certificate.expires_on).where(Certificate.staff_id == person.id, Certificate.kind == job.certificate)
        )
    return JobFacts(
        order_state=job.order.state,
        job_name=job.name,
        person=person.name,
        is_own=is_own,
        certificate_needed=job.certificate.value if job.certificate else None,
        certificate_expires_on=expires,
        today=business_date(clock.now()),
        other_open_clock=other,
        parts_unissued=parts_unissued(job),
        reason=reason,
    )


def assign(
    session: Session, actor: Actor, clock: Clock, job: Job, version: int | None, technician: Staff, start_at: datetime
) -> None:
    """Give a job to a technician from a time on; raises what the guard of "dispatch" says, and StaleVersion."""
    lock_order(session, job.order_id)
    expect_version(job, version)
    if not technician.active or Role.TECHNICIAN not in technician.role_set:
        raise RuleBroken(N_("%(person)s is no technician."), person=technician.name)
    move_job(session, actor, clock, job, "dispatch", _facts(session, clock, job, technician))
    job.technician_id = technician.id
    job.planned_start_at = start_at
    job.planned_end_at = start_at + max(SHORTEST, duration_of(job.hours_centi))


def recall(session: Session, actor: Actor, clock: Clock, job: Job, version: int | None) -> None:
    """Take a dispatched job back; it waits to be dispatched again."""
    lock_order(session, job.order_id)
    expect_version(job, version)
    move_job(session, actor, clock, job, "recall")
    job.technician_id = job.planned_start_at = job.planned_end_at = None


def open_clock(session: Session, staff_id: int) -> ClockEntry | None:
    """The technician's open clock."""
    return session.scalar(select(ClockEntry).where(ClockEntry.staff_id == staff_id, ClockEntry.ended_at.is_(None)))


def _me(session: Session, actor: Actor) -> Staff:
    actor.require(Permission.CLOCK)
    assert actor.staff_id is not None
    return session.get_one(Staff, actor.staff_id)


def _after_the_last(session: Session, staff_id: int, clock: Clock) -> datetime:
    """Now, but never before the person's last clock ended: the machine's time may have been put back."""
    ends = select(ClockEntry.ended_at).where(ClockEntry.staff_id == staff_id, ClockEntry.ended_at.is_not(None))
    last = session.scalar(ends.order_by(ClockEntry.ended_at.desc()).limit(1))
    return max(clock.now(), last) if last is not None else clock.now()


def start_job(session: Session, actor: Actor, clock: Clock, job: Job) -> None:
    """Clock on. One clock per person; the database's own index holds that as well."""
    me = _me(session, actor)
    order = lock_order(session, job.order_id)
    running = open_clock(session, me.id)
    other = running.job.name if running is not None and running.job_id != job.id else None
    move_job(
        session,
        actor,
        clock,
        job,
        "start",
        _facts(session, clock, job, me, is_own=job.technician_id == me.id, other=other),
    )
    if order.state is OrderState.AUTHORISED:
        move_order(session, actor, clock, order, "start_work")
    session.add(ClockEntry(staff_id=me.id, job_id=job.id, started_at=_after_the_last(session, me.id, clock)))
    try:
        session.flush()
    except IntegrityError:
        raise RuleBroken(N_("You are clocked on to another job already.")) from None


def pause_job(session: Session, actor: Actor, clock: Clock, job: Job, reason: PauseReason) -> None:
    """Clock off with the reason why the job rests."""
    me = _me(session, actor)
    lock_order(session, job.order_id)
    facts = _facts(session, clock, job, me, is_own=job.technician_id == me.id, reason=reason.value)
    move_job(session, actor, clock, job, "pause", facts, reason=reason.value)
    _clock_off(session, clock, me.id, job.id, reason)


def _clock_off(session: Session, clock: Clock, staff_id: int, job_id: int, reason: PauseReason | None) -> None:
    entry = open_clock(session, staff_id)
    if entry is not None and entry.job_id == job_id:
        entry.ended_at, entry.pause_reason = max(clock.now(), entry.started_at), reason


def finish_job(session: Session, actor: Actor, clock: Clock, job: Job) -> DomainError | None:
    """The job is done; with the last one the order's work is done, unless a guard says what is still missing."""
    me = _me(session, actor)
    order = lock_order(session, job.order_id)
    move_job(session, actor, clock, job, "finish", _facts(session, clock, job, me, is_own=job.technician_id == me.id))
    _clock_off(session, clock, me.id, job.id, None)
    session.flush()
    return try_finish_work(session, actor, clock, order)


def try_finish_work(session: Session, actor: Actor, clock: Clock, order: RepairOrder) -> DomainError | None:
    """Move the order to "work done" if nothing is missing; else the reason, and it stays in work."""
    if order.state is not OrderState.IN_WORK:
        return None
    try:
        move_order(session, actor, clock, order, "finish_work", order_facts(order))
    except RuleBroken as error:
        return error
    return None


def worked_on(session: Session, job_ids: list[int]) -> dict[int, set[int]]:
    """job → the people who clocked on to it."""
    found: dict[int, set[int]] = {job_id: set() for job_id in job_ids}
    rows = session.execute(select(ClockEntry.job_id, ClockEntry.staff_id).where(ClockEntry.job_id.in_(job_ids)))
    for job_id, staff_id in rows:
        found[job_id].add(staff_id)
    return found


def inspect_order(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: RepairOrder,
    version: int | None,
    verdicts: Mapping[int, tuple[bool, str]],
    *,
    road_test_km: int | None,
    mileage_out_km: int | None,
    remark: str,
) -> FinalInspection:
    """The final inspection, item by item, by somebody who did not do the work.

    One rejected item sends its job back with the reason, and the order into work again; all good, and the order is
    inspected and its guarantee begins.
    """
    actor.require(Permission.INSPECT_FINAL)
    assert actor.staff_id is not None
    lock_order(session, order.id)
    expect_version(order, version)
    done = [job for job in order.jobs if job.state is JobState.DONE]
    for job in done:
        if job.id not in verdicts:
            raise InvalidInput(N_("Decide on every item."), field=f"job-{job.id}")
    if mileage_out_km is not None and order.mileage_in_km is not None and mileage_out_km < order.mileage_in_km:
        raise InvalidInput(N_("The mileage out is lower than the mileage in."), field="mileage_out")
    workers = worked_on(session, [job.id for job in done])
    reasons = []
    items = []
    for job in done:
        passed, reason = verdicts[job.id]
        facts = JobFacts(
            order_state=order.state, job_name=job.name, worked_on_it=actor.staff_id in workers[job.id], reason=reason
        )
        move_job(session, actor, clock, job, "pass" if passed else "reject", facts, reason=reason)
        if passed:
            recommendations.settle_done(session, clock, job)
        else:
            job.rejections += 1
            reasons.append(f"{job.name}: {reason}")
        items.append(InspectionItem(job_id=job.id, passed=passed, reason=reason.strip()[:300]))
    inspection = FinalInspection(
        order_id=order.id,
        inspector_id=actor.staff_id,
        passed=not reasons,
        road_test_km=road_test_km,
        mileage_out_km=mileage_out_km,
        remark=remark.strip()[:300],
        at=clock.now(),
        items=items,
    )
    session.add(inspection)
    session.flush()
    if reasons:
        text = "; ".join(reasons)[:300]
        move_order(session, actor, clock, order, "send_back", order_facts(order, reason=text), reason=text)
    else:
        move_order(session, actor, clock, order, "inspect", order_facts(order))
        order.completed_at = clock.now()
        order.mileage_out_km = mileage_out_km if mileage_out_km is not None else order.mileage_in_km
    audit.record(session, actor, clock, "inspection.final", f"order:{order.id}", passed=not reasons)
    return inspection
