"""The list of orders: narrowed by its address, live, and the same for those only who may see the same."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

from sqlalchemy.orm import Session

from app.domain.customers.model import Customer
from app.domain.repair_orders.check_in import open_order
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import RepairKind
from app.domain.vehicles.model import Vehicle
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.orders import authorised
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop


def draft(session: Session, clock: FixedClock, shop: SmallShop) -> RepairOrder:
    car = session.get_one(Vehicle, shop.vehicle)
    owner = session.get_one(Customer, shop.customer)
    order = open_order(session, cast.acting(session, "adviser"), clock, car, owner, "刹车响", RepairKind.MINOR)
    session.commit()
    return order


def page_of(client: PageClient, who: str, address: str = "/orders") -> str:
    return client.as_(who, language="en").get(address).get_data(as_text=True)


def live_address(page: str) -> str:
    """Where the list on a page asks for what is new."""
    found = re.search(r'data-live-poll="([^"]+)"', page)
    look = re.search(r'data-rev="([^"]+)"', page)
    assert found is not None and look is not None
    address = unescape(found[1])
    return f"{address}{'&' if '?' in address else '?'}rev={look[1]}"


def test_an_open_list_hears_of_a_new_order(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    first = authorised(session, clock, shop, {shop.service: []}, promise=timedelta(hours=4))
    session.commit()
    page = page_of(client, "adviser")
    assert first.number in page
    assert client.get(live_address(page), status=204).get_data() == b""
    second = authorised(session, clock, shop, {shop.brakes: []}, promise=timedelta(hours=5))
    session.commit()
    rows = client.get(live_address(page)).get_data(as_text=True)
    assert rows.index(second.number) < rows.index(first.number)


def test_a_narrowed_list_stays_narrowed_when_it_is_brought_up_to_date(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    waiting = draft(session, clock, shop)
    page = page_of(client, "adviser", "/orders?state=authorised&state=in_work")
    assert waiting.number not in page and "No orders" in page
    signed = authorised(session, clock, shop, {shop.brakes: []})
    session.commit()
    rows = client.get(live_address(page)).get_data(as_text=True)
    assert signed.number in rows and waiting.number not in rows
    by_name = page_of(client, "adviser", "/orders?text=王志澜")
    assert signed.number in by_name and waiting.number in by_name
    assert "No orders" in page_of(client, "adviser", "/orders?text=没有这个人")


def test_whoever_may_not_see_money_is_never_shown_the_list_of_one_who_may(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    order = authorised(session, clock, shop, {shop.service: []})
    session.commit()
    for _again in range(2):  # whoever comes first has it rendered
        assert "424.00" in page_of(client, "adviser")
        page = page_of(client, "technician")
        assert order.number in page and "424.00" not in page
        assert "424.00" not in client.get(live_address(page).replace("rev=", "old=")).get_data(as_text=True)


def test_the_spreadsheet_is_offered_to_those_who_may_have_it(client: PageClient, shop: SmallShop) -> None:
    assert "export.xlsx" in page_of(client, "manager")
    assert "export.xlsx" not in page_of(client, "technician")
