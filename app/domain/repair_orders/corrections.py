"""Correcting what an answered job costs: in the customer's favour at once, against him only with his new yes.

What he approved stays on record as it is. Each correction says why, stands in the order's history and in the audit chain,
and is kept line by line with the terms before and after.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.domain.repair_orders import approvals
from app.domain.repair_orders.model import Job, PartLine, PriceChange
from app.domain.repair_orders.moves import move_job
from app.domain.repair_orders.price_changes import (
    Terms,
    agreed,
    amount_under,
    key,
    own_under,
    priced_lines,
    put_in_force,
    terms,
    waiting,
)
from app.domain.repair_orders.rules import BY_THE_SHOP, JobFacts
from app.domain.repair_orders.states import PriceChangeState
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.money import format_yuan
from app.kernel.permission import Permission

WHY = N_("Say why.")


def correct(
    session: Session,
    actor: Actor,
    clock: Clock,
    job: Job,
    wanted: Mapping[int | None, Terms],
    reason: str,
    *,
    ask: bool = False,
) -> bool:
    """Change payer and discount of an answered job's labour (key None) and part lines (key: their id), as one act.

    Returns True when the change now waits for the customer's answer, because a line would cost him more than he agreed to
    and ``ask`` allows the question; without ``ask`` that is refused (RuleBroken). Whatever waited for him on this job is
    replaced. Raises Forbidden when the shop would pay and the actor may give no discount.
    """
    actor.require(Permission.ORDER_EDIT)
    reason = reason.strip()
    changed = [(row, wanted[key(row)]) for row in priced_lines(job) if wanted.get(key(row), terms(row)) != terms(row)]
    if not changed:
        raise InvalidInput(N_("Nothing was changed: choose another payer or discount."), field="payer")
    _may_be_given(actor, changed)
    dearer = _dearer(session, job, changed)
    if dearer is not None and not ask:
        raise dearer
    facts = JobFacts(order_state=job.order.state, job_name=job.name, reason=reason)
    event = move_job(session, actor, clock, job, "ask_price" if dearer else "correct", facts, reason)
    _replace(session, clock, job)
    changes = [_change(actor, clock, job, row, new, reason) for row, new in changed]
    job.order.price_changes += changes
    if dearer is None:
        put_in_force(session, actor, clock, changes, event)
    flag_modified(job.order, "words")  # whoever has the order open must look again
    session.flush()
    return dearer is not None


def _may_be_given(actor: Actor, changed: list[tuple[Job | PartLine, Terms]]) -> None:
    for row, new in changed:
        if not 0 <= new.discount_permille <= 1000:
            raise InvalidInput(N_("A discount lies between 0 and 100 %%."), field="discount")
        if new.discount_permille > row.discount_permille or (new.payer in BY_THE_SHOP and new.payer is not row.payer):
            actor.require(Permission.DISCOUNT_GIVE)


def _dearer(session: Session, job: Job, changed: list[tuple[Job | PartLine, Terms]]) -> RuleBroken | None:
    """The refusal that names the first line which would cost the customer more than he agreed to."""
    ceiling = agreed(session, job)
    for row, new in changed:
        would_be, was = own_under(row, new), own_under(row, ceiling[key(row)])
        if would_be > was:
            return RuleBroken(
                N_(
                    "The customer would pay %(now)s yuan for “%(line)s”; he agreed to %(was)s. "
                    "Tick “Ask the customer”: the price changes when he has signed."
                ),
                field="ask",
                now=format_yuan(would_be),
                was=format_yuan(was),
                line=row.name,
            )
    return None


def _change(actor: Actor, clock: Clock, job: Job, row: Job | PartLine, new: Terms, reason: str) -> PriceChange:
    return PriceChange(
        order_id=job.order_id,
        job=job,
        part_line=row if isinstance(row, PartLine) else None,
        was_payer=row.payer,
        was_discount_permille=row.discount_permille,
        was_fen=row.amount_fen,
        payer=new.payer,
        discount_permille=new.discount_permille,
        now_fen=amount_under(row, new),
        reason=reason[:300],
        at=clock.now(),
        actor=actor.name[:120],
        state=PriceChangeState.WAITING,
    )


def _replace(session: Session, clock: Clock, job: Job) -> None:
    """What waited for the customer on this job is asked no more; a link that shows it is dead."""
    for change in waiting(job):
        change.state, change.decided_at = PriceChangeState.WITHDRAWN, clock.now()
    approvals.withdraw(session, clock, job.order, about=job)


def withdraw(session: Session, actor: Actor, clock: Clock, job: Job) -> None:
    """Do not ask the customer after all; raises RuleBroken when nothing waits for him."""
    if not waiting(job):
        raise RuleBroken(N_("No changed price of this job waits for the customer."))
    move_job(session, actor, clock, job, "withdraw_price")
    _replace(session, clock, job)
    flag_modified(job.order, "words")
