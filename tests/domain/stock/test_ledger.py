"""Stock under any sequence of moves: the ledger, the balances and the value agree to the piece and to the fen."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.files.model import FileKind
from app.domain.repair_orders import shelf
from app.domain.stock import checks, operations, scrap, transfers
from app.domain.stock.model import ScrapReason, StockBalance, StockMovement, StockOwner, StockValue
from app.domain.stock_takes import checks as take_checks
from app.domain.stock_takes import counting, ending, queries
from app.domain.stock_takes.model import StockTake
from app.domain.stock_takes.states import TakeKind
from app.kernel.actor import SYSTEM, Actor
from app.kernel.clock import FixedClock
from app.kernel.errors import InvalidInput, RuleBroken
from tests.support import cast
from tests.support.stored import stored

LINES = st.integers(1, 4)
MILLI = st.integers(1, 7000)


class StockMoves(RuleBasedStateMachine):
    """Receive, reserve, release, issue, give back, move, count and scrap one part, as four lines of orders want it."""

    session: Session
    clock: FixedClock
    part_id: int
    clerk: Actor
    chief: Actor
    manager: Actor

    @initialize(first=st.integers(0, 9000))
    def begin(self, first: int) -> None:
        self.session.rollback()
        self.out = dict.fromkeys(range(1, 5), 0)
        self.take: StockTake | None = None
        self.photo = stored(self.session, FileKind.PHOTO, self.clock.now())
        if first:
            self.receive("A-1", first, first)

    @rule(bin_code=st.sampled_from(["A-1", "B-2"]), milli=MILLI, value=st.integers(0, 50_000))
    def receive(self, bin_code: str, milli: int, value: int) -> None:
        place = operations.ensure_bin(self.session, bin_code)
        operations.receive(
            self.session,
            SYSTEM,
            self.clock,
            part_id=self.part_id,
            bin_id=place.id,
            quantity_milli=milli,
            value_fen=value,
            source="receipt",
            source_id=1,
        )

    @rule(line=LINES, milli=MILLI)
    def reserve(self, line: int, milli: int) -> None:
        free = self.free()
        assert operations.reserve(self.session, self.part_id, "line", line, milli) == min(free, milli)

    @rule(line=LINES)
    def release(self, line: int) -> None:
        held = operations.held(self.session, "line", line)
        assert operations.release(self.session, "line", line) == held
        assert operations.held(self.session, "line", line) == 0

    @rule(line=LINES, milli=MILLI)
    def issue(self, line: int, milli: int) -> None:
        reach = self.free() + operations.held(self.session, "line", line)
        wanted = {"part_id": self.part_id, "source": "line", "source_id": line, "quantity_milli": milli}
        if milli > reach:
            with pytest.raises(RuleBroken), self.session.begin_nested():
                operations.issue(self.session, SYSTEM, self.clock, **wanted)
            return
        operations.issue(self.session, SYSTEM, self.clock, **wanted)
        self.out[line] += milli

    @precondition(lambda self: any(self.out.values()))
    @rule(line=LINES, milli=MILLI)
    def give_back(self, line: int, milli: int) -> None:
        back = {"part_id": self.part_id, "source": "line", "source_id": line, "quantity_milli": milli, "reason": "多领"}
        if milli > self.out[line]:
            with pytest.raises(RuleBroken), self.session.begin_nested():
                operations.give_back(self.session, SYSTEM, self.clock, **back)
            return
        operations.give_back(self.session, SYSTEM, self.clock, **back)
        self.out[line] -= milli

    @rule(bin_code=st.sampled_from(["A-1", "B-2", "C-3"]), milli=MILLI, which=st.integers(0, 2))
    def transfer(self, bin_code: str, milli: int, which: int) -> None:
        own = select(StockBalance).where(StockBalance.part_id == self.part_id)
        balances = self.session.scalars(own.order_by(StockBalance.id)).all()
        if not balances:
            return
        balance = balances[which % len(balances)]
        self.session.refresh(balance)
        free, total = balance.on_hand_milli - balance.reserved_milli, self.free()
        move = {"to_bin": bin_code, "quantity_milli": milli}
        if milli > free or balance.bin.code == bin_code:
            with pytest.raises((RuleBroken, InvalidInput)), self.session.begin_nested():
                transfers.transfer(self.session, SYSTEM, self.clock, balance, **move)
            return
        before = balance.on_hand_milli
        transfers.transfer(self.session, SYSTEM, self.clock, balance, **move)
        assert balance.on_hand_milli == before - milli
        assert self.free() == total

    @precondition(lambda self: self.take is None)
    @rule()
    def begin_count(self) -> None:
        if self.on_hand() or self.session.scalar(select(StockBalance.id).limit(1)):
            self.take = counting.start(self.session, self.clerk, self.clock, TakeKind.FULL)

    @precondition(lambda self: self.take is not None)
    @rule(wrong_by=st.lists(st.integers(-3, 3).map(lambda n: n * 500), min_size=3, max_size=3), lines=st.integers(1, 3))
    def count_some(self, wrong_by: list[int], lines: int) -> None:
        assert self.take is not None
        for found, wrong in zip(queries.open_lines(self.session, self.take.id)[:lines], wrong_by, strict=False):
            line = counting.line_of(self.session, self.take, found.id)
            self.session.refresh(line.balance)
            lies = max(0, line.balance.on_hand_milli + wrong)
            for who in (self.clerk, self.chief):
                if not counting.count_line(self.session, who, self.clock, self.take, line, line.version, lies):
                    break
            assert line.variance_milli == lies - line.balance.on_hand_milli

    @precondition(lambda self: self.take is not None)
    @rule(post=st.sampled_from([True, True, True, False]))
    def end_count(self, post: bool) -> None:
        take = self.take
        assert take is not None
        if post and queries.open_lines(self.session, take.id):
            with pytest.raises(RuleBroken):
                ending.finish(self.session, self.clerk, self.clock, take, take.version)
            return
        self.take = None
        if queries.open_lines(self.session, take.id) or not post:
            ending.cancel(self.session, self.manager, self.clock, take, take.version, "改天再盘")
            return
        ending.finish(self.session, self.clerk, self.clock, take, take.version)
        lines = ending.different_lines(self.session, take)
        before, change = self.on_hand(), sum(line.variance_milli for line in lines)
        try:
            with self.session.begin_nested():
                shelf.post_stock_take(self.session, self.manager, self.clock, take, take.version)
        except RuleBroken:  # what is missing has left since, or is promised to what is no order
            self.session.refresh(take)
            assert any(
                line.balance.on_hand_milli - line.balance.reserved_milli < -line.variance_milli for line in lines
            )
            assert self.on_hand() == before
            ending.reject(self.session, self.manager, self.clock, take, take.version, [], "请复盘")
            ending.cancel(self.session, self.manager, self.clock, take, take.version, "数不清")
            return
        assert self.on_hand() == before + change

    @precondition(lambda self: self.take is None)
    @rule(wrong_by=st.lists(st.integers(-3, 3).map(lambda n: n * 500), min_size=3, max_size=3))
    def count_the_store(self, wrong_by: list[int]) -> None:
        self.begin_count()
        if self.take is not None:
            self.count_some(wrong_by, 3)
            self.end_count(True)

    @rule(milli=MILLI, which=st.integers(0, 2))
    def ask_for_scrap(self, milli: int, which: int) -> None:
        balances = self.session.scalars(select(StockBalance).order_by(StockBalance.id)).all()
        if not balances:
            return
        balance = balances[which % len(balances)]
        self.session.refresh(balance)
        room = balance.on_hand_milli - balance.reserved_milli
        facts = {"quantity_milli": milli, "reason": ScrapReason.DAMAGED, "words": "", "photo": self.photo}
        if milli > room:
            with pytest.raises((RuleBroken, InvalidInput)), self.session.begin_nested():
                shelf.ask_for_scrap(self.session, self.clerk, self.clock, balance, **facts)
            return
        free = self.free()
        shelf.ask_for_scrap(self.session, self.clerk, self.clock, balance, **facts)
        assert self.free() == free - milli

    @rule(away=st.booleans())
    def decide_on_scrap(self, away: bool) -> None:
        asked = scrap.waiting(self.session)
        if not asked:
            return
        free, there, milli = self.free(), self.on_hand(), asked[0].quantity_milli
        if away:
            scrap.approve(self.session, self.manager, self.clock, asked[0])
            assert (self.free(), self.on_hand()) == (free, there - milli)
        else:
            shelf.refuse_scrap(self.session, self.manager, self.clock, asked[0], "留用")
            assert (self.free(), self.on_hand()) == (free + milli, there)

    def on_hand(self) -> int:
        rows = self.session.execute(select(StockBalance.on_hand_milli).where(StockBalance.part_id == self.part_id))
        return sum(rows.scalars())

    def free(self) -> int:
        free = select(StockBalance.on_hand_milli - StockBalance.reserved_milli)
        rows = self.session.execute(free.where(StockBalance.part_id == self.part_id))
        return sum(rows.scalars())

    @invariant()
    def nothing_is_broken(self) -> None:
        self.session.flush()
        for check in (
            checks.on_hand_is_the_ledger,
            checks.reserved_is_reservations,
            checks.value_is_the_ledger,
            checks.returns_within_issues,
            checks.transfers_net_to_zero,
            checks.scrap_is_held_or_gone,
            take_checks.posted_is_moved,
            take_checks.lines_are_their_counts,
            take_checks.counted_again_by_another,
        ):
            assert list(check(self.session)) == []

    @invariant()
    def an_empty_shelf_is_worth_nothing(self) -> None:
        empty = select(StockValue).where(StockValue.quantity_milli == 0, StockValue.value_fen != 0)
        assert self.session.scalars(empty).all() == []


@pytest.fixture
def part_id(session: Session, clock: FixedClock) -> int:
    for who in ("parts_clerk", "parts_manager", "manager"):
        cast.person(session, who)
    part = Part(number="A1", number_display="A 1", name="机油", unit="升", purchase_fen=9000, created_at=clock.now())
    session.add(part)
    session.commit()
    return part.id


def test_no_sequence_of_moves_loses_a_piece_or_a_fen(session: Session, clock: FixedClock, part_id: int) -> None:
    class Moves(StockMoves):
        pass

    Moves.session, Moves.clock, Moves.part_id = session, clock, part_id
    Moves.clerk, Moves.manager = cast.acting(session, "parts_clerk"), cast.acting(session, "manager")
    Moves.chief = cast.acting(session, "parts_manager")
    few = settings(
        max_examples=14, stateful_step_count=35, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(Moves, settings=few)


def test_what_leaves_and_comes_back_costs_what_it_cost(session: Session, clock: FixedClock, part_id: int) -> None:
    shelf = operations.ensure_bin(session, " a-1 ")
    assert shelf.code == "A-1" and operations.ensure_bin(session, "A-1").id == shelf.id
    put = {"part_id": part_id, "bin_id": shelf.id, "source": "receipt", "source_id": 1}
    operations.receive(session, SYSTEM, clock, quantity_milli=3000, value_fen=100, **put)
    line = {"part_id": part_id, "source": "line", "source_id": 7}
    assert operations.issue(session, SYSTEM, clock, quantity_milli=1000, **line) == 33
    operations.receive(session, SYSTEM, clock, quantity_milli=1000, value_fen=500, **put)  # the price has gone up
    operations.give_back(session, SYSTEM, clock, quantity_milli=1000, reason="", **line)
    value = session.get_one(StockValue, part_id)
    session.refresh(value)
    assert (value.quantity_milli, value.value_fen) == (4000, 600)
    spent = [operations.issue(session, SYSTEM, clock, quantity_milli=1000, **line) for _ in range(4)]
    assert sum(spent) == 600
    session.refresh(value)
    assert (value.quantity_milli, value.value_fen) == (0, 0)
    total = session.execute(select(func.sum(StockMovement.value_fen))).scalar_one()
    assert total == 0


def test_a_customers_own_part_is_no_value_of_the_shop(session: Session, clock: FixedClock, part_id: int) -> None:
    shelf = operations.ensure_bin(session, "K-1")
    put = {"part_id": part_id, "bin_id": shelf.id, "source": "receipt", "source_id": 1, "owner": StockOwner.CUSTOMER}
    operations.receive(session, SYSTEM, clock, quantity_milli=1000, value_fen=900, **put)
    assert session.get(StockValue, part_id) is None
    assert operations.reserve(session, part_id, "line", 1, 1000) == 0
    assert list(checks.value_is_the_ledger(session)) == []


@pytest.mark.parametrize("code", ["", "   ", "X" * 31])
def test_a_bin_without_a_sensible_code_is_refused(session: Session, code: str) -> None:
    with pytest.raises(InvalidInput):
        operations.ensure_bin(session, code)
