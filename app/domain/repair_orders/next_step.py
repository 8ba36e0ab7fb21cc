"""The one next step of an order, as its page offers it to somebody: pure, from where the order stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from app.domain.repair_orders.rules import OPEN_FOR_PRICES
from app.domain.repair_orders.states import OrderState as O
from app.kernel.permission import Permission as P

Step = Literal["check_in", "estimate", "sign", "board", "settle", "hand_over"]  # what the page's main button does

# The first that fits and that the person may do.
_LADDER: tuple[tuple[Step, frozenset[O], P], ...] = (
    ("check_in", frozenset({O.DRAFT}), P.CHECK_IN),
    ("estimate", frozenset({O.CHECKED_IN}), P.ORDER_EDIT),
    ("sign", OPEN_FOR_PRICES | {O.ESTIMATED}, P.ORDER_AUTHORISE),  # only while something waits for the customer
    ("board", frozenset({O.AUTHORISED, O.IN_WORK}), P.BOARD_VIEW),
    ("settle", frozenset({O.INSPECTED, O.REOPENED}), P.SETTLE),
    ("hand_over", frozenset({O.SETTLED}), P.HANDOVER),
)


def next_step(state: O, unanswered: int, may: Callable[[P], bool]) -> Step | None:
    """The step for somebody who ``may`` what; ``unanswered`` counts what waits for the customer's answer."""
    for step, states, permission in _LADDER:
        if state in states and may(permission) and (step != "sign" or unanswered):
            return step
    return None
