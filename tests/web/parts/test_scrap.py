"""Scrap at the screen: a photo that survives a refused form, and a decision by somebody else."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.stock.model import MovementKind, StockBalance, StockMovement
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.orders import authorised, broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, photo

MULTIPART = {"content_type": "multipart/form-data"}


def form(session: Session, part: int, **other: Any) -> dict[str, Any]:
    balance = session.scalar(select(StockBalance.id).where(StockBalance.part_id == part))
    session.rollback()
    return {"balance": balance, "quantity": "1", "reason": "damaged", "words": "压坏了", **other}


def picture(client: PageClient, who: str = "parts_clerk") -> int:
    sent = {"photo": (photo(), "报废.jpg")}
    found: int = client.as_(who, language="en").post("/parts/scrap/photos", sent, status=200, **MULTIPART).json["id"]  # type: ignore[index]
    return found


def gone(session: Session) -> int:
    session.rollback()
    of_scrap = select(func.count()).select_from(StockMovement).where(StockMovement.kind == MovementKind.SCRAP)
    found = session.execute(of_scrap).scalar_one()
    session.rollback()
    return found


def test_asked_with_a_photo_and_approved_by_the_manager(session: Session, client: PageClient, shop: SmallShop) -> None:
    id_ = picture(client)
    client.post(f"/parts/{shop.filter}/scrap", form(session, shop.filter, photo_id=id_))
    page = client.get("/parts/scrap").get_data(as_text=True)
    assert "Held back" in page and "99.00" in page and f"/files/{id_}" in page and "Scrap it" not in page
    client.post("/parts/scrap/1/approve", status=403)
    page = client.as_("parts_manager", language="en").get("/").get_data(as_text=True)
    assert "Scrap to decide on" in page
    client.post("/parts/scrap/1/approve")
    assert "Scrapped in all: ¥ 99.00" in client.get("/parts/scrap").get_data(as_text=True)
    client.post("/parts/scrap/1/refuse", {"answer": "留"}, status=409)
    assert gone(session) == 1 and broken(session) == []


def test_a_refused_form_keeps_the_photo_and_every_word(session: Session, client: PageClient, shop: SmallShop) -> None:
    id_ = picture(client)
    here = f"/parts/{shop.filter}/scrap"
    for change, says in (
        ({"quantity": "9"}, "Not so many lie in this bin"),
        ({"quantity": "-1"}, "not a quantity"),
        ({"quantity": ""}, "Fill this in"),
        ({"reason": "moon"}, "Choose one"),
        ({"reason": "other", "words": ""}, "Say in words why"),
    ):
        page = client.post(here, form(session, shop.filter, photo_id=id_, **change), status=422).get_data(as_text=True)
        assert says in page and f'name="photo_id" value="{id_}"' in page, change
        assert change.get("words", "压坏了") in page
    assert "Take a photo" in client.post(here, form(session, shop.filter), status=422).get_data(as_text=True)
    other = picture(client, "parts_manager")  # somebody else's photo is none of mine
    client.as_("parts_clerk", language="en").post(here, form(session, shop.filter, photo_id=other), status=422)
    client.post("/parts/scrap/photos", {"photo": (photo(), "")}, status=422, **MULTIPART)
    elsewhere = form(session, shop.pads, photo_id=id_)
    client.post(here, elsewhere, status=404)
    client.as_("technician").post(here, form(session, shop.filter, photo_id=id_), status=403)


def test_without_script_the_photo_comes_with_the_form(session: Session, client: PageClient, shop: SmallShop) -> None:
    sent = {**form(session, shop.filter), "photo": (photo(), "报废.jpg")}
    client.as_("parts_clerk").post(f"/parts/{shop.filter}/scrap", sent, **MULTIPART)
    assert "压坏了" in client.get("/parts/scrap").get_data(as_text=True)


def test_kept_for_a_reason_it_serves_the_car_that_waited(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    number = authorised(session, clock, shop, {shop.brakes: [(shop.pads, 1000)]}, promise=timedelta(hours=4)).number
    session.commit()
    client.as_("parts_clerk", language="en").post(
        f"/parts/{shop.pads}/scrap", form(session, shop.pads, photo_id=picture(client))
    )
    assert f"These orders lost a part: {number}" in client.get("/parts/scrap").get_data(as_text=True)
    client.as_("parts_manager", language="en").post("/parts/scrap/1/refuse", {"answer": " "}, status=422)
    client.post("/parts/scrap/1/refuse", {"answer": "只是外包装破损"})
    page = client.get("/parts/scrap").get_data(as_text=True)
    assert f"Served from it: {number}" in page and "只是外包装破损" in page
    assert gone(session) == 0 and broken(session) == []


def test_of_many_who_decide_at_once_one_does(
    app: Flask, session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    client.as_("parts_clerk").post(f"/parts/{shop.filter}/scrap", form(session, shop.filter, photo_id=picture(client)))
    token, ends = cast.session_token(session, "parts_manager", clock), []
    session.commit()

    def decide(number: int) -> None:
        browser = PageClient(app, FixedClock(cast.OPENING)).browser
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        deed, words = ("approve", {}) if number % 2 else ("refuse", {"answer": "留用"})
        ends.append(browser.post(f"/parts/scrap/1/{deed}", data={"_key": f"decide {number}", **words}).status_code)

    threads = [threading.Thread(target=decide, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ends) == [302] + [409] * 5 and broken(session) == []
