"""派工单: what the workshop does on one order, without prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.printing.facts import Shop, Vehicle


@dataclass(frozen=True, slots=True)
class CardJob:
    """A job with its standard time."""

    name: str
    hours_centi: int
    code: str = ""
    technician: str = ""
    bay: str = ""
    certificate: str = ""  # CertificateKind that the technician must hold
    additional: bool = False


@dataclass(frozen=True, slots=True)
class CardPart:
    """A part that the jobs need."""

    name: str
    number: str
    quantity_milli: int
    unit: str
    origin: str = "genuine"  # PartOrigin
    bin: str = ""
    customer_supplied: bool = False


@dataclass(frozen=True, slots=True)
class JobCard:
    """One card per order; an ordinary order fits on one page."""

    TEMPLATE: ClassVar[str] = "job_card.html"

    shop: Shop
    order_number: str
    qr: str
    printed_at: datetime
    vehicle: Vehicle
    customer_name: str
    adviser: str
    jobs: tuple[CardJob, ...]
    parts: tuple[CardPart, ...] = ()
    words: str = ""
    kind: str = "minor"  # RepairKind
    mileage_km: int | None = None
    arrived_at: datetime | None = None
    promised_at: datetime | None = None
    old_parts: str = "none"  # OldParts
    customer_waits: bool = False
    comeback_of: str = ""  # number of the order whose complaint came back

    @property
    def hours_centi(self) -> int:
        """Standard time of all jobs."""
        return sum(job.hours_centi for job in self.jobs)
