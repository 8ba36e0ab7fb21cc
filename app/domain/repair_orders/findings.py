"""What the floor reports: findings that may become additional work, and parts that are missing on the order."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.files.model import StoredFile
from app.domain.repair_orders.model import Finding, Job, PartsRequest, RepairOrder
from app.domain.repair_orders.rules import OPEN_FOR_WORK
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, WrongState
from app.kernel.permission import Permission


def _words(words: str, longest: int) -> str:
    words = words.strip()
    if not words:
        raise InvalidInput(N_("Say what it is."), field="words")
    if len(words) > longest:
        raise InvalidInput(N_("Take at most %(count)s characters."), field="words", count=longest)
    return words


def report_finding(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: RepairOrder,
    *,
    words: str,
    urgent: bool,
    photo: StoredFile | None,
) -> Finding:
    """Report what else is broken; the adviser is told at once."""
    actor.require(Permission.FINDING_REPORT)
    if order.state not in OPEN_FOR_WORK:
        raise WrongState(N_("This order is not being worked on."))
    assert actor.staff_id is not None
    finding = Finding(
        order_id=order.id,
        words=_words(words, 500),
        urgent=urgent,
        photo_id=photo.id if photo else None,
        reported_at=clock.now(),
        reported_by_id=actor.staff_id,
    )
    session.add(finding)
    session.flush()
    audit.record(session, actor, clock, "finding.report", f"order:{order.id}", finding=finding.id)
    return finding


def set_aside(session: Session, actor: Actor, clock: Clock, finding: Finding) -> None:
    """The adviser decides that a finding is not offered to the customer."""
    actor.require(Permission.ORDER_EDIT)
    if finding.handled_at is None:
        finding.handled_at, finding.handled_how = clock.now(), "set_aside"
        audit.record(session, actor, clock, "finding.set_aside", f"order:{finding.order_id}", finding=finding.id)


def request_parts(session: Session, actor: Actor, clock: Clock, job: Job, words: str) -> PartsRequest:
    """Ask the parts desk for something that is not on the order yet."""
    actor.require(Permission.CLOCK)
    if job.order.state not in OPEN_FOR_WORK:
        raise WrongState(N_("This order is not being worked on."))
    assert actor.staff_id is not None
    request = PartsRequest(
        order_id=job.order_id,
        job_id=job.id,
        words=_words(words, 300),
        requested_at=clock.now(),
        requested_by_id=actor.staff_id,
    )
    session.add(request)
    session.flush()
    audit.record(session, actor, clock, "parts.request", f"order:{job.order_id}", request=request.id)
    return request


def answer_request(session: Session, actor: Actor, clock: Clock, request: PartsRequest, answer: str) -> None:
    """The parts desk answers a technician."""
    actor.require(Permission.PARTS_ISSUE)
    if request.answered_at is not None:
        raise WrongState(N_("This request has been answered already."))
    request.answered_at, request.answer = clock.now(), _words(answer, 300)
    audit.record(session, actor, clock, "parts.answer", f"order:{request.order_id}", request=request.id)
