"""Asking the workshop about a car, and answering in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.staff.model import Staff
from app.domain.used_cars.model import TradeInEnquiry
from app.domain.vehicles.identity import normal_plate, normal_vin
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, NotFound, WrongState
from app.kernel.orm import expect_version
from app.kernel.permission import Permission


def ask(
    session: Session, actor: Actor, clock: Clock, *, plate: str, vin: str, words: str, due_at: datetime | None
) -> TradeInEnquiry:
    """Ask the workshop; raises :class:`InvalidInput` without a car, a question or a deadline ahead."""
    actor.require(Permission.USED_CARS_EDIT)
    assert actor.staff_id is not None
    plate, vin = normal_plate(plate), normal_vin(vin)
    if not plate and not vin:
        raise InvalidInput(N_("A car needs a plate or a VIN."), field="plate")
    if len(vin) > 17:
        raise InvalidInput(N_("A VIN has 17 characters; this one has %(count)s."), field="vin", count=len(vin))
    if not words.strip():
        raise InvalidInput(N_("Say what you want to know."), field="words")
    if due_at is None or due_at <= clock.now():
        raise InvalidInput(N_("Give a time ahead by which you need the answer."), field="due_at")
    enquiry = TradeInEnquiry(
        plate=plate, vin=vin, words=words.strip(), asked_by_id=actor.staff_id, asked_at=clock.now(), due_at=due_at
    )
    session.add(enquiry)
    session.flush()
    audit.record(session, actor, clock, "used_cars.ask", f"trade_in:{enquiry.id}")
    return enquiry


def answer(
    session: Session,
    actor: Actor,
    clock: Clock,
    enquiry: TradeInEnquiry,
    version: int | None,
    *,
    words: str,
    cost_fen: int | None,
) -> None:
    """Answer with what is to be done and what it costs."""
    actor.require(Permission.USED_CARS_ANSWER)
    expect_version(enquiry, version)
    if enquiry.answered_at is not None:
        raise WrongState(N_("This question has been answered already."))
    if not words.strip():
        raise InvalidInput(N_("Say what has to be done."), field="answer")
    enquiry.answer, enquiry.cost_fen = words.strip(), cost_fen
    enquiry.answered_at, enquiry.answered_by_id = clock.now(), actor.staff_id
    audit.record(session, actor, clock, "used_cars.answer", f"trade_in:{enquiry.id}", cost=cost_fen)


def listed(session: Session, limit: int = 100) -> Sequence[TradeInEnquiry]:
    """Open questions by their deadline, then the latest answers."""
    return session.scalars(
        select(TradeInEnquiry)
        .options(
            joinedload(TradeInEnquiry.asked_by).lazyload(Staff.roles),
            joinedload(TradeInEnquiry.answered_by).lazyload(Staff.roles),
        )
        .order_by(TradeInEnquiry.answered_at.is_not(None), TradeInEnquiry.due_at, TradeInEnquiry.id.desc())
        .limit(limit)
    ).all()


def get(session: Session, enquiry_id: int) -> TradeInEnquiry:
    """A question; raises :class:`NotFound`."""
    found = session.get(TradeInEnquiry, enquiry_id)
    if found is None:
        raise NotFound(N_("There is no such question."))
    return found
