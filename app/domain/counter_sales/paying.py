"""Paying a cart: the money comes in and the parts leave the shelf in one act, and from there on nothing changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from app.domain.billing.model import TenderMethod
from app.domain.billing.tenders import note_tender
from app.domain.catalogue.model import Tracking
from app.domain.counter_sales import holds
from app.domain.counter_sales.model import CounterSale, CounterSaleLine, SaleState
from app.domain.counter_sales.operations import SOURCE, expect_open, outdated
from app.domain.stock import batches
from app.domain.stock import operations as stock
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.money import format_yuan
from app.kernel.numbering import next_number
from app.kernel.orm import expect_version
from app.kernel.permission import Permission


@dataclass(frozen=True, slots=True)
class Payment:
    """Money by one method, in fen."""

    method: TenderMethod
    amount_fen: int
    reference: str = ""


def pay(
    session: Session, actor: Actor, clock: Clock, sale: CounterSale, version: int | None, payments: Sequence[Payment]
) -> CounterSale:
    """Take the money and hand over the parts: number, tenders and stock in one act.

    Raises InvalidInput when the payments are not exactly the sum of the lines, RuleBroken when a part is not there or when
    it would be sold below cost by somebody who may not allow that; then nothing has happened.
    """
    expect_open(session, actor, sale)
    expect_version(sale, version)
    due = sale.total_fen
    if due <= 0:
        raise RuleBroken(N_("There is nothing to pay on this sale."))
    if any(payment.amount_fen <= 0 for payment in payments) or sum(p.amount_fen for p in payments) != due:
        raise InvalidInput(N_("The payments must add up to %(due)s yuan."), field="amount_1", due=format_yuan(due))
    _still_sold(sale, clock)
    holds.hand_out(session, sale)  # what was kept for this customer is what he now takes
    cost = 0
    for line in sorted(
        sale.lines, key=lambda line: line.part_id
    ):  # always in one order: no two tills wait for each other
        cost += _issue(session, actor, clock, line)
    if sale.net_fen < cost and not actor.may(Permission.BELOW_COST_APPROVE):
        raise RuleBroken(N_("This would be sold below cost. The service manager must take this sale."))
    close(session, actor, clock, sale)
    for payment in payments:
        note_tender(
            session,
            actor,
            clock,
            payment.method,
            payment.amount_fen,
            payment.reference,
            counter_sale_id=sale.id,
        )
    audit.record(
        session, actor, clock, "counter_sale.pay", f"counter_sale:{sale.id}", number=sale.number, total=due, cost=cost
    )
    return sale


def _still_sold(sale: CounterSale, clock: Clock) -> None:
    for line in sale.lines:
        if not line.part.active:
            raise RuleBroken(N_("“%(part)s” is not sold any more."), part=line.name)
    for line in outdated(sale, clock):
        raise RuleBroken(
            N_("The price of “%(part)s” has changed since this sale was begun: take the prices of today first."),
            part=line.name,
        )


def close(session: Session, actor: Actor, clock: Clock, sale: CounterSale) -> None:
    """Make a numbered document of it; from here on the database refuses to change it or its lines."""
    session.flush()  # its lines as they were sold
    sale.number = next_number(session, "CS", business_date(clock.now()))
    sale.state, sale.paid_at, sale.cashier = SaleState.PAID, clock.now(), actor.name
    session.flush()


def hands_of(actor: Actor) -> Actor:
    """Whoever sells over the counter moves just these parts, also a cashier who issues nothing else."""
    return replace(actor, permissions=actor.permissions | {Permission.PARTS_ISSUE})


def _issue(session: Session, actor: Actor, clock: Clock, line: CounterSaleLine) -> int:
    """Take a line's pieces off the shelf and note which they were; returns their cost in fen."""
    tracking, cost = line.part.tracking, 0
    there = batches.good_of(session, [line.part_id]).get(line.part_id, {}) if tracking is not Tracking.NONE else {}
    if tracking is not Tracking.NONE and not there:
        raise _none_left(line)
    names = batches.named(tracking, line.batches)
    taken = batches.shares(tracking, names, there, line.quantity_milli, field=f"batches-{line.id}")
    for batch, milli in taken:
        try:
            cost += stock.issue(
                session,
                hands_of(actor),
                clock,
                part_id=line.part_id,
                source=SOURCE,
                source_id=line.id,
                quantity_milli=milli,
                batch=batch,
            )
        except RuleBroken as refused:
            if refused.field == "batch":  # that very piece, for a reason of its own
                raise
            raise _none_left(line) from None
    line.batches = ", ".join(batch for batch, _ in taken)
    return cost


def _none_left(line: CounterSaleLine) -> RuleBroken:
    return RuleBroken(N_("There is not enough of “%(part)s” on the shelf any more."), part=line.name)
