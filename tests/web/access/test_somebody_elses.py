"""Every address that names a thing of an order, with a thing of another order: not there, and nothing has changed."""

from __future__ import annotations

import io
import re

from flask import Flask
from sqlalchemy.orm import Session

from app.domain.counter_sales import operations as sales
from app.domain.counter_sales.model import CounterSaleLine
from app.domain.files import operations as files
from app.domain.purchasing import targets
from app.domain.repair_orders import approvals, findings, lines
from app.domain.repair_orders.model import RepairOrder
from app.domain.stock_takes import counting, queries
from app.domain.stock_takes.states import TakeKind
from app.domain.suppliers import operations as suppliers
from app.kernel.clock import FixedClock, business_date
from app.kernel.permission import Permission
from tests.support import buying, cast, orders
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, photo, signature
from tests.web.access.test_surplus_fields import contents

FORM = {
    "payer": "goodwill", "discount": "100", "quantity": "1", "part": "1", "answer": "x", "method": "cash", "amount": "1",
    "reason": "x", "still_needed": "", "who": "x", "resolution": "credited", "price": "1",
}  # fmt: skip


def an_order(
    session: Session, clock: FixedClock, shop: SmallShop, folder: object
) -> tuple[RepairOrder, dict[str, int], str]:
    """An order with one of everything that has an address, and the ids of those things."""
    from app.domain.billing import operations as billing
    from app.domain.catalogue.model import Operation, Part

    technician, adviser = cast.acting(session, "technician"), cast.acting(session, "adviser")
    order = orders.authorised(session, clock, shop, {shop.service: [(shop.filter, 1000)]})
    orders.inspected(session, clock, order)
    (settlement,) = billing.settle(session, cast.acting(session, "cashier"), clock, order, order.version)
    session.flush()
    other = orders.authorised(session, clock, shop, {shop.service: [(shop.filter, 1000)]})
    picture = files.store_photo(session, technician, clock, folder, photo(), "x.jpg", f"order:{other.id}")  # type: ignore[arg-type]
    finding = findings.report_finding(session, technician, clock, other, words="漏油", urgent=False, photo=picture)
    open_one = findings.report_finding(session, technician, clock, other, words="异响", urgent=False, photo=None)
    request = findings.request_parts(session, technician, clock, other.jobs[0], "卡扣")
    brakes = session.get_one(Operation, shop.brakes)
    job = lines.add_job(session, adviser, clock, other, brakes, finding=finding)
    line = lines.add_part(session, adviser, clock, job, session.get_one(Part, shop.headlight), 1000)
    _question, token = approvals.ask(session, adviser, clock, other)
    cart = sales.begin(session, cast.acting(session, "cashier"), clock)
    sales.add(session, cast.acting(session, "cashier"), clock, cart, session.get_one(Part, shop.filter))
    ids = {
        "job_id": job.id, "line_id": line.id, "finding_id": open_one.id, "request_id": request.id,
        "settlement_id": settlement.id, "file_id": picture.id, "sale_line_id": cart.lines[0].id,
    }  # fmt: skip
    session.commit()
    return other, ids, token


def a_purchase(session: Session, clock: FixedClock, shop: SmallShop, name: str) -> tuple[str, int, dict[str, int]]:
    """A purchase order and its supplier with one of everything that has an address, and the ids of those things."""
    manager, today = cast.acting(session, "parts_manager"), business_date(clock.now())
    terms = {"name": name, "lead_days": 1, "order_cycle_days": 7, "payment_days": 30}
    supplier = suppliers.add_supplier(session, manager, clock, terms)
    days = {"starts_on": today, "ends_on": today}
    contract = suppliers.add_contract(session, manager, clock, supplier, title="x", number="", remind_days=1, **days)
    target = targets.set_target(session, manager, clock, supplier, amount_fen=100, **days)
    order = buying.sent(session, clock, {shop.headlight: 3000})
    done = buying.receive(session, clock, order, good_milli=1000, damaged_milli=1000)
    ids = {
        "purchase_line_id": order.lines[0].id, "discrepancy_id": done.discrepancies[0].id, "receipt_id": done.receipt.id,
        "contract_id": contract.id, "target_id": target.id,
    }  # fmt: skip
    session.commit()
    return order.number, supplier.id, ids


def a_stock_take(session: Session, clock: FixedClock, bins: str) -> tuple[str, dict[str, int]]:
    """A stock-take that is being counted, and the id of a line of it."""
    take = counting.start(session, cast.acting(session, "parts_clerk"), clock, TakeKind.BINS, first_bin=bins)
    (line, *_others) = queries.open_lines(session, take.id)
    session.commit()
    return take.number, {"count_line_id": line.id}


def test_a_thing_of_another_order_is_not_there(
    app: Flask, session: Session, clock: FixedClock, client: PageClient, shop: SmallShop, tmp_path: object
) -> None:
    mine, own, my_token = an_order(session, clock, shop, tmp_path)
    _other, theirs, _token = an_order(session, clock, shop, tmp_path)
    my_purchase, my_supplier, _ids = a_purchase(session, clock, shop, "甲")
    theirs |= a_purchase(session, clock, shop, "乙")[2]
    my_take, _lines = a_stock_take(session, clock, "A")
    theirs |= a_stock_take(session, clock, "B")[1]
    number, version = mine.number, mine.version
    my_sale = session.get_one(CounterSaleLine, own["sale_line_id"]).sale_id
    before = contents(session)
    links, tried = app.url_map.bind("localhost"), set()
    for rule in app.url_map.iter_rules():
        named = rule.arguments & theirs.keys()
        if len(rule.arguments) < 2 or not named:
            continue
        given = {
            "number": number,
            "token": my_token,
            "po": my_purchase,
            "st": my_take,
            "supplier_id": my_supplier,
            "sale_id": my_sale,
            **{name: theirs[name] for name in named},
        }
        path = links.build(rule.endpoint, {name: given[name] for name in rule.arguments})
        permission = app.view_functions[rule.endpoint].permission  # type: ignore[attr-defined]
        who = "manager" if permission != "public" else None
        browser = client.as_(who).browser if who else app.test_client()
        if "POST" in (rule.methods or set()):
            answer = browser.post(path, data={**FORM, "version": version, "signature": signature()})
        else:
            answer = browser.get(path)
        assert answer.status_code == 404, f"{path}: {answer.status_code}"
        tried.add(rule.endpoint)
    assert len(tried) == 30, sorted(tried)
    assert contents(session) == before


def test_a_technician_moves_no_job_of_a_colleague(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    from app.domain.workshop import operations as workshop

    order = orders.authorised(session, clock, shop, {shop.service: []})
    (job,) = order.jobs
    owner = cast.person(session, "technician")
    workshop.assign(session, cast.acting(session, "controller"), clock, job, job.version, owner, clock.now())
    session.commit()
    id_ = job.id
    for deed in ("start", "pause", "finish"):
        client.as_("second_technician").post(f"/workshop/jobs/{id_}/{deed}", {"reason": "tool"}, status=409)
    client.as_("technician").post(f"/workshop/jobs/{id_}/start")
    for deed in ("start", "pause", "finish"):
        client.as_("second_technician").post(f"/workshop/jobs/{id_}/{deed}", {"reason": "tool"}, status=409)
    client.as_("technician").post(f"/workshop/jobs/{id_}/finish")


def test_whoever_may_not_give_a_discount_is_refused_and_on_record(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop, tmp_path: object
) -> None:
    from sqlalchemy import select

    from app.kernel.audit import AuditRow

    order, ids, _token = an_order(session, clock, shop, tmp_path)
    path, version = f"/orders/{order.number}/jobs/{ids['job_id']}", order.version
    session.rollback()
    client.as_("warranty_clerk").post(path, {"payer": "customer", "discount": "10", "version": version}, status=403)
    denied = session.scalars(select(AuditRow).where(AuditRow.action == "denied")).one()
    assert denied.subject == "route:reception.change_job" and denied.actor == cast.PEOPLE["warranty_clerk"][0]


def test_a_paper_shows_the_telephone_to_those_who_may_see_it_and_that_is_on_record(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop, tmp_path: object
) -> None:
    from pypdf import PdfReader
    from sqlalchemy import select

    from app.kernel.audit import AuditRow

    order, _ids, _token = an_order(session, clock, shop, tmp_path)
    path = f"/orders/{order.number}/estimate.pdf"
    session.rollback()

    def printed(who: str, via: str = "password") -> str:
        pages = PdfReader(io.BytesIO(client.as_(who, via=via).get(path).data)).pages
        return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))

    def looked() -> list[str]:
        rows = session.scalars(select(AuditRow).where(AuditRow.action == "customer.unmask")).all()
        session.rollback()
        return [row.actor for row in rows]

    masked = printed("cashier")
    assert "19900001234" not in masked and "199****1234" in masked and looked() == []
    assert "19900001234" in printed("adviser")
    assert looked() == [cast.PEOPLE["adviser"][0]]
    assert Permission.CUSTOMER_UNMASK not in cast.acting(session, "adviser", via="pin").permissions
