"""Jobs and part lines of an order. Prices come from the catalogue, never from a form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.domain.catalogue.model import Operation, Part
from app.domain.repair_orders import approvals, parts
from app.domain.repair_orders.model import Finding, Job, PartLine, PromiseChange, RepairOrder
from app.domain.repair_orders.moves import move_job, move_order
from app.domain.repair_orders.rules import BY_THE_SHOP, EDITABLE, ENDED, OPEN_FOR_WORK
from app.domain.repair_orders.states import JobState, LineOrigin, OrderState, Payer
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, RuleBroken, WrongState
from app.kernel.money import labour_amount, line_amount
from app.kernel.permission import Permission
from app.kernel.quantity import expect_whole_pieces

_PRICE_STANDS = N_("The customer has answered this job already: its price stands.")


def _open_for_lines(session: Session, actor: Actor, clock: Clock, order: RepairOrder) -> None:
    """Lines may be changed; an estimate that was given falls back, because the customer has not seen the new one."""
    actor.require(Permission.ORDER_EDIT)
    if order.state not in EDITABLE:
        raise WrongState(N_("This order is finished: its lines can no longer be changed."))
    if order.state is OrderState.ESTIMATED:
        move_order(session, actor, clock, order, "revise")
        approvals.withdraw(session, clock, order)  # it asked about an estimate that stands no more
    flag_modified(order, "words")  # raises the order's version: whoever has the page open must look again


def _unanswered(session: Session, clock: Clock, job: Job, message: str) -> None:
    """The job's price may change, because the customer has not answered it; a link that shows the old one is dead.

    The amount alone would not tell: the customer said yes to a job that somebody else was to pay.
    """
    if job.state is not JobState.PROPOSED:
        raise RuleBroken(message)
    approvals.withdraw(session, clock, job.order, about=job)


def _discount(actor: Actor, permille: int) -> int:
    if not 0 <= permille <= 1000:
        raise InvalidInput(N_("A discount lies between 0 and 100 %%."), field="discount")
    if permille:
        actor.require(Permission.DISCOUNT_GIVE)
    return permille


def _payer(actor: Actor, payer: Payer, was: Payer | None = None) -> Payer:
    """Who is to pay; Forbidden when that becomes the shop and the actor may give nothing away."""
    if payer in BY_THE_SHOP and payer is not was:
        actor.require(Permission.DISCOUNT_GIVE)
    return payer


def add_job(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: RepairOrder,
    operation: Operation,
    *,
    payer: Payer = Payer.CUSTOMER,
    discount_permille: int = 0,
    finding: Finding | None = None,
) -> Job:
    """Put a labour operation on the order; after authorisation it is additional work that waits for approval."""
    _open_for_lines(session, actor, clock, order)
    job = _job(order, operation, _payer(actor, payer), _discount(actor, discount_permille), finding)
    session.add(job)
    if finding is not None:
        finding.handled_at, finding.handled_how = clock.now(), "priced"
    session.flush()
    note_job(session, actor, clock, order.id, job.id, job.code, job.amount_fen)
    return job


def job_values(operation: Operation, payer: Payer, permille: int = 0) -> dict[str, Any]:
    """The columns of the job that an operation of the catalogue becomes, priced as the catalogue says."""
    if not operation.active:
        raise RuleBroken(N_("“%(name)s” is no longer offered."), name=operation.name)
    return {
        "operation_id": operation.id,
        "code": operation.code,
        "name": operation.name,
        "hours_centi": operation.hours_centi,
        "rate_fen": operation.rate_fen,
        "discount_permille": permille,
        "amount_fen": labour_amount(operation.hours_centi, operation.rate_fen, permille),
        "payer": payer,
        "certificate": operation.certificate,
        "state": JobState.PROPOSED,
    }


def _job(order: RepairOrder, operation: Operation, payer: Payer, permille: int, finding: Finding | None) -> Job:
    return Job(
        order=order,
        position=max((job.position for job in order.jobs), default=0) + 1,
        origin=LineOrigin.ADDITIONAL if order.state in OPEN_FOR_WORK else LineOrigin.ORDERED,
        finding_id=finding.id if finding else None,
        part_lines=[],
        **job_values(operation, payer, permille),
    )


def note_job(
    session: Session, actor: Actor, clock: Clock, order_id: int, job_id: int, code: str, amount_fen: int
) -> None:
    """Put on record that a job came onto its order."""
    audit.record(session, actor, clock, "job.add", f"order:{order_id}", job=job_id, code=code, amount=amount_fen)


def add_part(
    session: Session,
    actor: Actor,
    clock: Clock,
    job: Job,
    part: Part,
    quantity_milli: int,
    *,
    payer: Payer | None = None,
    discount_permille: int = 0,
    customer_supplied: bool = False,
) -> PartLine:
    """Put a part on a job that the customer has not answered yet; a part that the customer brings costs nothing."""
    order = job.order
    _open_for_lines(session, actor, clock, order)
    _unanswered(session, clock, job, N_("The customer has answered this job already. Add the part as additional work."))
    expect_whole_pieces(quantity_milli, part.unit, part.name, field="quantity")
    permille = _discount(actor, discount_permille)
    price = 0 if customer_supplied else part.retail_fen
    line = PartLine(
        order=order,
        job=job,
        part_id=part.id,
        number=part.number_display,
        name=part.name,
        origin=part.origin,
        unit=part.unit,
        quantity_milli=quantity_milli,
        price_fen=price,
        discount_permille=permille,
        amount_fen=line_amount(quantity_milli, price, permille),
        payer=_payer(actor, payer or job.payer, job.payer),
        customer_supplied=customer_supplied,
        issued_milli=0,
        reserved_milli=0,
        cancelled=False,
        created_at=clock.now(),
    )
    session.add(line)
    session.flush()
    audit.record(
        session, actor, clock, "part_line.add", f"order:{order.id}", line=line.id, part=part.id, amount=line.amount_fen
    )
    return line


def add_extra_part(
    session: Session, actor: Actor, clock: Clock, job: Job, part: Part, quantity_milli: int, name: str
) -> PartLine:
    """A part that turns out to be needed for an approved job: additional work without labour, to be approved."""
    _open_for_lines(session, actor, clock, job.order)
    extra = Job(
        order=job.order,
        position=max(other.position for other in job.order.jobs) + 1,
        code=job.code,
        name=name[:200],
        hours_centi=0,
        rate_fen=job.rate_fen,
        amount_fen=0,
        payer=job.payer,
        origin=LineOrigin.ADDITIONAL,
        certificate=job.certificate,
        state=JobState.PROPOSED,
        part_lines=[],
    )
    session.add(extra)
    session.flush()
    return add_part(session, actor, clock, extra, part, quantity_milli)


def change_job(session: Session, actor: Actor, clock: Clock, job: Job, *, payer: Payer, discount_permille: int) -> None:
    """Change who pays a job and its discount, while the customer has not answered it."""
    _open_for_lines(session, actor, clock, job.order)
    _unanswered(session, clock, job, _PRICE_STANDS)
    if discount_permille != job.discount_permille:
        job.discount_permille = _discount(actor, discount_permille)
    job.payer = _payer(actor, payer, job.payer)
    job.amount_fen = labour_amount(job.hours_centi, job.rate_fen, job.discount_permille)
    audit.record(session, actor, clock, "job.change", f"job:{job.id}", payer=payer.value, amount=job.amount_fen)


def change_part(
    session: Session,
    actor: Actor,
    clock: Clock,
    line: PartLine,
    *,
    quantity_milli: int,
    payer: Payer,
    discount_permille: int,
) -> None:
    """Change quantity, payer and discount of a part line, while the customer has not answered its job."""
    _open_for_lines(session, actor, clock, line.order)
    _unanswered(session, clock, line.job, _PRICE_STANDS)
    expect_whole_pieces(quantity_milli, line.unit, line.name, field="quantity", rest=line.quantity_milli)
    if discount_permille != line.discount_permille:
        line.discount_permille = _discount(actor, discount_permille)
    line.quantity_milli, line.payer = quantity_milli, _payer(actor, payer, line.payer)
    line.amount_fen = line_amount(quantity_milli, line.price_fen, line.discount_permille)
    audit.record(session, actor, clock, "part_line.change", f"part_line:{line.id}", amount=line.amount_fen)


def remove_job(session: Session, actor: Actor, clock: Clock, job: Job) -> None:
    """Take a job off the order before the customer has answered it; its row stays and its finding waits again.

    Raises RuleBroken for a job that was answered: what is approved or declined is on record.
    """
    _open_for_lines(session, actor, clock, job.order)
    _unanswered(session, clock, job, N_("The customer has answered this job already: it stays on record."))
    move_job(session, actor, clock, job, "withdraw")
    for line in job.part_lines:
        line.cancelled = True
    if job.finding is not None:
        job.finding.handled_at, job.finding.handled_how = None, ""


def remove_part(session: Session, actor: Actor, clock: Clock, line: PartLine) -> None:
    """Strike a part line out; its row stays."""
    _open_for_lines(session, actor, clock, line.order)
    _unanswered(session, clock, line.job, _PRICE_STANDS)
    line.cancelled = True
    parts.release_line(session, actor, clock, line)
    audit.record(session, actor, clock, "part_line.remove", f"part_line:{line.id}")


def promise(session: Session, actor: Actor, clock: Clock, order: RepairOrder, at: datetime, reason: str) -> None:
    """Give a promised time. The first is kept for ever; a later one says why."""
    actor.require(Permission.ORDER_EDIT)
    if order.state in ENDED:
        raise WrongState(N_("This order is finished: its promised time stands."))
    if at <= clock.now():
        raise InvalidInput(N_("The promised time must lie ahead."), field="promised_at")
    if order.promised_at == at:
        return
    if order.first_promised_at is None:
        order.first_promised_at = at
    else:
        if order.state in OPEN_FOR_WORK and not reason.strip():
            raise InvalidInput(N_("Say why the promised time changes."), field="reason")
        session.add(
            PromiseChange(
                order_id=order.id,
                was_at=order.promised_at,
                now_at=at,
                reason=reason.strip()[:300],
                at=clock.now(),
                actor=actor.name,
            )
        )
    order.promised_at = at
    audit.record(session, actor, clock, "order.promise", f"order:{order.id}", at=at.isoformat())
