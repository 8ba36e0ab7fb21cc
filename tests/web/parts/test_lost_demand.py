"""Lost demand in two taps: from the part's page, or from a search that found nothing."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.stock.model import LostDemand
from app.kernel.clock import FixedClock
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop


def tap(client: PageClient, page: str, button: str) -> None:
    """Press the one-tap form with this label on a page, with just what stands in it."""
    text = client.get(page).get_data(as_text=True)
    forms = re.findall(r'<form action="(/parts/lost)" method="post".*?</form>', text, re.S)
    whole = next(form for form in re.findall(r"<form .*?</form>", text, re.S) if f"{button}</button>" in form)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', whole))
    assert forms
    client.post("/parts/lost", fields)


def listed(client: PageClient) -> str:
    return client.get("/parts/lost").get_data(as_text=True)


def test_a_tap_on_the_part_and_a_tap_after_a_search_in_vain(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    client.as_("adviser", language="en")
    tap(client, f"/parts/{shop.headlight}", "Price refused")
    tap(client, "/parts/stock?q=雪地胎", "Not stocked")
    page = listed(client)
    assert "前照灯模块" in page and "雪地胎" in page
    assert re.search(r"Price refused</dt><dd>1<", page) and re.search(r"Out of stock</dt><dd>0<", page)
    rows = session.scalars(select(LostDemand).order_by(LostDemand.id)).all()
    assert [(r.part_id, r.words, r.reason.value) for r in rows] == [
        (shop.headlight, "", "price_refused"),
        (None, "雪地胎", "not_stocked"),
    ]


def test_a_slip_is_taken_back_by_whoever_made_it_and_stays_on_record(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    client.as_("adviser", language="en").post("/parts/lost", {"reason": "out_of_stock", "part": shop.pads})
    note = session.scalars(select(LostDemand.id)).one()
    session.rollback()
    client.as_("technician", language="en").post(f"/parts/lost/{note}/take-back", status=403)
    client.as_("adviser", language="en").post(f"/parts/lost/{note}/take-back")
    assert "前制动片套件" not in listed(client)
    client.post(f"/parts/lost/{note}/take-back", status=409)
    client.post("/parts/lost/999/take-back", status=404)
    assert session.scalars(select(LostDemand.id)).all() == [note]


def test_nothing_is_noted_that_says_nothing(client: PageClient, shop: SmallShop) -> None:
    client.as_("parts_clerk", language="en")
    for form, says, status in (
        ({"reason": "not_stocked", "words": "  "}, "Say what was asked for.", 422),
        ({"reason": "bored", "words": "机油"}, "Choose one of the possibilities.", 422),
        ({"reason": "not_stocked", "part": "99"}, "", 404),
        ({"reason": "not_stocked", "part": "x"}, "", 422),
    ):
        answer = client.post("/parts/lost", form, status=status).get_data(as_text=True)
        assert says in answer
        if form.get("words", "").strip():
            assert form["words"] in answer
    assert "Nothing was lost" in listed(client)


def test_what_is_older_than_three_months_is_history(client: PageClient, clock: FixedClock, shop: SmallShop) -> None:
    client.as_("parts_clerk", language="en").post("/parts/lost", {"reason": "time_refused", "words": "旧事"})
    assert "旧事" in listed(client)
    clock.advance(timedelta(days=91))
    client.as_("parts_clerk", language="en")
    assert "旧事" not in listed(client)
