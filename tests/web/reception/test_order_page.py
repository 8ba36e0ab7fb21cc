"""The order's page: what may be taken off, and what the history says in words."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape

import pytest
from markupsafe import escape
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.kernel.clock import FixedClock, shanghai
from tests.printing.reading import pages
from tests.support import cast
from tests.support.page_client import PageClient
from tests.support.shop import Floor, open_small_shop


@pytest.fixture
def floor(session: Session, client: PageClient, clock: FixedClock) -> Floor:
    """A car that is checked in, with a service on its order."""
    floor = Floor(client, open_small_shop(session, clock), clock)
    floor.check_in()
    floor.add_job(floor.shop.service)
    return floor


def test_a_job_added_by_mistake_comes_off_and_its_money_with_it(floor: Floor) -> None:
    floor.add_job(floor.shop.brakes)
    brakes = floor.order().jobs[1].id
    floor.add_part(brakes, floor.shop.pads)
    assert "2,687.00" in floor.page("adviser")  # 424.00 + 583.00 + 1,680.00
    floor.client.post(f"{floor.url}/jobs/{brakes}/remove", {"version": floor.version()})
    page = floor.page("adviser")
    assert f'id="job-{brakes}"' not in page and "2,687.00" not in page
    assert "更换前制动片 · 已撤项" in page
    assert "424.00" in floor.page("adviser", "/orders")
    floor.give_estimate()
    floor.sign({floor.order().jobs[0].id: "approved"})
    assert floor.order().state == "authorised"


def test_what_the_customer_has_answered_stays_on_record(floor: Floor) -> None:
    job = floor.order().jobs[0].id
    floor.give_estimate()
    floor.sign({job: "approved"})
    refused = floor.client.post(f"{floor.url}/jobs/{job}/remove", {"version": floor.version()}, status=409)
    assert "须保留记录" in refused.get_data(as_text=True)
    assert floor.order().jobs[0].state == "approved"


def test_nobody_takes_a_job_off_by_an_old_page(floor: Floor) -> None:
    job, old = floor.order().jobs[0].id, floor.version()
    floor.add_job(floor.shop.brakes)
    floor.client.post(f"{floor.url}/jobs/{job}/remove", {"version": old}, status=409)
    newest = floor.version()
    floor.client.as_("technician").post(f"{floor.url}/jobs/{job}/remove", {"version": newest}, status=403)
    assert floor.order().jobs[0].state == "proposed"


def test_the_history_says_why_a_job_rests(floor: Floor, session: Session, clock: FixedClock) -> None:
    job = floor.order().jobs[0].id
    floor.give_estimate()
    floor.sign({job: "approved"})
    technician = cast.person(session, "technician").id
    session.rollback()
    floor.assign(job, floor.order().jobs[0].version, technician)
    floor.client.as_("technician").post(f"/workshop/jobs/{job}/start")
    floor.client.post(f"/workshop/jobs/{job}/pause", {"reason": "parts"})
    page = floor.page("adviser")
    assert "A 类保养 · 已暂停" in page and "<p>等待配件</p>" in page


def test_a_later_promise_is_shown_with_who_and_why(floor: Floor, clock: FixedClock) -> None:
    floor.give_estimate()
    floor.sign({floor.order().jobs[0].id: "approved"})
    later = shanghai(clock.now() + timedelta(hours=20)).strftime("%Y-%m-%dT%H:%M")
    form = {"promised_at": later, "version": floor.version()}
    floor.client.post(f"{floor.url}/promise", {**form, "reason": ""}, status=422)
    floor.client.post(f"{floor.url}/promise", {**form, "reason": "等配件"})
    page = floor.page("adviser")
    assert "孟岚 · 等配件" in page and later[5:].replace("T", " ") in page


def test_who_gives_nothing_away_lets_the_shop_pay_for_nothing(floor: Floor) -> None:
    job = floor.order().jobs[0].id
    floor.add_part(job, floor.shop.filter)
    line, clerk = floor.order().part_lines[0].id, floor.client.as_("warranty_clerk")
    lines = f"{floor.url}/lines/{line}"
    for payer, status in (("goodwill", 403), ("internal", 403), ("warranty", 302)):
        new = {"operation": floor.shop.brakes, "payer": payer, "discount": ""}
        for path, form in (
            (f"{floor.url}/jobs", new),
            (f"{floor.url}/jobs/{job}", {"payer": payer, "discount": ""}),
            (lines, {"quantity": "1", "payer": payer, "discount": ""}),
        ):
            clerk.post(path, {**form, "version": floor.order().version}, status=status)
    assert {row.payer.value for row in floor.order().jobs} == {"warranty"}
    form = {"payer": "goodwill", "discount": ""}
    clerk.as_("adviser").post(f"{floor.url}/jobs/{job}", {**form, "version": floor.order().version})
    # What the shop pays already may be saved again by anybody who edits the order.
    clerk.as_("warranty_clerk").post(f"{floor.url}/jobs/{job}", {**form, "version": floor.order().version})


def shared(page: str, client: PageClient) -> str:
    """The fragment behind a page, as every screen of its kind gets it."""
    address = re.search(r'data-live-poll="([^"]+)"', page)
    assert address is not None
    return client.get(unescape(address[1])).get_data(as_text=True)


def test_the_shared_page_of_an_order_holds_nobodys_keys(floor: Floor) -> None:
    page = floor.page("adviser")
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)
    keys = re.findall(r'name="_key" value="([^"]+)"', page)
    assert token is not None and len(keys) > 3 and len(set(keys)) == len(keys)
    assert f'name="csrf_token" value="{token[1]}"' in page and "place-of-a" not in page
    fragment = shared(page, floor.client)
    assert token[1] not in fragment and not any(key in fragment for key in keys)
    assert set(re.findall(r'name="_key" value="([^"]+)"', fragment)) == {"place-of-a-key"}


def test_words_that_look_like_a_place_stay_words(session: Session, client: PageClient, clock: FixedClock) -> None:
    floor = Floor(client, open_small_shop(session, clock), clock)
    words = """place-of-a-token, "place-of-a-token" 'place-of-a-key'"""
    floor.check_in(words=words)
    page = floor.page("adviser")
    assert re.search(r'<blockquote class="words">(.*?)</blockquote>', page)[1] == str(escape(words))  # type: ignore[index]


def test_what_one_may_do_to_an_order_is_not_shown_to_another(floor: Floor) -> None:
    for _again in range(2):  # whoever comes first has it rendered
        page = floor.page("adviser")
        assert "424.00" in page and f'action="{floor.url}/jobs/' in page
        for who in ("technician", "parts_clerk", "cashier"):
            page = floor.page(who)
            fragment = shared(page, floor.client)
            for text in (page, fragment):
                assert "A 类保养" in text and f'action="{floor.url}/jobs/' not in text
                assert ("424.00" in text) is (who == "cashier")


def test_an_order_that_is_not_there_has_no_live_page_either(floor: Floor) -> None:
    floor.client.as_("adviser").get("/orders/RO-202611-0999", status=404)
    for address in ("/live/order/fragment?number=RO-202611-0999", "/live/order?number=nonsense", "/live/order"):
        floor.client.get(address, status=404)


def test_what_one_puts_into_an_address_is_on_nobody_elses_screen(floor: Floor, clock: FixedClock) -> None:
    floor.client.as_("manager")
    for path in ("/live/order/fragment", "/live/order"):
        clock.advance(timedelta(minutes=1))  # nothing is rendered yet for this minute
        answer = floor.client.browser.get(f"{path}?number={floor.number}&operation=SPOOF&part=SPOOF&job=1&finding=1")
        answer.close()  # a stream ends with its screen
        assert "SPOOF" not in floor.page("manager")


def test_a_price_that_he_was_shown_is_for_those_who_see_money(floor: Floor) -> None:
    job = floor.order().jobs[0].id
    floor.add_part(job, floor.shop.filter)
    floor.give_estimate()
    floor.sign({job: "approved"})
    assert "622.00" in floor.page("cashier")
    page = floor.page("technician")
    assert "客户的答复" in page and "622.00" not in page
    paper = f"{floor.url}/estimate.pdf"
    assert paper not in page and paper in floor.page("cashier")
    floor.client.as_("technician").get(paper, status=403)
    assert "622.00" in "".join(pages(floor.client.as_("cashier").get(paper).get_data()))


@pytest.mark.parametrize("address", ["order?number=", "order/fragment?number=", "orders/fragment?text="])
def test_odd_addresses_of_live_pages_are_refused_in_words(floor: Floor, address: str) -> None:
    floor.client.as_("adviser")
    for odd in ("%00", "a%00b", "%ED%A0%80", "%FF", "9" * 3000, "%25%5F", "RO-202611-0001%00"):
        answer = floor.client.browser.get(f"/live/{address}{odd}")
        assert answer.status_code in {200 if "text" in address else 404, 400}, odd  # a control character is no text


def test_a_signature_stands_only_under_what_it_was_given_for(floor: Floor) -> None:
    job, paper = floor.order().jobs[0].id, f"{floor.url}/estimate.pdf"

    def pictures() -> int:
        document = PdfReader(io.BytesIO(floor.client.as_("adviser").get(paper).get_data()))
        return sum(len(page.images) for page in document.pages)

    floor.give_estimate()
    before = pictures()
    floor.sign({job: "approved"})
    assert pictures() == before + 1
    floor.add_job(floor.shop.brakes)  # additional work, which waits for his answer
    assert pictures() == before
