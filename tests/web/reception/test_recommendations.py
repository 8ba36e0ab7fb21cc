"""What the customer put off: it waits with the car, ends by being done, or is dropped with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.repair_orders.reception_model import Recommendation
from app.kernel.clock import FixedClock
from tests.support.orders import authorised, inspected
from tests.support.page_client import PageClient
from tests.support.shop import Floor, SmallShop


@pytest.fixture
def put_off(client: PageClient, session: Session, clock: FixedClock, shop: SmallShop) -> int:
    """The brakes were declined on an order that was cancelled then."""
    session.commit()
    floor = Floor(client, shop, clock)
    floor.check_in()
    floor.add_job(shop.service)
    floor.add_job(shop.brakes)
    floor.give_estimate()
    service, brakes = (job.id for job in floor.order().jobs)
    floor.sign({service: "approved", brakes: "declined"})
    client.post(f"{floor.url}/cancel", {"reason": "改天再来", "version": floor.version()})
    found = session.scalars(select(Recommendation.id)).one()
    session.rollback()
    return found


def test_work_that_is_done_later_is_not_advised_again(
    client: PageClient, session: Session, clock: FixedClock, shop: SmallShop, put_off: int
) -> None:
    car = f"/vehicles/{shop.vehicle}"
    assert "更换前制动片" in client.as_("adviser").get(car).get_data(as_text=True)
    clock.advance(timedelta(days=1))
    inspected(session, clock, authorised(session, clock, shop, {shop.brakes: []}))
    session.commit()
    assert "客户暂缓项目" not in client.as_("adviser").get(car).get_data(as_text=True)
    assert session.get_one(Recommendation, put_off).settled_how == "done"


def test_what_nobody_wants_any_more_is_dropped_with_a_reason(
    client: PageClient, session: Session, shop: SmallShop, put_off: int
) -> None:
    path = f"/vehicles/{shop.vehicle}/recommendations/{put_off}/drop"
    client.as_("technician").post(path, {"reason": "x"}, status=403)
    client.as_("adviser").post(path, {"reason": " "}, status=422)
    client.post(f"/vehicles/999/recommendations/{put_off}/drop", {"reason": "x"}, status=404)
    client.post(path, {"reason": "车已在别处修好"})
    client.post(path, {"reason": "再来一次"}, status=409)
    assert session.get_one(Recommendation, put_off).settled_how == "dropped"
