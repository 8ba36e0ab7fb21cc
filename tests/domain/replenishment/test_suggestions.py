"""What to order, from a shop's own rows: demand, stock, what is on its way, who waits."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.purchasing import prices
from app.domain.purchasing.model import PurchaseOrder
from app.domain.replenishment import policy, queries, runs, simulation, suggestions
from app.domain.replenishment.forecasts import Method
from app.domain.replenishment.model import ReplenishmentPolicy, SimulationRun, Suggestion, SuggestionRun
from app.domain.replenishment.plans import Plan, Situation
from app.domain.replenishment.policy import CLASSES, Policy
from app.domain.replenishment.rules import Limits, Pattern, StabilityClass
from app.domain.stock import lost_demand
from app.domain.stock.abc import AbcClass
from app.domain.stock.model import LostReason
from app.domain.suppliers.model import Supplier
from app.extensions import db
from app.kernel.clock import FixedClock, business_date
from app.kernel.errors import Forbidden, InvalidInput, RuleBroken, StaleVersion, WrongState
from tests.support import buying, cast
from tests.support.demand import asked, brought_back
from tests.support.orders import authorised, broken
from tests.support.shop import SmallShop

EVERY_WEEK = range(3, 365, 7)


def plan_of(session: Session, clock: FixedClock, part_id: int, policy: Policy = Policy()) -> Plan | None:
    session.flush()
    situation = Situation(session, business_date(clock.now()), policy.limits)
    return next((plan for plan in situation.plans(policy) if plan.part.id == part_id), None)


def test_a_part_that_moves_every_week_is_filled_up_for_lead_time_and_cycle(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    asked(session, clock, shop.filter, EVERY_WEEK, 5000)  # five a week, four days of lead time and seven of cycle
    plan = plan_of(session, clock, shop.filter)
    assert plan is not None
    assert plan.outlook.pattern is Pattern.SMOOTH and plan.outlook.method is Method.SES
    assert plan.outlook.stability is StabilityClass.X and plan.outlook.value_class is AbcClass.A
    assert plan.outlook.week_milli == pytest.approx(5000, rel=0.05)
    assert plan.free_milli == 3000
    # 5 × 11/7 = 7.9 without an error to speak of, 5 more for a cycle; 3 lie there.
    assert (plan.levels.reorder_milli, plan.levels.up_to_milli) == (8000, 13_000)
    assert plan.quantity_milli == 10_000


def test_what_is_on_its_way_counts_and_what_waits_counts_against_it(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    asked(session, clock, shop.headlight, EVERY_WEEK, 5000)
    buying.sent(session, clock, {shop.headlight: 6000})
    authorised(session, clock, shop, {shop.service: [(shop.headlight, 4000)]})
    plan = plan_of(session, clock, shop.headlight)
    assert plan is not None
    assert (plan.free_milli, plan.incoming_milli, plan.waiting_milli) == (0, 6000, 4000)
    assert plan.quantity_milli == 13_000 - 6000 + 4000


def test_a_part_that_only_waits_is_ordered_for_whoever_waits(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    assert plan_of(session, clock, shop.headlight) is None
    authorised(session, clock, shop, {shop.service: [(shop.headlight, 2000)]})
    plan = plan_of(session, clock, shop.headlight)
    assert plan is not None and plan.quantity_milli == 2000 and plan.outlook.method is Method.NONE


def test_what_came_back_was_no_demand_and_what_was_lost_was(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    day = business_date(clock.now())

    def demand() -> int:
        session.flush()
        return Situation(session, day, Limits()).demand.of_a_year(shop.pads)

    first, second = asked(session, clock, shop.pads, [40, 30], 2000)
    brought_back(session, clock, shop.pads, first, 25, 2000)
    brought_back(session, clock, shop.pads, second, 29, 500)
    assert demand() == 1500
    clerk, pads = cast.acting(session, "parts_clerk"), session.get_one(Part, shop.pads)
    for reason, counts in (
        (LostReason.OUT_OF_STOCK, 1000), (LostReason.NOT_STOCKED, 1000), (LostReason.PRICE_REFUSED, 0),
        (LostReason.TIME_REFUSED, 0),
    ):  # fmt: skip
        before = demand()
        lost_demand.note_lost(session, clerk, clock, reason, part=pads)
        assert demand() - before == counts, reason
    slip = lost_demand.note_lost(session, clerk, clock, LostReason.OUT_OF_STOCK, part=pads)
    lost_demand.take_back(session, clerk, clock, slip.id)
    assert demand() == 3500


def test_the_demand_of_a_superseded_part_is_its_successors(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    asked(session, clock, shop.pads, EVERY_WEEK, 5000)
    session.get_one(Part, shop.pads).successor_number = "A2069005102"  # the headlight's
    session.get_one(Part, shop.pads).minimum_milli = 9000  # of a part that is no longer made nothing is laid in
    authorised(session, clock, shop, {shop.service: [(shop.pads, 3000)]})
    assert plan_of(session, clock, shop.pads) is None
    plan = plan_of(session, clock, shop.headlight)
    assert plan is not None and plan.outlook.week_milli == pytest.approx(5000, rel=0.05)
    assert plan.waiting_milli == 2000  # one of the three lay there
    session.get_one(Part, shop.headlight).successor_number = "A0004202105"  # and back: nobody replaces anybody
    assert plan_of(session, clock, shop.headlight) is None


def test_packs_the_least_sold_and_the_parts_own_minimum_are_kept(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    pads, supplier = session.get_one(Part, shop.pads), session.scalars(select(Supplier)).one()
    manager = cast.acting(session, "parts_manager")
    pads.minimum_milli = 3000
    plan = plan_of(session, clock, shop.pads)
    assert plan is not None and plan.quantity_milli == 2000  # one lies there
    prices.set_price(session, manager, clock, supplier, pads, unit_fen=99_00, pack_milli=4000, minimum_milli=6000)
    plan = plan_of(session, clock, shop.pads)
    assert plan is not None and plan.quantity_milli == 8000 and plan.terms.unit_fen == 99_00


def test_a_part_without_a_supplier_goes_to_the_cheapest_who_has_a_price(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    pads, maker = session.get_one(Part, shop.pads), session.scalars(select(Supplier)).one()
    pads.minimum_milli, pads.supplier_id = 3000, None
    plan = plan_of(session, clock, shop.pads)
    assert plan is not None and plan.terms.supplier_id is None
    trade = Supplier(name="同城配件", lead_days=1, created_at=clock.now())
    session.add(trade)
    session.flush()
    manager = cast.acting(session, "parts_manager")
    for supplier, fen in ((maker, 120_00), (trade, 110_00)):
        prices.set_price(session, manager, clock, supplier, pads, unit_fen=fen)
    plan = plan_of(session, clock, shop.pads)
    assert plan is not None
    assert (plan.terms.supplier_id, plan.terms.unit_fen, plan.terms.lead_days) == (trade.id, 110_00, 1)
    trade.active = False
    plan = plan_of(session, clock, shop.pads)
    assert plan is not None and plan.terms.supplier_id == maker.id


def test_a_new_part_is_not_judged_by_its_first_sale(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    asked(session, clock, shop.headlight, [2])
    plan = plan_of(session, clock, shop.headlight)
    assert plan is None or plan.outlook.week_milli < 200  # one in a quarter of a year, not one a week


def test_a_suggestion_is_changed_and_becomes_a_purchase_order(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clerk = cast.acting(session, "parts_clerk")
    asked(session, clock, shop.filter, EVERY_WEEK, 5000)
    asked(session, clock, shop.headlight, EVERY_WEEK, 1000)
    run = suggestions.suggest_now(session, clerk, clock)
    rows = session.scalars(select(Suggestion).order_by(Suggestion.id)).all()
    assert [row.part_id for row in rows] == [shop.headlight, shop.filter]  # the greatest amount first
    light, filter_ = rows
    with pytest.raises(StaleVersion):
        suggestions.change(session, clerk, clock, filter_.id, 7, 1000)
    suggestions.change(session, clerk, clock, light.id, light.version, 0)
    suggestions.change(session, clerk, clock, filter_.id, filter_.version, 12_000)
    (share,) = queries.shares(session, run.id)
    assert (share.lines, share.off, share.total_fen) == (1, 1, 12 * 13_200)
    supplier = session.scalars(select(Supplier)).one()
    with pytest.raises(StaleVersion):
        suggestions.order_lines(session, clerk, clock, run.id, supplier, suggestions.Seen(2, share.total_fen))
    seen = suggestions.Seen(1, share.total_fen)
    order = suggestions.order_lines(session, clerk, clock, run.id, supplier, seen)
    (line,) = order.lines
    assert (line.part_id, line.quantity_milli, line.suggested_milli) == (shop.filter, 12_000, 10_000)
    assert filter_.order_id == order.id and filter_.changed_by_id == clerk.staff_id
    assert broken(session) == []
    with pytest.raises(RuleBroken):
        suggestions.order_lines(session, clerk, clock, run.id, supplier, seen)
    with pytest.raises(WrongState):
        suggestions.change(session, clerk, clock, filter_.id, filter_.version, 1000)


def test_a_suggestion_of_yesterday_is_ordered_at_the_prices_of_today(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clerk, manager = cast.acting(session, "parts_clerk"), cast.acting(session, "parts_manager")
    supplier, pads = session.scalars(select(Supplier)).one(), session.get_one(Part, shop.pads)
    pads.minimum_milli = 5000
    run = suggestions.suggest_now(session, clerk, clock)
    (share,) = queries.shares(session, run.id)
    was = session.scalars(select(Suggestion.unit_fen)).one()
    clock.advance(timedelta(days=1))
    prices.set_price(session, manager, clock, supplier, pads, unit_fen=was + 7_00)
    seen = suggestions.Seen(1, share.total_fen)  # as the page of yesterday shows it
    (line,) = suggestions.order_lines(session, clerk, clock, run.id, supplier, seen).lines
    assert line.unit_fen == was + 7_00
    assert broken(session) == []


def test_packs_bind_the_clerk_too(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    clerk, pads = cast.acting(session, "parts_clerk"), session.get_one(Part, shop.pads)
    pads.minimum_milli = 3000
    supplier, manager = session.scalars(select(Supplier)).one(), cast.acting(session, "parts_manager")
    prices.set_price(session, manager, clock, supplier, pads, unit_fen=99_00, pack_milli=4000)
    suggestions.suggest_now(session, clerk, clock)
    row = session.scalars(select(Suggestion)).one()
    with pytest.raises(InvalidInput) as refused:
        suggestions.change(session, clerk, clock, row.id, row.version, 5000)
    assert refused.value.params["sold"] == "8"
    with pytest.raises(InvalidInput):
        suggestions.change(session, clerk, clock, row.id, row.version, 400_000_000)


def test_of_an_older_suggestion_only_what_somebody_did_is_kept(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clerk = cast.acting(session, "parts_clerk")
    for part_id in (shop.pads, shop.headlight):
        session.get_one(Part, part_id).minimum_milli = 5000
    first = suggestions.suggest_now(session, clerk, clock)
    touched = session.scalars(select(Suggestion).where(Suggestion.part_id == shop.pads)).one()
    suggestions.change(session, clerk, clock, touched.id, touched.version, 1000)
    second = suggestions.suggest_now(session, clerk, clock)
    session.expire_all()
    left = session.execute(select(Suggestion.run_id, Suggestion.part_id).order_by(Suggestion.id)).all()
    assert sorted(map(tuple, left)) == sorted(
        [(first.id, shop.pads), (second.id, shop.pads), (second.id, shop.headlight)]
    )
    with pytest.raises(WrongState):
        suggestions.change(session, clerk, clock, touched.id, touched.version, 2000)


def test_one_calculation_at_a_time_unless_it_was_not_heard_of_for_a_minute(
    session: Session, clock: FixedClock, shop: SmallShop, app: Flask
) -> None:
    clerk = cast.acting(session, "parts_clerk")
    first = suggestions.begin(session, clerk, clock)
    with pytest.raises(WrongState):
        suggestions.begin(session, clerk, clock)
    clock.advance(timedelta(seconds=61))
    assert not runs.is_working(first, clock.now())
    second = suggestions.begin(session, clerk, clock).id
    session.commit()
    with app.app_context():
        engine = db.engine
    first_hand, other = (runs.Worker(engine, clock, SuggestionRun, second) for _ in range(2))
    assert first_hand.claim() and not other.claim()
    assert not suggestions.compute(engine, clock, second)  # somebody works on it
    session.get_one(SuggestionRun, second).claimed = False
    session.commit()
    assert suggestions.compute(engine, clock, second)
    assert not suggestions.compute(engine, clock, second)  # once is enough
    latest = runs.newest(session, SuggestionRun, done=True)
    assert latest is not None and latest.id == second and latest.done_permille == 1000 and latest.parts == 3


@pytest.mark.parametrize("command", ["suggest", "simulate"])
def test_the_command_line_computes_in_a_process_of_its_own(
    session: Session, shop: SmallShop, database: str, app: Flask, command: str
) -> None:
    from app.kernel.clock import SystemClock

    now = FixedClock(SystemClock().now())
    asked(session, now, shop.filter, EVERY_WEEK, 5000)
    session.commit()
    done = subprocess.run(
        [sys.executable, "-m", "flask", command],
        capture_output=True,
        text=True,
        env=os.environ | {"FLASK_APP": "wsgi", "DATABASE_URL": database, "PORTAL_DATA": str(app.config["PORTAL_DATA"])},
    )
    assert done.returncode == 0, done.stderr
    assert ("主机厂配件中心: 1 1,320.00" if command == "suggest" else "present 930,910,880,") in done.stdout


def test_the_policy_is_the_parts_managers_and_its_history_stays(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    manager, levels = cast.acting(session, "parts_manager"), dict.fromkeys(CLASSES, 900)
    with pytest.raises(Forbidden):
        policy.set_policy(session, cast.acting(session, "parts_clerk"), clock, 0, levels, Limits())
    first = policy.set_policy(session, manager, clock, 0, levels, Limits())
    with pytest.raises(StaleVersion):
        policy.set_policy(session, manager, clock, 0, levels, Limits())
    for wrong in (
        {CLASSES[3]: 499}, {CLASSES[3]: 1000},
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            policy.set_policy(session, manager, clock, first.id, levels | wrong, Limits())
        assert refused.value.field == "level-bx"
    for limits in (Limits(900, 800), Limits(800, 1001), Limits(0, 900), Limits(800, 950, 1000, 500)):
        with pytest.raises(InvalidInput):
            policy.set_policy(session, manager, clock, first.id, levels, limits)
    policy.set_policy(session, manager, clock, first.id, levels | {CLASSES[0]: 990}, Limits(700, 900))
    now = policy.present(session)
    assert now.level(AbcClass.A, StabilityClass.X) == 990 and now.limits == Limits(700, 900)
    assert len(session.scalars(select(ReplenishmentPolicy)).all()) == 2


def test_a_simulation_shows_that_service_costs_stock_and_a_point_becomes_the_policy(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    manager = cast.acting(session, "parts_manager")
    with pytest.raises(RuleBroken), session.begin_nested():
        simulation.simulate_now(session, manager, clock)
    for part_id, days, milli in (
        (shop.filter, EVERY_WEEK, 5000),
        (shop.filter, range(5, 700, 11), 4000),
        (shop.headlight, range(9, 700, 63), 1000),
        (shop.pads, range(20, 700, 29), 2000),
    ):
        asked(session, clock, part_id, days, milli)
    run = simulation.simulate_now(session, manager, clock)
    points = queries.points_of(session, run.id)
    assert run.last_day == business_date(clock.now())
    assert run.first_day == business_date(clock.now()) - timedelta(days=52 * 7 - 1)
    uniform = {policy.unpacked(point.levels)[0]: point for point in points if point.kind == "uniform"}
    assert {point.lines for point in points} == {52 + 33 + 6 + 12}
    for less, more in zip(sorted(uniform), sorted(uniform)[1:], strict=False):
        assert uniform[less].stock_fen <= uniform[more].stock_fen
    assert uniform[800].served_lines < uniform[990].served_lines
    picked = policy.pick_point(session, manager, clock, 0, uniform[990].id)
    assert policy.present(session).levels == (990,) * 9 and picked.point_id == uniform[990].id
    again = simulation.simulate_now(session, manager, clock)
    present = next(point for point in queries.points_of(session, again.id) if point.kind == "present")
    assert (present.served_lines, present.stock_fen) == (uniform[990].served_lines, uniform[990].stock_fen)


def test_a_simulation_that_is_refused_says_so_in_its_row(
    session: Session, clock: FixedClock, shop: SmallShop, app: Flask
) -> None:
    run = simulation.begin(session, cast.acting(session, "parts_manager"), clock).id
    session.commit()
    with app.app_context():
        engine = db.engine
    simulation.compute(engine, clock, run)
    row = session.get_one(SimulationRun, run)
    assert row.state == "failed" and row.message.startswith("The ledger does not go back far enough")


def test_nothing_is_drawn_up_for_a_supplier_who_is_not_bought_from(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clerk, supplier = cast.acting(session, "parts_clerk"), session.scalars(select(Supplier)).one()
    session.get_one(Part, shop.pads).minimum_milli = 5000
    run = suggestions.suggest_now(session, clerk, clock)
    supplier.active = False
    session.flush()
    (share,) = queries.shares(session, run.id)
    with pytest.raises(RuleBroken):
        suggestions.order_lines(session, clerk, clock, run.id, supplier, suggestions.Seen(1, share.total_fen))
    assert session.scalars(select(PurchaseOrder)).all() == []


def test_the_check_finds_what_was_ordered_and_never_wanted(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    clerk, supplier = cast.acting(session, "parts_clerk"), session.scalars(select(Supplier)).one()
    session.get_one(Part, shop.pads).minimum_milli = 5000
    run = suggestions.suggest_now(session, clerk, clock)
    (share,) = queries.shares(session, run.id)
    suggestions.order_lines(session, clerk, clock, run.id, supplier, suggestions.Seen(1, share.total_fen))
    assert broken(session) == []
    row = session.scalars(select(Suggestion)).one()
    row.chosen_milli = 0
    session.flush()
    assert any(f"suggestion {row.id}" in str(found) for found in broken(session))
    row.chosen_milli = 1500
    session.flush()
    assert any(f"suggestion {row.id}" in str(found) for found in broken(session))
