"""The dispatch board and the wall."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.workshop import bp
from app.domain.repair_orders import queries as orders
from app.domain.repair_orders.states import PartsReadiness
from app.domain.staff import queries as staff
from app.domain.staff import settings
from app.domain.workshop import operations
from app.domain.workshop.model import PauseReason
from app.domain.workshop.queries import JobOnBoard, floor
from app.extensions import db
from app.kernel.clock import business_date, shanghai
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.web import forms, live
from app.web.context import near_day
from app.web.labels import label

_RISKS = {
    "late": N_("The promised time has passed"),
    "after_promise": N_("Planned to end after the promised time"),
    "not_started": N_("Not enough time left"),
    "parts_late": N_("Parts come after the promised time"),
    "parts": N_("Parts missing and time is short"),
    "approval": N_("The customer has not answered and time is short"),
}


def reason_of(job: JobOnBoard) -> str:
    """Why a job waits or is at risk, in words."""
    parts = [gettext(_RISKS[job.risk])] if job.risk else []
    if job.pause_reason:
        parts.append(label(PauseReason(job.pause_reason)))
    elif job.state == "proposed":  # nothing is reserved for it yet, which does not mean that parts are missing
        parts.append(gettext("Waiting for approval"))
    elif job.readiness is PartsReadiness.SHORT:
        parts.append(gettext("Parts missing"))
    if job.readiness is PartsReadiness.EXPECTED:
        parts.append(gettext("Parts expected %(day)s", day=near_day(job.parts_on)).strip())
    return " · ".join(dict.fromkeys(parts))


def tone_of(job: JobOnBoard) -> str:
    """The colour of a bar; the word stands beside it."""
    if job.risk in {"late", "parts_late"} or (job.readiness is PartsReadiness.SHORT and job.state != "proposed"):
        return "late"
    states = {"working": "active", "paused": "waiting", "done": "good", "passed": "good", "proposed": "waiting"}
    return states.get(job.state.value, "info")


def _day_of(text: str) -> date:
    today = business_date(clock().now())
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs((day - today).days) < 1000 else today


@live.board(
    "workshop",
    permission=P.BOARD_VIEW,
    template="workshop/_board.html",
    relevant=frozenset({P.DISPATCH}),
    parameters=("day",),
)
def board_facts(who: live.Audience) -> Mapping[str, Any]:
    """What the board of a day shows. Its words depend on the minute, so the fragment is kept for a minute at most."""
    session = db.session()
    now = clock().now()
    day = _day_of(dict(who.parameters).get("day", ""))
    opens, closes = settings.number(session, "reception.opens"), settings.number(session, "reception.closes")
    local = shanghai(now)
    return {
        "floor": floor(session, day, now),
        "day": day,
        "first": f"{opens:02d}:00",
        "first_quarter": opens * 4,
        "slots": min(96, max(4, (closes - opens + 2) * 4)),
        "now_text": local.strftime("%H:%M") if local.date() == day else "",
        "reason_of": reason_of,
        "tone_of": tone_of,
        "quarter_of": quarter_of,
        "can_dispatch": P.DISPATCH in who.permissions,
    }


def quarter_of(moment: datetime, first_quarter: int) -> int:
    """The column of a moment on the board, in quarter hours from its first."""
    local = shanghai(moment)
    return max(0, local.hour * 4 + local.minute // 15 - first_quarter)


@live.board("wall", permission=P.BOARD_VIEW, template="workshop/_wall.html")
def wall_facts(who: live.Audience) -> Mapping[str, Any]:
    """What hangs on the wall: cars by promise, those at risk first."""
    now = clock().now()
    found = floor(db.session(), business_date(now), now)
    people = {id_: name for id_, name, _bars, _load in found.lanes}
    jobs = {job.id: job for job in found.unassigned + found.waiting}
    for _id, _name, bars, _load in found.lanes:
        jobs |= {job.id: job for job in bars if job.state.value in {"dispatched", "working", "paused"}}
    ordered = sorted(jobs.values(), key=lambda j: (not j.risk, j.promised_at is None, j.promised_at or now))
    return {
        "jobs": ordered[:16],
        "people": people,
        "reason_of": reason_of,
        "tone_of": tone_of,
        "ready": found.ready[:6],
    }


@bp.get("/board", endpoint="board")
@page(P.BOARD_VIEW)
def board_page() -> Any:
    """Technicians as rows, the day as columns."""
    day = _day_of(request.args.get("day", ""))
    return render_template(
        "workshop/board.html",
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        board=live.mount("workshop", {"day": day.isoformat()}),
    )


@bp.get("/wall")
@page(P.BOARD_VIEW)
def wall() -> Any:
    """The wall screen."""
    return render_template("workshop/wall.html", board=live.mount("wall"))


@bp.post("/assign")
@command(P.DISPATCH)
def assign() -> Any:
    """Give a job to a technician at a time; the board shows it by itself."""
    session = db.session()
    job = orders.get_job(session, forms.required_number("job", lowest=1))
    technician = staff.get_person(session, forms.required_number("technician", lowest=1))
    start_at = forms.local_moment("start")
    if start_at is None:
        raise InvalidInput(N_("Choose a time."), field="start")
    operations.assign(session, actor(), clock(), job, forms.whole_number("version"), technician, start_at)
    return Response(status=204)


@bp.post("/recall")
@command(P.DISPATCH)
def recall() -> Any:
    """Take a dispatched job back."""
    session = db.session()
    job = orders.get_job(session, forms.required_number("job", lowest=1))
    operations.recall(session, actor(), clock(), job, forms.whole_number("version"))
    return Response(status=204)
