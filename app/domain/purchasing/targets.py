"""The manufacturer's purchase target and how far the shop is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.domain.purchasing.model import GoodsReceipt, GoodsReceiptLine, PurchaseOrder, PurchaseTarget
from app.domain.purchasing.returned import sent_back_between
from app.domain.suppliers.model import Supplier
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, at_shop
from app.kernel.errors import N_, InvalidInput, NotFound
from app.kernel.money import line_amount
from app.kernel.permission import Permission
from app.kernel.ratio import Ratio


@dataclass(frozen=True, slots=True)
class Progress:
    """Bought so far against the target, in fen with VAT; ``due_fen`` is what an even pace would have reached by now."""

    target: PurchaseTarget
    bought_fen: int
    due_fen: int

    @property
    def reached(self) -> Ratio:
        """Purchases ÷ the manufacturer's target."""
        return Ratio(self.bought_fen, self.target.amount_fen)


def set_target(
    session: Session,
    actor: Actor,
    clock: Clock,
    supplier: Supplier,
    *,
    starts_on: date | None,
    ends_on: date | None,
    amount_fen: int,
) -> PurchaseTarget:
    """Note a target for a period; raises InvalidInput when periods overlap or the amount is nothing."""
    actor.require(Permission.SUPPLIER_EDIT)
    if starts_on is None:
        raise InvalidInput(N_("Give the first day."), field="target_from")
    if ends_on is None or ends_on < starts_on:
        raise InvalidInput(N_("The last day must not lie before the first."), field="target_until")
    if amount_fen <= 0:
        raise InvalidInput(N_("The amount must be above zero."), field="amount")
    # The supplier's row is held: two targets entered at once must not overlap either.
    session.scalars(select(Supplier.id).where(Supplier.id == supplier.id).with_for_update()).one()
    overlapping = session.scalar(
        select(PurchaseTarget.id).where(
            PurchaseTarget.supplier_id == supplier.id,
            PurchaseTarget.withdrawn.is_(False),
            PurchaseTarget.starts_on <= ends_on,
            PurchaseTarget.ends_on >= starts_on,
        )
    )
    if overlapping is not None:
        raise InvalidInput(N_("There is a target for some of these days already."), field="target_from")
    same = session.scalar(
        select(PurchaseTarget).where(PurchaseTarget.supplier_id == supplier.id, PurchaseTarget.starts_on == starts_on)
    )
    target = same or PurchaseTarget(supplier_id=supplier.id, starts_on=starts_on)
    target.ends_on, target.amount_fen, target.withdrawn = ends_on, amount_fen, False
    session.add(target)
    session.flush()
    audit.record(session, actor, clock, "supplier.target", f"supplier:{supplier.id}", amount_fen=amount_fen)
    return target


def withdraw_target(session: Session, actor: Actor, clock: Clock, supplier: Supplier, target_id: int) -> None:
    """A target typed by mistake counts no more."""
    actor.require(Permission.SUPPLIER_EDIT)
    target = session.get(PurchaseTarget, target_id)
    if target is None or target.supplier_id != supplier.id:
        raise NotFound(N_("There is no such target."))
    target.withdrawn = True
    audit.record(session, actor, clock, "supplier.target_withdrawn", f"supplier:{supplier.id}", target=target.id)


def bought_between(session: Session, supplier_id: int, first: date, last: date) -> int:
    """What came from a supplier on business days from first to last at agreed prices, less what went back to him on
    these days; in fen with VAT. A delivery typed in later counts on the day on which it came.
    """
    begins, ends = at_shop(first, time(0)), at_shop(last + timedelta(days=1), time(0))
    rows = session.execute(
        select(GoodsReceiptLine.accepted_milli, GoodsReceiptLine.unit_fen)
        .join(GoodsReceipt, GoodsReceipt.id == GoodsReceiptLine.receipt_id)
        .join(PurchaseOrder, PurchaseOrder.id == GoodsReceipt.order_id)
        .where(
            PurchaseOrder.supplier_id == supplier_id,
            GoodsReceipt.received_at >= begins,  # what is typed in later came before that
            or_(
                and_(GoodsReceipt.arrived_on.is_(None), GoodsReceipt.received_at < ends),
                GoodsReceipt.arrived_on.between(first, last),
            ),
        )
    )
    went_back = sent_back_between(session, [supplier_id], first, last).get(supplier_id, 0)
    return sum(line_amount(milli, unit_fen) for milli, unit_fen in rows) - went_back


def progress_of(session: Session, supplier_id: int, today: date) -> Sequence[Progress]:
    """The targets of a supplier with what was bought so far, the latest period first."""
    found = []
    for target in session.scalars(
        select(PurchaseTarget)
        .where(PurchaseTarget.supplier_id == supplier_id, PurchaseTarget.withdrawn.is_(False))
        .order_by(PurchaseTarget.starts_on.desc())
        .limit(12)
    ):
        days = (target.ends_on - target.starts_on).days + 1
        passed = min(days, max(0, (today - target.starts_on).days + 1))
        bought = bought_between(session, supplier_id, target.starts_on, target.ends_on)
        found.append(Progress(target, bought, target.amount_fen * passed // days))
    return found
