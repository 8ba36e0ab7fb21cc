"""Classes of parts and the arithmetic of a suggested order: plain values in, whole thousandths out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.stock.abc import A_PERMILLE, B_PERMILLE


class StabilityClass(StrEnum):
    """How evenly a part is asked for, by the coefficient of variation over periods of four weeks."""

    X = "x"
    Y = "y"
    Z = "z"


class Pattern(StrEnum):
    """Syntetos, Boylan and Croston (2005), Journal of the Operational Research Society 56, 495-503."""

    NONE = "none"  # nobody asked for it
    SMOOTH = "smooth"
    ERRATIC = "erratic"
    INTERMITTENT = "intermittent"
    LUMPY = "lumpy"


ADI_LIMIT = 1.32  # mean weeks between demands, from the article above
CV2_LIMIT = 0.49  # squared coefficient of variation of the sizes, likewise
FOUR_WEEKS = 4
PERIODS = 13  # of four weeks: a year


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the classes end, in thousandths: cumulated share of value, and coefficient of variation."""

    a_permille: int = A_PERMILLE
    b_permille: int = B_PERMILLE
    x_permille: int = 500
    y_permille: int = 1000


def variation(weeks: Sequence[int]) -> float | None:
    """Coefficient of variation of demand over whole periods of four weeks, the last thirteen at most; None without demand."""
    count = min(PERIODS, len(weeks) // FOUR_WEEKS)
    first = len(weeks) - count * FOUR_WEEKS
    sums = [sum(weeks[at : at + FOUR_WEEKS]) for at in range(first, len(weeks), FOUR_WEEKS)]
    mean = sum(sums) / count if count else 0
    if mean <= 0:
        return None
    return float((sum((value - mean) ** 2 for value in sums) / count) ** 0.5 / mean)


def stability_class(weeks: Sequence[int], limits: Limits = Limits()) -> StabilityClass:
    """X, Y or Z; a part without demand in the last year is Z."""
    cv = variation(weeks)
    if cv is None or cv * 1000 > limits.y_permille:
        return StabilityClass.Z
    return StabilityClass.X if cv * 1000 <= limits.x_permille else StabilityClass.Y


def pattern_of(weeks: Sequence[int]) -> Pattern:
    """What kind of demand it is, by the mean interval between weeks with demand and the squared variation of their sizes."""
    sizes = [size for size in weeks if size > 0]
    if not sizes:
        return Pattern.NONE
    interval = len(weeks) / len(sizes)
    mean = sum(sizes) / len(sizes)
    squared = sum((size - mean) ** 2 for size in sizes) / len(sizes) / mean**2
    if interval < ADI_LIMIT:
        return Pattern.SMOOTH if squared < CV2_LIMIT else Pattern.ERRATIC
    return Pattern.INTERMITTENT if squared < CV2_LIMIT else Pattern.LUMPY


def whole_packs(milli: int, pack_milli: int, minimum_milli: int = 0) -> int:
    """A quantity rounded up to what the supplier sells: at least his minimum, in whole packs; 0 stays 0."""
    if milli <= 0:
        return 0
    pack = max(1, pack_milli)
    return -(-max(milli, minimum_milli) // pack) * pack


def order_quantity(
    *, position_milli: int, reorder_milli: int, up_to_milli: int, pack_milli: int, minimum_milli: int = 0
) -> int:
    """What to order, in thousandths: nothing while the position reaches the reorder level, else up to the upper level.

    The position is what lies free, plus what is on its way, less what waiting orders lack. Never negative.
    """
    if position_milli >= reorder_milli and position_milli >= 0:
        return 0
    return whole_packs(max(reorder_milli, up_to_milli) - position_milli, pack_milli, minimum_milli)
