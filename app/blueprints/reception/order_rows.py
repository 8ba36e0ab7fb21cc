"""The rows that a form about an order means, as the person saw them."""

from __future__ import annotations

from app.domain.repair_orders import queries
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.moves import lock_order
from app.extensions import db
from app.kernel.orm import expect_version
from app.web import forms


def order_to_change(number: str) -> RepairOrder:
    """The order, locked, at the version that the person saw; raises :class:`StaleVersion`."""
    row = queries.order_by_number(db.session(), number)
    lock_order(db.session(), row.id)
    expect_version(row, forms.whole_number("version"))
    return row
