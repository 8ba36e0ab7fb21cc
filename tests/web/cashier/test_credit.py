"""Credit from end to end: the manager allows a limit, the car leaves, the till still knows who owes what."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.billing.model import Settlement
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import OrderState
from app.kernel.clock import FixedClock
from tests.support.orders import authorised, inspected
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, version_in


@pytest.fixture
def number(session: Session, clock: FixedClock, shop: SmallShop) -> str:
    """An inspected order over 622.00."""
    order = inspected(session, clock, authorised(session, clock, shop, {shop.service: [(shop.filter, 1000)]}))
    session.commit()
    return order.number


def test_a_car_leaves_on_credit_and_the_till_remembers(client: PageClient, shop: SmallShop, number: str) -> None:
    till, desk = f"/cashier/orders/{number}", "/cashier/desk"
    assert "622.00" in client.as_("cashier").get(desk).get_data(as_text=True)
    preview = client.get(till).get_data(as_text=True)
    assert "A2701800109" in preview and "198.00" in preview  # line by line before anything is settled
    client.post(f"{till}/settle", {"version": version_in(preview)})
    assert "待收款" in client.get(desk).get_data(as_text=True)

    credit = f"{till}/settlements/1/credit"
    refused = client.as_("manager").post(credit, status=409).get_data(as_text=True)
    assert "挂账额度为 0.00 元" in refused
    customer = f"/customers/{shop.customer}"
    version = version_in(client.get(customer).get_data(as_text=True))
    form = {"limit": "600", "reason": "长期合作", "version": version}
    client.as_("adviser").post(f"{customer}/credit-limit", form, status=403)
    kept = client.as_("manager").post(f"{customer}/credit-limit", {**form, "limit": "lots"}, status=422)
    assert 'value="lots"' in kept.get_data(as_text=True)
    client.post(f"{customer}/credit-limit", form)
    client.post(credit, status=409)
    client.post(f"{customer}/credit-limit", form, status=409)  # the page is older than the last change
    version = version_in(client.get(customer).get_data(as_text=True))
    client.post(f"{customer}/credit-limit", {**form, "limit": "1,000", "version": version})
    client.post(credit)

    handover = f"/cashier/handover/{number}"
    version = version_in(client.as_("adviser").get(handover).get_data(as_text=True))
    client.post(handover, {"version": version, "explained": "1", "old_parts_given": "1"})
    owing = client.as_("cashier").get(desk).get_data(as_text=True)
    assert "已交车，尚未付清" in owing and "622.00" in owing
    client.post(f"{till}/settlements/1/tenders", {"method": "transfer", "amount": "622", "reference": "B1"})
    assert "已交车，尚未付清" not in client.get(desk).get_data(as_text=True)


def test_all_that_is_owed_is_counted_however_long_the_list(
    session: Session, client: PageClient, shop: SmallShop, number: str
) -> None:
    order = session.scalars(select(RepairOrder).where(RepairOrder.number == number)).one()
    order.state = OrderState.CLOSED
    session.add_all(
        Settlement(number=f"ST-202610-{n:04d}", order_id=order.id, payer="customer", customer_id=shop.customer, labour_fen=10_000, material_fen=0, net_fen=8_850, tax_fen=1_150, total_fen=10_000, open_fen=10_000, issued_at=order.created_at, issued_by="钱悦")
        for n in range(1, 71)
    )  # fmt: skip
    session.commit()
    desk = client.as_("cashier").get("/cashier/desk").get_data(as_text=True)
    assert "70 · ¥7,000.00" in desk
