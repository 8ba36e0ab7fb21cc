"""A quick order: opened with its jobs and parts in one act, for a walk-in whose check-in follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part
from app.domain.repair_orders import lines
from app.domain.repair_orders.check_in import open_order
from app.domain.repair_orders.model import Job, RepairOrder
from app.domain.repair_orders.states import LineOrigin, Payer, RepairKind
from app.domain.vehicles.model import Vehicle
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission

_JOBS = insert(Job).returning(Job.id, sort_by_parameter_order=True)


def open_with_lines(
    session: Session,
    actor: Actor,
    clock: Clock,
    vehicle: Vehicle,
    words: str,
    kind: RepairKind,
    operations: Sequence[Operation],
    parts: Sequence[tuple[Part, int]] = (),
) -> RepairOrder:
    """Open an order for the car's owner with a job per operation; the parts (thousandths) belong to the last job.

    Raises InvalidInput for a car without an owner, missing words and parts without a job.
    """
    actor.require(Permission.ORDER_EDIT)
    if vehicle.owner is None:
        raise InvalidInput(N_("This car has no owner yet. Open the car and choose one."))
    if not words.strip():
        raise InvalidInput(N_("Write down what the customer says."), field="words")
    if parts and not operations:
        raise InvalidInput(N_("A part belongs to a job: choose a job first."), field="part")
    order = open_order(session, actor, clock, vehicle, vehicle.owner, words, kind)
    jobs: list[dict[str, Any]] = [
        {"order_id": order.id, "position": position, "origin": LineOrigin.ORDERED}
        | lines.job_values(operation, Payer.CUSTOMER)
        for position, operation in enumerate(operations, 1)
    ]
    # One statement for all of them: nobody else knows this order yet, so there is nothing that a flush would watch over.
    ids = session.scalars(_JOBS, jobs).all() if jobs else []
    for job_id, job in zip(ids, jobs, strict=True):
        lines.note_job(session, actor, clock, order.id, job_id, job["code"], job["amount_fen"])
    if jobs:
        session.expire(order, ["jobs"])
    for part, quantity_milli in parts:
        lines.add_part(session, actor, clock, order.jobs[-1], part, quantity_milli)
    return order
