"""结算清单 after JT/T 1133: what was done and what one payer owes for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.printing.facts import Customer, Guarantee, LabourLine, PartLine, Shop, Signature, Vehicle


@dataclass(frozen=True, slots=True)
class Fees:
    """The fees that the standard lists, VAT included; labour and material are the sums of their lines."""

    labour_fen: int
    material_fen: int
    diagnosis_fen: int = 0
    inspection_fen: int = 0
    processing_fen: int = 0
    other_fen: int = 0

    @property
    def total_fen(self) -> int:
        """All fees together."""
        return (
            self.diagnosis_fen
            + self.inspection_fen
            + self.material_fen
            + self.labour_fen
            + self.processing_fen
            + self.other_fen
        )


@dataclass(frozen=True, slots=True)
class TenderLine:
    """Money received, or given back when negative."""

    method: str  # TenderMethod
    amount_fen: int
    at: datetime
    number: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class SettlementList:
    """One payer's settlement. Raises ``ValueError`` unless lines, fees, rounding, net and tax add up to the total."""

    TEMPLATE: ClassVar[str] = "settlement_list.html"

    shop: Shop
    number: str
    order_number: str  # the contract's number
    qr: str
    settled_at: datetime
    payer: str  # Payer
    customer: Customer
    vehicle: Vehicle
    kind: str  # RepairKind
    labour: tuple[LabourLine, ...]
    parts: tuple[PartLine, ...]
    fees: Fees
    net_fen: int
    tax_fen: int
    total_fen: int
    rounding_fen: int = 0
    vat_percent: int = 13
    certificate_number: str = ""
    arrived_at: datetime | None = None
    delivered_at: datetime | None = None
    mileage_in_km: int | None = None
    mileage_out_km: int | None = None
    old_parts: str = "none"  # OldParts
    tenders: tuple[TenderLine, ...] = ()
    on_credit: bool = False
    guarantees: tuple[Guarantee, ...] = ()
    advice: tuple[str, ...] = ()  # work that was recommended and not done
    reverses_number: str = ""
    reason: str = ""  # of the reversal
    adviser: str = ""
    cashier: str = ""
    signature: Signature = Signature()
    taken_back_by: str = ""  # the number of its reversal: printed again, it must not be taken for a bill

    def __post_init__(self) -> None:
        if self.fees.total_fen + self.rounding_fen != self.total_fen:
            raise ValueError("the fees do not add up to the total")
        if self.net_fen + self.tax_fen != self.total_fen:
            raise ValueError("net and tax do not add up to the total")
        if sum(line.amount_fen for line in self.labour) != self.fees.labour_fen:
            raise ValueError("the labour lines do not add up to the labour fee")
        if sum(line.amount_fen for line in self.parts) != self.fees.material_fen:
            raise ValueError("the part lines do not add up to the material fee")

    @property
    def paid_fen(self) -> int:
        """What the tenders add up to."""
        return sum(tender.amount_fen for tender in self.tenders)
