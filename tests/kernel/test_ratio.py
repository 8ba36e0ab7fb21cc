"""Shares as the pages show them."""

from __future__ import annotations

from app.kernel.ratio import Ratio


def test_a_share_is_rounded_half_up_and_nothing_of_nothing_is_no_share() -> None:
    assert [Ratio(n, 3).permille for n in (1, 2, 3)] == [333, 667, 1000]
    assert Ratio(1, 2000).permille == 1  # half of a thousandth
    assert Ratio(0, 5).permille == 0 and Ratio(0, 0).permille is None
