"""Tools entered, lent, taken back, calibrated. One tool is in one person's hands only: its row is locked first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.files.model import StoredFile
from app.domain.staff import settings
from app.domain.staff.model import Staff
from app.domain.staff.pinyin import search_key
from app.domain.tools.model import Tool, ToolCalibration, ToolEvent, ToolLoan
from app.domain.tools.states import (
    BY_WORDS,
    COMES_BACK,
    TOOL,
    Calibration,
    ReturnCondition,
    ToolKind,
    ToolMove,
    ToolState,
)
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, at_shop, business_date
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken, WrongState
from app.kernel.fullwidth import to_ascii
from app.kernel.orm import expect_version
from app.kernel.permission import Permission

MOST_DAYS = 3650


def canonical(code: str) -> str:
    """A tool's number as its label has it: upper case, no blanks."""
    return "".join(to_ascii(code).split()).upper()


def register(
    session: Session, actor: Actor, clock: Clock, facts: Mapping[str, Any], *, calibrated_on: date | None = None
) -> Tool:
    """Enter a tool: number, name, kind, place, serial, remark, calibration_days (None for no calibration).

    Raises InvalidInput naming the field, also for a number that another tool has.
    """
    actor.require(Permission.TOOL_EDIT)
    values = _checked(facts)
    number = canonical(str(facts.get("number", "")))
    if not number or len(number) > 20:
        raise InvalidInput(N_("Give the tool a number of at most 20 characters."), field="number")
    if session.scalar(select(Tool.id).where(Tool.number == number)) is not None:
        raise InvalidInput(N_("Another tool has the number %(number)s."), field="number", number=number)
    tool = Tool(number=number, state=ToolState.AVAILABLE, created_at=clock.now(), **values)
    session.add(tool)
    session.flush()
    _note(session, actor, clock, tool, ToolMove.REGISTER, ToolState.AVAILABLE)
    if calibrated_on is not None:
        _keep_calibration(session, actor, clock, tool, calibrated_on, None)
    return tool


def change(
    session: Session, actor: Actor, clock: Clock, tool: Tool, version: int | None, facts: Mapping[str, Any]
) -> None:
    """Correct what the register says of a tool; its number stays, because it is on its label."""
    actor.require(Permission.TOOL_EDIT)
    lock(session, tool)
    expect_version(tool, version)
    for name, value in _checked(facts).items():
        setattr(tool, name, value)
    session.flush()
    audit.record(session, actor, clock, "tool.change", f"tool:{tool.id}")


def _checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    name = str(facts.get("name", "")).strip()
    if not name:
        raise InvalidInput(N_("Give the tool a name."), field="name")
    days = facts.get("calibration_days")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise InvalidInput(
            N_("Take a number from %(lowest)s to %(highest)s."), field="calibration_days", lowest=1, highest=MOST_DAYS
        )
    return {
        "name": name,
        "pinyin": search_key(name),
        "kind": ToolKind(facts["kind"]),
        "place": str(facts.get("place", "")).strip(),
        "serial": str(facts.get("serial", "")).strip(),
        "remark": str(facts.get("remark", "")).strip(),
        "calibration_days": days,
    }


def lock(session: Session, tool: Tool) -> Tool:
    """The tool as it is now, held until the transaction ends: of two who lend it at once, one sees it gone."""
    locked = select(Tool).where(Tool.id == tool.id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(locked).one()


def open_loan(session: Session, tool_id: int) -> ToolLoan | None:
    """The loan that a tool is out on, if it is."""
    return session.scalar(select(ToolLoan).where(ToolLoan.tool_id == tool_id, ToolLoan.returned_at.is_(None)))


def usual_due(session: Session, now: datetime) -> datetime:
    """When a tool that is lent now is due back: at closing time, after the days of the setting (house: the same day)."""
    closes = settings.number(session, "reception.closes")
    day = business_date(now) + timedelta(days=settings.number(session, "tools.loan_days"))
    due = _closing(day, closes)
    return due if due > now else _closing(day + timedelta(days=1), closes)


def _closing(day: date, hour: int) -> datetime:
    return at_shop(day, time(hour)) if hour < 24 else at_shop(day, time(23, 59))


def lend(
    session: Session, actor: Actor, clock: Clock, tool: Tool, holder: Staff, due_at: datetime | None = None
) -> ToolLoan:
    """Give a tool into somebody's hands until ``due_at`` (the house's usual time if left out).

    Raises RuleBroken with the date when its calibration has run out, WrongState when it is not there to be lent.
    """
    lock(session, tool)
    if tool.state is ToolState.ON_LOAN and (out := open_loan(session, tool.id)) is not None:
        raise WrongState(N_("%(tool)s is on loan to %(who)s."), tool=tool.name, who=out.holder.name)
    if tool.state is not ToolState.AVAILABLE:
        raise WrongState(N_("%(tool)s cannot be lent: %(state)s."), tool=tool.name, state=tool.state)
    if not holder.active:
        raise RuleBroken(N_("%(who)s does not work here any more."), who=holder.name)
    due = due_at or usual_due(session, clock.now())
    if due <= clock.now():
        raise InvalidInput(N_("It must be due back after now."), field="due_at")
    if due > clock.now() + timedelta(days=366):
        raise InvalidInput(N_("Nobody borrows a tool for more than a year."), field="due_at")
    _move(session, actor, clock, tool, ToolMove.LEND, holder=holder)
    loan = ToolLoan(tool=tool, holder=holder, lent_at=clock.now(), lent_by=actor.name, due_at=due)
    session.add(loan)
    session.flush()
    return loan


def take_back(
    session: Session, actor: Actor, clock: Clock, tool: Tool, condition: ReturnCondition, words: str = ""
) -> ToolLoan:
    """End a loan; what is damaged or missing says what happened, and is lent no more until that is put right."""
    lock(session, tool)
    loan = open_loan(session, tool.id)
    if loan is None:
        raise WrongState(N_("%(tool)s is not on loan."), tool=tool.name)
    if condition is not ReturnCondition.FINE and not words.strip():
        raise InvalidInput(N_("Say what happened to it."), field="words")
    _move(session, actor, clock, tool, COMES_BACK[condition], words, loan.holder)
    loan.returned_at, loan.returned_to, loan.condition = clock.now(), actor.name, condition
    session.flush()
    return loan


def move(session: Session, actor: Actor, clock: Clock, tool: Tool, name: ToolMove, words: str) -> None:
    """Send away, break, repair, lose, find or retire a tool that nobody has borrowed, with a word on why."""
    if name not in BY_WORDS:
        raise NotFound(N_("There is no such step."))
    actor.require(Permission.TOOL_EDIT)
    lock(session, tool)
    if tool.state is ToolState.ON_LOAN:
        raise WrongState(N_("It is on loan: take it back first."))
    if not words.strip():
        raise InvalidInput(N_("Say why."), field="words")
    _move(session, actor, clock, tool, name, words)


def calibrate(
    session: Session,
    actor: Actor,
    clock: Clock,
    tool: Tool,
    *,
    done_on: date | None,
    due_on: date | None,
    certificate: str,
    laboratory: str,
    photo: StoredFile | None = None,
) -> ToolCalibration:
    """Record a calibration as its certificate says; ``due_on`` left out is the tool's interval after ``done_on``."""
    actor.require(Permission.TOOL_EDIT)
    lock(session, tool)
    if tool.state is ToolState.ON_LOAN:
        raise WrongState(N_("It is on loan: take it back first."))
    if done_on is None:
        raise InvalidInput(N_("Fill this in."), field="done_on")
    if done_on > business_date(clock.now()):
        raise InvalidInput(N_("This day has not come yet."), field="done_on")
    if tool.calibrated_on is not None and done_on < tool.calibrated_on:
        raise InvalidInput(
            N_("Its last calibration was on %(day)s."), field="done_on", day=tool.calibrated_on.isoformat()
        )
    if not certificate.strip():
        raise InvalidInput(N_("Give the certificate's number."), field="certificate")
    made = _keep_calibration(session, actor, clock, tool, done_on, due_on, certificate, laboratory, photo)
    _move(session, actor, clock, tool, ToolMove.CALIBRATE, certificate)
    return made


def _keep_calibration(
    session: Session,
    actor: Actor,
    clock: Clock,
    tool: Tool,
    done_on: date,
    due_on: date | None,
    certificate: str = "",
    laboratory: str = "",
    photo: StoredFile | None = None,
) -> ToolCalibration:
    if due_on is None:
        if tool.calibration_days is None:
            raise InvalidInput(N_("Say until when the calibration is valid."), field="due_on")
        due_on = done_on + timedelta(days=tool.calibration_days)
    if due_on <= done_on:
        raise InvalidInput(N_("A calibration ends after the day on which it was made."), field="due_on")
    made = ToolCalibration(
        tool_id=tool.id,
        done_on=done_on,
        due_on=due_on,
        certificate=certificate.strip()[:60],
        laboratory=laboratory.strip()[:120],
        photo_id=photo.id if photo else None,
        recorded_at=clock.now(),
        recorded_by=actor.name,
    )
    session.add(made)
    tool.calibrated_on, tool.calibration_due = done_on, due_on
    session.flush()
    return made


def facts_of(tool: Tool, clock: Clock) -> Calibration:
    """What the rule of a loan asks."""
    return Calibration(tool.calibration_days is not None, tool.calibration_due, business_date(clock.now()))


def _move(
    session: Session,
    actor: Actor,
    clock: Clock,
    tool: Tool,
    name: ToolMove,
    words: str = "",
    holder: Staff | None = None,
) -> None:
    tool.state = ToolState(TOOL.check(name, tool.state, actor, facts_of(tool, clock)))
    session.flush()
    _note(session, actor, clock, tool, name, tool.state, words, holder)


def _note(
    session: Session,
    actor: Actor,
    clock: Clock,
    tool: Tool,
    name: ToolMove,
    target: ToolState,
    words: str = "",
    holder: Staff | None = None,
) -> None:
    session.add(
        ToolEvent(
            tool_id=tool.id,
            move=name,
            target=target,
            words=words.strip()[:300],
            holder_id=holder.id if holder else None,
            at=clock.now(),
            actor=actor.name[:120],
        )
    )
    session.flush()
    audit.record(session, actor, clock, f"tool.{name.value}", f"tool:{tool.id}", holder=holder.id if holder else None)
