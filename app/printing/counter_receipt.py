"""销售单: what was sold over the counter and how it was paid, or what came back and how its money was given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.printing.facts import PartLine, Shop
from app.printing.settlement_list import TenderLine


@dataclass(frozen=True, slots=True)
class CounterReceipt:
    """Raises ``ValueError`` unless lines, net and tax add up to the total. Without a number it is no receipt yet."""

    TEMPLATE: ClassVar[str] = "counter_receipt.html"

    shop: Shop
    number: str
    qr: str
    at: datetime
    parts: tuple[PartLine, ...]
    net_fen: int
    tax_fen: int
    total_fen: int
    customer: str = ""  # empty: somebody who walked in
    tenders: tuple[TenderLine, ...] = ()
    vat_percent: int = 13
    cashier: str = ""
    returns_number: str = ""  # of the sale whose pieces came back
    reason: str = ""

    def __post_init__(self) -> None:
        if sum(line.amount_fen for line in self.parts) != self.total_fen:
            raise ValueError("the lines do not add up to the total")
        if self.net_fen + self.tax_fen != self.total_fen:
            raise ValueError("net and tax do not add up to the total")

    @property
    def paid_fen(self) -> int:
        """What the tenders add up to."""
        return sum(tender.amount_fen for tender in self.tenders)
