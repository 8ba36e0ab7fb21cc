"""环车检查单: what shop and customer saw together when the car came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.printing.facts import Customer, Shop, Signature, Vehicle


@dataclass(frozen=True, slots=True)
class DamageMark:
    """A numbered mark; ``x`` and ``y`` in thousandths of the drawing's width, from its upper left corner."""

    x: int
    y: int
    kind: str  # DamageKind
    note: str = ""
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class InspectionSheet:
    """The sheet; without ``damages`` it says that none were found."""

    TEMPLATE: ClassVar[str] = "inspection_sheet.html"

    shop: Shop
    order_number: str
    qr: str  # what the QR code says: the order's address or number
    at: datetime
    adviser: str
    customer: Customer
    vehicle: Vehicle
    mileage_km: int
    energy_percent: int  # fuel or charge
    warning_lights: tuple[str, ...] = ()  # WarningLight
    valuables: str = ""
    old_parts: str = "none"  # OldParts
    words: str = ""  # the customer's own
    damages: tuple[DamageMark, ...] = ()
    customer_waits: bool = False
    promised_at: datetime | None = None
    signature: Signature = Signature()
