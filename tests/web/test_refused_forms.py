"""A form that is refused says at each field what is wrong there, not only above all of them."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.orm import Session

from app.kernel.clock import FixedClock
from tests.support.page_client import PageClient
from tests.support.shop import Floor, SmallShop, open_small_shop


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    found = open_small_shop(session, clock)
    session.commit()
    return found


def marked(html: str) -> dict[str, str]:
    """Field id -> what stands below it, of the fields that are marked as wrong."""
    wrong = re.findall(r'<div class="field-error" id="([^"]+)-error">.*?<span>(.*?)</span>', html, re.DOTALL)
    return {name.removeprefix("f-"): text for name, text in wrong}


def test_everything_left_blank_is_marked_at_once(client: PageClient, shop: SmallShop) -> None:
    answer = client.as_("used_car_desk", language="en").post("/used-cars/enquiries", {"plate": "沪A12345"}, status=422)
    assert marked(answer.get_data(as_text=True)) == {
        "words": "Say what you want to know.",
        "due_at": "Fill this in.",
    }


def test_an_empty_number_is_asked_for_and_not_called_wrong(client: PageClient, shop: SmallShop) -> None:
    page = client.as_("parts_clerk", language="en")
    answer = page.post(f"/parts/{shop.filter}/receipts", {"bin": "A-01", "price": "1"}, status=422)
    assert marked(answer.get_data(as_text=True)) == {"quantity": "Fill this in."}


def test_only_the_form_that_was_sent_is_marked(client: PageClient, shop: SmallShop) -> None:
    answer = client.as_("administrator", language="en").post("/admin/staff/1/pin", {"pin": "1"}, status=422)
    assert marked(answer.get_data(as_text=True)) == {"pin": "A PIN has six digits."}


def test_a_customer_sees_which_question_is_open(client: PageClient, clock: FixedClock, shop: SmallShop) -> None:
    floor = Floor(client, shop, clock)
    floor.check_in()
    floor.add_job(shop.service)
    floor.give_estimate()
    sent = {"who": "王志澜", "signature": "", "version": floor.version()}
    page = client.as_("adviser", language="en").post(f"{floor.url}/sign", sent, status=422).get_data(as_text=True)
    assert page.count('<fieldset class="question is-invalid">') == 1
