"""The parts department's heavy work, each figure in a file of its own with a function ``measure``.

``suggest_20k``: a suggested order for 20,000 parts with two years of demand (see ``suggest.py``). ``pricelist_50k``: a
supplier's list of 50,000 rows. ``issue_cpu``: one issue of one part. ``replay_1m``: the ledger of a million movements.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from bench.sections import Bench, Line

FIGURES = ("suggest", "pricelist", "issue", "replay")


def measure(bench: Bench) -> Iterator[Line]:
    """Every figure, one after the other."""
    for name in FIGURES:
        yield from importlib.import_module(f"{__name__}.{name}").measure(bench)
