"""The tables of moves: what a screen offers is what a POST allows, and no state is a trap by accident."""

from __future__ import annotations

import itertools
from enum import StrEnum

import pytest

from app.domain.repair_orders.rules import JobFacts, OrderFacts
from app.domain.repair_orders.states import JobState, OrderState
from app.domain.repair_orders.workflows import JOB, ORDER
from app.kernel.actor import Actor
from app.kernel.errors import DomainError, Forbidden, RuleBroken, WrongState
from app.kernel.permission import Permission
from app.kernel.workflow import Move, Refusal, Workflow


class Lamp(StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN = "broken"


SWITCH = Workflow(
    "lamp",
    [
        Move("light", frozenset({Lamp.OFF}), Lamp.ON, Permission.CLOCK),
        Move(
            "put_out",
            frozenset({Lamp.ON}),
            Lamp.OFF,
            Permission.CLOCK,
            lambda facts: None if facts else Refusal.because("Still needed by %(who)s", who="x"),
        ),
    ],
)
WORKER, VISITOR = Actor("a", 1, frozenset({Permission.CLOCK})), Actor("b", 2)


def test_permission_comes_before_state_and_state_before_the_rule() -> None:
    with pytest.raises(Forbidden):
        SWITCH.check("light", Lamp.BROKEN, VISITOR)
    with pytest.raises(WrongState):
        SWITCH.check("put_out", Lamp.OFF, WORKER, False)
    with pytest.raises(RuleBroken) as refused:
        SWITCH.check("put_out", Lamp.ON, WORKER, False)
    assert str(refused.value) == "Still needed by x"
    assert SWITCH.check("put_out", Lamp.ON, WORKER, True) is Lamp.OFF


def facts_of(noun: Workflow) -> list[object]:
    """Facts of a good day and of a bad one."""
    if noun is ORDER:
        good = OrderFacts(job_states=(JobState.PASSED,), has_promise=True, reason="x")
        bad = OrderFacts(
            job_states=(JobState.PROPOSED, JobState.WORKING),
            open_clocks=1,
            parts_out=1,
            parts_unreturned=1,
            shares_open=1,
        )
        return [good, bad]
    return [
        JobFacts(OrderState.IN_WORK, reason="x"),
        JobFacts(OrderState.DRAFT, is_own=False, worked_on_it=True, certificate_needed="high_voltage"),
    ]


@pytest.mark.parametrize("noun", [ORDER, JOB], ids=lambda noun: noun.noun)
def test_what_is_offered_is_what_is_allowed(noun: Workflow) -> None:
    states: type[StrEnum] = OrderState if noun is ORDER else JobState
    everybody = [Actor("n", 1, frozenset({permission})) for permission in Permission]
    for state, person, facts in itertools.product(states, everybody, facts_of(noun)):
        offered = {offer.move.name: offer.refusal for offer in noun.offers(state, person, facts)}
        for name, move in noun.moves.items():
            try:
                target = noun.check(name, state, person, facts)
            except DomainError:
                assert offered.get(name, "not offered") is not None
            else:
                assert offered[name] is None and target is (state if move.target is None else move.target)
                assert (state.value, target.value) in noun.pairs()


@pytest.mark.parametrize(
    ("noun", "start", "ends"),
    [
        (ORDER, OrderState.DRAFT, {OrderState.CLOSED, OrderState.CANCELLED}),
        (JOB, JobState.PROPOSED, {JobState.PASSED, JobState.WITHDRAWN}),
    ],
    ids=["order", "job"],
)
def test_every_state_is_reached_and_only_the_last_ones_are_left_by_nothing(
    noun: Workflow, start: StrEnum, ends: set[StrEnum]
) -> None:
    # A closed order can be reopened, by a reversing document alone; a passed job only changes its price.
    onward = [move for name, move in noun.moves.items() if name != "reopen" and move.target is not None]
    reached, left = {start.value}, {source.value for move in onward for source in move.sources}
    while True:
        more = {target for source, target in noun.pairs() if source in reached} - reached
        if not more:
            break
        reached |= more
    states = {state.value for state in type(start)}
    assert reached == states
    assert states - left == {end.value for end in ends}


def test_a_settled_order_is_changed_by_its_reversal_alone() -> None:
    leaving = {name for name, move in ORDER.moves.items() if OrderState.SETTLED in move.sources}
    assert leaving == {"reverse", "reopen", "deliver", "close_again"}
    for name in ("reverse", "reopen"):
        assert ORDER.moves[name].permission is Permission.SETTLEMENT_REVERSE
    late = {OrderState.IN_WORK, OrderState.WORK_DONE, OrderState.INSPECTED, OrderState.SETTLED, OrderState.DELIVERED}
    assert not ORDER.moves["cancel"].sources & late


def test_a_delivered_order_is_settled_anew_and_nothing_else() -> None:
    # No work, no additional work, no cancelling: the car is not here. And it leaves by the guards of a delivery.
    onward = {name for name, move in ORDER.moves.items() if OrderState.REOPENED in move.sources}
    assert onward == {"settle"}
    manager = Actor("m", 1, frozenset(Permission))
    for has_left, back, other in ((True, "reopen", "reverse"), (False, "reverse", "reopen")):
        facts = OrderFacts(reason="x", has_left=has_left)
        assert ORDER.check(back, OrderState.SETTLED, manager, facts) in {OrderState.REOPENED, OrderState.INSPECTED}
        with pytest.raises(RuleBroken):
            ORDER.check(other, OrderState.SETTLED, manager, facts)
    unpaid = OrderFacts(has_left=True, shares_open=1)
    for name in ("deliver", "close_again"):
        with pytest.raises(RuleBroken):
            ORDER.check(name, OrderState.SETTLED, manager, unpaid)
