"""A stock-take at the screen: the counter sees no figure that is expected, and what is refused keeps what was typed."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.stock.model import MovementKind, StockBalance, StockMovement
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.orders import authorised, broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, version_in
from tests.support.takes import Takes, paper


@pytest.fixture
def takes(client: PageClient, session: Session, shop: SmallShop) -> Takes:
    return Takes(client, session, shop)


def moved(session: Session) -> int:
    session.rollback()
    count = select(func.count()).select_from(StockMovement).where(StockMovement.kind == MovementKind.COUNT)
    found = session.execute(count).scalar_one()
    session.rollback()
    return found


def test_counted_twice_posted_and_printed(takes: Takes, session: Session, shop: SmallShop) -> None:
    takes.start()
    takes.count(shop.filter, "2")
    assert "once more" in takes.client.get(f"{takes.url}/count").get_data(as_text=True)
    takes.count(shop.pads, "1")
    takes.deed("parts_clerk", "finish", status=409)
    takes.count(shop.filter, "2", "parts_manager")
    takes.deed("parts_clerk", "finish")
    page = takes.page("manager")
    assert "99.00" in page and "何苗 2 → 陆远 2" in page
    report = paper(takes.client.get(f"{takes.url}/variance.pdf").data)
    assert "A-01-01" in report and "-99.00" in report and "Not posted" in report
    takes.client.as_("parts_clerk").post(f"{takes.url}/post", {"version": "1"}, status=403)
    takes.deed("parts_manager", "post", status=409)  # she counted
    takes.deed("manager", "post")
    assert "is posted." in takes.client.get(takes.url).get_data(as_text=True) and moved(session) == 1
    assert broken(session) == []


def test_nothing_that_is_expected_is_seen_before_the_end(takes: Takes, session: Session, shop: SmallShop) -> None:
    for row in session.scalars(select(StockBalance)):  # by another route than a count, on purpose
        row.on_hand_milli = 87_000 if row.part_id == shop.filter else 93_000
    session.commit()
    takes.start()
    for path in ("", "/count", "/count?bin=A-01-01"):
        page = re.sub(r"<[^>]+>", " ", takes.page(path=path))
        assert not re.search(r"\b(87|93)\b", page)
    sheet = paper(takes.client.get(f"{takes.url}/count-sheet.pdf").data)
    assert "A2701800109" in sheet and "A-01-01" in sheet and not re.search(r"\b(87|93)\b", sheet)
    takes.count(shop.filter, "5")  # refused nowhere: a wrong figure is as good as a right one
    again = re.sub(r"<[^>]+>", " ", takes.page(path="/count"))
    assert "Count again" in again and not re.search(r"\b(5|87|93|-82|82)\b", again)
    takes.client.get(f"{takes.url}/variance.pdf", status=409)


def test_by_scan_from_line_to_line(takes: Takes, shop: SmallShop) -> None:
    takes.start()
    form = {"scan": "a 270 180 01 09", "bin": "A-01-01"}
    to = takes.client.post(f"{takes.url}/scan", form).headers["Location"]
    assert f"line={takes.line(shop.filter).id}" in to
    page = takes.client.get(to).get_data(as_text=True)
    field = re.search(rf'<input[^>]*id="counted-{takes.line(shop.filter).id}"[^>]*>', page)
    assert field and "autofocus" in field[0]
    on = takes.count(shop.filter, "3").headers["Location"]
    assert f"line={takes.line(shop.pads).id}" in on
    assert "counted already" in takes.client.post(f"{takes.url}/scan", form, status=409).get_data(as_text=True)
    strange = takes.client.post(f"{takes.url}/scan", {"scan": "A2069005102", "bin": "A-01-01"}, status=409)
    assert "not on the list" in strange.get_data(as_text=True)
    assert "No part has the number" in takes.client.post(
        f"{takes.url}/scan", {"scan": "Q999", "bin": "A-01-01"}, status=422
    ).get_data(as_text=True)
    assert takes.client.post(f"{takes.url}/scan", {"scan": "a-01-01"}).headers["Location"].endswith("bin=A-01-01")
    assert takes.count(shop.pads, "1").headers["Location"] == takes.url


def test_bad_input_says_why_and_keeps_what_was_typed(takes: Takes, session: Session, shop: SmallShop) -> None:
    takes.start()
    for typed, says in (("", "Type what lies there"), ("-1", "not a quantity"), ("x7", "not a quantity"), ("1.5", "whole pieces"),
                        ("99999999999", "not a quantity"), ("9999999", "too large")):  # fmt: skip
        page = takes.count(shop.filter, typed, status=422).get_data(as_text=True)
        assert says in page and f'value="{typed}"' in page, typed
    seen = takes.line(shop.filter).version
    takes.count(shop.filter, "3", "parts_manager")
    page = takes.count(shop.filter, "7", version=seen, status=409).get_data(as_text=True)
    assert "Somebody else changed this" in page and "You typed 7" in page
    found = {"found_part": "A2069005102", "found_quantity": "0", "bin": "A-01-01"}
    page = takes.client.post(f"{takes.url}/found", found, status=422).get_data(as_text=True)
    assert "above zero" in page and 'value="A2069005102"' in page
    nobody = takes.client.post(f"{takes.url}/found", {**found, "found_part": "Q1", "found_quantity": "2"}, status=422)
    assert 'value="Q1"' in nobody.get_data(as_text=True)
    twice = takes.client.post(
        f"{takes.url}/found", {**found, "found_part": "A2701800109", "found_quantity": "2"}, status=422
    )
    assert "on the list of this bin" in twice.get_data(as_text=True)
    for form, says in (({"kind": "bins"}, "Give the first bin"), ({"kind": "bins", "first_bin": "ZZ-9"}, "nothing to count"),
                       ({"kind": "cycle"}, "Choose the class"), ({"kind": "moon"}, "Choose one"), ({"kind": "full"}, "is part of SC-")):  # fmt: skip
        status = 409 if form == {"kind": "full"} else 422
        page = takes.client.post("/parts/stock-takes", form, status=status).get_data(as_text=True)
        assert says in page and form.get("first_bin", "") in page
    assert moved(session) == 0


def test_sent_back_with_a_reason_and_given_up_with_one(takes: Takes, session: Session, shop: SmallShop) -> None:
    takes.start(kind="bins", first_bin="A-01")
    takes.twice(shop.pads, "0")
    takes.count(shop.filter, "3")
    takes.deed("parts_clerk", "finish")
    assert "840.00" in takes.page("parts_manager") and "service manager approves" in takes.page("parts_manager")
    takes.deed("parts_manager", "reject", status=422, reject_reason="")
    takes.deed("parts_manager", "reject", reject_reason="到货未上架，请复盘")
    assert "到货未上架" in takes.page("parts_manager") and "840.00" not in takes.page("parts_manager")
    takes.count(shop.pads, "1")
    takes.deed("parts_clerk", "finish")
    assert "Nothing differs" in takes.page("parts_manager")
    takes.deed("parts_manager", "cancel", status=422, cancel_reason=" ")
    takes.deed("parts_manager", "cancel", cancel_reason="明天重盘")
    assert "明天重盘" in takes.page() and moved(session) == 0 and broken(session) == []
    takes.start()  # its shelves are free again


def test_the_approver_is_told_who_loses_his_part_and_the_order_is_short_at_once(
    takes: Takes, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    number = authorised(session, clock, shop, {shop.service: [(shop.filter, 3000)]}, promise=timedelta(hours=5)).number
    session.commit()
    takes.start()
    takes.twice(shop.filter, "1")
    takes.count(shop.pads, "1")
    takes.deed("parts_clerk", "finish")
    assert f"loses its part: {number}" in takes.page("manager")
    takes.deed("manager", "post")
    page = takes.client.get(takes.url).get_data(as_text=True)
    assert f"These orders lost a part: {number}" in page and f"lost its part: {number}" in page
    assert "Short of 2" in takes.client.as_("adviser", language="en").get(f"/orders/{number}").get_data(as_text=True)
    assert broken(session) == []


def test_of_two_who_post_at_the_same_time_one_does(
    app: Flask, takes: Takes, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    takes.start()
    takes.twice(shop.filter, "1")
    takes.count(shop.pads, "1")
    takes.deed("parts_clerk", "finish")
    version, ends = version_in(takes.page("manager")), []
    token = cast.session_token(session, "manager", clock)
    session.commit()

    def post(number: int) -> None:
        browser = PageClient(app, FixedClock(cast.OPENING)).browser
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        ends.append(browser.post(f"{takes.url}/post", data={"version": version, "_key": f"post {number}"}).status_code)

    threads = [threading.Thread(target=post, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ends) == [302, 409, 409, 409]
    assert moved(session) == 1 and broken(session) == []


def test_issues_while_it_is_counted_and_posted_leave_a_true_ledger(
    app: Flask, takes: Takes, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = authorised(session, clock, shop, {shop.service: [(shop.filter, 2000)]})
    number, line = order.number, order.part_lines[0].id
    session.commit()
    takes.start()
    takes.count(shop.pads, "1")
    target, ends = takes.line(shop.filter), []
    token = cast.session_token(session, "parts_clerk", clock)
    session.commit()

    def send(path: str, form: dict[str, Any]) -> None:
        browser = PageClient(app, FixedClock(cast.OPENING)).browser
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        ends.append(browser.post(path, data={"_key": f"{path} {form}", **form}).status_code)

    deeds = [
        (f"{takes.url}/lines/{target.id}", {"counted": "3", "version": target.version, "bin": "A-01-01"}),
        (f"/parts/orders/{number}/lines/{line}/issue", {"quantity": "1"}),
        (f"/parts/orders/{number}/lines/{line}/issue", {"quantity": "1.0"}),
    ]
    threads = [threading.Thread(target=send, args=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ends == [302, 302, 302]
    counted = takes.line(shop.filter)
    assert counted.book_milli in {3000, 2000, 1000}  # what the ledger said in that moment, whenever it was
    if counted.again:
        takes.count(shop.filter, "3", "parts_manager")
        counted = takes.line(shop.filter)
    difference = counted.variance_milli
    takes.deed("parts_clerk", "finish")
    takes.deed("manager", "post")
    session.rollback()
    on_hand = session.scalars(select(StockBalance.on_hand_milli).where(StockBalance.part_id == shop.filter)).one()
    assert on_hand == 1000 + difference and broken(session) == []
