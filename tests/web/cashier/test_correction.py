"""A delivered car's settlement put right: at the till, on the order, and back to where it stood."""

from __future__ import annotations

from typing import Any

import html5lib
import pytest
from sqlalchemy.orm import Session

from app.kernel.clock import FixedClock
from tests.printing.reading import pages
from tests.support.orders import authorised, inspected
from tests.support.page_client import PageClient
from tests.support.shop import Floor, open_small_shop, version_in


@pytest.fixture
def floor(session: Session, clock: FixedClock, client: PageClient) -> Floor:
    """Delivered and paid: 424.00 + 198.00."""
    shop = open_small_shop(session, clock)
    order = inspected(session, clock, authorised(session, clock, shop, {shop.service: [(shop.filter, 1000)]}))
    session.commit()
    floor = Floor(client, shop, clock)
    floor.number = order.number
    session.rollback()
    settle(floor)
    pay(floor, 1, "622")
    hand_over(floor)
    return floor


def till(floor: Floor) -> str:
    return f"/cashier/orders/{floor.number}"


def settle(floor: Floor) -> None:
    floor.client.as_("cashier").post(f"{till(floor)}/settle", {"version": floor.version("cashier", till(floor))})


def pay(floor: Floor, settlement: int, yuan: str) -> None:
    path = f"{till(floor)}/settlements/{settlement}/tenders"
    floor.client.as_("cashier").post(path, {"method": "wechat", "amount": yuan})


def hand_over(floor: Floor, **fields: object) -> None:
    path = f"/cashier/handover/{floor.number}"
    form = {"explained": "1", "old_parts_given": "1", "version": floor.version("adviser", path)}
    floor.client.post(path, {**form, **fields})


def test_a_refused_refund_keeps_what_was_typed_and_offers_the_way_it_was_paid(floor: Floor) -> None:
    def form_of(page: str) -> Any:
        folded = html5lib.parse(page, namespaceHTMLElements=False).iter("details")
        (found,) = [
            one for one in folded if any(form.get("action", "").endswith("/refunds") for form in one.iter("form"))
        ]
        return found

    offered = form_of(floor.page("manager", till(floor)))
    (chosen,) = [option.get("value") for option in offered.iter("option") if option.get("selected") is not None]
    assert chosen == "wechat" and offered.get("open") is None
    typed = {"method": "cash", "amount": "321.5", "reason": "多收工时费"}
    path = f"{till(floor)}/settlements/1/refunds"
    page = floor.client.as_("manager").post(path, typed, status=422).get_data(as_text=True)
    assert "此方式最多可退 0.00 元" in page
    kept = form_of(page)
    assert kept.get("open") is not None
    values = {field.get("name"): field.get("value") for field in kept.iter("input")}
    assert values["amount"] == "321.5" and values["reason"] == "多收工时费"
    assert [option.get("value") for option in kept.iter("option") if option.get("selected") is not None] == ["cash"]


def test_a_wrong_settlement_of_a_delivered_car_is_corrected(floor: Floor) -> None:
    client, job = floor.client, floor.order().jobs[0].id
    delivered = floor.order().delivered_at
    assert "冲销结算" not in floor.page("cashier", till(floor))
    page = floor.page("manager", till(floor))
    assert "车辆已交付。将冲销原结算单" in page
    back = {"reason": "应享首保折扣", "version": str(floor.order().version)}
    client.as_("cashier").post(f"{till(floor)}/reverse", back, status=403)
    refused = client.as_("manager").post(f"{till(floor)}/reverse", back, status=409).get_data(as_text=True)
    assert "应享首保折扣" in refused  # the money first; what was typed is kept
    refund = {"method": "wechat", "amount": "622", "reason": "结算有误"}
    client.post(f"{till(floor)}/settlements/1/refunds", refund)
    client.post(f"{till(floor)}/reverse", back)
    for who in ("adviser", "cashier", "care"):
        assert "结算更正中" in floor.page(who)
    assert floor.number in floor.page("cashier", "/cashier/desk")
    # The car is not here: no work, and nobody sees it among the cars of the shop.
    assert "/promise" not in floor.page("adviser") and f"/jobs/{job}/parts" not in floor.page("adviser")
    client.as_("adviser").post(f"{floor.url}/jobs", {"operation": 1, "version": str(floor.order().version)}, status=409)
    assert floor.number not in floor.page("manager", "/workshop/wall")

    here, line = f"{floor.url}/jobs/{job}/price", floor.order().part_lines[0].id
    less = {"payer": "customer", "discount": "25", f"payer-{line}": "customer", "reason": "首保折扣"}
    client.as_("adviser").post(here, {**less, "version": floor.version("adviser", here)})
    settle(floor)
    assert floor.number not in floor.page("manager", "/workshop/wall")
    desk = floor.page("cashier", "/cashier/desk")
    assert "已重新结算，车辆已交付" in desk and "516.00" in desk and "没有等待付款的车辆" in desk
    path = f"/cashier/handover/{floor.number}"
    page = floor.page("adviser", path)
    assert "完成更正" in page and "old_parts_given" not in page and "交车时间、质保和回访均保持不变" in page
    form = {"version": version_in(page)}
    client.post(path, {**form, "explained": "1"}, status=409)  # not paid
    pay(floor, 3, "516")
    client.as_("adviser").post(path, {"version": floor.version("adviser", path)}, status=422)  # not explained
    client.post(path, {"explained": "1", "version": floor.version("adviser", path)})
    order = floor.order()
    assert (order.state, order.delivered_at) == ("delivered", delivered)
    assert floor.page("care", "/care/calls").count(floor.number) == 1


def test_a_settlement_that_was_taken_back_is_not_printed_as_a_bill(floor: Floor) -> None:
    def printed(settlement: int) -> str:
        answer = floor.client.as_("cashier").get(f"{till(floor)}/settlements/{settlement}.pdf")
        return "".join(pages(answer.get_data()))

    assert "已作废" not in printed(1)
    manager = floor.client.as_("manager")
    manager.post(f"{till(floor)}/settlements/1/refunds", {"method": "wechat", "amount": "622", "reason": "结算有误"})
    manager.post(f"{till(floor)}/reverse", {"reason": "应享首保折扣", "version": str(floor.order().version)})
    settle(floor)
    reversal = "ST-202611-0002"
    assert f"已作废，由{reversal}冲销" in printed(1)
    assert "已作废" not in printed(2) and "已作废" not in printed(3)
