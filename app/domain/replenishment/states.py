"""How far a calculation is that takes longer than a page."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """One that nobody has heard of for a minute counts as broken off, whatever it says here."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ScenarioKind(StrEnum):
    """What kind of policy a point of the simulation's curve stands for."""

    PRESENT = "present"
    UNIFORM = "uniform"  # the same level for every class
    DEAR_FIRST = "dear_first"  # more for A than for C
    CHEAP_FIRST = "cheap_first"  # more for C than for A
