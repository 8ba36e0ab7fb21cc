"""How well a supplier delivers, counted from the receipts; always with numerator and denominator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.purchasing.model import Discrepancy, GoodsReceipt, GoodsReceiptLine, PurchaseLine, PurchaseOrder
from app.domain.purchasing.queries import PROMISED_ON
from app.domain.purchasing.returned import sent_back_between
from app.domain.purchasing.states import DiscrepancyKind
from app.kernel.clock import at_shop, business_date
from app.kernel.money import divide_half_up, line_amount
from app.kernel.ratio import Ratio

# The house's weights in percent: what makes a customer wait counts most.
WEIGHTS = {"on_time": 40, "quantity": 25, "quality": 20, "price": 15}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The lines received from a supplier in a span of time, judged four ways."""

    on_time: Ratio
    quantity: Ratio
    quality: Ratio
    price: Ratio
    bought_fen: int = 0  # less what went back

    @property
    def score(self) -> int | None:
        """The weighted mean in thousandths of what can be judged; None when nothing came."""
        known = [(weight, getattr(self, name).permille) for name, weight in WEIGHTS.items()]
        known = [(weight, permille) for weight, permille in known if permille is not None]
        weights = sum(weight for weight, _ in known)
        return divide_half_up(sum(weight * permille for weight, permille in known), weights) if weights else None


def evaluate(session: Session, supplier_ids: Sequence[int], today: date, days: int = 365) -> dict[int, Evaluation]:
    """Judge the receipts of the last ``days``: a line is on time when it came by the day that was promised for it.

    A line of which nothing was in the parcels, though the note says so, counts as one of a wrong quantity. What was
    wrong stays so after it has gone back; only what was bought is less.
    """
    since = at_shop(today - timedelta(days=days), time(0))
    recent = (PurchaseOrder.supplier_id.in_(supplier_ids), GoodsReceipt.received_at >= since)
    rows = session.execute(
        select(
            PurchaseOrder.supplier_id,
            GoodsReceiptLine.id,
            GoodsReceiptLine.accepted_milli,
            GoodsReceiptLine.unit_fen,
            GoodsReceipt.received_at,
            GoodsReceipt.arrived_on,
            PROMISED_ON.label("promised_on"),
        )
        .join(GoodsReceipt, GoodsReceipt.id == GoodsReceiptLine.receipt_id)
        .join(PurchaseLine, PurchaseLine.id == GoodsReceiptLine.line_id)
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseLine.order_id)
        .where(*recent)
    ).all()
    kinds: dict[DiscrepancyKind, set[int]] = {kind: set() for kind in DiscrepancyKind}
    nothing_came: dict[int, int] = dict.fromkeys(supplier_ids, 0)
    for supplier_id, line_id, kind in session.execute(
        select(PurchaseOrder.supplier_id, Discrepancy.receipt_line_id, Discrepancy.kind)
        .join(GoodsReceipt, GoodsReceipt.id == Discrepancy.receipt_id)
        .join(PurchaseOrder, PurchaseOrder.id == GoodsReceipt.order_id)
        .where(*recent)
    ):
        if line_id is None:  # on the delivery note and not in the parcels: no line tells of it
            nothing_came[supplier_id] += 1
        else:
            kinds[kind].add(line_id)
    by_supplier: dict[int, list[Any]] = {supplier_id: [] for supplier_id in supplier_ids}
    for row in rows:
        by_supplier[row.supplier_id].append(row)
    went_back = sent_back_between(session, supplier_ids, today - timedelta(days=days), today)
    return {id_: _judged(lines, kinds, nothing_came[id_], went_back.get(id_, 0)) for id_, lines in by_supplier.items()}


def _judged(rows: list[Any], kinds: dict[DiscrepancyKind, set[int]], nothing_came: int, went_back: int) -> Evaluation:
    promised = [row for row in rows if row.promised_on is not None]
    miscounted = kinds[DiscrepancyKind.SHORT] | kinds[DiscrepancyKind.OVER]
    return Evaluation(
        on_time=Ratio(
            sum((row.arrived_on or business_date(row.received_at)) <= row.promised_on for row in promised),
            len(promised),
        ),
        quantity=Ratio(sum(row.id not in miscounted for row in rows), len(rows) + nothing_came),
        quality=Ratio(sum(row.id not in kinds[DiscrepancyKind.DAMAGED] for row in rows), len(rows)),
        price=Ratio(sum(row.id not in kinds[DiscrepancyKind.WRONG_PRICE] for row in rows), len(rows)),
        bought_fen=sum(line_amount(row.accepted_milli, row.unit_fen) for row in rows) - went_back,
    )
