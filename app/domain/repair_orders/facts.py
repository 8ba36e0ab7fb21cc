"""What the guards look at, gathered from the rows."""

from __future__ import annotations

from app.domain.repair_orders.model import Job, RepairOrder
from app.domain.repair_orders.rules import TO_BE_DONE, OrderFacts
from app.domain.repair_orders.states import JobState, OrderState, PriceChangeState


def order_facts(
    order: RepairOrder, *, reason: str = "", shares_open: int = 0, follow_up_open: bool = False
) -> OrderFacts:
    """The facts of an order; a job that is being worked on is exactly an open clock."""
    unissued = unreturned = 0
    for line in order.part_lines:
        if line.cancelled or line.job.state not in TO_BE_DONE:
            unreturned += line.issued_milli > 0
        elif not line.customer_supplied:
            unissued += line.issued_milli < line.quantity_milli
    return OrderFacts(
        job_states=tuple(job.state for job in order.jobs),
        has_promise=order.promised_at is not None,
        open_clocks=sum(job.state is JobState.WORKING for job in order.jobs),
        parts_unissued=unissued,
        parts_unreturned=unreturned,
        parts_out=sum(line.issued_milli > 0 for line in order.part_lines),
        shares_open=shares_open,
        follow_up_open=follow_up_open,
        prices_waiting=_prices_waiting(order),
        has_left=order.delivered_at is not None,
        reason=reason,
    )


def _prices_waiting(order: RepairOrder) -> int:
    """Only where settling comes next, so that no other page reads them."""
    if order.state not in {OrderState.INSPECTED, OrderState.REOPENED}:
        return 0
    return sum(change.state is PriceChangeState.WAITING for change in order.price_changes)


def parts_unissued(job: Job) -> int:
    """How many live part lines of a job still lie at the parts desk."""
    return sum(
        line.issued_milli < line.quantity_milli
        for line in job.part_lines
        if not line.cancelled and not line.customer_supplied
    )
