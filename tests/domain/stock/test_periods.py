"""Closing the books: what the store was worth stays what it was, whatever is typed in later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.repair_orders import parts
from app.domain.stock import periods
from app.domain.stock.model import PeriodClose, StockMovement
from app.extensions import db
from app.kernel.clock import FixedClock, business_date
from app.kernel.errors import DomainError, Forbidden, InvalidInput
from app.kernel.unit_of_work import transact
from tests.support import cast
from tests.support.orders import broken
from tests.support.shop import SmallShop


def receive(session: Session, clock: FixedClock, part: int, milli: int, day: date | None = None) -> None:
    clerk, found = cast.acting(session, "parts_clerk"), session.get_one(Part, part)
    parts.receive_goods(
        session, clerk, clock, found, bin_code="B-1", quantity_milli=milli, unit_fen=113_00, posted_on=day
    )


def test_a_close_keeps_what_the_store_was_worth_at_the_end_of_the_day(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    manager, first = cast.acting(session, "parts_manager"), business_date(clock.now())
    with pytest.raises(InvalidInput):
        periods.close(session, manager, clock, first)  # it is not over
    clock.advance(timedelta(days=2))
    receive(session, clock, shop.headlight, 2000)
    receive(session, clock, shop.headlight, 1000, first)
    made = periods.close(session, manager, clock, first)
    by_part = {part.id: (milli, fen) for part, milli, fen in periods.values_of(session, made.id)}
    assert by_part[shop.headlight] == (1000, 100_00) and by_part[shop.filter][0] == 3000
    assert made.parts == 3 and made.value_fen == sum(fen for _milli, fen in by_part.values())
    with pytest.raises(InvalidInput) as refused:
        receive(session, clock, shop.headlight, 1000, first)
    assert refused.value.field == "posted_on" and str(first) in str(refused.value)
    receive(session, clock, shop.headlight, 1000, first + timedelta(days=1))
    with pytest.raises(InvalidInput):
        periods.close(session, manager, clock, first)
    periods.close(session, manager, clock, first + timedelta(days=1))
    assert broken(session) == []


def test_the_check_finds_what_was_posted_behind_a_close(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    day = business_date(clock.now())
    clock.advance(timedelta(days=2))
    periods.close(session, cast.acting(session, "parts_manager"), clock, day)
    receive(session, clock, shop.headlight, 1000)
    session.flush()
    row = session.scalars(select(StockMovement).order_by(StockMovement.id.desc())).first()
    assert row is not None and broken(session) == []
    copy = {c.name: getattr(row, c.name) for c in StockMovement.__table__.c if c.name not in {"id", "posted_on"}}
    session.add(StockMovement(**copy, posted_on=day))
    session.flush()
    assert any("close" in found.row for found in broken(session))


def test_days_ahead_and_of_another_year_are_refused(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    today = business_date(clock.now())
    for day in (today + timedelta(days=1), today - timedelta(days=365)):
        with pytest.raises(InvalidInput):
            receive(session, clock, shop.headlight, 1000, day)
    receive(session, clock, shop.headlight, 1000, today)
    row = session.scalars(select(StockMovement).order_by(StockMovement.id.desc())).first()
    assert row is not None and row.posted_on is None
    with pytest.raises(Forbidden):
        periods.close(session, cast.acting(session, "parts_clerk"), clock, today - timedelta(days=1))


def test_whoever_posts_into_the_past_while_it_is_closed_is_in_the_books_or_refused(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    day = business_date(clock.now())
    clock.advance(timedelta(days=2))
    session.commit()
    clerk, manager = cast.acting(session, "parts_clerk"), cast.acting(session, "parts_manager")
    session.commit()
    start, refused = threading.Barrier(5), []

    def post(own: Session) -> None:
        found = own.get_one(Part, shop.headlight)
        parts.receive_goods(
            own, clerk, clock, found, bin_code="B-1", quantity_milli=1000, unit_fen=113_00, posted_on=day
        )

    def run(work: Callable[[Session], Any]) -> None:
        with app.app_context(), Session(db.engine, expire_on_commit=False) as own:
            start.wait()
            try:
                transact(own, lambda: work(own), lambda seconds: None)
            except DomainError as error:
                refused.append(error)

    deeds = [post, post, lambda own: periods.close(own, manager, clock, day), post, post]
    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()
    made = session.scalars(select(PeriodClose).where(PeriodClose.through == day)).one()
    kept = {part.id: milli for part, milli, _fen in periods.values_of(session, made.id)}
    assert kept.get(shop.headlight, 0) == (4 - len(refused)) * 1000
    assert broken(session) == []
