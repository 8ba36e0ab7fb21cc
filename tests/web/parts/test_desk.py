"""The live desk: its buttons answer by a message and leave the page alone."""

from __future__ import annotations

import json

from sqlalchemy.orm import Session

from app.kernel.clock import FixedClock
from tests.support.orders import authorised
from tests.support.page_client import PageClient
from tests.support.shop import open_small_shop


def test_issuing_from_the_live_desk_says_so_by_a_message(
    client: PageClient, session: Session, clock: FixedClock
) -> None:
    shop = open_small_shop(session, clock)
    order = authorised(session, clock, shop, {shop.service: [(shop.filter, 1000)]})
    session.commit()
    line = order.part_lines[0].id
    assert f'id="issue-{line}"' in client.as_("parts_clerk").get("/parts/desk").get_data(as_text=True)
    path = f"/parts/orders/{order.number}/lines/{line}/issue"
    answer = client.post(path, status=204, htmx=True)
    assert "机油滤清器" in json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    session.expire_all()
    assert order.part_lines[0].issued_milli == 1000
    refused = client.post(path, status=422, htmx=True)  # nothing is left to hand out
    assert refused.headers["HX-Retarget"] == "#messages"


def test_what_comes_back_is_taken_off_the_order_only_when_somebody_says_so(
    client: PageClient, session: Session, clock: FixedClock
) -> None:
    shop = open_small_shop(session, clock)
    order = authorised(session, clock, shop, {shop.service: [(shop.filter, 2000)]})
    session.commit()
    here = f"/parts/orders/{order.number}"
    line = f"{here}/lines/{order.part_lines[0].id}"
    client.as_("parts_clerk", language="en").post(f"{line}/issue", {"quantity": "2"})
    page = client.post(f"{line}/return", {"quantity": "1", "reason": "拿错了"}, status=422).get_data(as_text=True)
    assert "Say whether the job still needs it." in page and 'value="拿错了"' in page
    client.post(f"{line}/return", {"quantity": "1", "reason": "拿错了", "still_needed": "1"})
    session.expire_all()
    assert (order.part_lines[0].quantity_milli, order.part_lines[0].issued_milli) == (2000, 1000)
    client.post(f"{line}/return", {"quantity": "1", "reason": "多领", "still_needed": "0"})
    session.expire_all()
    assert (order.part_lines[0].quantity_milli, order.part_lines[0].issued_milli) == (1000, 0)
