"""Scrap: held back as soon as it is asked for, gone when somebody else approves it, free again when he does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.files.model import FileKind
from app.domain.repair_orders import parts, shelf
from app.domain.repair_orders.model import OrderEvent, PartLine
from app.domain.stock import operations as stock
from app.domain.stock import scrap
from app.domain.stock.model import MovementKind, ScrapReason, ScrapRequest, StockBalance, StockMovement, StockValue
from app.kernel.clock import FixedClock
from app.kernel.errors import Forbidden, InvalidInput, RuleBroken, WrongState
from tests.support import cast
from tests.support.orders import authorised, broken
from tests.support.shop import SmallShop
from tests.support.stored import stored


def ask(session: Session, clock: FixedClock, part: int, milli: int, **other: Any) -> tuple[ScrapRequest, shelf.Outcome]:
    balance = session.scalars(select(StockBalance).where(StockBalance.part_id == part)).one()
    facts: dict[str, Any] = {"reason": ScrapReason.DAMAGED, "words": "", **other}
    facts.setdefault("photo", stored(session, FileKind.PHOTO, clock.now()))
    clerk = cast.acting(session, "parts_clerk")
    return shelf.ask_for_scrap(session, clerk, clock, balance, quantity_milli=milli, **facts)


def free(session: Session, part: int) -> int:
    session.flush()
    left = select(StockBalance.on_hand_milli - StockBalance.reserved_milli).where(StockBalance.part_id == part)
    return sum(session.scalars(left))


def test_held_back_then_gone_at_average_cost(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    asked, outcome = ask(session, clock, shop.filter, 1000)
    assert outcome.lost == [] and free(session, shop.filter) == 2000 and asked.value_fen == 9900
    assert stock.reserve(session, shop.filter, "line", 99, 3000) == 2000  # what is held cannot be promised
    stock.release(session, "line", 99)
    assert broken(session) == []
    scrap.approve(session, cast.acting(session, "parts_manager"), clock, asked)
    (moved,) = session.scalars(select(StockMovement).where(StockMovement.kind == MovementKind.SCRAP))
    assert (moved.quantity_milli, moved.value_fen) == (-1000, -9900)
    assert session.get_one(StockValue, shop.filter, populate_existing=True).value_fen == 2 * 9900
    with pytest.raises(WrongState):
        scrap.approve(session, cast.acting(session, "manager"), clock, asked)
    assert broken(session) == []


def test_what_is_promised_and_spoilt_is_no_longer_promised(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    order = authorised(session, clock, shop, {shop.brakes: [(shop.pads, 1000)]}, promise=timedelta(hours=3))
    number, order_id = order.number, order.id
    asked, outcome = ask(session, clock, shop.pads, 1000)
    assert outcome.lost == [number]
    line = session.scalars(select(PartLine).where(PartLine.order_id == order_id)).one()
    assert line.reserved_milli == 0
    with pytest.raises(RuleBroken), session.begin_nested():
        parts.issue_line(session, cast.acting(session, "parts_clerk"), clock, line, 1000)
    moves = select(OrderEvent.move).where(OrderEvent.order_id == order_id, OrderEvent.move.like("parts%"))
    assert session.scalars(moves).all() == ["parts_lost"]
    back = shelf.refuse_scrap(session, cast.acting(session, "parts_manager"), clock, asked, "只是包装破损")
    assert back.served == [number] and line.reserved_milli == 1000
    assert session.scalars(moves).all() == ["parts_lost", "parts_arrive"] and broken(session) == []


def test_who_asked_does_not_decide_and_a_clerk_never(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    asked, _outcome = ask(session, clock, shop.filter, 1000)
    with pytest.raises(Forbidden):
        scrap.approve(session, cast.acting(session, "parts_clerk"), clock, asked)
    asked.asked_by_id = cast.person(session, "parts_manager").id
    with pytest.raises(Forbidden, match="somebody else"):
        scrap.approve(session, cast.acting(session, "parts_manager"), clock, asked)
    with pytest.raises(InvalidInput):
        shelf.refuse_scrap(session, cast.acting(session, "manager"), clock, asked, "  ")


def test_what_cannot_be_asked_for(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    for milli, other in ((0, {}), (-1, {}), (4000, {}), (1000, {"photo": None}), (1000, {"reason": ScrapReason.OTHER})):
        with pytest.raises(InvalidInput), session.begin_nested():
            ask(session, clock, shop.filter, milli, **other)
    ask(session, clock, shop.filter, 3000)
    with pytest.raises(RuleBroken, match="held for scrap"), session.begin_nested():
        ask(session, clock, shop.filter, 1000)
    assert len(session.scalars(select(ScrapRequest)).all()) == 1 and broken(session) == []
