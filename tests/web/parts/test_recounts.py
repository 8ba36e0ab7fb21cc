"""A line counted again at the screen: blind, by somebody else, or with leave and a reason."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.audit import AuditRow
from tests.support.orders import broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop
from tests.support.takes import Takes, paper, row


@pytest.fixture
def takes(client: PageClient, session: Session, shop: SmallShop) -> Takes:
    return Takes(client, session, shop)


def test_who_counts_sees_the_differences_only_when_they_are_posted(
    takes: Takes, session: Session, shop: SmallShop
) -> None:
    takes.start()
    takes.count(shop.filter, "2")
    takes.count(shop.pads, "1")
    takes.count(shop.filter, "2", "parts_manager")
    seen = row(takes.page(path="/count"), takes.line(shop.filter))
    assert "陆远" in seen and not re.search(r"\b2\b", seen.split("109")[1])  # what another counted is not for her
    assert re.search(r"\b1\b", row(takes.page(path="/count"), takes.line(shop.pads)))  # her own is
    takes.deed("parts_clerk", "finish")
    for path in (takes.url, "/parts/stock-takes", "/"):
        page = takes.client.as_("parts_clerk", language="en").get(path).get_data(as_text=True)
        assert "99.00" not in page and "Variance" not in page, path
    refused = takes.client.get(f"{takes.url}/variance.pdf", status=409).get_data(as_text=True)
    assert "shown to who posts them" in refused
    assert "-99.00" in paper(takes.client.as_("parts_manager").get(f"{takes.url}/variance.pdf").data)
    assert "99.00" in takes.page("manager") and "99.00" in takes.client.get("/parts/stock-takes").get_data(as_text=True)
    takes.deed("manager", "reject", reject_reason="少了一个滤芯")
    for path in ("", "/count"):
        assert "counted again" in takes.page(path=path) and "少了一个滤芯" not in takes.page(path=path)
    takes.count(shop.filter, "2")
    takes.deed("parts_clerk", "finish")
    takes.deed("manager", "cancel", cancel_reason="重盘")
    assert "99.00" not in takes.page()  # its shelves are counted anew
    assert "99.00" not in takes.client.get("/parts/stock-takes").get_data(as_text=True)
    takes.start()
    for who in ("parts_clerk", "parts_manager"):
        takes.count(shop.filter, "2", who)
    takes.count(shop.pads, "1")
    takes.deed("parts_clerk", "finish")
    takes.deed("manager", "post")
    assert "99.00" in takes.page() and "99.00" in takes.client.get("/parts/stock-takes").get_data(as_text=True)
    assert broken(session) == []


def test_who_counted_is_led_past_what_another_counts_again(takes: Takes, session: Session, shop: SmallShop) -> None:
    takes.start()
    on = takes.count(shop.filter, "2").headers["Location"]
    assert f"line={takes.line(shop.pads).id}" in on  # not back to her own line
    page = takes.page(path="/count")
    mine = row(page, takes.line(shop.filter))
    assert "Count again" in mine and "somebody else counts it again" in mine
    assert f'id="counted-{takes.line(shop.filter).id}"' not in page
    scanned = takes.client.post(f"{takes.url}/scan", {"scan": "A2701800109", "bin": "A-01-01"}, status=409)
    assert "somebody else counts it again" in scanned.get_data(as_text=True)
    takes.count(shop.filter, "2", status=409)
    takes.client.as_("parts_clerk", via="pin", language="en")
    line = takes.line(shop.filter)
    form = {"counted": "2", "version": line.version, "bin": "A-01-01"}
    takes.client.post(f"{takes.url}/lines/{line.id}", form, status=409)  # at a terminal she is who her PIN says
    assert takes.count(shop.pads, "1").headers["Location"] == takes.url
    page = takes.page()
    assert "What is left has to be counted again by somebody else" in page and "Go on counting" not in page
    sheet = paper(takes.client.get(f"{takes.url}/count-sheet.pdf").data)
    assert "not by 何苗" in sheet and "A2069005102" not in sheet
    assert "Go on counting" in takes.page("parts_manager")
    assert f'id="counted-{line.id}"' in takes.page("parts_manager", "/count")
    assert takes.count(shop.filter, "2", "parts_manager").headers["Location"] == takes.url
    assert broken(session) == []


def test_leave_to_count_again_alone_has_a_reason_that_stands_on_the_report(
    takes: Takes, session: Session, shop: SmallShop
) -> None:
    takes.start()
    takes.count(shop.filter, "2")
    takes.count(shop.pads, "1")
    assert "Nobody else is there" not in takes.page()
    takes.client.post(f"{takes.url}/allow", {"version": "1", "allow_reason": "只有我"}, status=403)
    assert "Nobody else is there" in takes.page("parts_manager")
    refused = takes.deed("parts_manager", "allow", status=422, allow_reason=" ").get_data(as_text=True)
    assert "Say why nobody else can count it again" in refused
    takes.deed("parts_manager", "allow", allow_reason="另一名配件员休假")
    assert "另一名配件员休假" in takes.page("parts_manager")
    assert "陆远 allowed that the same person counts again" in takes.page()
    takes.count(shop.filter, "2")
    takes.deed("parts_clerk", "finish")
    page = takes.page("parts_manager")
    assert "何苗 2 → 何苗 2" in page and "with leave" in page
    report = paper(takes.client.get(f"{takes.url}/variance.pdf").data)
    assert "另一名配件员休假" in report and "allowed by 陆远" in report and "with leave" in report
    takes.deed("parts_manager", "post")
    assert "另一名配件员休假" in takes.page() and broken(session) == []
    logged = session.scalars(select(AuditRow).where(AuditRow.action == "stock_take.allow")).one()
    assert "另一名配件员休假" in str(logged.details)
