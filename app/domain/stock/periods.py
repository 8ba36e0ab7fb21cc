"""Closing the books of the store: what it was worth at the end of a day is kept, and nothing is posted before it any more.

A movement belongs to the day on which it is typed, or to an earlier one that is given with it (a delivery of Friday, typed in
on Monday). A close is through a day that has passed, so only the latter can run into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.staff.model import Staff
from app.domain.stock.model import PeriodClose, PeriodValue, StockMovement, StockOwner, StockValue
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, at_shop, business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.orm import total
from app.kernel.permission import Permission

# A write that began before midnight may be committed after it: a day is closed when it is surely over.
OVER = timedelta(hours=1)
BEFORE_ALL = date(1970, 1, 1)  # a close that every database has from its migration on
EARLIEST = timedelta(days=92)  # nobody types in what came a quarter ago: a slip of the year


def closed_through(session: Session) -> date | None:
    """The last day whose books are closed."""
    last = session.scalar(select(func.max(PeriodClose.through)))
    return None if last == BEFORE_ALL else last


def refuse_closed(session: Session, clock: Clock, posted_on: date) -> None:
    """Raise :class:`InvalidInput` for a day ahead, one too long ago, and one whose period is closed."""
    today = business_date(clock.now())
    if posted_on > today:
        raise InvalidInput(N_("The day lies ahead."), field="posted_on")
    if posted_on < today - EARLIEST:
        raise InvalidInput(N_("That is more than three months ago: check the day."), field="posted_on")
    _hold(session, read=True)
    closed = closed_through(session)
    if closed is not None and closed >= posted_on:
        raise InvalidInput(
            N_("The books are closed through %(day)s: take a later day."), field="posted_on", day=closed.isoformat()
        )


def _hold(session: Session, *, read: bool) -> None:
    """Until the commit nobody closes while somebody posts into the past: the row before all periods is their lock."""
    session.execute(select(PeriodClose.id).where(PeriodClose.through == BEFORE_ALL).with_for_update(read=read))


def after(through: date) -> ColumnElement[bool]:
    """Whether a movement belongs to a day after ``through``."""
    bound = at_shop(through + timedelta(days=1), time(0))
    typed_in_time = and_(StockMovement.posted_on.is_(None), StockMovement.at >= bound)
    given = and_(StockMovement.posted_on.is_not(None), StockMovement.posted_on > through)
    return or_(typed_in_time, given)


def close(session: Session, actor: Actor, clock: Clock, through: date | None) -> PeriodClose:
    """Close the books through a day and keep what each part was worth at its end.

    Raises InvalidInput for a day that is not over, or not after the last close.
    """
    actor.require(Permission.PERIOD_CLOSE)
    if through is None:
        raise InvalidInput(N_("Give the last day of the period."), field="through")
    if through > business_date(clock.now() - OVER) - timedelta(days=1):
        raise InvalidInput(N_("Only days that are over can be closed."), field="through")
    _hold(session, read=False)
    last = closed_through(session)
    if last is not None and through <= last:
        raise InvalidInput(N_("The books are closed through %(day)s already."), field="through", day=last.isoformat())
    made = PeriodClose(through=through, value_fen=0, parts=0, closed_at=clock.now(), staff_id=actor.staff_id)
    session.add(made)
    session.flush()
    owned = _owned_at_the_end_of(session, through)
    if owned:
        session.execute(
            insert(PeriodValue),
            [
                {"close_id": made.id, "part_id": part_id, "quantity_milli": milli, "value_fen": fen}
                for part_id, (milli, fen) in sorted(owned.items())
            ],
        )
    made.parts, made.value_fen = len(owned), sum(fen for _milli, fen in owned.values())
    session.flush()
    audit.record(
        session, actor, clock, "stock.close", f"period:{made.id}", through=through.isoformat(), value_fen=made.value_fen
    )
    return made


def _owned_at_the_end_of(session: Session, through: date) -> dict[int, tuple[int, int]]:
    """part → (thousandths, fen): what is owned now less what moved since."""
    owned = {
        part_id: (milli, fen)
        for part_id, milli, fen in session.execute(
            select(StockValue.part_id, StockValue.quantity_milli, StockValue.value_fen)
        )
    }
    for part_id, milli, fen in session.execute(
        select(StockMovement.part_id, total(StockMovement.quantity_milli), total(StockMovement.value_fen))
        .where(StockMovement.owner == StockOwner.SHOP, after(through))
        .group_by(StockMovement.part_id)
    ):
        had = owned.get(part_id, (0, 0))
        owned[part_id] = (had[0] - milli, had[1] - fen)
    return {part_id: kept for part_id, kept in owned.items() if kept != (0, 0)}


def closes(session: Session, limit: int = 60) -> Sequence[Any]:
    """(close, who) of the periods, the latest first."""
    return session.execute(
        select(PeriodClose, Staff.name)
        .outerjoin(Staff, Staff.id == PeriodClose.staff_id)
        .where(PeriodClose.through > BEFORE_ALL)
        .order_by(PeriodClose.through.desc())
        .limit(limit)
    ).all()


def values_of(session: Session, close_id: int) -> Sequence[Any]:
    """(part, thousandths, fen) of a closed period by number: the list that the accountant files."""
    return session.execute(
        select(Part, PeriodValue.quantity_milli, PeriodValue.value_fen)
        .join(PeriodValue, PeriodValue.part_id == Part.id)
        .where(PeriodValue.close_id == close_id)
        .order_by(Part.number)
    ).all()
