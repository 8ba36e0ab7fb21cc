"""What lies in our bins and is not ours: goods on consignment, and parts that customers brought. They have no value here."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.domain.stock import adjustments, ledger, operations
from app.domain.stock.model import MovementKind, StockBalance, StockOwner
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.money import MAX_FEN, line_amount, split_vat
from app.kernel.permission import Permission

SOURCE = "foreign_goods"


def take_in(
    session: Session,
    actor: Actor,
    clock: Clock,
    part_id: int,
    owner: StockOwner,
    quantity_milli: int,
    *,
    bin_code: str,
    reason: str = "",
    posted_on: date | None = None,
) -> None:
    """Somebody else's goods come into a bin, at no value; of a customer it is said whose they are."""
    actor.require(Permission.STOCK_RECEIVE)
    if owner is StockOwner.CUSTOMER and not reason.strip():
        raise InvalidInput(N_("Say whose it is: the order or the plate."), field="reason")
    operations.receive(
        session,
        actor,
        clock,
        part_id=part_id,
        bin_id=ledger.ensure_bin(session, bin_code).id,
        quantity_milli=quantity_milli,
        value_fen=0,
        source=SOURCE,
        source_id=part_id,
        owner=owner,
        reason=reason.strip(),
        posted_on=posted_on,
    )


def _take_out(
    session: Session, actor: Actor, clock: Clock, balance: StockBalance, quantity_milli: int, reason: str
) -> None:
    if balance.owner is StockOwner.SHOP:
        raise RuleBroken(N_("This is the shop's own: it leaves by an order, a sale or scrap."))
    if quantity_milli <= 0:
        raise InvalidInput(N_("The quantity must be above zero."), field="foreign_quantity")
    balance = adjustments.lock_balance(session, balance.id)
    if quantity_milli > balance.on_hand_milli - balance.reserved_milli:
        raise InvalidInput(
            N_("Not so many lie there."),
            field="foreign_quantity",
        )
    adjustments.take_out(
        session,
        actor,
        clock,
        balance,
        quantity_milli,
        kind=MovementKind.ISSUE,
        source=SOURCE,
        source_id=balance.id,
        reason=reason,
    )


def hand_out(
    session: Session, actor: Actor, clock: Clock, balance: StockBalance, quantity_milli: int, reason: str
) -> None:
    """Give a quantity (thousandths) back to whoever owns it, or fit it for him; needs to say to whom or for what."""
    actor.require(Permission.PARTS_ISSUE)
    if not reason.strip():
        raise InvalidInput(N_("Say to whom, or on which order."), field="foreign_reason")
    _take_out(session, actor, clock, balance, quantity_milli, reason.strip())


def take_over(
    session: Session,
    actor: Actor,
    clock: Clock,
    balance: StockBalance,
    quantity_milli: int,
    unit_fen: int,
    reason: str = "",
    batch: str = "",
) -> None:
    """Buy goods that lie here on consignment: from now on they are the shop's, at a price in fen with VAT each."""
    actor.require(Permission.STOCK_RECEIVE)
    if balance.owner is not StockOwner.CONSIGNMENT:
        raise RuleBroken(N_("Only goods on consignment can be taken over."))
    if unit_fen <= 0:
        raise InvalidInput(N_("The price must be above zero."), field="foreign_price")
    gross = line_amount(max(0, quantity_milli), unit_fen)
    if gross > MAX_FEN:
        raise InvalidInput(N_("Quantity and price come to more than a shop ever receives."), field="foreign_price")
    part_id, bin_id, balance_id = balance.part_id, balance.bin_id, balance.id
    _take_out(session, actor, clock, balance, quantity_milli, reason.strip())
    operations.receive(
        session,
        actor,
        clock,
        part_id=part_id,
        bin_id=bin_id,
        quantity_milli=quantity_milli,
        value_fen=split_vat(gross)[0],
        source=SOURCE,
        source_id=balance_id,
        reason=reason.strip(),
        batch=batch,
    )
