"""Tools: one is in one person's hands only, and none whose calibration has run out."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.staff.model import ShopSetting, Staff
from app.domain.tools import operations, queries
from app.domain.tools.model import Tool, ToolCalibration, ToolEvent, ToolLoan
from app.domain.tools.states import ReturnCondition, ToolKind, ToolMove, ToolState
from app.extensions import db
from app.kernel.clock import FixedClock, business_date, shanghai
from app.kernel.errors import DomainError, Forbidden, InvalidInput, RuleBroken, WrongState
from app.kernel.unit_of_work import transact
from tests.support import cast
from tests.support.orders import broken

WRENCH = {
    "number": "gj-0002",
    "name": "扭力扳手 40–200 N·m",
    "kind": "torque",
    "place": "A-02",
    "serial": "TW200-11862",
}


def enter(session: Session, clock: FixedClock, *, last: date | None = None, **facts: Any) -> Tool:
    """A wrench in the register, calibrated yearly unless said otherwise."""
    manager = cast.acting(session, "parts_manager")
    values = {"calibration_days": 365, **WRENCH, **facts}
    return operations.register(session, manager, clock, values, calibrated_on=last)


def today(clock: FixedClock) -> date:
    return business_date(clock.now())


def test_a_wrench_goes_out_and_comes_back(session: Session, clock: FixedClock) -> None:
    tool = enter(session, clock, last=today(clock) - timedelta(days=30))
    assert tool.number == "GJ-0002"
    clerk, who = cast.acting(session, "parts_clerk"), cast.person(session, "technician")
    loan = operations.lend(session, clerk, clock, tool, who)
    assert f"{shanghai(loan.due_at):%m-%d %H:%M}" == "11-24 18:00"  # the end of the day
    with pytest.raises(WrongState) as refused:
        operations.lend(session, clerk, clock, tool, cast.person(session, "second_technician"))
    assert cast.PEOPLE["technician"][0] in str(refused.value)
    clock.advance(timedelta(hours=2))
    operations.take_back(session, clerk, clock, tool, ReturnCondition.FINE)
    assert tool.state is ToolState.AVAILABLE
    with pytest.raises(WrongState):
        operations.take_back(session, clerk, clock, tool, ReturnCondition.FINE)
    moves = [event.move for event in queries.history(session, tool.id)]
    assert moves == [ToolMove.TAKE_BACK, ToolMove.LEND, ToolMove.REGISTER]
    assert broken(session) == []


def test_after_closing_time_it_is_due_the_next_evening_and_the_shop_may_give_longer(
    session: Session, clock: FixedClock
) -> None:
    clock.advance(timedelta(hours=9))  # seven in the evening
    assert f"{shanghai(operations.usual_due(session, clock.now())):%m-%d %H:%M}" == "11-25 18:00"
    session.add(ShopSetting(key="tools.loan_days", value="3", changed_at=clock.now()))
    session.add(ShopSetting(key="reception.closes", value="24", changed_at=clock.now()))
    session.flush()
    assert f"{shanghai(operations.usual_due(session, clock.now())):%m-%d %H:%M}" == "11-27 23:59"


@pytest.mark.parametrize(("ended", "says"), [(1, "2026-11-23"), (0, None), (None, "never been calibrated")])
def test_a_calibration_that_ran_out_keeps_it_in_its_place(
    session: Session, clock: FixedClock, ended: int | None, says: str | None
) -> None:
    last = today(clock) - timedelta(days=365 + ended) if ended is not None else None
    tool = enter(session, clock, last=last)
    clerk, who = cast.acting(session, "parts_clerk"), cast.person(session, "technician")
    if says is None:  # the last day counts
        operations.lend(session, clerk, clock, tool, who)
        return
    with pytest.raises(RuleBroken) as refused:
        operations.lend(session, clerk, clock, tool, who)
    assert says in str(refused.value)
    manager = cast.acting(session, "parts_manager")
    paper = {"done_on": today(clock), "due_on": None, "certificate": "JL-2026-0081", "laboratory": "市计量院"}
    made = operations.calibrate(session, manager, clock, tool, **paper)
    assert made.due_on == today(clock) + timedelta(days=365)
    operations.lend(session, clerk, clock, tool, who)
    assert broken(session) == []


def test_what_came_back_damaged_or_not_at_all_is_lent_no_more_until_that_is_put_right(
    session: Session, clock: FixedClock
) -> None:
    clerk, manager = cast.acting(session, "parts_clerk"), cast.acting(session, "parts_manager")
    who = cast.person(session, "technician")
    for number, condition, state, cure in (
        ("A1", ReturnCondition.DAMAGED, ToolState.BROKEN, ToolMove.REPAIR),
        ("A2", ReturnCondition.MISSING, ToolState.LOST, ToolMove.FIND),
    ):
        tool = enter(session, clock, number=number, calibration_days=None)
        operations.lend(session, clerk, clock, tool, who)
        with pytest.raises(InvalidInput):
            operations.take_back(session, clerk, clock, tool, condition, " ")
        operations.take_back(session, clerk, clock, tool, condition, "摔坏了")
        assert tool.state is state
        with pytest.raises(WrongState):
            operations.lend(session, clerk, clock, tool, who)
        with pytest.raises(Forbidden):
            operations.move(session, clerk, clock, tool, cure, "好了")
        operations.move(session, manager, clock, tool, cure, "好了")
        operations.lend(session, clerk, clock, tool, who)
    assert broken(session) == []


def test_a_tool_that_is_out_is_neither_calibrated_nor_retired(session: Session, clock: FixedClock) -> None:
    tool = enter(session, clock, last=today(clock))
    manager = cast.acting(session, "parts_manager")
    operations.lend(session, manager, clock, tool, cast.person(session, "technician"))
    paper = {"done_on": today(clock), "due_on": None, "certificate": "1", "laboratory": ""}
    with pytest.raises(WrongState):
        operations.calibrate(session, manager, clock, tool, **paper)
    with pytest.raises(WrongState):
        operations.move(session, manager, clock, tool, ToolMove.RETIRE, "旧了")
    with pytest.raises(DomainError):
        operations.move(session, manager, clock, tool, ToolMove.TAKE_BACK, "绕过")


def test_what_a_certificate_says_must_be_possible(session: Session, clock: FixedClock) -> None:
    tool, manager = enter(session, clock, last=today(clock)), cast.acting(session, "parts_manager")
    good = {"done_on": today(clock), "due_on": None, "certificate": "1", "laboratory": ""}
    for wrong, field in (
        ({"done_on": today(clock) + timedelta(days=1)}, "done_on"),
        ({"done_on": today(clock) - timedelta(days=1)}, "done_on"),
        ({"done_on": None}, "done_on"),
        ({"due_on": today(clock)}, "due_on"),
        ({"certificate": " "}, "certificate"),
    ):
        with pytest.raises(InvalidInput) as refused:
            operations.calibrate(session, manager, clock, tool, **{**good, **wrong})
        assert refused.value.field == field
    assert session.scalar(select(func.count()).select_from(ToolCalibration)) == 1


def test_a_number_belongs_to_one_tool_and_the_next_one_is_offered(session: Session, clock: FixedClock) -> None:
    assert queries.next_number(session) == "GJ-0001"
    enter(session, clock)
    with pytest.raises(InvalidInput) as refused:
        enter(session, clock, number=" GJ-0002 ")
    assert refused.value.field == "number"
    assert queries.next_number(session) == "GJ-0003"


def test_a_scan_finds_a_tool_by_label_or_serial_and_a_person_by_tag_or_name(
    session: Session, clock: FixedClock
) -> None:
    tool, who = enter(session, clock), cast.person(session, "technician")
    assert queries.by_code(session, " gj-0002") is tool and queries.by_code(session, "tw200-11862") is tool
    enter(session, clock, number="B1")  # the same serial number again: which one is meant?
    assert queries.by_code(session, "TW200-11862") is None
    for code in (f"P-{who.id}", f"p{who.id}", who.name, "technician", "liuheng", "lh"):
        assert queries.person_by_code(session, code) is who, code
    for code in ("P-99999", "l%", "", "没有这个人"):
        assert queries.person_by_code(session, code) is None


def test_of_many_clerks_who_lend_the_same_wrench_one_does(app: Flask, session: Session, clock: FixedClock) -> None:
    tool_id = enter(session, clock, last=today(clock)).id
    clerk, holder = cast.acting(session, "parts_clerk"), cast.person(session, "technician").id
    session.commit()
    with app.app_context():
        engine = db.engine
    gate, ends = threading.Barrier(8), Counter[str]()

    def lend() -> None:
        gate.wait()
        try:
            with Session(engine) as own:

                def work() -> None:
                    tool, who = own.get_one(Tool, tool_id), own.get_one(Staff, holder)
                    operations.lend(own, clerk, clock, tool, who)

                transact(own, work, lambda _seconds: None)
            ends["lent"] += 1
        except WrongState:
            ends["refused"] += 1
        except Exception as error:
            ends[repr(error)] += 1

    threads = [threading.Thread(target=lend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ends == {"lent": 1, "refused": 7}
    assert session.scalar(select(func.count()).select_from(ToolLoan)) == 1
    assert session.scalar(select(func.count()).select_from(ToolEvent).where(ToolEvent.move == ToolMove.LEND)) == 1
    assert broken(session) == []


def test_the_figures_count_what_is_out_late_and_to_be_calibrated(session: Session, clock: FixedClock) -> None:
    clerk, who = cast.acting(session, "parts_clerk"), cast.person(session, "technician")
    out = enter(session, clock, number="A", calibration_days=None)
    late = enter(session, clock, number="B", last=today(clock) - timedelta(days=340))  # ends in 25 days
    enter(session, clock, number="C", last=today(clock) - timedelta(days=400))
    enter(session, clock, number="D", last=today(clock))
    operations.lend(session, clerk, clock, late, who, clock.now() + timedelta(hours=1))
    operations.lend(session, clerk, clock, out, who, clock.now() + timedelta(days=2))
    clock.advance(timedelta(hours=3))
    assert queries.figures(session, clock.now(), today(clock)) == queries.Figures(on_loan=2, overdue=1, due=2)

    def listed(**wanted: Any) -> list[str]:
        found, _after = queries.list_tools(session, queries.Filter(**wanted), clock.now(), today(clock))
        return [tool.number for tool in found]

    assert listed(only="overdue") == ["B"] and listed(only="due") == ["B", "C"]
    assert listed(state=ToolState.ON_LOAN) == ["A", "B"] and listed(kind=ToolKind.DIAGNOSTIC) == []
    assert listed(text="niuli") == ["A", "B", "C", "D"] and listed(text="c") == ["C"]
