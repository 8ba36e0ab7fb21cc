"""What must always be true of the floor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.repair_orders.model import Job
from app.domain.repair_orders.states import JobState
from app.domain.workshop.model import ClockEntry, FinalInspection, InspectionItem
from app.kernel.invariants import invariant
from app.kernel.orm import stream


@invariant("a technician's clocks end after they start and never overlap; one at most is open")
def clocks_in_order(session: Session) -> Iterator[str]:
    """Per person, in the order of their starts."""
    last: dict[int, datetime | None] = {}
    rows = select(ClockEntry.id, ClockEntry.staff_id, ClockEntry.started_at, ClockEntry.ended_at).order_by(
        ClockEntry.staff_id, ClockEntry.started_at, ClockEntry.id
    )
    for id_, staff_id, started, ended in stream(session, rows):
        if ended is not None and ended < started:
            yield f"clock {id_} ends before it starts"
        if staff_id in last and (last[staff_id] is None or started < last[staff_id]):  # type: ignore[operator]
            yield f"clock {id_} of person {staff_id} overlaps the one before"
        last[staff_id] = ended


@invariant("a job is being worked on exactly when its clock runs")
def working_means_clock(session: Session) -> Iterator[str]:
    """Open clocks against jobs in state working."""
    running = set(session.scalars(select(ClockEntry.job_id).where(ClockEntry.ended_at.is_(None))))
    working = set(session.scalars(select(Job.id).where(Job.state == JobState.WORKING)))
    for job_id in running ^ working:
        yield f"job {job_id}: {'clock without work' if job_id in running else 'work without a clock'}"


@invariant("nobody passed work that they did themselves")
def inspected_by_another(session: Session) -> Iterator[str]:
    """Passed items against the clocks on their jobs."""
    rows = session.execute(
        select(InspectionItem.id, InspectionItem.job_id, FinalInspection.inspector_id)
        .join(FinalInspection, FinalInspection.id == InspectionItem.inspection_id)
        .join(
            ClockEntry,
            (ClockEntry.job_id == InspectionItem.job_id) & (ClockEntry.staff_id == FinalInspection.inspector_id),
        )
        .where(InspectionItem.passed.is_(True))
        .distinct()
    )
    for item, job_id, inspector in rows:
        yield f"item {item}: person {inspector} inspected own job {job_id}"
