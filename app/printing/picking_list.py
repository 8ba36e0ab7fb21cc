"""配货单: what the parts desk takes from the shelves for an order, in the order given (as the bins are walked)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.printing.facts import Shop, Vehicle


@dataclass(frozen=True, slots=True)
class PickLine:
    """One part from one bin."""

    bin: str
    number: str
    name: str
    quantity_milli: int
    unit: str
    origin: str = "genuine"  # PartOrigin
    owner: str = "shop"  # StockOwner
    job: str = ""


@dataclass(frozen=True, slots=True)
class PickingList:
    """The list; ``number`` is its own, if it has one."""

    TEMPLATE: ClassVar[str] = "picking_list.html"

    shop: Shop
    order_number: str
    qr: str
    printed_at: datetime
    vehicle: Vehicle
    adviser: str
    lines: tuple[PickLine, ...]
    number: str = ""
    technician: str = ""
    bay: str = ""
    needed_at: datetime | None = None
