"""A quick order: opened with its jobs and parts in one act, for a walk-in whose check-in follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part
from app.domain.repair_orders import lines
from app.domain.repair_orders.check_in import draft_values, note_opened
from app.domain.repair_orders.model import Job, RepairOrder
from app.domain.repair_orders.states import LineOrigin, Payer, RepairKind
from app.domain.vehicles.model import Vehicle
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission

_ORDER = insert(RepairOrder).returning(RepairOrder.id)
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
) -> str:
    """Open an order for the car's owner with a job per operation; the parts (thousandths) belong to the last job.

    Returns the order's number.

    Raises InvalidInput for a car without an owner, missing words and parts without a job.
    """
    actor.require(Permission.ORDER_EDIT)
    if vehicle.owner is None:
        raise InvalidInput(N_("This car has no owner yet. Open the car and choose one."))
    if not words.strip():
        raise InvalidInput(N_("Write down what the customer says."), field="words")
    if parts and not operations:
        raise InvalidInput(N_("A part belongs to a job: choose a job first."), field="part")
    values = draft_values(session, actor, clock, vehicle, vehicle.owner, words, kind)
    # Plain statements: nobody else knows this order yet, so there is nothing that a flush would watch over.
    order_id = session.scalars(_ORDER, [values]).one()
    note_opened(session, actor, clock, order_id, values["number"])
    jobs: list[dict[str, Any]] = [
        {"order_id": order_id, "position": position, "origin": LineOrigin.ORDERED}
        | lines.job_values(operation, Payer.CUSTOMER)
        for position, operation in enumerate(operations, 1)
    ]
    ids = session.scalars(_JOBS, jobs).all() if jobs else []
    for job_id, job in zip(ids, jobs, strict=True):
        lines.note_job(session, actor, clock, order_id, job_id, job["code"], job["amount_fen"])
    for part, quantity_milli in parts:
        lines.add_part(session, actor, clock, session.get_one(Job, ids[-1]), part, quantity_milli)
    return str(values["number"])
