"""A calculation that takes longer than a page: begun by a person, worked on by a process, left and found again.

All that is known of it stands in its row, so that every process of the portal can show it. The process says every few
seconds how far it is; one that has not been heard of for a minute has broken off, and another may begin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from app.domain.replenishment.model import SimulationRun, SuggestionRun
from app.domain.replenishment.states import RunState
from app.kernel.clock import Clock
from app.kernel.errors import N_, DomainError, WrongState
from app.kernel.unit_of_work import reading

SILENCE = timedelta(seconds=60)

AnyRun = TypeVar("AnyRun", SuggestionRun, SimulationRun)


def is_working(run: SuggestionRun | SimulationRun, now: datetime) -> bool:
    """Whether a process still works on it, as far as anybody knows."""
    return run.state is RunState.RUNNING and now - run.heard_at < SILENCE


def newest(session: Session, kind: type[AnyRun], *, done: bool = False) -> AnyRun | None:
    """The latest run; with ``done``, the latest that came to its end."""
    query = select(kind).order_by(kind.id.desc()).limit(1)
    return session.scalar(query.where(kind.state == RunState.DONE) if done else query)


def expect_idle(session: Session, kind: type[AnyRun], clock: Clock) -> None:
    """Raise WrongState while a run of this kind is being worked on; held until the commit."""
    latest = session.scalar(select(kind).order_by(kind.id.desc()).limit(1).with_for_update())
    if latest is not None and is_working(latest, clock.now()):
        raise WrongState(N_("This is being calculated already; wait until it is done."))


def end(run: SuggestionRun | SimulationRun) -> None:
    """It has come to its end."""
    run.state, run.done_permille = RunState.DONE, 1000


@dataclass(frozen=True, slots=True)
class Standing(Generic[AnyRun]):
    """How things are: the run whose result is shown, the latest one, whether that is being worked on or broke off."""

    shown: AnyRun | None
    latest: AnyRun | None
    working: bool

    @property
    def broke_off(self) -> bool:
        """Whether the latest one came to nothing."""
        return self.latest is not None and self.latest is not self.shown and not self.working


def standing(session: Session, kind: type[AnyRun], now: datetime) -> Standing[AnyRun]:
    """What a page shows of the runs of a kind."""
    latest = newest(session, kind)
    done = latest is not None and latest.state is RunState.DONE
    shown = latest if done else newest(session, kind, done=True)
    return Standing(shown, latest, latest is not None and is_working(latest, now))


class Worker:
    """The process's hand on a run: every word about it is a short transaction of its own."""

    def __init__(self, engine: Engine, clock: Clock, kind: type[SuggestionRun] | type[SimulationRun], run_id: int):
        self.engine, self.clock, self.kind, self.run_id = engine, clock, kind, run_id
        self._said = -1

    def claim(self) -> bool:
        """True for the one process that may work on it."""
        with Session(self.engine) as session:
            done = session.execute(
                update(self.kind)
                .where(self.kind.id == self.run_id, self.kind.claimed.is_(False), self.kind.state == RunState.RUNNING)
                .values(claimed=True, heard_at=self.clock.now())
            )
            session.commit()
        return bool(done.rowcount)  # type: ignore[attr-defined]

    def tell(self, share: float) -> None:
        """How far it is, from 0 to 1; said in steps of five per cent, because each is a write."""
        step = int(share * 20)
        if step <= self._said:
            return
        self._said = step
        self._set(done_permille=step * 50)

    def fail(self, message: str = "") -> None:
        """It broke off, or was refused with a message."""
        self._set(state=RunState.FAILED, message=message)

    def _set(self, **values: object) -> None:
        with Session(self.engine) as session:
            session.execute(
                update(self.kind).where(self.kind.id == self.run_id).values(heard_at=self.clock.now(), **values)
            )
            session.commit()

    def work(self, read: Callable[[Session], Callable[[Session], None]]) -> None:
        """Run ``read`` in a transaction that only reads, then what it returns in one that writes, and end the run.

        On SQLite nobody has to wait for the long part. Whatever goes wrong leaves the run failed and nothing written; a
        refusal stands in the run, in words.
        """
        try:
            with reading(), Session(self.engine) as session:
                write = read(session)
            with Session(self.engine) as session:
                write(session)
                session.execute(
                    update(self.kind)
                    .where(self.kind.id == self.run_id)
                    .values(state=RunState.DONE, done_permille=1000, heard_at=self.clock.now())
                )
                session.commit()
        except DomainError as refusal:
            self.fail(refusal.message)
        except BaseException:
            self.fail()
            raise
