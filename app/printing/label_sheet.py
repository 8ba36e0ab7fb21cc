"""标签 (工具、人员、入库): small labels with a code to scan, three by eight on a sheet of A4 (70 mm × 37 mm, as shops sell them)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

ON_A_SHEET = 24


@dataclass(frozen=True, slots=True)
class Label:
    """One label: what the scanner reads, and what people read beside it."""

    code: str
    name: str
    detail: str = ""
    title: str = ""  # instead of the code, where people write it with blanks
    place: str = ""  # in large letters: where it goes


@dataclass(frozen=True, slots=True)
class LabelSheet:
    """Sheets of labels; the first ``skipped`` places were used up before and stay empty."""

    TEMPLATE: ClassVar[str] = "label_sheet.html"

    shop_name: str
    labels: tuple[Label, ...]
    skipped: int = 0

    def sheets(self) -> list[list[Label | None]]:
        """The places of each sheet, in rows from the top left; empty ones are None."""
        places = [*(None for _ in range(self.skipped % ON_A_SHEET)), *self.labels]
        return [places[start : start + ON_A_SHEET] for start in range(0, len(places), ON_A_SHEET)]
