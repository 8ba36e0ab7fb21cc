"""Settling, taking money, credit and reversal.

Each payer's share becomes a settlement of its own, copied from the order so that nothing later can touch it. The customer
pays at the till or on credit within the limit; warranty, insurer, goodwill and internal shares are receivables from the
first moment: nobody pays them at the till, so they do not hold the car.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.domain.billing.model import Settlement, SettlementLine, Tender, TenderMethod
from app.domain.billing.tenders import note_tender, way_back
from app.domain.customers.model import Customer
from app.domain.repair_orders.facts import order_facts
from app.domain.repair_orders.model import Job, PartLine, RepairOrder
from app.domain.repair_orders.moves import lock_order, move_order
from app.domain.repair_orders.parts import SOURCE
from app.domain.repair_orders.rules import TO_BE_DONE
from app.domain.repair_orders.states import Payer
from app.domain.stock.model import StockMovement
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken, WrongState
from app.kernel.money import format_yuan, split_vat
from app.kernel.numbering import next_number
from app.kernel.orm import expect_version
from app.kernel.permission import Permission

RECEIVABLE = frozenset({Payer.WARRANTY, Payer.INSURER, Payer.GOODWILL, Payer.INTERNAL})


def material_cost(session: Session, order: RepairOrder) -> int:
    """What the issued parts of an order cost the shop, net, in fen."""
    lines = select(PartLine.id).where(PartLine.order_id == order.id)
    cost = session.execute(
        select(func.sum(-StockMovement.value_fen)).where(
            StockMovement.source == SOURCE, StockMovement.source_id.in_(lines)
        )
    ).scalar_one()
    return int(cost or 0)


def settle(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: RepairOrder,
    version: int | None,
    *,
    approve_below_cost: str = "",
) -> list[Settlement]:
    """Settle an inspected or reopened order: one settlement per payer with something to pay.

    Raises RuleBroken when the parts would be sold below what they cost, unless somebody with the permission says why.
    """
    lock_order(session, order.id)
    expect_version(order, version)
    move_order(session, actor, clock, order, "settle", order_facts(order))
    if below_cost(session, order):
        _approve_below_cost(session, actor, clock, order, approve_below_cost)
    order.settled_at = clock.now()
    made = []
    for payer in Payer:
        lines = _lines_of(order, payer)
        if lines:
            made.append(_settlement(session, actor, clock, order, payer, lines))
    return made


def below_cost(session: Session, order: RepairOrder) -> bool:
    """True when the parts of an order come to less, net, than they cost the shop."""
    sold = sum(
        line.amount_fen
        for line in order.part_lines
        if not line.cancelled and line.job.state in TO_BE_DONE and not line.customer_supplied
    )
    return split_vat(sold)[0] < material_cost(session, order)


def _approve_below_cost(session: Session, actor: Actor, clock: Clock, order: RepairOrder, reason: str) -> None:
    if not actor.may(Permission.BELOW_COST_APPROVE):
        raise RuleBroken(N_("The parts would be sold below cost. The service manager must settle this order."))
    if not reason.strip():
        raise InvalidInput(N_("The parts are sold below cost. Say why."), field="below_cost")
    audit.record(session, actor, clock, "settlement.below_cost", f"order:{order.id}", reason=reason.strip()[:200])


def _lines_of(order: RepairOrder, payer: Payer) -> list[SettlementLine]:
    lines: list[SettlementLine] = []
    for job in order.jobs:
        if job.state not in TO_BE_DONE:
            continue
        if job.payer is payer and (job.hours_centi or job.amount_fen):
            lines.append(_labour(job))
        lines += [_part(line) for line in job.part_lines if not line.cancelled and line.payer is payer]
    for position, line in enumerate(lines, 1):
        line.position = position
    return lines


def _labour(job: Job) -> SettlementLine:
    return SettlementLine(
        kind="labour",
        source_id=job.id,
        code=job.code,
        name=job.name,
        hours_centi=job.hours_centi,
        price_fen=job.rate_fen,
        discount_permille=job.discount_permille,
        amount_fen=job.amount_fen,
    )


def _part(line: PartLine) -> SettlementLine:
    return SettlementLine(
        kind="part",
        source_id=line.id,
        code=line.number,
        name=line.name,
        quantity_milli=line.quantity_milli,
        unit=line.unit,
        price_fen=line.price_fen,
        discount_permille=line.discount_permille,
        amount_fen=line.amount_fen,
        origin=line.origin,
    )


def _settlement(
    session: Session, actor: Actor, clock: Clock, order: RepairOrder, payer: Payer, lines: list[SettlementLine]
) -> Settlement:
    labour = sum(line.amount_fen for line in lines if line.kind == "labour")
    material = sum(line.amount_fen for line in lines if line.kind == "part")
    net, tax = split_vat(labour + material)
    receivable = payer in RECEIVABLE
    made = Settlement(
        number=next_number(session, "ST", business_date(clock.now())),
        order_id=order.id,
        payer=payer,
        customer_id=order.customer_id if payer is Payer.CUSTOMER else None,
        labour_fen=labour,
        material_fen=material,
        rounding_fen=0,
        net_fen=net,
        tax_fen=tax,
        total_fen=labour + material,
        open_fen=labour + material,
        issued_at=clock.now(),
        issued_by=actor.name,
        on_credit_at=clock.now() if receivable else None,
        on_credit_by=actor.name if receivable else "",
        lines=lines,
        tenders=[],
    )
    session.add(made)
    session.flush()
    audit.record(
        session, actor, clock, "settlement.issue", f"order:{order.id}", number=made.number, total=made.total_fen
    )
    return made


def of_order(session: Session, order_id: int) -> list[Settlement]:
    """An order's settlements with lines and tenders, oldest first."""
    return list(
        session.scalars(
            select(Settlement)
            .where(Settlement.order_id == order_id)
            .options(selectinload(Settlement.lines), selectinload(Settlement.tenders))
            .order_by(Settlement.id)
        )
    )


def standing(settlements: list[Settlement]) -> list[Settlement]:
    """Those that are neither reversed nor reversals."""
    reversed_ids = {s.reverses_id for s in settlements if s.reverses_id}
    return [s for s in settlements if s.id not in reversed_ids and s.reverses_id is None]


def open_amount(settlement: Settlement) -> int:
    """What is still to be paid, in fen."""
    return settlement.total_fen - sum(tender.amount_fen for tender in settlement.tenders)


def shares_open(settlements: list[Settlement]) -> int:
    """How many shares are neither paid nor on credit: while there is one, the car stays."""
    return sum(open_amount(s) > 0 and s.on_credit_at is None for s in standing(settlements))


def _lock(session: Session, settlement_id: int) -> Settlement:
    """The settlement, its order locked first: two tills cannot take the same money."""
    order_id = session.scalar(select(Settlement.order_id).where(Settlement.id == settlement_id))
    if order_id is None:
        raise NotFound(N_("There is no such settlement."))
    lock_order(session, order_id)
    session.expire_all()
    found = next(s for s in of_order(session, order_id) if s.id == settlement_id)
    if found not in standing(of_order(session, order_id)):
        raise WrongState(N_("This settlement was reversed."))
    return found


def take_tender(
    session: Session,
    actor: Actor,
    clock: Clock,
    settlement_id: int,
    method: TenderMethod,
    amount_fen: int,
    reference: str,
) -> Tender:
    """Take money; raises InvalidInput for more than is open."""
    actor.require(Permission.TENDER_TAKE)
    assert actor.staff_id is not None
    settlement = _lock(session, settlement_id)
    if settlement.payer in RECEIVABLE:
        raise RuleBroken(N_("This share is a receivable: its payer does not pay at the till."))
    if amount_fen <= 0:
        raise InvalidInput(N_("The amount must be above zero."), field="amount")
    if amount_fen > open_amount(settlement):
        raise InvalidInput(N_("That is more than is open."), field="amount")
    return note_tender(session, actor, clock, method, amount_fen, reference, settlement=settlement)


def refund(
    session: Session, actor: Actor, clock: Clock, settlement_id: int, method: TenderMethod, amount_fen: int, reason: str
) -> Tender:
    """Give money back; raises InvalidInput for more than was received, by another way than it came, or without a reason."""
    actor.require(Permission.SETTLEMENT_REVERSE)
    settlement = _lock(session, settlement_id)
    received = sum(tender.amount_fen for tender in settlement.tenders)
    if not 0 < amount_fen <= received:
        raise InvalidInput(N_("At most what was received can be given back."), field="amount")
    if not reason.strip():
        raise InvalidInput(N_("Say why."), field="reason")
    way_back(settlement.tenders, method, amount_fen, all_by_it=True)
    return note_tender(session, actor, clock, method, -amount_fen, reason, settlement=settlement)


def allow_credit(session: Session, actor: Actor, clock: Clock, settlement_id: int) -> None:
    """Let the customer pay later, within the limit over everything that is open."""
    actor.require(Permission.CREDIT_AUTHORISE)
    settlement = _lock(session, settlement_id)
    if settlement.on_credit_at is not None or open_amount(settlement) <= 0:
        raise WrongState(N_("There is nothing to put on credit."))
    customer = session.scalars(select(Customer).where(Customer.id == settlement.customer_id).with_for_update()).one()
    owed = credit_used(session, customer.id) + open_amount(settlement)
    if owed > customer.credit_limit_fen:
        raise RuleBroken(
            N_("The credit limit is %(limit)s yuan, and %(owed)s would be open."),
            limit=format_yuan(customer.credit_limit_fen),
            owed=format_yuan(owed),
        )
    settlement.on_credit_at, settlement.on_credit_by = clock.now(), actor.name
    audit.record(session, actor, clock, "credit.allow", f"settlement:{settlement.id}", open=open_amount(settlement))


def credit_used(session: Session, customer_id: int) -> int:
    """What a customer owes on credit, in fen; a settlement that was reversed is owed no more."""
    owed = select(func.sum(Settlement.open_fen)).where(
        Settlement.payer == Payer.CUSTOMER,
        Settlement.customer_id == customer_id,
        Settlement.open_fen > 0,
        Settlement.on_credit_at.is_not(None),
    )
    return int(session.scalar(owed) or 0)


def reverse(session: Session, actor: Actor, clock: Clock, order: RepairOrder, version: int | None, reason: str) -> None:
    """Take back an order's settlements by documents with negative amounts; the order can be corrected and settled anew.

    Money received must have been given back first: a reversal never makes money vanish. When the car has left, only
    prices can be corrected: the order stands apart (``reopened``) until it is settled and its correction is ended.
    """
    lock_order(session, order.id)
    expect_version(order, version)
    move = "reverse" if order.delivered_at is None else "reopen"
    move_order(session, actor, clock, order, move, order_facts(order, reason=reason), reason=reason)
    order.settled_at = None
    for settlement in standing(of_order(session, order.id)):
        if sum(tender.amount_fen for tender in settlement.tenders):
            raise RuleBroken(N_("Give the money on %(number)s back first."), number=settlement.number)
        _reversal(session, actor, clock, settlement, reason)


def _reversal(session: Session, actor: Actor, clock: Clock, settlement: Settlement, reason: str) -> None:
    copied = ("kind", "source_id", "code", "name", "hours_centi", "quantity_milli", "unit", "price_fen")
    lines = [
        SettlementLine(
            **{name: getattr(line, name) for name in copied},
            position=line.position,
            discount_permille=line.discount_permille,
            amount_fen=-line.amount_fen,
            origin=line.origin,
        )
        for line in settlement.lines
    ]
    made = Settlement(
        number=next_number(session, "ST", business_date(clock.now())),
        order_id=settlement.order_id,
        payer=settlement.payer,
        customer_id=settlement.customer_id,
        labour_fen=-settlement.labour_fen,
        material_fen=-settlement.material_fen,
        rounding_fen=-settlement.rounding_fen,
        net_fen=-settlement.net_fen,
        tax_fen=-settlement.tax_fen,
        total_fen=-settlement.total_fen,
        issued_at=clock.now(),
        issued_by=actor.name,
        reverses_id=settlement.id,
        reason=reason.strip()[:300],
        lines=lines,
    )
    session.add(made)
    settlement.open_fen = 0
    session.flush()
    audit.record(session, actor, clock, "settlement.reverse", f"order:{settlement.order_id}", number=made.number)
