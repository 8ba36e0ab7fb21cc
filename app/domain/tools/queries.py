"""Reading tools: the register, who has what, what is overdue, what must be calibrated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.catalogue.queries import like_text
from app.domain.staff.model import Staff
from app.domain.tools.model import Tool, ToolCalibration, ToolEvent, ToolLoan
from app.domain.tools.operations import canonical
from app.domain.tools.states import ToolKind, ToolState
from app.kernel.errors import N_, NotFound
from app.kernel.fullwidth import to_ascii

SOON = timedelta(days=30)
PERSON = re.compile(r"P-?([1-9][0-9]{0,8})", re.ASCII)
LISTED = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """What the register is narrowed to; ``only`` is '', 'overdue' or 'due' (to be calibrated within 30 days)."""

    text: str = ""
    kind: ToolKind | None = None
    state: ToolState | None = None
    only: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """How many tools are out, out too long, and to be calibrated within 30 days or already late."""

    on_loan: int
    overdue: int
    due: int


def get_tool(session: Session, tool_id: int) -> Tool:
    """A tool; raises :class:`NotFound`."""
    found = session.get(Tool, tool_id)
    if found is None:
        raise NotFound(N_("There is no such tool."))
    return found


def by_code(session: Session, code: str) -> Tool | None:
    """The tool of a scanned label, or of the maker's serial number when only one tool has it."""
    typed = canonical(code)
    found = session.scalar(select(Tool).where(Tool.number == typed)) if typed else None
    if found is None and typed:
        same = session.scalars(select(Tool).where(func.upper(Tool.serial) == typed).limit(2)).all()
        found = same[0] if len(same) == 1 else None
    return found


def person_by_code(session: Session, code: str) -> Staff | None:
    """Whom a scanned name tag (P-12) or a typed name, sign-in or pinyin means; None when it fits nobody or several."""
    typed = to_ascii(code).strip()
    tag = PERSON.fullmatch(typed.upper())
    if tag:
        person = session.get(Staff, int(tag[1]))
        return person if person is not None and person.active else None
    if not typed:
        return None
    low = typed.lower()
    fits = or_(Staff.name == typed, Staff.login == low, Staff.pinyin.like(f"{like_text(low)} %", escape="\\"))
    fits = or_(fits, Staff.pinyin.like(f"% {like_text(low)}", escape="\\"))
    found = session.scalars(select(Staff).where(Staff.active.is_(True), fits).limit(2)).all()
    return found[0] if len(found) == 1 else None


def list_tools(
    session: Session, wanted: Filter, now: datetime, today: date, after: str = "", limit: int = LISTED
) -> tuple[Sequence[Tool], str]:
    """A page of the register in the order of the numbers, and where the next one begins."""
    query = _narrowed(select(Tool), wanted, now, today).where(Tool.number > after).order_by(Tool.number)
    found = session.scalars(query.limit(limit + 1)).all()
    return found[:limit], found[limit - 1].number if len(found) > limit else ""


def _narrowed(query: Select[Tool], wanted: Filter, now: datetime, today: date) -> Select[Tool]:
    if wanted.state is not None:
        query = query.where(Tool.state == wanted.state)
    elif not wanted.text:
        query = query.where(Tool.state != ToolState.RETIRED)
    if wanted.kind is not None:
        query = query.where(Tool.kind == wanted.kind)
    if wanted.text:
        typed = like_text(to_ascii(wanted.text).strip()[:60])
        query = query.where(
            or_(
                Tool.number.like(f"%{like_text(canonical(wanted.text))}%", escape="\\"),
                Tool.name.like(f"%{typed}%", escape="\\"),
                Tool.pinyin.like(f"%{typed.lower()}%", escape="\\"),
                Tool.serial.like(f"%{typed}%", escape="\\"),
                Tool.place.like(f"%{typed}%", escape="\\"),
            )
        )
    if wanted.only == "overdue":
        late = select(ToolLoan.tool_id).where(ToolLoan.returned_at.is_(None), ToolLoan.due_at < now)
        query = query.where(Tool.id.in_(late))
    if wanted.only == "due":
        query = query.where(*_due_by(today + SOON))
    return query


def _due_by(day: date) -> tuple[Any, ...]:
    usable = Tool.state.not_in([ToolState.LOST, ToolState.RETIRED])
    return Tool.calibration_days.is_not(None), usable, or_(Tool.calibration_due.is_(None), Tool.calibration_due <= day)


def open_loans(session: Session, tool_ids: Sequence[int]) -> dict[int, ToolLoan]:
    """tool → the loan it is out on, with its holder."""
    found = session.scalars(
        select(ToolLoan)
        .where(ToolLoan.tool_id.in_(tool_ids), ToolLoan.returned_at.is_(None))
        .options(joinedload(ToolLoan.holder).lazyload(Staff.roles))
    )
    return {loan.tool_id: loan for loan in found}


def loans_of(session: Session, staff_id: int) -> Sequence[ToolLoan]:
    """What somebody has borrowed, the earliest due first."""
    return session.scalars(
        select(ToolLoan)
        .where(ToolLoan.returned_at.is_(None), ToolLoan.holder_id == staff_id)
        .options(joinedload(ToolLoan.tool))
        .order_by(ToolLoan.due_at, ToolLoan.id)
    ).all()


def overdue(session: Session, now: datetime, limit: int = 20) -> Sequence[ToolLoan]:
    """Loans that should have ended, the longest overdue first."""
    return session.scalars(
        select(ToolLoan)
        .where(ToolLoan.returned_at.is_(None), ToolLoan.due_at < now)
        .options(joinedload(ToolLoan.tool), joinedload(ToolLoan.holder).lazyload(Staff.roles))
        .order_by(ToolLoan.due_at, ToolLoan.id)
        .limit(limit)
    ).all()


def to_calibrate(session: Session, today: date, limit: int = 20) -> Sequence[Tool]:
    """Tools whose calibration ends within 30 days, has ended or was never made; the latest first."""
    query = select(Tool).where(*_due_by(today + SOON))
    return session.scalars(query.order_by(Tool.calibration_due, Tool.number).limit(limit)).all()


def figures(session: Session, now: datetime, today: date) -> Figures:
    """The three figures above the register."""
    late = func.coalesce(func.sum(case((ToolLoan.due_at < now, 1), else_=0)), 0)
    out, overdue_ = session.execute(select(func.count(), late).where(ToolLoan.returned_at.is_(None))).one()
    due = session.scalar(select(func.count()).select_from(Tool).where(*_due_by(today + SOON)))
    return Figures(int(out), int(overdue_), int(due or 0))


def history(session: Session, tool_id: int, limit: int = 60) -> Sequence[ToolEvent]:
    """What happened to a tool, the latest first."""
    return session.scalars(
        select(ToolEvent)
        .where(ToolEvent.tool_id == tool_id)
        .options(joinedload(ToolEvent.holder).lazyload(Staff.roles))
        .order_by(ToolEvent.id.desc())
        .limit(limit)
    ).all()


def calibrations(session: Session, tool_id: int) -> Sequence[ToolCalibration]:
    """The calibrations of a tool, the latest first."""
    return session.scalars(
        select(ToolCalibration)
        .where(ToolCalibration.tool_id == tool_id)
        .order_by(ToolCalibration.done_on.desc(), ToolCalibration.id.desc())
    ).all()


def photo_of(session: Session, tool_id: int, calibration_id: int) -> ToolCalibration:
    """A calibration of this tool that has a picture; raises :class:`NotFound`."""
    found = session.get(ToolCalibration, calibration_id)
    if found is None or found.tool_id != tool_id or found.photo_id is None:
        raise NotFound(N_("There is nothing here. It may have been moved, or you may not see it."))
    return found


def next_number(session: Session) -> str:
    """A number that no tool has yet, one above the highest of the house's own series (GJ-0001 and on)."""
    last = session.scalar(select(func.max(Tool.number)).where(Tool.number.like("GJ-____")))
    tail = last[3:] if last else "0"
    return f"GJ-{int(tail) + 1 if tail.isdigit() else 1:04d}"
