"""What a manager reads off a curve: every point has its own label, and none lies over another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.web import charts

POINT = st.tuples(st.integers(0, 10_000_000), st.integers(0, 1000), st.integers(1, 99).map(str), st.just("uniform"))


def overlaps(dots: list[charts.Dot]) -> int:
    boxes = [dot.box for dot in dots]
    pairs = [(a, b) for n, a in enumerate(boxes) for b in boxes[:n]]
    return sum(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for a, b in pairs)


def test_three_points_close_together_can_each_be_read() -> None:
    near = [(1_000_000, 950, "4", "uniform"), (1_004_000, 951, "present", "present"), (1_002_000, 950, "5", "uniform")]
    drawn = charts.curve([*near, (9_000_000, 990, "9", "uniform")])
    assert overlaps(drawn.dots) == 0
    assert [dot.label for dot in drawn.dots] == ["4", "present", "5", "9"]


@given(st.lists(POINT, min_size=1, max_size=4))
def test_of_a_few_points_wherever_they_are_no_label_lies_over_another(
    points: list[tuple[int, int, str, str]],
) -> None:
    assert overlaps(charts.curve(points).dots) == 0
