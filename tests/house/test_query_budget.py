"""Every page has a budget of queries, whether the shop is small or full: a query per row is a fault."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.domain.care import operations as care
from app.domain.catalogue.model import Operation, Part
from app.domain.repair_orders import findings, lines
from app.domain.repair_orders.model import RepairOrder
from app.domain.workshop import operations as workshop
from app.kernel.clock import FixedClock
from app.web.navigation import ENTRIES
from tests.support import buying, cast, orders
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, open_small_shop

# endpoint -> the most queries, the two of who is asking and of the shop's name included.
BUDGET = {
    "home.morning": 28, "reception.appointments": 12, "reception.arrival": 6, "reception.orders": 6, "workshop.board": 14,
    "workshop.my_jobs": 9, "workshop.inspections": 5, "parts.desk": 10, "parts.stock": 6, "parts.tools": 8, "parts.sales": 8, "cashier.desk": 8, "care.calls": 10,
    "training.certificates": 6, "used_cars.enquiries": 5, "admin.import_page": 5, "admin.staff_list": 5, "admin.terminals": 5,
    "admin.settings_page": 5, "admin.audit_log": 5,
    "reception.order": 16, "reception.customer": 8, "reception.vehicle": 10, "cashier.settlement": 14, "parts.pick": 18,
    "workshop.wall": 12, "workshop.inspection": 12, "reception.check_in": 14, "parts.part": 18,
    "parts.purchases": 9, "parts.suppliers": 7, "parts.suggested": 10, "parts.service_levels": 8, "parts.returns": 9, "parts.invoices": 12,
}  # fmt: skip
PATHS = {
    "reception.order": "/orders/{number}", "reception.customer": "/customers/{customer}", "reception.vehicle": "/vehicles/{vehicle}",
    "cashier.settlement": "/cashier/orders/{number}", "parts.pick": "/parts/orders/{number}", "workshop.wall": "/workshop/wall",
    "workshop.inspection": "/workshop/inspections/{number}", "reception.check_in": "/vehicles/{vehicle}/check-in",
    "parts.part": "/parts/{part}", "parts.suppliers": "/parts/suppliers",
    "parts.returns": "/parts/returns", "parts.invoices": "/parts/invoices", "parts.suggested": "/parts/suggested", "parts.service_levels": "/parts/service-levels",
}  # fmt: skip
WHO = {
    "admin": "administrator",
    "workshop.my_jobs": "technician",
    "workshop.inspection": "inspector",
    "workshop.inspections": "inspector",
    "training": "trainer",
}


def test_every_page_of_the_navigation_has_a_budget() -> None:
    assert {entry.endpoint for entry in ENTRIES} - BUDGET.keys() == set()


def fill(session: Session, clock: FixedClock, shop: SmallShop, count: int) -> RepairOrder:
    """``count`` cars in each state of the day, and an order with ``count`` more jobs, parts and findings."""
    technician, adviser = cast.acting(session, "technician"), cast.acting(session, "adviser")
    clerk, person = cast.acting(session, "controller"), cast.person(session, "technician")
    for n in range(count):
        order = orders.authorised(session, clock, shop, {shop.brakes: [(shop.headlight, 1000)]})
        if n % 2:
            (job,) = order.jobs
            start = clock.now() + timedelta(minutes=n)
            workshop.assign(session, clerk, clock, job, job.version, person, start)
        findings.request_parts(session, technician, clock, order.jobs[0], "卡扣")
        findings.report_finding(session, technician, clock, order, words="漏油", urgent=False, photo=None)
        done = orders.inspected(session, clock, orders.authorised(session, clock, shop, {shop.service: []}))
        if n % 5 == 0:
            bought = buying.sent(session, clock, {shop.pads: 2000})
            came = buying.receive(session, clock, bought, good_milli=2000)
            buying.bill(session, clock, came, came.receipt.number)
            buying.send_back(session, clock, came, 1)
        if n % 3 == 0:
            from app.domain.billing import operations as billing
            from app.domain.billing.model import TenderMethod

            cashier = cast.acting(session, "cashier")
            (share,) = billing.settle(session, cashier, clock, done, done.version)
            billing.take_tender(session, cashier, clock, share.id, TenderMethod.CASH, share.total_fen, "")
            session.flush()
            care.hand_over(session, adviser, clock, done, done.version, explained=True, old_parts_given=True)
    big = orders.authorised(session, clock, shop, {shop.service: [(shop.filter, 1000)]})
    for _ in range(count):
        job = lines.add_job(session, adviser, clock, big, session.get_one(Operation, shop.brakes))
        lines.add_part(session, adviser, clock, job, session.get_one(Part, shop.pads), 1000)
        findings.report_finding(session, technician, clock, big, words="异响", urgent=True, photo=None)
    session.commit()
    return big


def used(app: Flask, client: PageClient, number: str, shop: SmallShop) -> dict[str, int]:
    """endpoint → how many queries its page took."""
    found = {}
    links = app.url_map.bind("localhost")
    values = {"number": number, "customer": shop.customer, "vehicle": shop.vehicle, "part": shop.pads}
    for endpoint in BUDGET:
        who = WHO.get(endpoint) or WHO.get(endpoint.partition(".")[0]) or "manager"
        path = PATHS[endpoint].format(**values) if endpoint in PATHS else links.build(endpoint)
        client.as_(who).get(path)
        app.extensions["broadcaster"]._fragments.clear()  # a board is drawn once for all: here anew
        client.get(path)
        found[endpoint] = sum(re.match(r"\s*(SELECT|WITH)", query) is not None for query in client.queries)
    return found


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # the queries are the same on both
def test_no_page_asks_more_when_the_shop_is_full(
    app: Flask, session: Session, clock: FixedClock, client: PageClient
) -> None:
    shop = open_small_shop(session, clock)
    for who in ("inspector", "manager"):
        cast.person(session, who)
    few = used(app, client, fill(session, clock, shop, 5).number, shop)
    many = used(app, client, fill(session, clock, shop, 45).number, shop)
    over = {endpoint: count for endpoint, count in many.items() if count > BUDGET[endpoint]}
    assert not over, f"over budget: {over}"
    # One more may be the shop's name, which is read every five seconds; one for each of forty rows is not.
    grown = {endpoint: (few[endpoint], many[endpoint]) for endpoint in many if many[endpoint] > few[endpoint] + 1}
    assert not grown, f"asks more for more rows: {grown}"
