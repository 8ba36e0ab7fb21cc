"""The floor as the board shows it: columns only, in a fixed number of queries however full the day is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.repair_orders.expected import Expected, expected_of_jobs
from app.domain.repair_orders.model import Job, OrderEvent, PartLine, RepairOrder
from app.domain.repair_orders.rules import OPEN_FOR_WORK
from app.domain.repair_orders.states import JobState, OrderState, PartsReadiness
from app.domain.repair_orders.waiting import open_jobs_of
from app.domain.staff import settings
from app.domain.staff.model import Role, Staff, StaffRole
from app.domain.vehicles.model import Vehicle
from app.domain.workshop.model import ClockEntry
from app.kernel.clock import business_date, day_bounds

SOON = timedelta(minutes=30)
_OPEN = (JobState.PROPOSED, JobState.APPROVED, JobState.DISPATCHED, JobState.WORKING, JobState.PAUSED)

# The job cannot be finished with what lies on the shelf.
MISSING = frozenset({PartsReadiness.SHORT, PartsReadiness.EXPECTED})
# A bar shorter than this shows its plate and title to its right.
ROOM_FOR_WORDS = timedelta(minutes=120)


@dataclass(slots=True)
class JobOnBoard:
    """A job as a card or a bar."""

    id: int
    version: int
    name: str
    state: JobState
    hours_centi: int
    number: str
    plate: str
    promised_at: datetime | None
    technician_id: int | None
    start: datetime | None
    end: datetime | None
    readiness: PartsReadiness
    parts_on: date | None = None  # the day on which the last missing part comes
    pause_reason: str = ""
    risk: str = ""  # late | after_promise | parts_late | not_started | parts | approval
    row: int = 1
    worked: timedelta = timedelta()

    @property
    def done_percent(self) -> int:
        """Actual over planned."""
        planned = self.hours_centi * 36
        return min(100, int(self.worked.total_seconds() * 100 / planned)) if planned else 0


@dataclass(slots=True)
class Floor:
    """Everything that one day's board shows."""

    day: date
    lanes: list[tuple[int, str, list[JobOnBoard], int]] = field(default_factory=list)  # id, name, bars, load %
    unassigned: list[JobOnBoard] = field(default_factory=list)
    waiting: list[JobOnBoard] = field(default_factory=list)
    ready: list[Any] = field(default_factory=list)


def _jobs(session: Session, day: date) -> Sequence[Any]:
    start, end = day_bounds(day)
    lines = (
        select(
            PartLine.job_id,
            func.count().label("lines"),
            func.sum(case((PartLine.issued_milli < PartLine.quantity_milli, 1), else_=0)).label("unissued"),
            func.sum(
                case((PartLine.issued_milli + PartLine.reserved_milli < PartLine.quantity_milli, 1), else_=0)
            ).label("short"),
        )
        .where(
            PartLine.order_id.in_(select(RepairOrder.id).where(RepairOrder.state.in_(OPEN_FOR_WORK))),
            PartLine.cancelled.is_(False),
            PartLine.customer_supplied.is_(False),
        )
        .group_by(PartLine.job_id)
        .subquery()
    )
    return session.execute(
        select(
            Job.id,
            Job.version,
            Job.name,
            Job.state,
            Job.hours_centi,
            RepairOrder.number,
            Vehicle.plate,
            RepairOrder.promised_at,
            Job.technician_id,
            Job.planned_start_at,
            Job.planned_end_at,
            lines.c.lines,
            lines.c.unissued,
            lines.c.short,
        )
        .join(RepairOrder, RepairOrder.id == Job.order_id)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .outerjoin(lines, lines.c.job_id == Job.id)
        .where(
            RepairOrder.state.in_(OPEN_FOR_WORK),
            # A CASE, which no index answers: the few open orders lead to their jobs. Left to choose, SQLite starts from
            # the states, and so from every job that ever passed.
            case(
                (Job.state.in_(_OPEN), 1),
                (
                    Job.state.in_([JobState.DONE, JobState.PASSED])
                    & (Job.planned_start_at >= start)
                    & (Job.planned_start_at < end),
                    1,
                ),
                else_=0,
            )
            == 1,
        )
        .order_by(RepairOrder.promised_at.is_(None), RepairOrder.promised_at, Job.id)
    ).all()


def _readiness(row: Any, expected: Expected | None) -> PartsReadiness:
    if not row.lines:
        return PartsReadiness.NONE_NEEDED
    if not row.unissued:
        return PartsReadiness.ISSUED
    if not row.short:
        return PartsReadiness.READY
    return expected.readiness if expected else PartsReadiness.SHORT


def risk_of(job: JobOnBoard, now: datetime) -> str:
    """Why a car may miss its promise, hours ahead; empty when nothing speaks for it."""
    promise = job.promised_at
    if promise is None or job.state in {JobState.DONE, JobState.PASSED}:
        return ""
    if promise < now:
        return "late"
    if job.end is not None and job.end + SOON > promise:
        return "after_promise"
    if job.parts_on is not None and job.parts_on > business_date(promise):
        return "parts_late"
    needed = timedelta(seconds=job.hours_centi * 36) - job.worked
    if now + needed + SOON > promise:
        if job.state is JobState.PROPOSED:  # its parts are reserved only when the customer has said yes
            return "approval"
        return "parts" if job.readiness in MISSING else "not_started"
    return ""


def floor(session: Session, day: date, now: datetime) -> Floor:
    """The board of a day, in four queries; in six when a part is missing."""
    start, end = day_bounds(day)
    rows = _jobs(session, day)
    expected = expected_of_jobs(session) if any(r.short for r in rows) else {}
    jobs = [
        JobOnBoard(
            id=r.id,
            version=r.version,
            name=r.name,
            state=r.state,
            hours_centi=r.hours_centi,
            number=r.number,
            plate=r.plate,
            promised_at=r.promised_at,
            technician_id=r.technician_id,
            start=r.planned_start_at,
            end=r.planned_end_at,
            readiness=_readiness(r, expected.get(r.id)),
            parts_on=expected[r.id].day if r.id in expected else None,
        )
        for r in rows
    ]
    _clocks(session, jobs, now)
    found = Floor(day, ready=list(_ready(session)))
    by_person: dict[int, list[JobOnBoard]] = {}
    for job in jobs:
        job.risk = risk_of(job, now)
        if job.state is JobState.APPROVED:
            found.unassigned.append(job)
        elif job.state in {JobState.PROPOSED, JobState.PAUSED} or (
            job.readiness in MISSING and job.state is JobState.DISPATCHED
        ):
            found.waiting.append(job)
        elif job.state in {JobState.DISPATCHED, JobState.WORKING} and job.start is not None and job.start < start:
            found.waiting.append(job)  # carried over from another day: it must not fall off the board
        if job.technician_id and job.start and job.end and start <= job.start < end:
            by_person.setdefault(job.technician_id, []).append(job)
    found.unassigned.sort(key=lambda j: (not j.risk, j.promised_at is None, j.promised_at or now))
    hours_centi = settings.number(session, "workshop.hours_per_technician") * 100
    people = session.execute(
        select(Staff.id, Staff.name)
        .join(StaffRole)
        .where(Staff.active.is_(True), StaffRole.role == Role.TECHNICIAN)
        .order_by(Staff.pinyin, Staff.id)
    ).all()
    for id_, name in people:
        bars = sorted(by_person.get(id_, []), key=lambda j: (j.start or now, j.id))
        _rows(bars)
        load = sum(job.hours_centi for job in bars) * 100 // hours_centi
        found.lanes.append((id_, name, bars, load))
    known = {id_ for id_, _name in people}
    for person, bars in by_person.items():
        if person not in known:  # whoever has left the shop has no row any more; the work is still there
            found.waiting += [
                j for j in bars if j.state in {JobState.DISPATCHED, JobState.WORKING} and j not in found.waiting
            ]
    return found


def _rows(bars: list[JobOnBoard]) -> None:
    """Bars that overlap stand below each other: none is hidden, and the words of a short one have room beside it."""
    ends: list[datetime] = []
    for job in bars:
        assert job.start is not None and job.end is not None
        end = max(job.end, job.start + ROOM_FOR_WORDS)
        for number, until in enumerate(ends):
            if until <= job.start:
                job.row, ends[number] = number + 1, end
                break
        else:
            ends.append(end)
            job.row = min(len(ends), 6)


def _clocks(session: Session, jobs: list[JobOnBoard], now: datetime) -> None:
    by_id = {job.id: job for job in jobs if job.state not in {JobState.PROPOSED, JobState.APPROVED}}
    if not by_id:
        return
    rows = session.execute(
        select(ClockEntry.job_id, ClockEntry.started_at, ClockEntry.ended_at, ClockEntry.pause_reason)
        .where(ClockEntry.job_id.in_(by_id))
        .order_by(ClockEntry.id)
    )
    for job_id, started, ended, reason in rows:
        by_id[job_id].worked += (ended or now) - started
        by_id[job_id].pause_reason = reason.value if reason and by_id[job_id].state is JobState.PAUSED else ""


def _ready(session: Session) -> Sequence[Any]:
    return session.execute(
        select(RepairOrder.number, RepairOrder.state, RepairOrder.promised_at, Vehicle.plate)
        .join(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .where(
            RepairOrder.state.in_([OrderState.WORK_DONE, OrderState.INSPECTED, OrderState.SETTLED]),
            RepairOrder.delivered_at.is_(None),  # not those that are settled anew
        )
        .order_by(RepairOrder.promised_at.is_(None), RepairOrder.promised_at)
        .limit(60)
    ).all()


def my_jobs(session: Session, staff_id: int) -> Sequence[Job]:
    """A technician's open jobs in planned order, with their parts."""
    return (
        session.scalars(
            select(Job)
            .join(RepairOrder, RepairOrder.id == Job.order_id)
            # not what was dispatched before its order was cancelled
            .where(Job.id.in_(open_jobs_of(staff_id)), RepairOrder.state.in_(OPEN_FOR_WORK))
            .options(
                joinedload(Job.order).joinedload(RepairOrder.vehicle),
                joinedload(Job.part_lines),
            )
            .order_by(Job.planned_start_at, Job.id)
        )
        .unique()
        .all()
    )


def send_backs(session: Session, job_ids: list[int]) -> dict[int, str]:
    """job → the reason why the inspector sent it back the last time."""
    rows = session.execute(
        select(OrderEvent.job_id, OrderEvent.reason)
        .where(
            OrderEvent.order_id.in_(select(Job.order_id).where(Job.id.in_(job_ids))),
            OrderEvent.job_id.in_(job_ids),
            OrderEvent.move == "reject",
        )
        .order_by(OrderEvent.id)
    )
    return {job_id: reason for job_id, reason in rows if job_id is not None}
