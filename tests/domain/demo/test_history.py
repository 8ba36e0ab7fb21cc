"""The demo's history: what it looks like to a person, and that it keeps every rule that the operations keep."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.cli.check import load_checks
from app.domain.appointments.model import Appointment, AppointmentState
from app.domain.billing.model import Settlement
from app.domain.care.model import FollowUp, FollowUpState
from app.domain.demo.opening_days import is_open
from app.domain.demo.shop import open_shop
from app.domain.repair_orders.model import Job, PartLine, PromiseChange, RepairOrder
from app.domain.repair_orders.reception_model import Recommendation
from app.domain.repair_orders.states import JobState, OrderState
from app.domain.stock.model import StockBalance
from app.domain.vehicles.model import MileageReading
from app.domain.workshop.model import ClockEntry
from app.extensions import db
from app.kernel import audit, invariants
from app.kernel.clock import FixedClock, at_shop, business_date, shanghai
from tests.conftest import make_app
from tests.support.page_client import PageClient

DAYS, PER_DAY = 73, 6  # a fifth of a year
FAR = at_shop(date(2026, 12, 24))


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> Session:
    """A shop with a fifth of a year behind it."""
    open_shop(session, "x", "x", days=DAYS, orders_per_day=PER_DAY, now=clock.now())
    session.commit()
    return session


def _finished(session: Session, clock: FixedClock) -> list[RepairOrder]:
    today = at_shop(business_date(clock.now()))
    return list(session.scalars(select(RepairOrder).where(RepairOrder.created_at < today).order_by(RepairOrder.id)))


def _broken(session: Session) -> list[str]:
    load_checks()
    return [f"{found.invariant}: {found.row}" for found in invariants.broken(session)]


def test_history_holds_every_invariant_and_its_audit_chain_holds(shop: Session) -> None:
    assert _broken(shop) == []
    assert len(invariants.declared()) > 20
    assert list(audit.verify(shop)) == []
    assert audit.revision(shop) > 20 * DAYS * PER_DAY * 0.6


def test_appointments_that_the_last_days_have_no_room_for_are_missed_ones(session: Session, clock: FixedClock) -> None:
    # Busy enough that some of the last cars would not be ready: their places and hours are given back.
    open_shop(session, "x", "x", days=25, orders_per_day=20, now=clock.now())
    session.commit()
    yesterday = business_date(clock.now()) - timedelta(days=1)
    of_the_last_days = select(Appointment.state).where(
        Appointment.day.between(yesterday - timedelta(days=2), yesterday)
    )
    states = list(session.scalars(of_the_last_days))
    assert AppointmentState.NO_SHOW in states
    assert AppointmentState.BOOKED not in states
    assert _broken(session) == []
    assert list(audit.verify(session)) == []


def test_same_seed_makes_the_same_history_on_either_database(
    shop: Session, clock: FixedClock, sqlite_template: Path, tmp_path: Path
) -> None:
    def last_hash(session: Session) -> tuple[int, str]:
        today = at_shop(business_date(clock.now()))
        rows = select(audit.AuditRow.seq, audit.AuditRow.hash).where(audit.AuditRow.at < today)
        return session.execute(rows.order_by(audit.AuditRow.seq.desc()).limit(1)).one()._tuple()

    here = last_hash(shop)
    elsewhere = {}
    for seed in (1886, 1887):
        folder = tmp_path / str(seed)
        folder.mkdir()
        shutil.copy(sqlite_template, folder / "portal.sqlite3")
        other = make_app(f"sqlite:///{folder / 'portal.sqlite3'}", folder)
        with other.app_context(), Session(db.engine) as session:
            open_shop(session, "x", "x", days=DAYS, orders_per_day=PER_DAY, now=clock.now(), seed=seed)
            session.commit()
            elsewhere[seed] = last_hash(session)
            db.engine.dispose()
    assert elsewhere[1886] == here
    assert elsewhere[1887] != here


def test_manager_sees_the_figures_of_a_believable_shop(shop: Session, clock: FixedClock) -> None:
    orders = _finished(shop, clock)
    assert 0.6 * DAYS * PER_DAY < len(orders) < 1.2 * DAYS * PER_DAY
    on_time = sum(order.delivered_at <= order.first_promised_at for order in orders) / len(orders)  # type: ignore[operator]
    assert 0.84 < on_time < 0.98
    reached = list(shop.scalars(select(FollowUp).where(FollowUp.state == FollowUpState.REACHED)))
    assert len(reached) > len(orders) * 0.8
    assert 0.9 < sum(bool(call.fixed_first_visit) for call in reached) / len(reached) < 1
    assert any(order.comeback_of_id for order in orders)
    payers = shop.execute(select(Settlement.order_id, func.count()).group_by(Settlement.order_id)).all()
    assert max(count for _, count in payers) >= 2
    by_name = dict(shop.execute(select(Job.name, func.count()).group_by(Job.name)).tuples().all())
    assert max(by_name, key=lambda name: by_name[name]) == "A 类保养"
    assert shop.scalar(select(func.count()).where(Job.discount_permille > 0))
    assert shop.scalar(select(func.count(PromiseChange.id)))
    assert shop.scalar(select(func.count(Recommendation.id)).where(Recommendation.settled_at.is_(None)))
    states = dict(shop.execute(select(Appointment.state, func.count()).group_by(Appointment.state)).tuples().all())
    assert states[AppointmentState.ARRIVED] > states[AppointmentState.NO_SHOW] > 0


def test_nobody_works_while_the_shop_is_closed(shop: Session, clock: FixedClock) -> None:
    today = at_shop(business_date(clock.now()))
    for order in _finished(shop, clock):
        assert order.delivered_at is not None
        for moment in (order.created_at, order.delivered_at):
            assert is_open(business_date(moment).toordinal())
            assert 8 <= shanghai(moment).hour < 18 or shanghai(moment).strftime("%H:%M") == "18:00", order.number
        assert order.created_at < order.settled_at < order.delivered_at  # type: ignore[operator]
    for entry in shop.scalars(select(ClockEntry).where(ClockEntry.started_at < today)):
        assert entry.ended_at is not None
        assert 8 <= shanghai(entry.started_at).hour < 18
        assert business_date(entry.started_at) == business_date(entry.ended_at)


def test_shop_rests_over_the_spring_festival() -> None:
    eve = date(2026, 2, 16)
    assert not any(is_open((eve + timedelta(days=day)).toordinal()) for day in range(6))
    assert is_open((eve - timedelta(days=1)).toordinal())
    assert is_open((eve + timedelta(days=6)).toordinal())


def test_car_that_came_before_shows_its_visits_with_rising_mileage(
    shop: Session, client: PageClient, clock: FixedClock
) -> None:
    twice = (
        select(RepairOrder.vehicle_id).group_by(RepairOrder.vehicle_id).having(func.count() > 1).order_by(func.count())
    )
    vehicle = shop.scalars(twice).all()[-1]
    readings = list(
        shop.scalars(select(MileageReading.km).where(MileageReading.vehicle_id == vehicle).order_by(MileageReading.id))
    )
    assert readings == sorted(set(readings))
    numbers = list(shop.scalars(select(RepairOrder.number).where(RepairOrder.vehicle_id == vehicle)))
    shop.rollback()
    page = client.as_("adviser").get(f"/vehicles/{vehicle}").get_data(as_text=True)
    assert all(number in page for number in numbers)


def test_page_of_an_old_order_tells_who_did_what(shop: Session, client: PageClient, clock: FixedClock) -> None:
    order = next(order for order in _finished(shop, clock) if order.state is OrderState.CLOSED)
    technician = shop.scalars(select(Job).where(Job.order_id == order.id)).first().technician.name  # type: ignore[union-attr]
    number = order.number
    shop.rollback()
    assert technician in client.as_("manager").get(f"/orders/{number}").get_data(as_text=True)


BREAKS = {
    "unbroken chain": lambda: update(Job).where(Job.state == JobState.PASSED).values(state=JobState.DONE),
    "issued and reserved": lambda: update(PartLine).where(PartLine.issued_milli > 0).values(reserved_milli=1),
    "amounts of jobs": lambda: update(Job).where(Job.position == 1).values(amount_fen=Job.amount_fen + 1),
    "shares of a settled order": lambda: update(PartLine).values(amount_fen=PartLine.amount_fen + 1),
    "first promised": lambda: update(RepairOrder).values(first_promised_at=RepairOrder.created_at),
    "order numbers": lambda: update(RepairOrder).where(RepairOrder.id == 5).values(number="RO-202609-9999"),
    "sum of its lines": lambda: update(Settlement).where(Settlement.id == 3).values(labour_fen=Settlement.labour_fen + 1, material_fen=Settlement.material_fen - 1),
    "numbers of settlements": lambda: update(Settlement).where(Settlement.id == 3).values(number="ST-202609-9999"),
    "what its calls brought": lambda: update(FollowUp).where(FollowUp.state == FollowUpState.REACHED).values(attempts=FollowUp.attempts + 1),
    "sum of the ledger": lambda: update(StockBalance).values(on_hand_milli=StockBalance.on_hand_milli + 1),
    "never overlap": lambda: update(ClockEntry).where(ClockEntry.ended_at.is_not(None)).values(ended_at=FAR),
}  # fmt: skip


def test_check_names_what_is_broken_in_a_long_history(shop: Session) -> None:
    for what, damage in BREAKS.items():
        shop.execute(damage().execution_options(synchronize_session=False))
        assert any(what in found for found in _broken(shop)), what
        shop.rollback()


def test_demo_without_days_has_only_today(app: Flask, session: Session, clock: FixedClock) -> None:
    assert open_shop(session, "x", "x", now=clock.now()) == 0
    assert len(_finished(session, clock)) == 4  # the deliveries behind the calls that are due
