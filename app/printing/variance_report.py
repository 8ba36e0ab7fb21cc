"""盘点差异表: what was counted against what should have lain there, valued, to be signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.printing.facts import Shop


@dataclass(frozen=True, slots=True)
class VarianceLine:
    """A line that differs."""

    bin: str
    number: str
    name: str
    unit: str
    owner: str  # StockOwner
    book_milli: int
    counted_milli: int
    value_fen: int
    counts: tuple[tuple[str, int], ...]  # who counted, and what (thousandths); the last one decides
    with_leave: bool = False  # counted again by the same person, or by one who knew


@dataclass(frozen=True, slots=True)
class VarianceReport:
    """The differences of one stock-take; ``stock_fen`` is what the whole store was worth then, net of VAT."""

    TEMPLATE: ClassVar[str] = "variance_report.html"

    shop: Shop
    number: str
    qr: str
    printed_at: datetime
    scope: str
    posted: bool
    started_by: str
    posted_by: str
    counted_at: datetime | None
    counted_lines: int
    net_fen: int
    absolute_fen: int
    stock_fen: int
    lines: tuple[VarianceLine, ...]
    allowed_reason: str = ""  # why lines were counted again without a second person
    allowed_by: str = ""
    allowed_at: datetime | None = None

    @property
    def share(self) -> str:
        """The differences, their signs left aside, in per cent of the stock value."""
        return f"{self.absolute_fen * 100 / self.stock_fen:.2f}\N{NO-BREAK SPACE}%" if self.stock_fen else "–"
