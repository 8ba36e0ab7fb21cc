"""Charts as SVG, drawn on the server: plain numbers in, places on the paper out; ``components/charts.html`` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a bar chart: its place, what stands under it, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    label: str
    words: str
    faint: bool


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart of a width and a height, with its greatest value in words."""

    width: int
    height: int
    base: float
    bars: list[Bar]


def bars(values: Sequence[int], labels: Sequence[str], words: Sequence[str], *, faint_last: bool = False) -> Bars:
    """One bar per value, the greatest as high as the paper; ``faint_last`` for one that is not over yet."""
    width, height, foot, head = 620, 150, 20, 16
    base = float(height - foot)
    step = width / max(1, len(values))
    most = max([*values, 1])
    drawn = []
    for number, (value, label, word) in enumerate(zip(values, labels, words, strict=True)):
        tall = round((base - head) * max(0, value) / most, 1)
        left = round(number * step + step * 0.16, 1)
        faint = faint_last and number == len(values) - 1
        drawn.append(
            Bar(
                left,
                round(base - tall, 1),
                round(step * 0.68, 1),
                tall,
                round((number + 0.5) * step, 1),
                label,
                word,
                faint,
            )
        )
    return Bars(width, height, base, drawn)


LETTER, TALL = 8.0, 12.0  # room for a letter of a label beside a dot


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a curve."""

    x: float
    y: float
    label: str
    family: str
    label_x: float
    label_y: float  # the foot of the letters, as SVG places text

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and foot of the label, which stands around its middle."""
        half = LETTER * max(1, len(self.label)) / 2
        return self.label_x - half, self.label_y - TALL, self.label_x + half, self.label_y


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid with its figure."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Points in a frame, and the lines that join those of one family from left to right."""

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    dots: list[Dot]
    lines: dict[str, str]
    across: list[Tick]
    up: list[Tick]


def curve(points: Sequence[tuple[int, int, str, str]], joined: Sequence[str] = ()) -> Curve:
    """Points of (fen, thousandths, label, family): yuan to the right, per cent upwards; families in ``joined`` get a line."""
    width, height, left, right, top, bottom = 760, 340, 52.0, 730.0, 16.0, 296.0
    lowest, highest, rise = _steps([share / 10 for _fen, share, *_ in points], 100.0)
    least, most, stride = _steps([fen / 100 for fen, *_ in points], None)

    def across(yuan: float) -> float:
        return round(left + (right - left) * (yuan - least) / (most - least), 1)

    def up(percent: float) -> float:
        return round(bottom - (bottom - top) * (percent - lowest) / (highest - lowest), 1)

    dots = _labelled([(across(fen / 100), up(share / 10), label, family) for fen, share, label, family in points])
    lines = {
        family: " ".join(f"{dot.x},{dot.y}" for dot in sorted(dots, key=lambda dot: dot.x) if dot.family == family)
        for family in joined
    }
    return Curve(
        width,
        height,
        left,
        right,
        top,
        bottom,
        dots,
        lines,
        [Tick(across(yuan), f"{yuan:,.0f}") for yuan in _between(least, most, stride)],
        [Tick(up(percent), f"{percent:g} %") for percent in _between(lowest, highest, rise)],
    )


def _labelled(places: Sequence[tuple[float, float, str, str]]) -> list[Dot]:
    """Each label above its dot, or where else around it no other label and no dot stands; from left to right."""
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y, *_ in places]
    drawn: dict[int, Dot] = {}
    for number in sorted(range(len(places)), key=lambda n: places[n][:2]):
        x, y, label, family = places[number]
        side = 12 + LETTER * max(1, len(label)) / 2
        around = (
            (0.0, -11.0),
            (0.0, 21.0),
            (side, 5.0),
            (-side, 5.0),
            (side, -11.0),
            (-side, -11.0),
            (side, 21.0),
            (-side, 21.0),
        )
        tried = [Dot(x, y, label, family, round(x + dx, 1), round(y + dy, 1)) for dx, dy in around]
        dot = next((one for one in tried if not any(_meet(one.box, other) for other in taken)), tried[0])
        taken.append(dot.box)
        drawn[number] = dot
    return [drawn[number] for number in range(len(places))]


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _steps(values: Sequence[float], ceiling: float | None) -> tuple[float, float, float]:
    """(lowest, highest, step) of round figures around the values, four to eight steps of 1, 2 or 5 times a power of ten."""
    low, high = min(values), max(values)
    span = max(high - low, abs(high) * 0.1, 1.0)
    step = 1.0
    while step * 8 < span:
        step *= 2.5 if f"{step:e}"[0] == "2" else 2
    lowest = low // step * step
    highest = (high // step + 1) * step
    if ceiling is not None:
        highest = min(highest, ceiling)
    return max(0.0, lowest - (step if lowest == low else 0)), highest, step


def _between(lowest: float, highest: float, step: float) -> list[float]:
    count = round((highest - lowest) / step)
    return [lowest + number * step for number in range(count + 1) if lowest + number * step <= highest + 1e-9]
