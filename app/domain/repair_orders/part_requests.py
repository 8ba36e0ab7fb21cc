"""The parts desk answers a technician with a part: it becomes additional work that the customer is asked about."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.repair_orders import findings, lines
from app.domain.repair_orders.model import PartLine, PartsRequest
from app.domain.repair_orders.rules import OPEN_FOR_WORK
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, RuleBroken, WrongState
from app.kernel.permission import Permission


def propose_part(
    session: Session, actor: Actor, clock: Clock, request: PartsRequest, part: Part, quantity_milli: int, answer: str
) -> PartLine:
    """Put a part on the order as additional work and answer the request with ``answer``.

    Nothing is reserved or issued before the customer has said yes. The caller has locked the order. Raises WrongState
    for an answered request or a finished order, RuleBroken for a part that is no longer sold.
    """
    actor.require(Permission.PARTS_ISSUE)
    if request.answered_at is not None:
        raise WrongState(N_("This request has been answered already."))
    if request.order.state not in OPEN_FOR_WORK:
        raise WrongState(N_("This order is finished: its lines can no longer be changed."))
    if not part.active:
        raise RuleBroken(N_("“%(name)s” is no longer offered."), name=part.name)
    # The desk may propose, at the catalogue's price; adviser and customer decide.
    proposer = replace(actor, permissions=actor.permissions | {Permission.ORDER_EDIT})
    name = f"{request.job.name} + {part.name}"
    line = lines.add_extra_part(session, proposer, clock, request.job, part, quantity_milli, name)
    findings.answer_request(session, actor, clock, request, answer)
    return line
