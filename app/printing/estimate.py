"""维修合同及估价单: the repair contract with the items of JT/T 816, and the estimate that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.printing.facts import Customer, Guarantee, LabourLine, PartLine, Shop, Signature, Vehicle


@dataclass(frozen=True, slots=True)
class Estimate:
    """Contract and estimate; the lines' amounts add up to the total, else ``ValueError``."""

    TEMPLATE: ClassVar[str] = "estimate.html"

    shop: Shop
    order_number: str
    qr: str
    at: datetime  # date of the contract
    adviser: str
    customer: Customer
    vehicle: Vehicle
    kind: str  # RepairKind
    labour: tuple[LabourLine, ...]
    parts: tuple[PartLine, ...]
    total_fen: int  # VAT included
    guarantees: tuple[Guarantee, ...]
    mileage_km: int | None = None
    words: str = ""
    other_fen: int = 0  # fees that are neither labour nor parts
    other_note: str = ""
    overrun_percent: int = 0  # how far the bill may exceed the estimate without asking; 0: always asked
    promised_at: datetime | None = None
    delivery_place: str = ""  # the shop's address unless agreed otherwise
    delivery_method: str = "collect"  # collect | bring
    old_parts: str = "none"  # OldParts
    vat_percent: int = 13
    signature: Signature = Signature()

    def __post_init__(self) -> None:
        if self.labour_fen + self.parts_fen + self.other_fen != self.total_fen:
            raise ValueError("the lines do not add up to the total")

    @property
    def labour_fen(self) -> int:
        """Sum of the labour lines."""
        return sum(line.amount_fen for line in self.labour)

    @property
    def parts_fen(self) -> int:
        """Sum of the part lines."""
        return sum(line.amount_fen for line in self.parts)
