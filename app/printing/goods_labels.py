"""入库标签: a sheet of labels for a delivery, each with the code that the parts desk scans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class GoodsLabel:
    """One label: ``code`` is what the scanner reads."""

    number: str
    code: str
    name: str
    bin: str
    quantity_milli: int
    unit: str
    receipt: str
    received_at: datetime
    batch: str = ""


@dataclass(frozen=True, slots=True)
class GoodsLabels:
    """A sheet of 3 × 8 labels on A4 (70 × 37 mm, no margins between them)."""

    TEMPLATE: ClassVar[str] = "goods_labels.html"

    title: str
    labels: tuple[GoodsLabel, ...]
