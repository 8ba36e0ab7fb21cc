"""A quick order: everything on the form is on the order, at the catalogue's price, or nothing is."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part
from app.domain.repair_orders.lines import change_job
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.queries import order_by_number
from app.domain.repair_orders.quick_order import open_with_lines
from app.domain.repair_orders.states import Payer, RepairKind
from app.domain.vehicles.model import Vehicle
from app.kernel.clock import FixedClock
from app.kernel.errors import DomainError
from tests.support import cast
from tests.support.orders import broken
from tests.support.shop import SmallShop


def order(
    session: Session, clock: FixedClock, shop: SmallShop, operations: list[int], parts: list[int], words: str = "保养"
) -> RepairOrder:
    number = open_with_lines(
        session,
        cast.acting(session, "adviser"),
        clock,
        session.get_one(Vehicle, shop.vehicle),
        words,
        RepairKind.MINOR,
        [session.get_one(Operation, id_) for id_ in operations],
        [(session.get_one(Part, id_), 2000) for id_ in parts],
    )
    return order_by_number(session, number)


def test_jobs_come_in_the_order_of_the_form_and_parts_with_the_last(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    made = order(session, clock, shop, [shop.brakes, shop.service], [shop.filter])
    session.commit()
    assert [(job.position, job.code, job.amount_fen) for job in made.jobs] == [
        (1, "42-1180", 58300),
        (2, "00-2095", 42400),
    ]
    first, last = made.jobs
    assert not first.part_lines and [(line.number, line.amount_fen) for line in last.part_lines] == [
        ("A2701800109", 39600)
    ]
    assert broken(session) == []
    # A job like any other: it can be changed, and its version tells who was late.
    before = first.version
    change_job(session, cast.acting(session, "manager"), clock, first, payer=Payer.CUSTOMER, discount_permille=100)
    session.commit()
    assert (first.amount_fen, first.version) == (52470, before + 1)


@pytest.mark.parametrize("fault", ["no words", "a part without a job", "no owner", "no longer offered"])
def test_what_cannot_be_an_order_leaves_none(session: Session, clock: FixedClock, shop: SmallShop, fault: str) -> None:
    if fault == "no owner":
        session.get_one(Vehicle, shop.vehicle).owner_id = None
    if fault == "no longer offered":
        session.get_one(Operation, shop.service).active = False
    session.commit()
    operations = [] if fault == "a part without a job" else [shop.service]
    parts = [shop.filter] if fault == "a part without a job" else []
    with pytest.raises(DomainError):
        order(session, clock, shop, operations, parts, " " if fault == "no words" else "保养")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(RepairOrder)) == 0
