"""竣工出厂合格证: the shop's word that the work was finished and inspected, with the guarantee; and its counterfoil."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from app.printing.facts import Guarantee, Shop, Signature, Vehicle


@dataclass(frozen=True, slots=True)
class Check:
    """One point of the final inspection."""

    name: str
    passed: bool = True
    value: str = ""


@dataclass(frozen=True, slots=True)
class CompletionCertificate:
    """The certificate; the guarantee runs from ``completed_at``."""

    TEMPLATE: ClassVar[str] = "completion_certificate.html"

    shop: Shop
    number: str
    order_number: str
    qr: str
    customer_name: str
    vehicle: Vehicle
    kind: str  # RepairKind
    completed_at: datetime
    mileage_km: int
    inspector: str
    guarantee: Guarantee
    inspector_certificate: str = ""
    arrived_at: datetime | None = None
    checks: tuple[Check, ...] = ()
    remark: str = ""
    inspector_signature: Signature = Signature()

    @property
    def guaranteed_until(self) -> datetime:
        """Last moment of the guarantee by time."""
        return self.completed_at + timedelta(days=self.guarantee.days)

    @property
    def guaranteed_km(self) -> int:
        """Mileage at which the guarantee ends."""
        return self.mileage_km + self.guarantee.km
