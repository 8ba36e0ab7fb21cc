"""One car through the shop by its forms: five people, each sees at once what the others did."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.check import load_checks
from app.domain.care.model import FollowUp
from app.kernel import audit, invariants
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.page_client import PageClient
from tests.support.shop import Floor, SmallShop, photo, signature


@pytest.fixture
def floor(client: PageClient, shop: SmallShop, clock: FixedClock) -> Floor:
    return Floor(client, shop, clock)


def nothing_is_broken(session: Session) -> None:
    """What ``flask check`` and ``flask audit verify`` say."""
    load_checks()
    session.rollback()
    assert list(invariants.broken(session)) == []
    assert list(audit.verify(session)) == []


def test_a_car_goes_from_check_in_to_the_follow_up_call(
    app: Flask, session: Session, client: PageClient, clock: FixedClock, shop: SmallShop, floor: Floor
) -> None:
    floor.check_in()
    floor.add_job(shop.service)
    jobs = floor.order(session).jobs
    service = jobs[0].id
    floor.add_part(service, shop.filter)
    assert "622.00" in floor.page("adviser")  # 0.80 h × 530.00 + 198.00
    floor.give_estimate()
    floor.sign({service: "approved"})
    order = floor.order(session)
    assert order.state == "authorised" and order.part_lines[0].reserved_milli == 1000

    board = floor.page("controller", "/workshop/board")
    assert "沪N0E116" in board and "A 类保养" in board
    technician = cast.person(session, "technician").id
    session.rollback()
    floor.assign(service, order.jobs[0].version, technician)
    assert "0E116" in floor.page("technician", "/workshop/my-jobs")
    client.post(f"/workshop/jobs/{service}/start")
    assert floor.order(session).state == "in_work"
    clock.advance(timedelta(minutes=30))
    refused = client.as_("technician").post(f"/workshop/jobs/{service}/finish", status=409)
    assert "1" in refused.get_data(as_text=True)  # a part line is not issued yet

    line = floor.order(session).part_lines[0].id
    assert "0E116" in floor.page("parts_clerk", "/parts/desk")
    client.post("/parts/scan", {"scan": "a 270 180 01 09"})
    assert floor.order(session).part_lines[0].issued_milli == 1000
    assert line == floor.order(session).part_lines[0].id

    client.as_("technician").post(
        f"/workshop/jobs/{service}/findings",
        {"words": "前制动片剩余 3 mm", "urgent": "1", "photo": (photo(), "刹车.jpg")},
        content_type="multipart/form-data",
    )
    assert "前制动片剩余 3 mm" in floor.page("adviser")
    order = floor.order(session)
    finding = client.as_("adviser").get(f"{floor.url}?operation=制动").get_data(as_text=True)
    assert "更换前制动片" in finding
    floor.add_job(shop.brakes, finding=1)
    brakes = next(job for job in floor.order(session).jobs if job.id != service)
    assert brakes.state == "proposed" and brakes.finding_id == 1
    floor.assign(brakes.id, brakes.version, technician, status=409)

    page = client.as_("adviser").post(f"{floor.url}/questions", {"version": floor.version()}, status=200)
    link = page.get_data(as_text=True).split('id="link" readonly value="')[1].split('"')[0]
    path = "/c/" + link.rsplit("/", 1)[1]
    phone = PageClient(app, clock)
    assert "583.00" in phone.get(path).get_data(as_text=True)
    phone.post(path, {"who": "王志澜", "signature": signature()}, status=422)
    phone.post(path, {f"job-{brakes.id}": "declined", "who": "王志澜", "signature": signature()}, status=200)
    assert "更换前制动片" in floor.page("adviser", f"/vehicles/{shop.vehicle}")

    client.as_("technician").post(f"/workshop/jobs/{service}/finish")
    assert floor.order(session).state == "work_done"
    inspection = f"/workshop/inspections/{floor.number}"
    version = floor.version("inspector", inspection)
    client.post(inspection, {f"job-{service}": "reject", "version": version}, status=409)
    client.post(inspection, {f"job-{service}": "reject", f"reason-{service}": "机油液位偏高", "version": version})
    assert floor.order(session).state == "in_work"
    assert "机油液位偏高" in floor.page("technician", "/workshop/my-jobs")
    client.post(f"/workshop/jobs/{service}/start")
    clock.advance(timedelta(minutes=10))
    client.as_("technician").post(f"/workshop/jobs/{service}/finish")
    version = floor.version("inspector", inspection)
    client.post(inspection, {f"job-{service}": "pass", "road_test": "5", "mileage_out": "52005", "version": version})
    assert floor.order(session).state == "inspected"

    till = f"/cashier/orders/{floor.number}"
    client.as_("cashier").post(f"{till}/settle", {"version": floor.version("cashier", till)})
    assert "人民币陆佰贰拾贰元整" in floor.page("cashier", till)
    client.as_("adviser").post(
        f"/cashier/handover/{floor.number}", {"version": floor.order(session).version}, status=422
    )
    tenders = f"{till}/settlements/1/tenders"
    client.as_("cashier").post(tenders, {"method": "cash", "amount": "700"}, status=422)
    client.post(tenders, {"method": "cash", "amount": "200"})
    handover = {"version": floor.order(session).version, "explained": "1", "old_parts_given": "1"}
    client.as_("adviser").post(f"/cashier/handover/{floor.number}", handover, status=409)
    client.as_("cashier").post(tenders, {"method": "wechat", "amount": "422", "reference": "4200001"})
    client.as_("adviser").post(f"/cashier/handover/{floor.number}", handover)
    assert floor.order(session).state == "delivered"

    follow_up = session.scalars(select(FollowUp)).one()
    session.rollback()
    assert "王志澜" in floor.page("care", "/care/calls")
    clock.advance(timedelta(days=3))
    call = f"/care/calls/{follow_up.id}"
    version = floor.version("care", call)
    client.post(call, {"outcome": "reached", "version": version}, status=422)
    client.post(call, {"outcome": "reached", "fixed": "yes", "score": "9", "words": "很满意", "version": version})
    assert floor.order(session).state == "closed"
    nothing_is_broken(session)
