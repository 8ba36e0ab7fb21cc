"""Parts of an order's jobs: reserved when the customer has said yes, issued to the technician, given back.

A line is locked before its stock is touched (order, then lines, then balances, always): a receipt may serve a line in the
same moment in which the desk issues it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.domain.catalogue.model import Part
from app.domain.repair_orders.model import Job, PartLine, RepairOrder
from app.domain.repair_orders.moves import move_job
from app.domain.repair_orders.rules import ON_THE_FLOOR, OPEN_FOR_WORK, TO_BE_DONE, readiness
from app.domain.repair_orders.states import JobState, OrderState, PartsReadiness
from app.domain.stock import operations as stock
from app.domain.stock import others
from app.domain.stock.model import StockBalance
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.money import MAX_FEN, line_amount, split_vat
from app.kernel.permission import Permission
from app.kernel.quantity import expect_whole_pieces, format_quantity

SOURCE = "part_line"
SETTLED = frozenset({OrderState.SETTLED, OrderState.DELIVERED, OrderState.CLOSED})


def live(lines: Iterable[PartLine]) -> list[PartLine]:
    """The lines that are not struck out."""
    return [line for line in lines if not line.cancelled]


def job_readiness(job: Job) -> PartsReadiness:
    """Can the job start? Derived from its live lines; what the customer brings is always there."""
    lines = [line for line in live(job.part_lines) if not line.customer_supplied]
    return readiness([(line.quantity_milli, line.reserved_milli, line.issued_milli) for line in lines])


def _lock(session: Session, line: PartLine) -> None:
    """Read a line anew and hold it until the commit."""
    session.flush()
    session.refresh(
        line, ["quantity_milli", "issued_milli", "reserved_milli", "cancelled", "version"], with_for_update=True
    )


def reserve_line(session: Session, actor: Actor, clock: Clock, line: PartLine) -> None:
    """Promise what is on the shelf to a line; what is missing stays visible as short."""
    if line.customer_supplied or line.cancelled:
        return
    _lock(session, line)
    missing = line.quantity_milli - line.issued_milli - line.reserved_milli
    if missing > 0:
        line.reserved_milli += stock.reserve(session, line.part_id, SOURCE, line.id, missing)
    if line.asked_at is None:
        line.asked_at = clock.now()
        line.served_at_once = line.quantity_milli <= line.issued_milli + line.reserved_milli


def release_line(session: Session, actor: Actor, clock: Clock, line: PartLine) -> None:
    """Give back what was promised to a line, to those who wait for it."""
    _lock(session, line)
    if line.reserved_milli:
        stock.release(session, SOURCE, line.id)
        line.reserved_milli = 0
        session.flush()
        serve_waiting(session, actor, clock, line.part_id)


def issue_line(
    session: Session, actor: Actor, clock: Clock, line: PartLine, quantity_milli: int, batch: str = ""
) -> None:
    """Hand a quantity to the technician; raises InvalidInput or RuleBroken, and then nothing moved.

    Of a tracked part ``batch`` says which batch or piece.

    The caller has locked the order.
    """
    _lock(session, line)
    if line.cancelled or line.job.state not in TO_BE_DONE or line.order.state not in OPEN_FOR_WORK:
        raise RuleBroken(N_("The customer has not approved this job: nothing may be issued for it."))
    if line.customer_supplied:
        raise RuleBroken(N_("The customer brings this part: there is nothing to issue."))
    if quantity_milli <= 0:
        raise InvalidInput(N_("The quantity must be above zero."), field="quantity")
    if quantity_milli > line.quantity_milli - line.issued_milli:
        raise InvalidInput(N_("More would be issued than the job needs."), field="quantity")
    rest = line.quantity_milli - line.issued_milli
    expect_whole_pieces(quantity_milli, line.unit, line.name, field="quantity", rest=rest)
    stock.issue(
        session,
        actor,
        clock,
        part_id=line.part_id,
        source=SOURCE,
        source_id=line.id,
        quantity_milli=quantity_milli,
        batch=batch,
    )
    left = stock.held(session, SOURCE, line.id)  # asked before the line changes: one UPDATE, not two
    line.issued_milli += quantity_milli
    line.reserved_milli = left


def return_line(
    session: Session,
    actor: Actor,
    clock: Clock,
    line: PartLine,
    quantity_milli: int,
    reason: str,
    *,
    still_needed: bool = True,
    batch: str = "",
) -> None:
    """Take a quantity back into the bin it came from; those who wait are served from it.

    ``still_needed`` says whether the job gets another one later (a wrong or faulty part). If not, the line shrinks by
    what came back and the customer does not pay for it; when nothing is left of it, it is struck out. Raises InvalidInput
    for more than is out, RuleBroken once the order is settled.
    """
    _lock(session, line)
    if quantity_milli <= 0:
        raise InvalidInput(N_("The quantity must be above zero."), field="quantity")
    if quantity_milli > line.issued_milli:
        raise InvalidInput(N_("More would come back than was issued."), field="quantity")
    expect_whole_pieces(quantity_milli, line.unit, line.name, field="quantity", rest=line.issued_milli)
    if line.order.state in SETTLED:
        raise RuleBroken(N_("This order is settled: the part is paid for. Reverse the settlement first."))
    to_be_done = line.job.state in TO_BE_DONE and not line.cancelled
    if still_needed and to_be_done and line.job.state in {JobState.DONE, JobState.PASSED}:
        raise RuleBroken(N_("The job is done without this part: choose that it is not needed."))
    stock.give_back(
        session,
        actor,
        clock,
        part_id=line.part_id,
        source=SOURCE,
        source_id=line.id,
        quantity_milli=quantity_milli,
        reason=reason,
        batch=batch,
    )
    line.issued_milli -= quantity_milli
    if to_be_done and not still_needed:
        _shrink(session, actor, clock, line, quantity_milli)
    session.flush()
    serve_waiting(session, actor, clock, line.part_id)


def drop_rest(session: Session, actor: Actor, clock: Clock, line: PartLine) -> None:
    """Take off a line what was not handed out and is not needed: it goes to those who wait, and the customer pays less.

    Of a line of which nothing was handed out nothing is left: it is struck out. Raises RuleBroken when there is no rest.
    The caller has locked the order.
    """
    _lock(session, line)
    if line.cancelled or line.job.state not in TO_BE_DONE or line.order.state not in OPEN_FOR_WORK:
        raise RuleBroken(N_("This order needs no part on that line any more."))
    rest = line.quantity_milli - line.issued_milli
    if rest <= 0:
        raise RuleBroken(N_("All of “%(part)s” is issued already."), part=line.name)
    stock.release(session, SOURCE, line.id)
    line.reserved_milli = 0
    _shrink(session, actor, clock, line, rest)  # before others are served: this line must not be among those that wait
    session.flush()
    serve_waiting(session, actor, clock, line.part_id)


def _shrink(session: Session, actor: Actor, clock: Clock, line: PartLine, by_milli: int) -> None:
    """Nobody asks the customer when it gets cheaper; the order's history and the audit log say who did it."""
    move_job(session, actor, clock, line.job, "part_off", reason=f"{line.name} × {format_quantity(by_milli)}")
    if by_milli == line.quantity_milli:
        line.cancelled = True
    else:
        line.quantity_milli -= by_milli
        line.amount_fen = line_amount(line.quantity_milli, line.price_fen, line.discount_permille)
    flag_modified(line.order, "words")  # the price changed: whoever has the order open must look again
    amount = 0 if line.cancelled else line.amount_fen
    audit.record(session, actor, clock, "part_line.change", f"part_line:{line.id}", amount=amount)


def serve_waiting(session: Session, actor: Actor, clock: Clock, part_id: int) -> list[PartLine]:
    """Promise free stock of a part to the lines that wait for it, earliest promised time first; returns those served."""
    in_work = select(RepairOrder.id).where(RepairOrder.state.in_(OPEN_FOR_WORK))
    waiting = session.scalars(
        select(PartLine)
        .join(PartLine.order)
        .join(PartLine.job)
        .where(
            PartLine.part_id == part_id,
            PartLine.cancelled.is_(False),
            PartLine.customer_supplied.is_(False),
            PartLine.reserved_milli + PartLine.issued_milli < PartLine.quantity_milli,
            PartLine.order_id.in_(in_work),
            Job.state.in_(ON_THE_FLOOR),
        )
        .order_by(RepairOrder.promised_at.is_(None), RepairOrder.promised_at, PartLine.id)
        .with_for_update(of=PartLine)
        .execution_options(populate_existing=True)
    ).all()
    served = []
    for line in waiting:
        before = line.reserved_milli
        reserve_line(session, actor, clock, line)
        if line.reserved_milli > before:
            served.append(line)
    return served


def tell_arrived(session: Session, actor: Actor, clock: Clock, served: Iterable[PartLine]) -> None:
    """Note on the jobs of lines that were served that nothing is missing any more, where that is so."""
    by_job: dict[Job, list[str]] = {}
    for line in served:
        by_job.setdefault(line.job, []).append(line.name)
    for job, names in by_job.items():
        if job_readiness(job) is PartsReadiness.READY:
            move_job(session, actor, clock, job, "parts_arrive", reason=", ".join(dict.fromkeys(names))[:300])


def receive_goods(
    session: Session,
    actor: Actor,
    clock: Clock,
    part: Part,
    *,
    bin_code: str,
    quantity_milli: int,
    unit_fen: int,
    note: str = "",
    source: tuple[str, int] | None = None,
    posted_on: date | None = None,
    batch: str = "",
) -> list[PartLine]:
    """Goods in at a purchase price as quoted, VAT included (fen each); it is valued without VAT.

    The lines that wait are served in promise order and returned. ``source`` names the line that it came under; without
    one it came unordered. ``posted_on`` is the day it came when that is typed in later.

    Raises InvalidInput for a bin without a code and for a value that no delivery has.
    """
    actor.require(Permission.STOCK_RECEIVE)
    if unit_fen < 0:
        raise InvalidInput(N_("The amount must not be below zero."), field="price")
    expect_whole_pieces(quantity_milli, part.unit, part.name, field="quantity")
    gross = line_amount(quantity_milli, unit_fen)
    if gross > MAX_FEN:
        raise InvalidInput(N_("Quantity and price come to more than a shop ever receives."), field="price")
    # No edit of the master by a person: two deliveries at once must not be each other's lost update.
    session.execute(
        update(Part).where(Part.id == part.id).values(last_received_on=posted_on or business_date(clock.now()))
    )
    stock.receive(
        session,
        actor,
        clock,
        part_id=part.id,
        bin_id=stock.ensure_bin(session, bin_code).id,
        quantity_milli=quantity_milli,
        value_fen=split_vat(gross)[0],
        source=source[0] if source else "receipt",
        source_id=source[1] if source else part.id,
        reason=note,
        posted_on=posted_on,
        batch=batch,
    )
    session.flush()
    served = serve_waiting(session, actor, clock, part.id)
    tell_arrived(session, actor, clock, served)
    return served


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
    """Goods on consignment become the shop's (fen with VAT each); the lines that wait are served and returned."""
    part_id = balance.part_id
    others.take_over(session, actor, clock, balance, quantity_milli, unit_fen, reason, batch)
    session.flush()
    served = serve_waiting(session, actor, clock, part_id)
    tell_arrived(session, actor, clock, served)
    return served
