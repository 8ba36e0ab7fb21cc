"""The tool crib as the clerk uses it: scan a tag, scan a tool, scan it again when it comes back."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.domain.tools.states import ReturnCondition
from app.kernel.clock import FixedClock
from tests.domain.tools.test_tools import enter, today
from tests.support import cast
from tests.support.orders import broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, photo


@pytest.fixture
def wrench(session: Session, clock: FixedClock, shop: SmallShop) -> int:
    """A calibrated torque wrench, GJ-0002."""
    tool = enter(session, clock, last=today(clock) - timedelta(days=10))
    session.commit()
    return tool.id


def shown(client: PageClient, path: str) -> str:
    """The words of a page."""
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", client.get(path).get_data(as_text=True)))


def id_of(session: Session, who: str) -> int:
    found = cast.person(session, who).id
    session.rollback()
    return found


def test_a_tag_then_a_tool_lends_it_and_its_scan_brings_it_back(
    session: Session, client: PageClient, wrench: int
) -> None:
    holder = id_of(session, "technician")
    client.as_("parts_clerk", language="en")
    here = client.post("/parts/tools/scan", {"scan": f"P-{holder}"}).headers["Location"]
    assert here == f"/parts/tools?who={holder}"
    assert "Nothing borrowed" in shown(client, here)
    client.post("/parts/tools/scan", {"scan": "gj-0002", "who": holder})
    page = shown(client, here)
    assert "Due back 11-24 18:00" in page and page.count(cast.PEOPLE["technician"][0]) >= 2
    # Whoever else is chosen: a tool that is out opens where it is taken back.
    assert client.post("/parts/tools/scan", {"scan": "GJ-0002"}).headers["Location"] == f"/parts/tools/{wrench}"
    client.post(f"/parts/tools/{wrench}/return", {"condition": "fine"})
    assert "Came back" in shown(client, f"/parts/tools/{wrench}")
    assert broken(session) == []


def test_an_unknown_code_says_so_and_keeps_who_was_chosen(session: Session, client: PageClient, wrench: int) -> None:
    form = {"scan": "GJ-0999", "who": id_of(session, "technician")}
    page = client.as_("parts_clerk", language="en").post("/parts/tools/scan", form, status=422).get_data(as_text=True)
    assert "No tool and nobody here goes by “GJ-0999”." in page
    assert 'value="GJ-0999"' in page and f'<option value="{form["who"]}" selected' in page
    for strange in ("x", "0", "99999999999"):
        client.post("/parts/tools/scan", {"scan": "GJ-0999", "who": strange}, status=422)
    client.post("/parts/tools/scan", {"scan": "GJ-0002", "who": "99999"}, status=404)


def test_the_page_names_the_day_on_which_the_calibration_ended(
    session: Session, client: PageClient, clock: FixedClock, wrench: int
) -> None:
    clock.advance(timedelta(days=356))  # one day beyond the year
    client.as_("parts_clerk", language="en")
    page = shown(client, f"/parts/tools/{wrench}")
    assert "Its calibration ended on 2027-11-14." in page
    answer = client.post(f"/parts/tools/{wrench}/lend", {"holder": id_of(session, "technician")}, status=409)
    assert "Its calibration ended on 2027-11-14." in answer.get_data(as_text=True)
    assert "Tools to calibrate" in shown(client, "/")


def test_what_is_not_brought_back_stands_on_the_desks_morning_and_on_the_technicians_page(
    session: Session, client: PageClient, clock: FixedClock, wrench: int
) -> None:
    holder = id_of(session, "technician")
    client.as_("parts_clerk", language="en").post(f"/parts/tools/{wrench}/lend", {"holder": holder})
    assert "Tools not brought back" not in shown(client, "/")
    assert "Bring back by 11-24 18:00" in shown(client.as_("technician", language="en"), "/workshop/my-jobs")
    clock.advance(timedelta(days=1))
    assert "Bring back: 扭力扳手" in shown(client.as_("technician", language="en"), "/workshop/my-jobs")
    assert "Bring back" not in shown(client.as_("second_technician", language="en"), "/workshop/my-jobs")
    assert "Tools not brought back" in shown(client.as_("parts_clerk", language="en"), "/")
    assert "Overdue since 11-24 18:00" in shown(client, "/parts/tools?only=overdue")


def test_a_damaged_one_wants_words_and_what_was_chosen_stays(session: Session, client: PageClient, wrench: int) -> None:
    client.as_("parts_clerk", language="en").post(
        f"/parts/tools/{wrench}/lend", {"holder": id_of(session, "technician")}
    )
    form = {"condition": ReturnCondition.DAMAGED.value, "words": ""}
    page = client.post(f"/parts/tools/{wrench}/return", form, status=422).get_data(as_text=True)
    assert "Say what happened to it." in page and re.search(r'value="damaged" checked', page)
    client.post(f"/parts/tools/{wrench}/return", {**form, "words": "掉在地沟里"})
    assert "掉在地沟里" in shown(client, f"/parts/tools/{wrench}") and "Broken" in shown(client, "/parts/tools")


def test_the_manager_enters_a_tool_and_what_was_typed_stays_when_it_is_refused(
    session: Session, client: PageClient, wrench: int
) -> None:
    client.as_("parts_clerk").get("/parts/tools/new", status=403)
    client.as_("parts_manager", language="en")
    assert 'value="GJ-0003"' in client.get("/parts/tools/new").get_data(as_text=True)
    form = {"number": "GJ-0002", "name": "绝缘手套", "kind": "insulating", "place": "高压柜", "calibration_days": "183"}
    for wrong, says in (
        ({}, "Another tool has the number GJ-0002."),
        ({"number": ""}, "Give the tool a number"),
        ({"number": "X", "name": " "}, "Give the tool a name."),
        ({"number": "X", "calibration_days": "0"}, "Take a number from 1 to 3650."),
        ({"number": "X", "calibration_days": "often"}, "A whole number is needed here."),
        ({"number": "X", "kind": "weapon"}, "Choose one of the possibilities."),
        ({"number": "X", "calibrated_on": "2027-01-01"}, "This day has not come yet."),
        ({"number": "X", "calibrated_on": "yesterday"}, "is not a date"),
        ({"number": "X", "calibrated_on": "2026-11-01", "calibration_days": ""}, "Say after how many days"),
    ):
        page = client.post("/parts/tools/new", {**form, **wrong}, status=422).get_data(as_text=True)
        assert says in page and "高压柜" in page, wrong
    where = client.post("/parts/tools/new", {**form, "number": "gj-0010"}).headers["Location"]
    assert "Never calibrated" in shown(client, where)
    broken_paper = {"done_on": "2026-11-24", "certificate": "JL-1", "photo": (io.BytesIO(b"no photo"), "x.jpg")}
    send = {"content_type": "multipart/form-data"}
    answer = client.post(f"{where}/calibrations", broken_paper, status=422, **send).get_data(as_text=True)
    assert "This is not a photo that can be read." in answer and "JL-1" in answer
    client.post(f"{where}/calibrations", {**broken_paper, "photo": (photo(), "x.jpg")}, **send)
    page = client.get(where).get_data(as_text=True)
    picture = re.search(r'href="(/parts/tools/\d+/certificates/\d+)"', page)
    assert picture and client.browser.get(picture[1]).mimetype == "image/jpeg"
    client.get(picture[1].replace(where, f"/parts/tools/{wrench}"), status=404)  # another tool's certificate
    assert "2027-05-26" in page
    assert broken(session) == []


def test_labels_and_name_tags_read_what_the_scanner_sends(session: Session, client: PageClient, wrench: int) -> None:
    holder = id_of(session, "technician")
    client.as_("parts_clerk")
    for path, words in (
        ("/parts/tools/labels.pdf", ("GJ-0002", "TW200-11862")),
        (f"/parts/tools/labels.pdf?tool={wrench}&skip=23", ("GJ-0002",)),
        ("/parts/tools/name-tags.pdf", (f"P-{holder}", cast.PEOPLE["technician"][0])),
    ):
        (page,) = PdfReader(io.BytesIO(client.get(path).data)).pages
        text = re.sub(r"\s", "", page.extract_text())
        assert all(word in text for word in words), path
    client.get("/parts/tools/labels.pdf?tool=999", status=404)
