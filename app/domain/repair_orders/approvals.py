"""Asking the customer: by a signed link or on the tablet; each line's answer with who, how, when and the price shown."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.files.model import StoredFile
from app.domain.repair_orders import parts, price_changes
from app.domain.repair_orders.facts import order_facts
from app.domain.repair_orders.model import Job, RepairOrder
from app.domain.repair_orders.moves import lock_order, move_job, move_order
from app.domain.repair_orders.reception_model import ApprovalLine, ApprovalRequest, Recommendation
from app.domain.repair_orders.rules import OPEN_FOR_PRICES
from app.domain.repair_orders.states import Answer, AnsweredBy, JobState, OrderState
from app.domain.repair_orders.totals import job_total
from app.domain.staff import settings
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken
from app.kernel.permission import Permission


def customer_actor(name: str) -> Actor:
    """The customer behind a signed link: may answer, and nothing else."""
    return Actor(name=name[:120], permissions=frozenset({Permission.ORDER_AUTHORISE}), via="link")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def ask(session: Session, actor: Actor, clock: Clock, order: RepairOrder) -> tuple[ApprovalRequest, str]:
    """A question about every job and changed price that waits for an answer; an older open question is withdrawn.

    Returns the request and its token, which is shown once and stored only as a hash.
    """
    actor.require(Permission.ORDER_EDIT)
    open_jobs = [job for job in order.jobs if price_changes.is_asked(job)]
    if not open_jobs:
        raise RuleBroken(N_("There is nothing to ask: every job is answered."))
    if order.state not in OPEN_FOR_PRICES | {OrderState.ESTIMATED}:
        raise RuleBroken(N_("Give the estimate first, then ask the customer."))
    withdraw(session, clock, order)
    token = secrets.token_urlsafe(32)
    request = ApprovalRequest(
        order_id=order.id,
        token_hash=_hash(token),
        asked_at=clock.now(),
        asked_by=actor.name,
        expires_at=clock.now() + timedelta(hours=settings.number(session, "approval.link_hours")),
        lines=[ApprovalLine(job_id=job.id, shown_fen=price_changes.asked(job).total_fen) for job in open_jobs],
    )
    session.add(request)
    session.flush()
    audit.record(session, actor, clock, "approval.ask", f"order:{order.id}", request=request.id)
    return request, token


def withdraw(session: Session, clock: Clock, order: RepairOrder, *, about: Job | None = None) -> None:
    """Open questions of an order (those ``about`` one job, if it is given) can no longer be answered."""
    open_ones = select(ApprovalRequest).where(
        ApprovalRequest.order_id == order.id,
        ApprovalRequest.answered_at.is_(None),
        ApprovalRequest.withdrawn_at.is_(None),
    )
    if about is not None:
        asked = select(ApprovalLine.request_id).where(ApprovalLine.job_id == about.id)
        open_ones = open_ones.where(ApprovalRequest.id.in_(asked))
    for request in session.scalars(open_ones):
        request.withdrawn_at = clock.now()


def by_token(session: Session, token: str) -> ApprovalRequest:
    """The question behind a link; raises :class:`NotFound` for a token that never was."""
    request = session.scalar(
        select(ApprovalRequest)
        .where(ApprovalRequest.token_hash == _hash(token))
        .options(
            selectinload(ApprovalRequest.lines).selectinload(ApprovalLine.job).selectinload(Job.part_lines),
            selectinload(ApprovalRequest.order).selectinload(RepairOrder.vehicle),
        )
    )
    if request is None:
        raise NotFound(N_("This link is not valid. Ask your service adviser for a new one."))
    return request


def is_open(request: ApprovalRequest, clock: Clock) -> bool:
    """True while the question can be answered through its link."""
    return request.answered_at is None and request.withdrawn_at is None and request.expires_at > clock.now()


def expect_open(request: ApprovalRequest, clock: Clock) -> None:
    """Raise RuleBroken unless the question can still be answered."""
    if not is_open(request, clock):
        raise RuleBroken(N_("This question is closed: it was answered, withdrawn or is too old. Ask for a new link."))


def answer(
    session: Session,
    actor: Actor,
    clock: Clock,
    request: ApprovalRequest,
    answers: Mapping[int, Answer],
    *,
    how: AnsweredBy,
    who: str,
    address: str = "",
    signature: StoredFile | None = None,
) -> None:
    """Record the customer's answer to every line of a question, and do what follows from it.

    Raises RuleBroken when the question is closed or a price changed since it was shown, InvalidInput when a line has no
    answer or the signature is missing. Approved parts are reserved; declined work becomes a recommendation.
    """
    order = lock_order(session, request.order_id)
    session.refresh(request, ["answered_at", "withdrawn_at", "expires_at"])  # it was read before the lock
    expect_open(request, clock)
    if order.state not in OPEN_FOR_PRICES | {OrderState.ESTIMATED}:
        raise RuleBroken(N_("The estimate has changed since. Ask for a new link."))
    if not who.strip():
        raise InvalidInput(N_("Write the name of the person who answers."), field="who")
    if signature is None:
        raise InvalidInput(N_("The signature is missing."), field="signature")
    for line in request.lines:
        if line.job_id not in answers:
            raise InvalidInput(N_("Answer every line."), field=f"job-{line.job_id}")
        if not price_changes.is_asked(line.job) or price_changes.asked(line.job).total_fen != line.shown_fen:
            raise RuleBroken(N_("The price of “%(job)s” has changed since. Ask for a new link."), job=line.job.name)
    yes = [line.job for line in request.lines if answers[line.job_id] is Answer.APPROVED]
    new_work = any(job.state is JobState.PROPOSED for job in yes)
    for line in request.lines:
        given = answers[line.job_id]
        line.answer, line.how, line.who = given, how, who.strip()[:120]
        line.address, line.at, line.signature_id = address[:64], clock.now(), signature.id
        _carry_out(session, actor, clock, line.job, given)
    request.answered_at = clock.now()
    session.flush()
    _follow(session, actor, clock, order, new_work, signature)
    audit.record(
        session,
        actor,
        clock,
        "approval.answer",
        f"order:{order.id}",
        request=request.id,
        how=how.value,
        answers={str(line.job_id): line.answer.value for line in request.lines if line.answer},
    )


def _carry_out(session: Session, actor: Actor, clock: Clock, job: Job, given: Answer) -> None:
    if job.state is not JobState.PROPOSED:  # he answers what it costs; the work is agreed
        price_changes.answer(session, actor, clock, job, given is Answer.APPROVED)
        return
    if given is Answer.APPROVED:
        move_job(session, actor, clock, job, "approve")
        for line in parts.live(job.part_lines):
            parts.reserve_line(session, actor, clock, line)
        return
    move_job(session, actor, clock, job, "decline")
    session.add(
        Recommendation(
            vehicle_id=job.order.vehicle_id, job_id=job.id, words=job.name, amount_fen=job_total(job), since=clock.now()
        )
    )


def _follow(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: RepairOrder,
    new_work: bool,
    signature: StoredFile,
) -> None:
    if order.state is OrderState.ESTIMATED and any(job.state is JobState.APPROVED for job in order.jobs):
        order.authorised_at, order.authorisation_signature_id = clock.now(), signature.id
        move_order(session, actor, clock, order, "authorise", order_facts(order))
    elif new_work and order.state in {OrderState.WORK_DONE, OrderState.INSPECTED}:
        order.completed_at = None
        move_order(session, actor, clock, order, "resume")


def cancel(session: Session, actor: Actor, clock: Clock, order: RepairOrder, reason: str) -> None:
    """Cancel an order before work begins; what was promised to it is given back."""
    move_order(session, actor, clock, order, "cancel", order_facts(order, reason=reason), reason=reason)
    withdraw(session, clock, order)
    price_changes.drop_waiting(clock, order)
    for line in order.part_lines:
        parts.release_line(session, actor, clock, line)


# The page of an order asks for both: built once, with the jobs from the order that it has read already.
_REQUESTS = (
    select(ApprovalRequest).where(ApprovalRequest.order_id == bindparam("order_id")).order_by(ApprovalRequest.id)
)
_REQUEST_LINES = (
    select(ApprovalLine)
    .join(ApprovalRequest, ApprovalRequest.id == ApprovalLine.request_id)
    .where(ApprovalRequest.order_id == bindparam("order_id"))
    .order_by(ApprovalLine.id)
)


def requests_of(session: Session, order_id: int) -> tuple[ApprovalRequest | None, list[ApprovalRequest]]:
    """The question that waits for the customer, if there is one, and the answered ones, oldest first; with lines."""
    found = session.scalars(_REQUESTS, {"order_id": order_id}).all()
    if not found:
        return None, []
    by_request: dict[int, list[ApprovalLine]] = {request.id: [] for request in found}
    for line in session.scalars(_REQUEST_LINES, {"order_id": order_id}):
        by_request[line.request_id].append(line)
    for request in found:
        set_committed_value(request, "lines", by_request[request.id])
    waiting = [request for request in found if request.answered_at is None and request.withdrawn_at is None]
    return (waiting[-1] if waiting else None), [request for request in found if request.answered_at is not None]
