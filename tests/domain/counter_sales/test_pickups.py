"""Accessories reserved online: kept for the one who asked, for some days, and then for everybody again."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.counter_sales import operations as sales
from app.domain.counter_sales import paying, pickups, queries
from app.domain.counter_sales.model import Pickup, PickupState
from app.domain.repair_orders.parts import receive_goods
from app.extensions import db
from app.kernel.actor import SYSTEM
from app.kernel.clock import FixedClock, shanghai
from app.kernel.errors import InvalidInput, NotFound, RuleBroken, WrongState
from app.kernel.unit_of_work import transact
from tests.domain.counter_sales.test_counter_sales import a_cart, cash, on_hand
from tests.support import cast
from tests.support.orders import broken
from tests.support.shop import SmallShop, open_small_shop


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    found = open_small_shop(session, clock)
    for part_id in (found.pads, found.filter):  # anything may be shown; these lie on the shelf
        part = session.get_one(Part, part_id)
        pickups.show(session, cast.acting(session, "parts_manager"), clock, part, online=True, words="适用 E 级")
    session.commit()
    return found


def ask(session: Session, clock: FixedClock, part_id: int, **more: object) -> Pickup:
    """A customer reserves a piece."""
    facts = {"name": "秦女士", "phone": "138 1234 5678", "pieces": 1, "consent": True, "address": "10.0.0.9"}
    return pickups.reserve(session, clock, part_id, secret="x", **{**facts, **more})  # type: ignore[arg-type]


def free(session: Session, part_id: int) -> bool:
    return queries.is_there(session, part_id)


def test_the_last_set_is_kept_for_whoever_asked_and_sold_to_him(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    cashier, pickup = cast.acting(session, "cashier"), ask(session, clock, shop.pads)
    assert f"{shanghai(pickup.held_until):%m-%d}" == "11-27" and not free(session, shop.pads)
    other = a_cart(session, clock, (shop.pads, 1000))
    with pytest.raises(RuleBroken), session.begin_nested():
        paying.pay(session, cashier, clock, other, other.version, [cash(168000)])
    cart = pickups.fetch(session, cashier, clock, pickup)
    assert pickups.fetch(session, cashier, clock, pickup) is cart  # a second tap opens the same one
    assert queries.free_of(session, cart) == {shop.pads: 1000}
    clock.advance(timedelta(days=5))
    assert pickups.expire(session, SYSTEM, clock) == 0  # he stands at the counter
    paying.pay(session, cashier, clock, cart, cart.version, [cash(168000)])
    assert pickup.state is PickupState.COLLECTED and on_hand(session, shop.pads) == 0
    assert (pickup.name, pickup.phone) == ("", "")
    assert broken(session) == []


def test_who_does_not_come_is_forgotten_and_his_piece_is_free(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    pickup = ask(session, clock, shop.pads)
    clock.advance(timedelta(days=3))
    assert pickups.expire(session, SYSTEM, clock) == 0  # the third day is not over
    clock.advance(timedelta(days=1))
    assert pickups.expire(session, SYSTEM, clock) == 1 and pickups.expire(session, SYSTEM, clock) == 0
    assert pickup.state is PickupState.EXPIRED and pickup.phone == "" and free(session, shop.pads)
    for deed in (pickups.fetch, pickups.cancel):
        with pytest.raises(WrongState):
            deed(session, cast.acting(session, "cashier"), clock, pickup)
    assert broken(session) == []


def test_a_cart_that_is_dropped_or_filled_otherwise_leaves_it_waiting(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    cashier, pickup = cast.acting(session, "cashier"), ask(session, clock, shop.pads)
    cart = pickups.fetch(session, cashier, clock, pickup)
    with pytest.raises(WrongState):
        pickups.cancel(session, cashier, clock, pickup)
    sales.drop(session, cashier, clock, cart)
    cart = pickups.fetch(session, cashier, clock, pickup)
    sales.remove_line(session, cashier, clock, cart, cart.lines[0].id)
    sales.add(session, cashier, clock, cart, session.get_one(Part, shop.filter))
    paying.pay(session, cashier, clock, cart, cart.version, [cash(19800)])
    assert pickup.state is PickupState.WAITING and pickup.sale_id is None and not free(session, shop.pads)
    pickups.cancel(session, cashier, clock, pickup)
    assert free(session, shop.pads)
    assert broken(session) == []


def test_a_reservation_says_what_it_wants(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    for wrong, field in (
        ({"name": " "}, "name"),
        ({"name": "长" * 41}, "name"),
        ({"phone": "021-60000000"}, "phone"),
        ({"phone": "none"}, "phone"),
        ({"pieces": 0}, "pieces"),
        ({"pieces": 4}, "pieces"),
        ({"consent": False}, "consent"),
    ):
        with pytest.raises(InvalidInput) as refused:
            ask(session, clock, shop.filter, **wrong)
        assert refused.value.field == field
    for part_id in (shop.headlight, 999):
        with pytest.raises(NotFound):
            ask(session, clock, part_id)
    with pytest.raises(RuleBroken), session.begin_nested():
        ask(session, clock, shop.pads, pieces=2)
    assert session.scalar(select(func.count()).select_from(Pickup)) == 0 and free(session, shop.pads)


def test_nobody_empties_the_shelf_by_typing(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    cashier = cast.acting(session, "cashier")
    for _ in range(3):
        ask(session, clock, shop.filter)
    with pytest.raises(RuleBroken):  # this telephone has three
        ask(session, clock, shop.pads, address="10.0.0.10")
    for pickup in session.scalars(select(Pickup)).all():
        pickups.cancel(session, cashier, clock, pickup)
    for number in range(3):
        ask(session, clock, shop.filter, phone=f"1380000000{number}")
    with pytest.raises(RuleBroken):  # six from here within the hour
        ask(session, clock, shop.pads, phone="13900000000")
    clock.advance(timedelta(hours=1, minutes=1))
    ask(session, clock, shop.pads, phone="13900000000")
    assert "10.0.0" not in str(session.scalars(select(Pickup.address)).all())


def all_at_once(app: Flask, clock: FixedClock, part_id: int, asked: list[dict[str, str]]) -> Counter[str]:
    """Each of these reserves a piece on a connection of his own, in the same moment."""
    with app.app_context():
        engine = db.engine
    gate, ends = threading.Barrier(len(asked)), Counter[str]()

    def reserve(who: dict[str, str]) -> None:
        gate.wait()
        try:
            with Session(engine) as own:
                transact(own, lambda: ask(own, clock, part_id, **who), lambda _seconds: None)
            ends["kept"] += 1
        except RuleBroken:
            ends["refused"] += 1
        except Exception as error:
            ends[repr(error)] += 1

    threads = [threading.Thread(target=reserve, args=(who,)) for who in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


def test_of_many_customers_who_reserve_the_last_set_one_gets_it(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    session.rollback()
    asked = [{"phone": f"1390000000{n}", "address": f"10.1.0.{n}"} for n in range(8)]
    assert all_at_once(app, clock, shop.pads, asked) == {"kept": 1, "refused": 7}
    assert broken(session) == []


def test_what_one_customer_may_reserve_is_no_more_when_he_asks_many_times_at_once(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clerk, part = cast.acting(session, "parts_clerk"), session.get_one(Part, shop.filter)
    receive_goods(session, clerk, clock, part, bin_code="B-1", quantity_milli=20_000, unit_fen=100)
    session.commit()
    one_phone = [{"phone": "13900000000", "address": f"10.1.0.{n}"} for n in range(8)]
    assert all_at_once(app, clock, shop.filter, one_phone) == {"kept": 3, "refused": 5}
    one_address = [{"phone": f"1380000000{n}", "address": "10.2.0.1"} for n in range(8)]
    assert all_at_once(app, clock, shop.filter, one_address) == {"kept": 6, "refused": 2}
    assert broken(session) == []
