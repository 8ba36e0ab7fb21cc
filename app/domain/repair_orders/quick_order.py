"""A quick order: opened with its jobs and parts in one act, for a walk-in whose check-in follows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part
from app.domain.repair_orders import lines
from app.domain.repair_orders.check_in import draft_order, note_opened
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import Payer, RepairKind
from app.domain.vehicles.model import Vehicle
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission


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
    order = draft_order(session, actor, clock, vehicle, vehicle.owner, words, kind)
    jobs = [lines.new_job(order, operation, Payer.CUSTOMER) for operation in operations]
    session.add(order)  # and with it its jobs, in one flush
    session.flush()
    note_opened(session, actor, clock, order)
    for job in jobs:
        lines.note_job(session, actor, clock, job)
    for part, quantity_milli in parts:
        lines.add_part(session, actor, clock, jobs[-1], part, quantity_milli)
    return order
