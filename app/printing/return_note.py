"""采购退货单: what goes back to a supplier, why, and what he credits for it; he signs that he has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from app.printing.facts import Shop


@dataclass(frozen=True, slots=True)
class ReturnNoteLine:
    """One part: thousandths, fen with VAT; an amount of None is settled otherwise. ``reason`` as its word."""

    number: str
    name: str
    unit: str
    quantity_milli: int
    unit_fen: int
    amount_fen: int | None
    reason: str  # ReturnReason
    origin: str = "genuine"  # PartOrigin
    batch: str = ""


@dataclass(frozen=True, slots=True)
class ReturnNote:
    """The return of goods of one delivery; one that the supplier did not take says so."""

    TEMPLATE: ClassVar[str] = "return_note.html"

    shop: Shop
    number: str
    qr: str
    printed_at: datetime
    supplier: str
    returned_on: date
    order: str
    receipt: str
    delivery_note: str
    lines: tuple[ReturnNoteLine, ...]
    billed: bool  # a credit note is asked for; else it is left out of the invoice
    supplier_contact: str = ""
    supplier_address: str = ""
    remark: str = ""
    sent_by: str = ""
    refused: bool = False

    @property
    def total_fen(self) -> int:
        """The sum of the lines in fen, VAT included."""
        return sum(line.amount_fen or 0 for line in self.lines)
