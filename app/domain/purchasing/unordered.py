"""Goods that come without a purchase order: nobody sent their price out, so it is held against what is agreed or usual.

Another price moves the average cost of what may be sold already: whoever may send orders takes such goods in.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.purchasing.prices import prices_of_part
from app.domain.repair_orders import parts
from app.domain.repair_orders.model import PartLine
from app.domain.staff import settings
from app.domain.stock.model import MovementKind, StockBalance, StockMovement, StockOwner, StockValue
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.money import VAT_PERCENT, divide_half_up, format_yuan
from app.kernel.permission import Permission


def usual_prices(session: Session, part: Part) -> list[int]:
    """What a piece usually costs, in fen with VAT: the average of what lies here and the price of the catalogue.

    When neither tells, the price at which it came last; none of a part that was never bought.
    """
    owned = session.get(StockValue, part.id, populate_existing=True)
    found = [part.purchase_fen]
    if owned is not None and owned.quantity_milli:
        found.append(_with_vat(owned.value_fen, owned.quantity_milli))
    if not any(found):
        last = session.execute(
            select(StockMovement.value_fen, StockMovement.quantity_milli)
            .where(
                StockMovement.part_id == part.id,
                StockMovement.kind == MovementKind.RECEIPT,
                StockMovement.owner == StockOwner.SHOP,
            )
            .order_by(StockMovement.at.desc(), StockMovement.id.desc())
            .limit(1)
        ).one_or_none()
        found = [_with_vat(last.value_fen, last.quantity_milli)] if last is not None else []
    return [fen for fen in found if fen]


def _with_vat(net_fen: int, milli: int) -> int:
    return divide_half_up(net_fen * (100 + VAT_PERCENT) * 1000, milli * 100)


def _expect_price(
    session: Session, actor: Actor, clock: Clock, part: Part, unit_fen: int, day: date, *, field: str
) -> None:
    """Raise InvalidInput for another price than the supplier has agreed for the day, or than is usual where none is agreed.

    Whoever may send orders agrees to it by taking the goods in; the audit log then says what was expected.
    """
    agreed = {price.supplier_id: price.unit_fen for price in prices_of_part(session, part.id, day)}
    if unit_fen in agreed.values():
        return
    bound = agreed.get(part.supplier_id) if part.supplier_id is not None else next(iter(agreed.values()), None)
    usual = [bound] if bound is not None else usual_prices(session, part)
    limit = settings.number(session, "purchasing.price_change_percent")
    if bound is None and (not usual or any(abs(unit_fen - fen) * 100 <= fen * limit for fen in usual)):
        return
    if actor.may(Permission.PURCHASE_SEND):
        audit.record(
            session, actor, clock, "stock.other_price", f"part:{part.id}", unit_fen=unit_fen, expected_fen=usual[-1]
        )
        return
    if bound is not None:
        raise InvalidInput(
            N_("“%(part)s” is agreed at ¥ %(price)s on that day: at another price the parts manager takes it in."),
            field=field,
            part=part.name,
            price=format_yuan(bound),
        )
    raise InvalidInput(
        N_(
            "“%(part)s” usually costs ¥ %(price)s: what differs by more than %(limit)s per cent the parts manager takes in."
        ),
        field=field,
        part=part.name,
        price=format_yuan(usual[-1]),
        limit=limit,
    )


def take_in(
    session: Session,
    actor: Actor,
    clock: Clock,
    part: Part,
    *,
    bin_code: str,
    quantity_milli: int,
    unit_fen: int,
    note: str = "",
    posted_on: date | None = None,
    batch: str = "",
) -> list[PartLine]:
    """Goods in without an order (fen with VAT each); the lines that wait are served in promise order and returned."""
    actor.require(Permission.STOCK_RECEIVE)
    day = posted_on or business_date(clock.now())
    _expect_price(session, actor, clock, part, unit_fen, day, field="price")
    return parts.receive_goods(
        session,
        actor,
        clock,
        part,
        bin_code=bin_code,
        quantity_milli=quantity_milli,
        unit_fen=unit_fen,
        note=note,
        posted_on=posted_on,
        batch=batch,
    )


def buy_from_consignment(
    session: Session,
    actor: Actor,
    clock: Clock,
    balance: StockBalance,
    quantity_milli: int,
    unit_fen: int,
    reason: str = "",
    batch: str = "",
) -> list[PartLine]:
    """Goods on consignment become the shop's (fen with VAT each), at the price that is agreed or usual as well."""
    actor.require(Permission.STOCK_RECEIVE)
    if balance.owner is StockOwner.CONSIGNMENT:  # of a customer's part there is no price to speak of
        day = business_date(clock.now())
        _expect_price(session, actor, clock, balance.part, unit_fen, day, field="foreign_price")
    return parts.buy_from_consignment(session, actor, clock, balance, quantity_milli, unit_fen, reason, batch)
