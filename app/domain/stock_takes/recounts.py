"""Counting again: by somebody else than the last time, or as the parts manager allows it with a reason."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlalchemy.orm import Session

from app.domain.stock_takes import rules
from app.domain.stock_takes.model import StockTake, StockTakeLine
from app.domain.stock_takes.states import STOCK_TAKE
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput
from app.kernel.orm import expect_version
from app.kernel.permission import Permission
from app.kernel.workflow import Refusal


def knows(actor: Actor, take: StockTake) -> bool:
    """Whether somebody may have seen what differs: it was compared, sent back, and he is one of those who compare."""
    if take.sent_back_by_id is None:
        return False
    return actor.staff_id == take.sent_back_by_id or actor.may(Permission.VARIANCE_POST)


def refusal(actor: Actor, take: StockTake, line: StockTakeLine) -> Refusal | None:
    """Why a person may not make the next count of a line, or None; anybody who counts makes the first one."""
    if not line.rounds:
        return None
    return rules.refuse_recount(actor.staff_id, line.counted_by_id, knows(actor, take), take.allowed_by_id)


def needs_leave(actor: Actor, take: StockTake, line: StockTakeLine) -> bool:
    """Whether a person counts a line again only because it was allowed."""
    return bool(line.rounds) and bool(
        rules.refuse_recount(actor.staff_id, line.counted_by_id, knows(actor, take), allowed_by=None)
    )


def open_to(actor: Actor, take: StockTake) -> ColumnElement[bool]:
    """Whether a line is to be counted and this person may: what :func:`refusal` says, for a query."""
    if rules.allowed(actor.staff_id, take.allowed_by_id):
        again: ColumnElement[bool] = true()
    elif knows(actor, take):
        again = false()
    else:
        again = StockTakeLine.counted_by_id != actor.staff_id
    return or_(StockTakeLine.rounds == 0, and_(StockTakeLine.again.is_(True), again))


def allow(session: Session, actor: Actor, clock: Clock, take: StockTake, version: int | None, reason: str) -> None:
    """Let lines be counted again by whoever counted them last, or has seen what differs. Needs a reason.

    An act for one stock-take and not a setting: a setting would switch four eyes off for good, and nobody would have to
    answer for it. It does not serve the one who gives it. Raises InvalidInput without a reason.
    """
    STOCK_TAKE.check("allow", take.state, actor)
    expect_version(take, version)
    if not reason.strip():
        raise InvalidInput(N_("Say why nobody else can count it again."), field="allow_reason")
    take.allowed_by_id, take.allowed_at, take.allowed_reason = actor.staff_id, clock.now(), reason.strip()[:300]
    session.flush()
    audit.record(session, actor, clock, "stock_take.allow", f"stock_take:{take.id}", reason=take.allowed_reason)
