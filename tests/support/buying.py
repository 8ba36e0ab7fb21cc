"""Purchase orders brought to where a test needs them, by the operations themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.purchasing import invoices, orders, receiving, returns
from app.domain.purchasing.model import PurchaseOrder, SupplierInvoice, SupplierReturn
from app.domain.purchasing.states import ReturnReason
from app.domain.suppliers.model import Supplier
from app.kernel.clock import FixedClock, business_date
from tests.support import cast


def draft(session: Session, clock: FixedClock, wanted: dict[int, int], unit_fen: int = 50_000) -> PurchaseOrder:
    """A draft of parts and thousandths to the one supplier of the small shop."""
    supplier = session.scalars(select(Supplier).order_by(Supplier.id)).first()
    assert supplier is not None
    lines = [orders.Wanted(session.get_one(Part, part), milli, unit_fen) for part, milli in wanted.items()]
    return orders.draft_order(session, cast.acting(session, "parts_clerk"), clock, supplier, lines)


def sent(session: Session, clock: FixedClock, wanted: dict[int, int], unit_fen: int = 50_000) -> PurchaseOrder:
    """One that is on its way."""
    order = draft(session, clock, wanted, unit_fen)
    orders.send(session, cast.acting(session, "parts_manager"), clock, order, order.version)
    session.flush()
    return order


def confirmed(session: Session, clock: FixedClock, order: PurchaseOrder, in_days: int) -> None:
    """The supplier promises all of it for a day."""
    day = business_date(clock.now()) + timedelta(days=in_days)
    promised = {line.id: orders.Promised(line.quantity_milli, line.unit_fen, day) for line in order.lines}
    orders.confirm(session, cast.acting(session, "parts_clerk"), clock, order, order.version, promised)
    session.flush()


def receive(
    session: Session, clock: FixedClock, order: PurchaseOrder, note: str = "", **facts: Any
) -> receiving.Received:
    """Unpack the first line of an order: ``good_milli=…, damaged_milli=…``."""
    arrived = [receiving.Arrived(order.lines[0].id, bin_code="B-1", **facts)]
    clerk = cast.acting(session, "parts_clerk")
    done = receiving.receive_delivery(session, clerk, clock, order, order.version, arrived, delivery_note=note)
    session.flush()
    return done


def bill(
    session: Session, clock: FixedClock, done: receiving.Received, number: str = "1", fen: int | None = None
) -> SupplierInvoice:
    """The supplier bills a delivery as it came, or another sum."""
    receipt = done.receipt
    owed = invoices.payable_of(session, [receipt.id])[receipt.id] if fen is None else fen
    facts: dict[str, Any] = {"number": number, "issued_on": business_date(clock.now()), "total_fen": owed}
    manager, supplier = cast.acting(session, "manager"), receipt.order.supplier
    return invoices.enter_invoice(session, manager, clock, supplier, **facts, receipt_ids=[receipt.id])


def send_back(
    session: Session, clock: FixedClock, done: receiving.Received, pieces: int, reason: str = "surplus", **facts: Any
) -> SupplierReturn:
    """Whole pieces of the first line of a delivery go back: off the shelf unless ``stocked=False``; ``batch=…``."""
    wanted = [returns.Back(done.receipt.lines[0].id, pieces * 1000, ReturnReason(reason), **facts)]
    manager, order = cast.acting(session, "parts_manager"), done.receipt.order
    return returns.send_back(session, manager, clock, order, order.version, done.receipt, wanted)
