"""Demand that was lost: noted in two taps, because nobody writes a form while the customer leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.catalogue.model import Part
from app.domain.staff.model import Staff
from app.domain.stock.model import LostDemand, LostReason
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, Forbidden, InvalidInput, NotFound, WrongState
from app.kernel.permission import Permission


def note_lost(
    session: Session,
    actor: Actor,
    clock: Clock,
    reason: LostReason,
    *,
    part: Part | None = None,
    words: str = "",
    quantity_milli: int = 1000,
) -> LostDemand:
    """Note that somebody went without a quantity (thousandths) of a part, or of what ``words`` say when no part fits.

    Raises InvalidInput when nothing says what was asked for.
    """
    actor.require(Permission.STOCK_VIEW)
    assert actor.staff_id is not None
    if part is None and not words.strip():
        raise InvalidInput(N_("Say what was asked for."), field="words")
    if quantity_milli <= 0:
        raise InvalidInput(N_("The quantity must be above zero."), field="quantity")
    lost = LostDemand(
        part_id=part.id if part else None,
        words="" if part else words.strip()[:120],
        quantity_milli=quantity_milli,
        reason=reason,
        at=clock.now(),
        staff_id=actor.staff_id,
    )
    session.add(lost)
    session.flush()
    audit.record(session, actor, clock, "demand.lost", f"lost_demand:{lost.id}", reason=reason.value)
    return lost


def take_back(session: Session, actor: Actor, clock: Clock, lost_id: int) -> None:
    """A slip of the finger: the note counts no more, and stays. By whoever made it, or who keeps the catalogue."""
    lost = session.scalar(select(LostDemand).where(LostDemand.id == lost_id).with_for_update())
    if lost is None:
        raise NotFound(N_("There is no such note."))
    if lost.staff_id != actor.staff_id and not actor.may(Permission.CATALOGUE_EDIT):
        raise Forbidden(N_("Somebody else made this note."))
    if lost.withdrawn_at is not None:
        raise WrongState(N_("This note has been taken back already."))
    lost.withdrawn_at = clock.now()
    audit.record(session, actor, clock, "demand.lost_taken_back", f"lost_demand:{lost.id}")


def lost_since(session: Session, since: datetime, limit: int = 200) -> Sequence[Any]:
    """(note, who) since a moment, the latest first; those taken back are left out."""
    return session.execute(
        select(LostDemand, Staff.name)
        .join(Staff, Staff.id == LostDemand.staff_id)
        .where(LostDemand.at >= since, LostDemand.withdrawn_at.is_(None))
        .options(joinedload(LostDemand.part))
        .order_by(LostDemand.at.desc(), LostDemand.id.desc())
        .limit(limit)
    ).all()


def counts_since(session: Session, since: datetime) -> dict[LostReason, int]:
    """How many notes there are for each reason since a moment."""
    found = session.execute(
        select(LostDemand.reason, func.count())
        .where(LostDemand.at >= since, LostDemand.withdrawn_at.is_(None))
        .group_by(LostDemand.reason)
    )
    counted = {reason: int(count) for reason, count in found}
    return {reason: counted.get(reason, 0) for reason in LostReason}
