"""The clerk moves what lies in one bin to another, and never what is promised to an order."""

from __future__ import annotations

import threading
from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.stock.model import StockBalance, StockMovement, StockValue
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.orders import authorised, broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop


def shelves(session: Session, part: int) -> dict[str, int]:
    session.rollback()
    rows = session.scalars(select(StockBalance).where(StockBalance.part_id == part)).all()
    for row in rows:
        session.refresh(row)
    return {row.bin.code: row.on_hand_milli for row in rows}


def balance_of(session: Session, part: int) -> int:
    found = session.scalar(select(StockBalance.id).where(StockBalance.part_id == part))
    session.rollback()
    assert found is not None
    return found


def test_two_of_three_go_to_another_bin_and_keep_their_value(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    page, balance = f"/parts/{shop.filter}", balance_of(session, shop.filter)
    worth = session.get_one(StockValue, shop.filter).value_fen
    session.rollback()
    form = {"balance": balance, "to_bin": " b-07 ", "quantity": "2", "reason": "腾位"}
    client.as_("parts_clerk", language="en").post(f"{page}/transfers", form)
    text = client.get(page).get_data(as_text=True)
    assert "Moved to B-07." in text and "Transfer" in text and "腾位" in text
    assert shelves(session, shop.filter) == {"A-01-01": 1000, "B-07": 2000}
    moved = session.scalars(select(StockMovement).where(StockMovement.source == "transfer")).all()
    assert sorted(m.quantity_milli for m in moved) == [-2000, 2000] and sum(m.value_fen for m in moved) == 0
    assert session.get_one(StockValue, shop.filter).value_fen == worth
    assert broken(session) == []


def test_what_is_refused_says_why_and_keeps_what_was_typed(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    authorised(session, clock, shop, {shop.service: [(shop.filter, 2000)]}, promise=timedelta(hours=4))
    session.commit()
    page, balance = f"/parts/{shop.filter}", balance_of(session, shop.filter)
    client.as_("parts_clerk", language="en")
    for change, says, status in (
        ({"quantity": "2"}, "Not so many lie free in this bin", 409),
        ({"quantity": "0"}, "The quantity must be above zero.", 422),
        ({"quantity": "-1"}, "", 422),
        ({"quantity": "x"}, "", 422),
        ({"to_bin": "A-01-01"}, "It lies in this bin already.", 422),
        ({"to_bin": ""}, "Give the bin a code", 422),
    ):
        form = {"balance": balance, "to_bin": "B-07", "quantity": "1", "reason": "腾出货位", **change}
        answer = client.post(f"{page}/transfers", form, status=status).get_data(as_text=True)
        assert says in answer and "腾出货位" in answer, change
    assert shelves(session, shop.filter) == {"A-01-01": 3000}
    # That of another part is not there, and not everybody may.
    other = {"balance": balance, "to_bin": "B-07", "quantity": "1"}
    client.post(f"/parts/{shop.pads}/transfers", other, status=404)
    client.as_("technician").post(f"{page}/transfers", other, status=403)


def test_of_many_who_move_the_last_piece_one_does(
    app: Flask, session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    balance, ends = balance_of(session, shop.pads), []
    token = cast.session_token(session, "parts_clerk", clock)
    session.commit()

    def move(number: int) -> None:
        browser = PageClient(app, FixedClock(cast.OPENING)).browser
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        form = {"balance": balance, "to_bin": f"B-{number}", "quantity": "1", "_key": f"move {number}"}
        ends.append(browser.post(f"/parts/{shop.pads}/transfers", data=form).status_code)

    threads = [threading.Thread(target=move, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ends) == [302] + [409] * 7
    assert sum(shelves(session, shop.pads).values()) == 1000
    assert broken(session) == []
