"""Memory after the load, and a second start.

``rss`` is the resident memory (RSS, not PSS: pages shared after the fork count in full) of the larger worker, in MB of
a million bytes, after all that was asked before; print processes are not part of it. ``start`` is the time from the
command ``python -m app.serve`` on a filled shop until /healthz answers 200, the shorter of two.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.sections import Bench, Line


def measure(bench: Bench) -> Iterator[Line]:
    """See the head of this file."""
    yield Line("rss", bench.portal.resident_mb(), "MB")
    bench.note("second start")
    yield Line("start", min(bench.restart().start_seconds for _ in range(2)), "s")
