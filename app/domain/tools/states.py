"""What a tool is and where it stands: the table of its moves, and the rule that guards a loan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.kernel.errors import N_
from app.kernel.permission import Permission as P
from app.kernel.workflow import Move, Refusal, Workflow


class ToolKind(StrEnum):
    """What sort of tool it is."""

    SPECIAL = "special"
    TORQUE = "torque"
    DIAGNOSTIC = "diagnostic"
    MEASURING = "measuring"
    INSULATING = "insulating"
    OTHER = "other"


class ToolState(StrEnum):
    """Where a tool stands."""

    AVAILABLE = "available"
    ON_LOAN = "on_loan"
    AT_CALIBRATION = "at_calibration"
    BROKEN = "broken"
    LOST = "lost"
    RETIRED = "retired"


class ToolMove(StrEnum):
    """What may happen to a tool; also the last part of the address of those that are forms of their own."""

    REGISTER = "register"
    LEND = "lend"
    TAKE_BACK = "take_back"
    TAKE_BACK_DAMAGED = "take_back_damaged"
    TAKE_BACK_MISSING = "take_back_missing"
    SEND = "send"
    CALIBRATE = "calibrate"
    BREAK = "break"
    REPAIR = "repair"
    LOSE = "lose"
    FIND = "find"
    RETIRE = "retire"


class ReturnCondition(StrEnum):
    """How a tool came back."""

    FINE = "fine"
    DAMAGED = "damaged"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether a tool must be calibrated, until when it is, and the shop's date today."""

    needed: bool
    due: date | None
    today: date


def fit_to_lend(facts: Calibration) -> Refusal | None:
    """A measuring tool whose calibration has run out is not handed to anybody (house; torque wrenches yearly, check)."""
    if not facts.needed:
        return None
    if facts.due is None:
        return Refusal.because(N_("It has never been calibrated. Record its calibration first."))
    if facts.due < facts.today:
        return Refusal.because(
            N_("Its calibration ended on %(day)s. It must be calibrated before anybody works with it."),
            day=facts.due.isoformat(),
        )
    return None


_S = ToolState
_HERE = frozenset({_S.AVAILABLE, _S.AT_CALIBRATION, _S.BROKEN})

TOOL = Workflow(
    "tool",
    (
        Move(ToolMove.LEND, frozenset({_S.AVAILABLE}), _S.ON_LOAN, P.TOOL_LEND, fit_to_lend),
        Move(ToolMove.TAKE_BACK, frozenset({_S.ON_LOAN}), _S.AVAILABLE, P.TOOL_LEND),
        Move(ToolMove.TAKE_BACK_DAMAGED, frozenset({_S.ON_LOAN}), _S.BROKEN, P.TOOL_LEND),
        Move(ToolMove.TAKE_BACK_MISSING, frozenset({_S.ON_LOAN}), _S.LOST, P.TOOL_LEND),
        Move(ToolMove.SEND, frozenset({_S.AVAILABLE, _S.BROKEN}), _S.AT_CALIBRATION, P.TOOL_EDIT),
        Move(ToolMove.CALIBRATE, _HERE, _S.AVAILABLE, P.TOOL_EDIT),
        Move(ToolMove.BREAK, frozenset({_S.AVAILABLE, _S.AT_CALIBRATION}), _S.BROKEN, P.TOOL_EDIT),
        Move(ToolMove.REPAIR, frozenset({_S.BROKEN}), _S.AVAILABLE, P.TOOL_EDIT),
        Move(ToolMove.LOSE, _HERE, _S.LOST, P.TOOL_EDIT),
        Move(ToolMove.FIND, frozenset({_S.LOST}), _S.AVAILABLE, P.TOOL_EDIT),
        Move(ToolMove.RETIRE, _HERE | {_S.LOST}, _S.RETIRED, P.TOOL_EDIT),
    ),
)

# The moves that need nothing but a word: one form for all of them.
BY_WORDS = (ToolMove.SEND, ToolMove.BREAK, ToolMove.REPAIR, ToolMove.LOSE, ToolMove.FIND, ToolMove.RETIRE)
COMES_BACK = {
    ReturnCondition.FINE: ToolMove.TAKE_BACK,
    ReturnCondition.DAMAGED: ToolMove.TAKE_BACK_DAMAGED,
    ReturnCondition.MISSING: ToolMove.TAKE_BACK_MISSING,
}
