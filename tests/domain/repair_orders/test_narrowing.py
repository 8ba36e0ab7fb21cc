"""The list of orders finds the same, whether the letters typed are rare or begin half of all names."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.demo.shop import open_shop
from app.domain.repair_orders import order_list
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.order_list import Filter
from app.domain.repair_orders.states import OrderState
from app.kernel.clock import FixedClock

STATES: list[tuple[OrderState, ...]] = [(), (OrderState.CLOSED,), (OrderState.CLOSED, OrderState.IN_WORK)]


def by_hand(orders: list[RepairOrder], wanted: Filter) -> list[str]:
    """The numbers of the orders that fit, newest first, by reading every one of them."""
    return [
        order.number
        for order in orders
        if (not wanted.states or order.state in wanted.states)
        and (not wanted.adviser_id or order.adviser_id == wanted.adviser_id)
        and (order.customer.name.startswith(wanted.text) or (order.vehicle.plate or "").startswith(wanted.text))
    ]


@pytest.mark.parametrize("common", [1, 5, 1000])
def test_a_narrowed_list_is_what_reading_every_order_would_find(
    session: Session, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, common: int
) -> None:
    open_shop(session, "x", "x", days=6, orders_per_day=6, now=clock.now())
    session.commit()
    monkeypatch.setattr(order_list, "COMMON", common)
    orders = list(session.scalars(select(RepairOrder).order_by(RepairOrder.id.desc())).unique())
    surname, firm = orders[0].customer.name[:1], "上海"
    found_some = 0
    for text in ("沪", "沪A", surname, firm, "龘"):
        for states in STATES:
            for adviser_id in (None, orders[0].adviser_id):
                wanted = Filter(states, adviser_id, text)
                listed = [row.number for row in order_list.list_orders(session, wanted, 500).rows]
                assert listed == by_hand(orders, wanted), wanted
                found_some += bool(listed)
    assert found_some > 10
