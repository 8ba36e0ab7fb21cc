"""Scrap: the clerk asks with a photo, the quantity is held back, somebody else decides.

Asking and refusing touch what is promised to orders: they are begun in ``repair_orders.shelf``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.files.model import FileKind, StoredFile
from app.domain.stock import adjustments, batches, ledger, operations
from app.domain.stock.model import (
    MovementKind,
    ScrapReason,
    ScrapRequest,
    ScrapState,
    StockBalance,
    StockBatch,
    StockOwner,
)
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, Forbidden, InvalidInput, NotFound, RuleBroken, WrongState
from app.kernel.orm import total
from app.kernel.permission import Permission
from app.kernel.quantity import expect_whole_pieces

SOURCE = "scrap"


def check(
    session: Session,
    actor: Actor,
    balance: StockBalance,
    *,
    quantity_milli: int,
    words: str,
    reason: ScrapReason,
    photo: StoredFile | None,
) -> None:
    """Raise for what cannot be asked for: no photo, nothing of it, somebody else's goods, another reason without words."""
    actor.require(Permission.SCRAP_ASK)
    if balance.owner is not StockOwner.SHOP:
        raise RuleBroken(N_("This is not the shop's own: it goes back to whoever owns it."))
    if quantity_milli <= 0:
        raise InvalidInput(N_("The quantity must be above zero."), field="quantity")
    if reason is ScrapReason.OTHER and not words.strip():
        raise InvalidInput(N_("Say in words why."), field="words")
    if photo is None or photo.kind is not FileKind.PHOTO:
        raise InvalidInput(N_("Take a photo: whoever decides has to see it."), field="photo")


def check_there(session: Session, balance: StockBalance, quantity_milli: int, batch: str) -> None:
    """Raise unless so much lies in the bin, and of a tracked part of the batch that is named."""
    locked = adjustments.lock_balance(session, balance.id)
    if quantity_milli > locked.on_hand_milli:
        raise InvalidInput(N_("Not so many lie in this bin."), field="quantity")
    part = locked.part
    expect_whole_pieces(quantity_milli, part.unit, part.name, field="quantity", rest=locked.on_hand_milli)
    if not batches.tracked(session, [locked.part_id]):
        return
    there = batches.good_of(session, [locked.part_id]).get(locked.part_id, {})
    if there.get(batch, 0) < quantity_milli:
        raise InvalidInput(N_("Say which batch or piece it is."), field="batch")


def hold(
    session: Session,
    actor: Actor,
    clock: Clock,
    balance: StockBalance,
    *,
    quantity_milli: int,
    reason: ScrapReason,
    words: str,
    photo: StoredFile | None,
    batch: str,
) -> ScrapRequest:
    """Note the request and hold its quantity back, which lies free in the locked balance."""
    assert photo is not None and actor.staff_id is not None
    tracked = bool(batches.tracked(session, [balance.part_id]))
    asked = ScrapRequest(
        balance_id=balance.id,
        quantity_milli=quantity_milli,
        batch=batch[:60] if tracked else "",
        reason=reason,
        words=words.strip()[:300],
        photo_id=photo.id,
        state=ScrapState.WAITING,
        value_fen=ledger.share_of_value(session, balance.part_id, quantity_milli),
        asked_at=clock.now(),
        asked_by_id=actor.staff_id,
    )
    session.add(asked)
    session.flush()
    operations.reserve_in(session, balance.id, SOURCE, asked.id, quantity_milli)
    session.expire(balance)
    audit.record(
        session, actor, clock, "scrap.ask", f"scrap:{asked.id}", quantity_milli=quantity_milli, reason=reason.value
    )
    return asked


def lock_request(session: Session, scrap_id: int) -> ScrapRequest:
    """A request, held until the commit; raises :class:`NotFound`."""
    locked = select(ScrapRequest).where(ScrapRequest.id == scrap_id).with_for_update(of=ScrapRequest)
    found = session.scalar(locked.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(N_("There is no such request."))
    return found


def _decide(actor: Actor, clock: Clock, asked: ScrapRequest, state: ScrapState) -> None:
    actor.require(Permission.SCRAP_APPROVE)
    if asked.state is not ScrapState.WAITING:
        raise WrongState(N_("This request is decided already."))
    if asked.asked_by_id == actor.staff_id:
        raise Forbidden(N_("You asked for this yourself: somebody else decides."))
    asked.state, asked.decided_at, asked.decided_by_id = state, clock.now(), actor.staff_id


def approve(session: Session, actor: Actor, clock: Clock, asked: ScrapRequest) -> None:
    """It is thrown away: quantity and value leave at moving average."""
    _decide(actor, clock, asked, ScrapState.APPROVED)
    of_part = select(StockBatch.id).where(StockBatch.part_id == asked.balance.part_id).order_by(StockBatch.id)
    session.execute(of_part.with_for_update())  # batches before balances, as an issue does
    balance = adjustments.lock_balance(session, asked.balance_id)
    operations.release(session, SOURCE, asked.id)
    asked.value_fen = adjustments.take_out(
        session,
        actor,
        clock,
        balance,
        asked.quantity_milli,
        kind=MovementKind.SCRAP,
        source=SOURCE,
        source_id=asked.id,
        reason=asked.words or asked.reason.value,
        batch=asked.batch,
    )
    session.flush()
    audit.record(session, actor, clock, "scrap.approve", f"scrap:{asked.id}", value_fen=asked.value_fen)


def refuse(session: Session, actor: Actor, clock: Clock, asked: ScrapRequest, answer: str) -> None:
    """It is kept, for a reason; the caller gives free what was held."""
    if not answer.strip():
        raise InvalidInput(N_("Say why it is kept."), field="answer")
    _decide(actor, clock, asked, ScrapState.REFUSED)
    asked.answer = answer.strip()[:300]
    session.flush()
    audit.record(session, actor, clock, "scrap.refuse", f"scrap:{asked.id}")


def _listed():  # type: ignore[no-untyped-def]
    return select(ScrapRequest).options(
        joinedload(ScrapRequest.balance).joinedload(StockBalance.part),
        joinedload(ScrapRequest.balance).joinedload(StockBalance.bin),
        joinedload(ScrapRequest.asked_by),
        joinedload(ScrapRequest.decided_by),
        joinedload(ScrapRequest.photo),
    )


def waiting(session: Session) -> Sequence[ScrapRequest]:
    """What waits for a decision, the oldest first."""
    return session.scalars(
        _listed().where(ScrapRequest.state == ScrapState.WAITING).order_by(ScrapRequest.id)
    ).all()  # fmt: skip


def decided(session: Session, before: int | None = None, limit: int = 50) -> tuple[list[ScrapRequest], int | None]:
    """A page of what was decided, the newest first; and before which id the next page begins."""
    query = _listed().where(ScrapRequest.state != ScrapState.WAITING)
    if before is not None:
        query = query.where(ScrapRequest.id < before)
    found = list(session.scalars(query.order_by(ScrapRequest.id.desc()).limit(limit + 1)))
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def scrapped_fen(session: Session) -> int:
    """What all that was ever scrapped was worth, in fen net of VAT."""
    worth = select(total(ScrapRequest.value_fen)).where(ScrapRequest.state == ScrapState.APPROVED)
    return int(session.execute(worth).scalar_one())
