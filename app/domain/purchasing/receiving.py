"""A delivery unpacked: what is good goes into its bin and to the cars that wait; what is wrong with it is noted.

Goods are valued at the agreed price. What the delivery note says otherwise is a discrepancy, settled with the supplier, and
never moves the average cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.domain.catalogue.model import Tracking
from app.domain.purchasing.model import Discrepancy, GoodsReceipt, GoodsReceiptLine, PurchaseLine, PurchaseOrder
from app.domain.purchasing.orders import announce, finish_if_done, line_of
from app.domain.purchasing.states import PURCHASE_ORDER, DiscrepancyKind
from app.domain.repair_orders.model import PartLine
from app.domain.repair_orders.parts import receive_goods
from app.domain.stock import periods
from app.domain.stock.batches import WHOLE, expect_one_each, expect_room, named
from app.domain.stock.operations import ensure_bin
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.money import line_amount
from app.kernel.numbering import next_number
from app.kernel.orm import expect_version
from app.kernel.quantity import expect_whole_pieces, format_quantity

SOURCE = "goods_receipt_line"


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of one line, in thousandths; ``noted_milli`` and ``note_fen`` are what the delivery note says."""

    line_id: int
    good_milli: int
    damaged_milli: int = 0
    noted_milli: int | None = None
    note_fen: int | None = None
    bin_code: str = ""
    keep_surplus: bool = False
    batch: str = ""


@dataclass(slots=True)
class Received:
    """What became of a delivery."""

    receipt: GoodsReceipt
    served: list[PartLine] = field(default_factory=list)
    discrepancies: list[Discrepancy] = field(default_factory=list)


def receive_delivery(
    session: Session,
    actor: Actor,
    clock: Clock,
    order: PurchaseOrder,
    version: int | None,
    arrived: Sequence[Arrived],
    *,
    delivery_note: str = "",
    arrived_on: date | None = None,
) -> Received:
    """Take a delivery in, all of it or nothing; the caller has locked the order.

    Raises InvalidInput naming the field of the line at fault (``good-7``), also for more than was ordered unless the surplus
    is kept on purpose, and for an ``arrived_on`` ahead or in a closed period; RuleBroken for a delivery note that was taken in before.
    """
    expect_version(order, version)
    PURCHASE_ORDER.check("receive", order.state, actor)
    note = delivery_note.strip()[:60]
    came = [entry for entry in arrived if entry.good_milli or entry.damaged_milli or entry.noted_milli]
    if not came:
        raise InvalidInput(N_("Nothing has come: type what was in the parcels."), field="delivery_note")
    if note and session.scalar(
        select(GoodsReceipt.id).where(GoodsReceipt.order_id == order.id, GoodsReceipt.delivery_note == note)
    ):
        raise RuleBroken(N_("Delivery note %(note)s was received already."), field="delivery_note", note=note)
    for entry in came:
        _check(line_of(order, entry.line_id), entry)
    if arrived_on is not None:  # also of parcels in which all was broken, and nothing is posted
        periods.refuse_closed(session, clock, arrived_on)
    receipt = GoodsReceipt(
        number=next_number(session, "GR", business_date(clock.now())),
        order_id=order.id,
        delivery_note=note,
        arrived_on=arrived_on,
        received_at=clock.now(),
        staff_id=actor.staff_id,
    )
    session.add(receipt)
    session.flush()
    done = Received(receipt)
    # Parts in the order of their ids: two deliveries that serve the same orders cannot wait for each other.
    for entry in sorted(came, key=lambda entry: line_of(order, entry.line_id).part_id):
        _take_in(session, actor, clock, order, done, entry)
    flag_modified(order, "remark")  # whoever has the page open and types the same parcels must look again
    announce(session, order)
    finish_if_done(session, clock, order)
    audit.record(
        session,
        actor,
        clock,
        "purchase.receive",
        f"purchase_order:{order.id}",
        receipt=receipt.number,
        lines=len(came),
        discrepancies=len(done.discrepancies),
    )
    return done


def _check(line: PurchaseLine, entry: Arrived) -> None:
    good = f"good-{line.id}"
    if entry.good_milli < 0 or entry.damaged_milli < 0 or (entry.noted_milli or 0) < 0:
        raise InvalidInput(N_("The quantity must be above zero."), field=good)
    for milli, name in ((entry.good_milli, good), (entry.damaged_milli, f"damaged-{line.id}")):
        expect_whole_pieces(milli, line.part.unit, line.part.name, field=name)
    if entry.good_milli and not entry.bin_code.strip():
        raise InvalidInput(N_("Give the bin for “%(part)s”."), field=f"bin-{line.id}", part=line.part.name)
    if entry.note_fen is not None and entry.note_fen < 0:
        raise InvalidInput(N_("The amount must not be below zero."), field=f"price-{line.id}")
    tracking = line.part.tracking
    names = named(tracking, entry.batch)
    expect_room([(name, 0) for name in names], field=f"batch-{line.id}")
    if entry.good_milli and tracking is not Tracking.NONE:
        if tracking is Tracking.BATCH and len(names) != 1:
            raise InvalidInput(N_("Give the batch."), field=f"batch-{line.id}")
        if tracking is Tracking.SERIAL:
            expect_one_each(names, entry.good_milli, field=f"batch-{line.id}")
    surplus = entry.good_milli - line.open_milli
    if surplus > 0 and not entry.keep_surplus:
        raise InvalidInput(
            N_("“%(part)s”: %(open)s are open, %(more)s more came. Take in less, or tick that the surplus is kept."),
            field=good,
            part=line.part.name,
            open=format_quantity(line.open_milli),
            more=format_quantity(surplus),
        )
    absurd = (
        (surplus, good),
        (entry.damaged_milli, f"damaged-{line.id}"),
        (entry.noted_milli or 0, f"noted-{line.id}"),
    )
    for milli, name in absurd:
        if milli > 10 * line.quantity_milli:
            raise InvalidInput(
                N_("“%(part)s”: that is more than ten times what was ordered. Check the quantity."),
                field=name,
                part=line.part.name,
            )


def _take_in(
    session: Session, actor: Actor, clock: Clock, order: PurchaseOrder, done: Received, entry: Arrived
) -> None:
    line = line_of(order, entry.line_id)
    open_before, note_fen = line.open_milli, line.unit_fen if entry.note_fen is None else entry.note_fen
    row = None
    if entry.good_milli or entry.damaged_milli:
        row = GoodsReceiptLine(
            receipt_id=done.receipt.id,
            line_id=line.id,
            bin_id=ensure_bin(session, entry.bin_code).id if entry.good_milli else None,
            accepted_milli=entry.good_milli,
            damaged_milli=entry.damaged_milli,
            unit_fen=line.unit_fen,
            note_fen=note_fen,
            batch=", ".join(named(line.part.tracking, entry.batch)),
        )
        session.add(row)
        session.flush()
        _put_away(session, actor, clock, done, line, row.id, entry)
    for kind, milli, fen in _differences(line, entry, open_before, note_fen):
        if milli <= 0:
            continue
        discrepancy = Discrepancy(
            receipt_id=done.receipt.id,
            receipt_line_id=row.id if row is not None else None,
            line_id=line.id,
            kind=kind,
            quantity_milli=milli,
            amount_fen=fen,
        )
        session.add(discrepancy)
        done.discrepancies.append(discrepancy)


def _put_away(
    session: Session, actor: Actor, clock: Clock, done: Received, line: PurchaseLine, row_id: int, entry: Arrived
) -> None:
    """What is good goes into its bin at the agreed price and serves whoever waits, piece by piece if pieces are known."""
    if not entry.good_milli:
        return
    line.received_milli += entry.good_milli
    serial = line.part.tracking is Tracking.SERIAL
    names = named(line.part.tracking, entry.batch)
    for batch in names if serial else [", ".join(names)]:
        done.served += receive_goods(
            session,
            actor,
            clock,
            line.part,
            bin_code=entry.bin_code,
            quantity_milli=WHOLE if serial else entry.good_milli,
            unit_fen=line.unit_fen,
            note=" ".join(filter(None, (done.receipt.number, done.receipt.delivery_note))),
            source=(SOURCE, row_id),
            posted_on=done.receipt.arrived_on,
            batch=batch,
        )


def _differences(
    line: PurchaseLine, entry: Arrived, open_before: int, note_fen: int
) -> tuple[tuple[DiscrepancyKind, int, int], ...]:
    """(kind, thousandths, fen at stake) against the delivery note and the order; of nothing or less there is none."""
    missing = entry.noted_milli - entry.good_milli - entry.damaged_milli if entry.noted_milli else 0
    over = entry.good_milli - open_before
    dearer = line_amount(entry.good_milli, note_fen) - line_amount(entry.good_milli, line.unit_fen)
    return (
        (DiscrepancyKind.SHORT, missing, line_amount(max(0, missing), note_fen)),
        (DiscrepancyKind.DAMAGED, entry.damaged_milli, line_amount(entry.damaged_milli, line.unit_fen)),
        (DiscrepancyKind.OVER, over, line_amount(max(0, over), line.unit_fen)),
        (DiscrepancyKind.WRONG_PRICE, entry.good_milli if note_fen != line.unit_fen else 0, dearer),
    )
