"""In a shop of some size, people and orders are found by what is typed."""

from __future__ import annotations

from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.demo.shop import open_shop
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import OrderState
from app.kernel.clock import FixedClock
from tests.support.page_client import PageClient


def test_customer_and_order_are_found_by_name_initials_plate_and_state(
    session: Session, client: PageClient, clock: FixedClock
) -> None:
    open_shop(session, "x", "x", days=20, orders_per_day=4, now=clock.now())
    session.commit()
    order = session.scalars(select(RepairOrder).where(RepairOrder.state == OrderState.CLOSED)).first()
    assert order is not None
    number, name, plate, key = order.number, order.customer.name, order.vehicle.plate, order.customer.pinyin
    after = order.id + 1
    session.rollback()
    client.as_("adviser")
    full, initials = key.split(" ")
    for typed in (name, full, initials):
        assert name in client.get(f"/search?q={quote(typed)}").get_data(as_text=True), typed
    for wanted in (
        f"text={quote(plate)}",
        f"text={quote(name)}",
        f"text={number}",
        f"text={quote(plate)}&state=closed",
    ):
        assert number in client.get(f"/orders?{wanted}").get_data(as_text=True), wanted
    assert number not in client.get(f"/orders?text={quote(plate)}&state=draft").get_data(as_text=True)
    assert number in client.get(f"/orders?state=closed&state=draft&before={after}").get_data(as_text=True)
