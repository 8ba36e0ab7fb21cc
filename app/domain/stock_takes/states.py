"""The fixed sets of a stock-take, and the table of its moves."""

from __future__ import annotations

from enum import StrEnum

from app.kernel.permission import Permission as P
from app.kernel.workflow import Move, Workflow


class TakeState(StrEnum):
    """Where a stock-take stands."""

    COUNTING = "counting"
    COUNTED = "counted"
    POSTED = "posted"
    CANCELLED = "cancelled"


class TakeKind(StrEnum):
    """What is counted."""

    FULL = "full"
    BINS = "bins"
    CYCLE = "cycle"


S = TakeState
OPEN = frozenset({S.COUNTING, S.COUNTED})


def compared(state: TakeState, may_post: bool) -> bool:
    """Whether somebody sees what was counted against the books.

    Who posts it, once every count and recount is in; who counts, only when it is posted: a line may still be sent back.
    """
    return state is S.POSTED or (state is S.COUNTED and may_post)


STOCK_TAKE = Workflow(
    "stock_take",
    [
        Move("count", frozenset({S.COUNTING}), None, P.STOCK_COUNT),
        Move("allow", frozenset({S.COUNTING}), None, P.VARIANCE_POST),
        Move("finish", frozenset({S.COUNTING}), S.COUNTED, P.STOCK_COUNT),
        Move("post", frozenset({S.COUNTED}), S.POSTED, P.VARIANCE_POST),
        Move("reject", frozenset({S.COUNTED}), S.COUNTING, P.VARIANCE_POST),
        Move("cancel", OPEN, S.CANCELLED, P.VARIANCE_POST),
    ],
)
