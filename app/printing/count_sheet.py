"""盘点表: what is counted, bin by bin, with an empty column; never what is expected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.printing.facts import Shop


@dataclass(frozen=True, slots=True)
class CountLine:
    """One part in a bin."""

    number: str
    name: str
    unit: str
    origin: str = "genuine"  # PartOrigin
    owner: str = "shop"  # StockOwner
    again: bool = False
    first_by: str = ""  # who counted it before, and so does not count it again


@dataclass(frozen=True, slots=True)
class CountBin:
    """A bin with its lines."""

    code: str
    lines: tuple[CountLine, ...]


@dataclass(frozen=True, slots=True)
class CountSheet:
    """The sheet of one stock-take."""

    TEMPLATE: ClassVar[str] = "count_sheet.html"

    shop: Shop
    number: str
    qr: str
    printed_at: datetime
    scope: str
    started_by: str
    bins: tuple[CountBin, ...]
