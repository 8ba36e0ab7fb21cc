"""Prices of a list that moved further than the shop allows: they wait until somebody decides."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.purchasing.model import HeldPrice
from app.domain.purchasing.prices import set_price
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, WrongState
from app.kernel.permission import Permission


def waiting(session: Session, limit: int = 200) -> Sequence[HeldPrice]:
    """Held prices that nobody has decided on, the furthest moved first."""
    moved_permille = func.abs(HeldPrice.unit_fen - HeldPrice.was_fen) * 1000 // HeldPrice.was_fen
    return session.scalars(
        select(HeldPrice)
        .where(HeldPrice.decided_at.is_(None))
        .options(joinedload(HeldPrice.part), joinedload(HeldPrice.supplier))
        .order_by(moved_permille.desc(), HeldPrice.id)
        .limit(limit)
    ).all()


def count_waiting(session: Session) -> int:
    """How many held prices nobody has decided on; a list may hold thousands."""
    return session.scalar(select(func.count()).select_from(HeldPrice).where(HeldPrice.decided_at.is_(None))) or 0


def decide(session: Session, actor: Actor, clock: Clock, ids: Sequence[int], *, accept: bool) -> int:
    """Agree to held prices, or refuse them; returns how many. Raises WrongState when one of them is decided already."""
    actor.require(Permission.SUPPLIER_EDIT)
    if not ids:
        raise InvalidInput(N_("Tick the prices first."), field="held")
    found = session.scalars(
        select(HeldPrice)
        .where(HeldPrice.id.in_(ids))
        .options(joinedload(HeldPrice.part), joinedload(HeldPrice.supplier))
        .order_by(HeldPrice.id)
        .with_for_update(of=HeldPrice)
        .execution_options(populate_existing=True)
    ).all()
    if len(found) < len(set(ids)) or any(held.decided_at is not None for held in found):
        raise WrongState(N_("Somebody has decided on one of these prices already."))
    for held in found:
        held.decided_at, held.decided_by_id, held.accepted = clock.now(), actor.staff_id, accept
        if accept:
            set_price(
                session,
                actor,
                clock,
                held.supplier,
                held.part,
                unit_fen=held.unit_fen,
                pack_milli=held.pack_milli,
                minimum_milli=held.minimum_milli,
                valid_from=held.valid_from,
                valid_until=held.valid_until,
            )
    session.flush()
    audit.record(session, actor, clock, "supplier.held_prices", "held_prices", count=len(found), accepted=accept)
    return len(found)
