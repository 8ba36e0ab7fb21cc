"""A share with its numerator and denominator: a figure is never shown without the two."""

from __future__ import annotations

from dataclasses import dataclass

from app.kernel.money import divide_half_up


@dataclass(frozen=True, slots=True)
class Ratio:
    """A numerator over a denominator, both counted in the same unit (lines, fen, points)."""

    numerator: int
    denominator: int

    @property
    def permille(self) -> int | None:
        """In thousandths, rounded half up as everything here is; None of nothing."""
        return divide_half_up(self.numerator * 1000, self.denominator) if self.denominator else None
