"""The last year under other policies: first-time supply against the value that would have lain on the shelf.

Two things are taken as they are today: a part's class and its forecasting method; the numbers themselves are those of
the time (see ``replay``). Prices, packs and lead times are those of today, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from app.domain.replenishment import runs
from app.domain.replenishment.demand import PartFacts
from app.domain.replenishment.forecasts import Method, path_of, squared_errors
from app.domain.replenishment.model import SimulationPoint, SimulationRun
from app.domain.replenishment.plans import STRIDE, Progress, Situation
from app.domain.replenishment.policy import CLASSES, HOUSE, Policy, packed, present
from app.domain.replenishment.replay import Past, replay
from app.domain.replenishment.states import RunState, ScenarioKind
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, RuleBroken
from app.kernel.money import divide_half_up, split_vat
from app.kernel.permission import Permission

LONGEST = 52  # weeks that are replayed
WARM = 4  # weeks at least before them, from which the first forecast comes
SHORTEST = 4
CHEAP_FIRST_MORE = (970, 960, 940, 990, 985, 970, 995, 993, 990)
DEAR_FIRST = (980, 970, 950, 970, 950, 920, 950, 920, 880)
DEAR_FIRST_MORE = (995, 990, 980, 990, 980, 970, 980, 970, 950)
UNIFORM = (800, 850, 900, 930, 950, 970, 990)


@dataclass(slots=True)
class Point:
    """A policy and what it came to; ``fen_days`` is the value on the shelf summed over the days, in thousandths of a fen."""

    kind: ScenarioKind
    levels: tuple[int, ...]
    lines: int = 0
    served: int = 0
    fen_days: int = 0


def scenarios(policy: Policy) -> list[Point]:
    """The present policy, four tables and seven levels that hold for all classes; none of them twice."""
    wanted = [
        (ScenarioKind.PRESENT, policy.levels),
        (ScenarioKind.DEAR_FIRST, DEAR_FIRST),
        (ScenarioKind.DEAR_FIRST, DEAR_FIRST_MORE),
        (ScenarioKind.CHEAP_FIRST, HOUSE),
        (ScenarioKind.CHEAP_FIRST, CHEAP_FIRST_MORE),
        *((ScenarioKind.UNIFORM, (level,) * len(CLASSES)) for level in UNIFORM),
    ]
    first: dict[tuple[int, ...], ScenarioKind] = {}
    for kind, levels in wanted:
        first.setdefault(levels, kind)
    return [Point(kind, levels) for levels, kind in first.items()]


def window(first: date, last: date) -> int:
    """How many weeks can be replayed when the ledger begins on ``first``: a third of it comes before them."""
    known = (last - first).days // 7 + 1
    return min(LONGEST, known - max(WARM, known // 3))


def begin(session: Session, actor: Actor, clock: Clock) -> SimulationRun:
    """Ask for a simulation; a process computes it. Raises WrongState while one is being computed."""
    actor.require(Permission.REPLENISH_POLICY)
    runs.expect_idle(session, SimulationRun, clock)
    now = clock.now()
    run = SimulationRun(state=RunState.RUNNING, began_at=now, heard_at=now, staff_id=actor.staff_id)
    session.add(run)
    session.flush()
    audit.record(session, actor, clock, "replenishment.simulate", f"simulation_run:{run.id}")
    return run


def compute(engine: Engine, clock: Clock, run_id: int) -> bool:
    """Work on a run that was begun; False when another process does. With too little to replay the run fails and says so."""
    worker = runs.Worker(engine, clock, SimulationRun, run_id)
    if not worker.claim():
        return False
    worker.work(lambda session: _worked_out(session, clock, run_id, worker.tell))
    return True


def simulate_now(session: Session, actor: Actor, clock: Clock) -> SimulationRun:
    """Begin and compute in the caller's transaction, as for the demo shop. Raises RuleBroken when there is too little to replay."""
    run = begin(session, actor, clock)
    _worked_out(session, clock, run.id, lambda _share: None)(session)
    runs.end(run)
    session.flush()
    return run


def _worked_out(session: Session, clock: Clock, run_id: int, progress: Progress) -> Callable[[Session], None]:
    """Read everything and replay it; what is returned writes the points down."""
    simulated = _Simulation(session, business_date(clock.now()))
    simulated.run(progress)
    return lambda session: simulated.write(session, run_id)


class _Simulation:
    """Every part that is kept, once per level that a policy gives it."""

    def __init__(self, session: Session, day: date) -> None:
        policy = present(session)
        self.situation = Situation(session, day, policy.limits)
        self.points = scenarios(policy)
        self.weeks = window(self.situation.demand.first, day)
        if self.weeks < SHORTEST:
            raise RuleBroken(N_("The ledger does not go back far enough: there are fewer than four weeks to replay."))
        self.first = day - timedelta(days=self.weeks * 7 - 1)

    def run(self, progress: Progress) -> None:
        """Replay them all."""
        for number, (part, past, cell) in enumerate(self._pasts()):
            if number % STRIDE == 0:
                progress(min(1.0, number / max(1, len(self.situation.demand.lines))))
            cost = split_vat(part.purchase_fen)[0]
            found = {level: replay(past, level) for level in {point.levels[cell] for point in self.points}}
            for point in self.points:
                outcome = found[point.levels[cell]]
                point.lines += len(past.lines)
                point.served += outcome.served
                point.fen_days += outcome.milli_days * cost

    def _pasts(self) -> Iterator[tuple[PartFacts, Past, int]]:
        begin = self.first.toordinal()
        for part_id, lines in self.situation.demand.lines.items():
            part = self.situation.parts[part_id]
            if part.ends:
                continue
            terms, outlook = self.situation.terms_of(part), self.situation.outlook_of(part)
            path = path_of(outlook.method, outlook.weeks)
            past = Past(
                path=path,
                errors=squared_errors(outlook.weeks, path),
                steady=outlook.method is Method.SES,
                lines=sorted((day - begin, milli) for day, milli in lines if day >= begin),
                weeks=self.weeks,
                lead_days=terms.lead_days,
                review_days=terms.review_days,
                pack_milli=terms.pack_milli,
                minimum_milli=terms.minimum_milli,
                floor_milli=part.floor_milli,
            )
            yield part, past, CLASSES.index((outlook.value_class, outlook.stability))

    def write(self, session: Session, run_id: int) -> None:
        """The points of the curve."""
        days = self.weeks * 7
        rows = [
            {
                "run_id": run_id,
                "kind": point.kind,
                "levels": packed(point.levels),
                "lines": point.lines,
                "served_lines": point.served,
                "stock_fen": divide_half_up(point.fen_days, 1000 * days),
            }
            for point in self.points
        ]
        session.execute(insert(SimulationPoint), rows)
        run = session.get_one(SimulationRun, run_id)
        run.parts = len(self.situation.demand.lines)
        run.first_day, run.last_day = self.first, self.situation.day
