"""The main button of an order's page: one, and only what the person may do."""

from __future__ import annotations

import pytest

from app.access.policy import POLICY
from app.domain.repair_orders.next_step import next_step
from app.domain.repair_orders.states import OrderState as O
from app.domain.staff.model import Role


@pytest.mark.parametrize(
    ("role", "state", "unanswered", "step"),
    [
        (Role.SERVICE_ADVISER, O.DRAFT, 1, "check_in"),
        (Role.SERVICE_ADVISER, O.CHECKED_IN, 1, "estimate"),
        (Role.SERVICE_ADVISER, O.ESTIMATED, 1, "sign"),
        (Role.SERVICE_ADVISER, O.ESTIMATED, 0, None),
        (Role.SERVICE_ADVISER, O.INSPECTED, 1, "sign"),  # the answer comes before the settlement
        (Role.SERVICE_ADVISER, O.INSPECTED, 0, "settle"),
        (Role.SERVICE_ADVISER, O.REOPENED, 1, "sign"),
        (Role.CASHIER, O.REOPENED, 1, "settle"),
        (Role.CASHIER, O.SETTLED, 0, None),
        (Role.SERVICE_ADVISER, O.SETTLED, 0, "hand_over"),
        (Role.TECHNICIAN, O.IN_WORK, 2, "board"),
        (Role.TECHNICIAN, O.WORK_DONE, 0, None),
        (Role.SERVICE_MANAGER, O.DELIVERED, 0, None),
    ],
)
def test_the_page_offers_the_one_next_step(role: Role, state: O, unanswered: int, step: str | None) -> None:
    assert next_step(state, unanswered, POLICY[role].__contains__) == step
