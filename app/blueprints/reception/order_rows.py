"""The rows that a form about an order means, as the person saw them."""

from __future__ import annotations

from app.domain.repair_orders import queries
from app.domain.repair_orders.model import Job, PartLine, RepairOrder
from app.domain.repair_orders.moves import lock_order
from app.extensions import db
from app.kernel.errors import N_, NotFound
from app.kernel.orm import expect_version
from app.web import forms


def order_to_change(number: str) -> RepairOrder:
    """The order, locked, at the version that the person saw; raises :class:`StaleVersion`."""
    row = queries.order_by_number(db.session(), number)
    lock_order(db.session(), row.id)
    expect_version(row, forms.whole_number("version"))
    return row


def job_of(row: RepairOrder, job_id: int) -> Job:
    """A job of this order; raises :class:`NotFound`, also for that of another order."""
    found = next((job for job in row.jobs if job.id == job_id), None)
    if found is None:
        raise NotFound(N_("There is no such job."))
    return found


def line_of(row: RepairOrder, line_id: int) -> PartLine:
    """A part line of this order; raises :class:`NotFound`, also for that of another order."""
    found = next((line for line in row.part_lines if line.id == line_id), None)
    if found is None:
        raise NotFound(N_("There is no such part line."))
    return found
