"""What the customer put off: it stays with the car until it is done on a later visit, or nobody wants it any more."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.repair_orders.model import Job
from app.domain.repair_orders.reception_model import Recommendation
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, NotFound, WrongState
from app.kernel.permission import Permission


def settle_done(session: Session, clock: Clock, job: Job) -> None:
    """A job that passed its inspection is what was put off earlier, if it is the same operation on the same car."""
    if job.operation_id is None:
        return
    same = (
        select(Recommendation)
        .join(Job, Job.id == Recommendation.job_id)
        .where(
            Recommendation.vehicle_id == job.order.vehicle_id,
            Recommendation.settled_at.is_(None),
            Job.operation_id == job.operation_id,
        )
    )
    for found in session.scalars(same):
        found.settled_at, found.settled_how = clock.now(), "done"


def drop(
    session: Session, actor: Actor, clock: Clock, vehicle_id: int, recommendation_id: int, reason: str
) -> Recommendation:
    """Offer it no more, with the reason; raises NotFound for another car's, WrongState when it is settled already."""
    actor.require(Permission.ORDER_EDIT)
    found = session.get(Recommendation, recommendation_id, with_for_update=True)
    if found is None or found.vehicle_id != vehicle_id:
        raise NotFound(N_("There is no such recommendation."))
    if found.settled_at is not None:
        raise WrongState(N_("This is settled already."))
    if not reason.strip():
        raise InvalidInput(N_("Say why."), field="reason")
    found.settled_at, found.settled_how = clock.now(), "dropped"
    subject = f"vehicle:{vehicle_id}"
    audit.record(session, actor, clock, "recommendation.drop", subject, id=found.id, reason=reason.strip()[:200])
    return found
