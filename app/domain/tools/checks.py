"""What must always be true of tools."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.tools.model import Tool, ToolCalibration, ToolEvent, ToolLoan
from app.domain.tools.states import TOOL, ToolState
from app.kernel.invariants import invariant
from app.kernel.orm import stream


@invariant("a tool is on loan exactly while one loan of it is open")
def on_loan_is_a_loan(session: Session) -> Iterator[str]:
    """Both directions."""
    is_open = (ToolLoan.tool_id == Tool.id) & ToolLoan.returned_at.is_(None)
    rows = session.execute(
        select(Tool.number, Tool.state, func.count(ToolLoan.id))
        .outerjoin(ToolLoan, is_open)
        .group_by(Tool.id, Tool.number, Tool.state)
    )
    for number, state, count in rows:
        if count != (state is ToolState.ON_LOAN):
            yield f"{number}: {state}, {count} open loans"


@invariant("a tool came to its state by moves that the table allows")
def history_leads_to_the_state(session: Session) -> Iterator[str]:
    """Each event begins where the one before it ended."""
    allowed = TOOL.pairs()
    states: dict[int, ToolState] = {}
    for tool_id, target in stream(session, select(ToolEvent.tool_id, ToolEvent.target).order_by(ToolEvent.id)):
        before = states.get(tool_id)
        if before is not None and (before.value, target.value) not in allowed:
            yield f"tool {tool_id}: from {before} to {target}"
        states[tool_id] = target
    for tool_id, state in session.execute(select(Tool.id, Tool.state)):
        if states.get(tool_id) is not state:
            yield f"tool {tool_id}: {state}, its history says {states.get(tool_id)}"


@invariant("the calibration of a tool is the latest of its certificates")
def calibration_is_the_latest(session: Session) -> Iterator[str]:
    """Both dates."""
    latest: dict[int, tuple[object, object]] = {}
    rows = select(ToolCalibration.tool_id, ToolCalibration.done_on, ToolCalibration.due_on).order_by(
        ToolCalibration.done_on, ToolCalibration.id
    )
    for tool_id, done, due in stream(session, rows):
        latest[tool_id] = (done, due)
    for tool_id, number, done, due in session.execute(
        select(Tool.id, Tool.number, Tool.calibrated_on, Tool.calibration_due)
    ):
        if latest.get(tool_id, (None, None)) != (done, due):
            yield f"{number}: {done} to {due}, its certificates say {latest.get(tool_id)}"
