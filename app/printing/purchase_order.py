"""采购订单: what the shop orders from a supplier, at which price, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from app.printing.facts import Shop


@dataclass(frozen=True, slots=True)
class PurchasePaperLine:
    """One part: thousandths, fen with VAT."""

    number: str
    name: str
    unit: str
    quantity_milli: int
    unit_fen: int
    amount_fen: int
    origin: str = "genuine"  # PartOrigin
    expected_on: date | None = None


@dataclass(frozen=True, slots=True)
class PurchaseOrderPaper:
    """The order; a draft says so across its title."""

    TEMPLATE: ClassVar[str] = "purchase_order.html"

    shop: Shop
    number: str
    qr: str
    printed_at: datetime
    supplier: str
    ordered_on: date
    lines: tuple[PurchasePaperLine, ...]
    supplier_contact: str = ""
    supplier_address: str = ""
    reference: str = ""
    expected_on: date | None = None
    payment_days: int = 0
    remark: str = ""
    drawn_up_by: str = ""
    is_draft: bool = False
    urgent: bool = False

    @property
    def total_fen(self) -> int:
        """The sum of the lines in fen, VAT included."""
        return sum(line.amount_fen for line in self.lines)
