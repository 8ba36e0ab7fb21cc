"""Goods of a delivery go back to the supplier: off the shelf at moving average, for a credit at the price at which they came.

What arrived damaged never lay on the shelf: it goes back by the same document, and nothing moves. Whether the supplier
credits it or delivers again is the matter of its discrepancy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.domain.catalogue.model import Part
from app.domain.purchasing.invoices import hold_against_receipts, hold_receipts, invoice_of_receipt
from app.domain.purchasing.model import (
    Discrepancy,
    GoodsReceipt,
    GoodsReceiptLine,
    PurchaseOrder,
    SupplierReturn,
    SupplierReturnLine,
)
from app.domain.purchasing.returned import Gone, gone_of
from app.domain.purchasing.states import CreditState, DiscrepancyKind, Resolution, ReturnReason
from app.domain.stock import back_to_supplier, batches, periods
from app.domain.stock.model import StockBalance
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken
from app.kernel.money import line_amount
from app.kernel.numbering import next_number
from app.kernel.orm import expect_version
from app.kernel.permission import Permission
from app.kernel.quantity import expect_whole_pieces, format_quantity

SOURCE = "supplier_return_line"


@dataclass(frozen=True, slots=True)
class Back:
    """What goes back of a line of a delivery, in thousandths; ``stocked``: off the shelf, else of what arrived damaged."""

    receipt_line_id: int
    quantity_milli: int
    reason: ReturnReason = ReturnReason.DAMAGED
    stocked: bool = True
    batch: str = ""

    @property
    def field(self) -> str:
        """The form's field of the quantity."""
        return f"{'back' if self.stocked else 'broken'}-{self.receipt_line_id}"


def send_back(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: PurchaseOrder,
    version: int | None,
    receipt: GoodsReceipt,
    wanted: Sequence[Back],
    *,
    remark: str = "",
    returned_on: date | None = None,
) -> SupplierReturn:
    """Send goods of a delivery back, all of it or nothing; the caller has locked the order.

    Raises InvalidInput naming the field at fault (``back-7``) for more than came or lies free, and for a day ahead, in a
    closed period or before the goods came; RuleBroken while their price is argued about.
    """
    actor.require(Permission.PURCHASE_SEND)
    expect_version(order, version)
    wanted = [one for one in wanted if one.quantity_milli]
    if not wanted:
        raise InvalidInput(N_("Say how much goes back."), field="back")
    hold_receipts(session, [receipt.id])
    _check_day(session, clock, receipt, returned_on)
    lines = {line.id: line for line in receipt.lines}
    before, argued = gone_of(session, lines), _differences(session, receipt)
    for one in wanted:
        if one.receipt_line_id not in lines:
            raise NotFound(N_("There is no such line of this delivery."))
        _check(lines[one.receipt_line_id], one, before, argued)
    billed = invoice_of_receipt(session, receipt.id)
    made = SupplierReturn(
        number=next_number(session, "SR", business_date(clock.now())),
        receipt=receipt,
        supplier_id=order.supplier_id,
        state=CreditState.AWAITED if billed is not None else CreditState.TAKEN_OFF,
        remark=remark.strip()[:300],
        returned_at=clock.now(),
        returned_on=returned_on or business_date(clock.now()),
        staff_id=actor.staff_id,
        expected_fen=0,
        credited_fen=0,
        lines=[],
    )
    session.add(made)
    session.flush()
    parts = {lines[one.receipt_line_id].line.part_id for one in wanted if one.stocked}
    shelves = back_to_supplier.lock(session, parts)
    for one in sorted(wanted, key=lambda one: lines[one.receipt_line_id].line.part_id):
        _take(session, actor, clock, made, lines[one.receipt_line_id], one, before, argued, shelves)
    made.expected_fen = sum(line.amount_fen for line in made.lines)
    if not made.expected_fen:
        made.state = CreditState.NOTHING_DUE
    session.flush()
    settle_surplus(session, actor, clock, receipt, made.number)
    if billed is not None:
        hold_against_receipts(session, billed)  # what was argued about may be settled by it
    flag_modified(order, "remark")  # whoever has the delivery open and sends the same pieces back must look again
    session.flush()
    audit.record(
        session,
        actor,
        clock,
        "purchase.send_back",
        f"purchase_order:{order.id}",
        number=made.number,
        receipt=receipt.number,
        lines=len(made.lines),
        expected_fen=made.expected_fen,
    )
    return made


Argued = dict[tuple[int | None, DiscrepancyKind], Discrepancy]


def _differences(session: Session, receipt: GoodsReceipt) -> Argued:
    found = session.scalars(select(Discrepancy).where(Discrepancy.receipt_id == receipt.id).order_by(Discrepancy.id))
    return {(one.receipt_line_id, one.kind): one for one in found}


def _check_day(session: Session, clock: Clock, receipt: GoodsReceipt, returned_on: date | None) -> None:
    if returned_on is None:
        return
    periods.refuse_closed(session, clock, returned_on)  # also when nothing moves: the papers are of that day
    came_on = receipt.arrived_on or business_date(receipt.received_at)
    if returned_on < came_on:
        raise InvalidInput(N_("It came on %(day)s only."), field="posted_on", day=came_on.isoformat())


def _check(row: GoodsReceiptLine, one: Back, before: Gone, argued: Argued) -> None:
    part: Part = row.line.part
    if one.quantity_milli < 0:
        raise InvalidInput(N_("The quantity must be above zero."), field=one.field)
    expect_whole_pieces(one.quantity_milli, part.unit, part.name, field=one.field)
    left = (row.accepted_milli if one.stocked else row.damaged_milli) - before.get((row.id, one.stocked), 0)
    if one.quantity_milli > left:
        raise InvalidInput(
            N_("“%(part)s”: only %(left)s of this delivery have not gone back yet."),
            field=one.field,
            part=part.name,
            left=format_quantity(left),
        )
    price = argued.get((row.id, DiscrepancyKind.WRONG_PRICE))
    if price is not None and price.resolved_at is None:
        raise RuleBroken(
            N_("“%(part)s”: settle its price with the supplier first, then it is clear what he credits."),
            field=one.field,
            part=part.name,
        )


def _due(row: GoodsReceiptLine, one: Back, before: Gone, argued: Argued) -> tuple[int, int]:
    """(price, amount) in fen with VAT of the credit: what the shop owes for these pieces, told from what it has agreed to."""
    if not one.stocked:
        broken = argued.get((row.id, DiscrepancyKind.DAMAGED))
        paid = broken is not None and broken.resolution is Resolution.ACCEPTED
        return row.unit_fen, line_amount(one.quantity_milli, row.unit_fen) if paid else 0
    price = argued.get((row.id, DiscrepancyKind.WRONG_PRICE))
    dearer = price is not None and price.resolution is Resolution.ACCEPTED
    unit_fen = row.note_fen if dearer else row.unit_fen
    # Of fractions the parts add up to the whole that is billed.
    left = row.accepted_milli - before.get((row.id, True), 0)
    return unit_fen, line_amount(left, unit_fen) - line_amount(left - one.quantity_milli, unit_fen)


def _take(
    session: Session,
    actor: Actor,
    clock: Clock,
    made: SupplierReturn,
    row: GoodsReceiptLine,
    one: Back,
    before: Gone,
    argued: Argued,
    shelves: dict[int, list[StockBalance]],
) -> None:
    part, pieces = row.line.part, list[tuple[str, int]]()
    if one.stocked:
        free = back_to_supplier.free_in(shelves[part.id])
        if one.quantity_milli > free:
            raise InvalidInput(
                N_("“%(part)s”: only %(free)s lie free; the rest is promised, held back or gone."),
                field=one.field,
                part=part.name,
                free=format_quantity(free),
            )
        pieces = _pieces(session, part, row, one)
        batches.expect_room(pieces, field=f"batch-{row.id}")
    unit_fen, amount_fen = _due(row, one, before, argued)
    line = SupplierReturnLine(
        receipt_line=row,
        stocked=one.stocked,
        quantity_milli=one.quantity_milli,
        reason=one.reason if one.stocked else ReturnReason.DAMAGED,
        unit_fen=unit_fen,
        amount_fen=amount_fen,
        cost_fen=0,
        batch=", ".join(batch for batch, _milli in pieces if batch),
    )
    made.lines.append(line)
    session.flush()
    if one.stocked:
        line.cost_fen = back_to_supplier.send(
            session,
            actor,
            clock,
            shelves[part.id],
            pieces,
            first_bin_id=row.bin_id,
            source=SOURCE,
            source_id=line.id,
            reason=made.number,
            posted_on=made.returned_on,
        )


def pieces_there(session: Session, row: GoodsReceiptLine) -> dict[str, int]:
    """batch → thousandths of a tracked part that may go back: what came by this line and lies here still."""
    there = batches.good_of(session, [row.line.part_id]).get(row.line.part_id, {})
    came = set(batches.named(row.line.part.tracking, row.batch))
    return {name: milli for name, milli in there.items() if name in came} if came else there


def _pieces(session: Session, part: Part, row: GoodsReceiptLine, one: Back) -> list[tuple[str, int]]:
    names = batches.named(part.tracking, one.batch)
    field = f"batch-{row.id}"
    return batches.shares(part.tracking, names, pieces_there(session, row), one.quantity_milli, field=field)


def settle_surplus(session: Session, actor: Actor, clock: Clock, receipt: GoodsReceipt, number: str) -> None:
    """What came beyond the order and has all gone back as that is argued about no more; what is here again is."""
    came = {line.id: line.accepted_milli for line in receipt.lines}
    gone, whatever = gone_of(session, came, reason=ReturnReason.SURPLUS), gone_of(session, came)
    for (row_id, kind), found in _differences(session, receipt).items():
        if kind is not DiscrepancyKind.OVER or row_id is None:
            continue
        all_back = (
            gone.get((row_id, True), 0) >= found.quantity_milli or whatever.get((row_id, True), 0) >= came[row_id]
        )
        if all_back and found.resolution is None:
            found.resolution, found.resolved_at = Resolution.SENT_BACK, clock.now()
            found.resolved_by_id, found.remark = actor.staff_id, number
        elif not all_back and found.resolution is Resolution.SENT_BACK:
            found.resolution, found.resolved_at, found.resolved_by_id, found.remark = None, None, None, ""
    session.flush()
