"""The quality guarantee by law: whichever of kilometres and days comes first, from completion. A shop may promise more."""

from __future__ import annotations

from typing import NamedTuple

from app.domain.repair_orders.states import RepairKind


class Term(NamedTuple):
    """A guarantee period of a kind of repair."""

    kind: str
    km: int
    days: int


_TERMS = {
    RepairKind.WHOLE_VEHICLE: (20_000, 100),
    RepairKind.ASSEMBLY: (20_000, 100),
    RepairKind.SECOND_MAINTENANCE: (5_000, 30),
}

# For these the law names a completion certificate (竣工出厂合格证).
CERTIFIED = frozenset({RepairKind.WHOLE_VEHICLE, RepairKind.ASSEMBLY, RepairKind.SECOND_MAINTENANCE})


def certificate_number(order_number: str) -> str:
    """The number of the completion certificate: that of its order in a series of its own."""
    return order_number.replace("RO-", "CC-")


def term(kind: RepairKind) -> Term:
    """The guarantee of a repair: minor repair, first-level maintenance and body work have the short one."""
    km, days = _TERMS.get(kind, (2_000, 10))
    return Term(kind.value, km, days)
