"""The tool crib: who has what, lent and taken back by scan, and the register with its calibrations."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.domain.files import operations as files
from app.domain.staff import queries as staff
from app.domain.staff.model import Role
from app.domain.tools import operations, queries
from app.domain.tools.model import Tool
from app.domain.tools.states import BY_WORDS, TOOL, ReturnCondition, ToolKind, ToolMove, ToolState
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.web import forms
from app.web.templating import word
from app.web.uploads import sent_photo

# Those who work with tools; anybody else is found by a scan of the name tag, or by name.
BORROWERS = (
    Role.TECHNICIAN,
    Role.QUALITY_INSPECTOR,
    Role.WORKSHOP_CONTROLLER,
    Role.SERVICE_ADVISER,
    Role.USED_CAR_DESK,
)
# What the button of a move says.
DO_IT = {
    ToolMove.SEND: N_("Send to calibration"),
    ToolMove.BREAK: N_("It is broken"),
    ToolMove.REPAIR: N_("It is repaired"),
    ToolMove.LOSE: N_("It is lost"),
    ToolMove.FIND: N_("It was found"),
    ToolMove.RETIRE: N_("Take out of use"),
}


def wanted() -> queries.Filter:
    """The filter in the address; what is strange in it counts as not given."""
    kind, state, only = (request.args.get(name, "") for name in ("kind", "state", "only"))
    return queries.Filter(
        text=request.args.get("q", "").strip()[:60],
        kind=ToolKind(kind) if kind in set(ToolKind) else None,
        state=ToolState(state) if state in set(ToolState) else None,
        only=only if only in {"overdue", "due"} else "",
    )


def _chosen() -> int | None:
    return forms.plain_number(request.form.get("who") or request.args.get("who", ""))


@bp.get("/tools", endpoint="tools")
@page(P.TOOL_LEND)
def tools_page() -> Any:
    """The register, with the scan that lends and takes back."""
    session, now = db.session(), clock().now()
    narrowed, chosen, today = wanted(), _chosen(), business_date(now)
    found, after = queries.list_tools(session, narrowed, now, today, request.args.get("after", "")[:20])
    filters: dict[str, Any] = {name: request.args.get(name) or None for name in ("q", "kind", "state", "only")}
    people = [(row.id, row.name) for row in staff.names_with_role(session, *BORROWERS)]
    if chosen is not None and chosen not in {id_ for id_, _name in people}:
        other = queries.person_by_code(session, f"P-{chosen}")
        people, chosen = (people, None) if other is None else ([*people, (other.id, other.name)], chosen)
    return render_template(
        "parts/tools.html",
        tools=found,
        loans=queries.open_loans(session, [tool.id for tool in found]),
        figures=queries.figures(session, now, today),
        wanted=narrowed,
        filters=filters,
        kinds=list(ToolKind),
        states=list(ToolState),
        people=people,
        chosen=chosen,
        has=queries.loans_of(session, chosen) if chosen else [],
        next_url=url_for("parts.tools", **filters, after=after) if after else "",
        first_url=url_for("parts.tools", **filters) if request.args.get("after") else "",
        soon=today + queries.SOON,
    )


@bp.post("/tools/scan")
@command(P.TOOL_LEND, again=tools_page)
def scan_tool() -> Any:
    """A name tag chooses who borrows; a tool goes to whoever is chosen; one that is out opens to be taken back."""
    session, code, chosen = db.session(), forms.text("scan", longest=120), _chosen()
    tool = queries.by_code(session, code)
    if tool is None:
        person = queries.person_by_code(session, code)
        if person is None:
            raise InvalidInput(N_("No tool and nobody here goes by “%(code)s”."), field="scan", code=code[:40])
        return redirect(url_for("parts.tools", who=person.id))
    if chosen is None or tool.state is not ToolState.AVAILABLE:
        return redirect(url_for("parts.tool", tool_id=tool.id, who=chosen))
    _lend(tool, chosen)
    return redirect(url_for("parts.tools", who=chosen))


def _lend(tool: Tool, holder_id: int, due_at: Any = None) -> None:
    session = db.session()
    loan = operations.lend(session, actor(), clock(), tool, staff.get_person(session, holder_id), due_at)
    from app.web.context import local

    due = local(loan.due_at, "%m-%d %H:%M")
    flash(gettext("%(tool)s lent to %(who)s until %(due)s.", tool=tool.name, who=loan.holder.name, due=due), "success")


@bp.get("/tools/<row:tool_id>", endpoint="tool")
@page(P.TOOL_LEND)
def tool_page(tool_id: int) -> Any:
    """One tool: lend it, take it back, its calibrations and what happened to it."""
    session = db.session()
    tool = queries.get_tool(session, tool_id)
    offers = TOOL.offers(tool.state, actor(), operations.facts_of(tool, clock()))
    possible = {offer.move.name: offer.refusal for offer in offers}
    return render_template(
        "parts/tool.html",
        tool=tool,
        loan=operations.open_loan(session, tool.id),
        possible=possible,
        moves=[(name.value, word(DO_IT[name])) for name in BY_WORDS if name in possible],
        events=queries.history(session, tool.id),
        calibrations=queries.calibrations(session, tool.id),
        people=staff.names_with_role(session, *BORROWERS),
        chosen=_chosen(),
        usual_due=operations.usual_due(session, clock().now()),
        kinds=list(ToolKind),
        conditions=list(ReturnCondition),
        form=request.form,
    )


def _tool(tool_id: int) -> Tool:
    return queries.get_tool(db.session(), tool_id)


def _back(tool_id: int) -> Any:
    return redirect(url_for("parts.tool", tool_id=tool_id))


@bp.post("/tools/<row:tool_id>/lend")
@command(P.TOOL_LEND, again=tool_page)
def lend_tool(tool_id: int) -> Any:
    """Lend the tool in hand."""
    tool = _tool(tool_id)
    _lend(tool, forms.required_number("holder", lowest=1), forms.local_moment("due_at"))
    return redirect(url_for("parts.tools", who=forms.whole_number("holder")))


@bp.post("/tools/<row:tool_id>/return")
@command(P.TOOL_LEND, again=tool_page)
def return_tool(tool_id: int) -> Any:
    """Take it back, in whatever condition."""
    tool = _tool(tool_id)
    condition = forms.required_choice("condition", ReturnCondition)
    operations.take_back(db.session(), actor(), clock(), tool, condition, forms.text("words", longest=300))
    done = gettext("%(tool)s is back.", tool=tool.name)
    flash(done if condition is ReturnCondition.FINE else gettext("Noted. It is lent no more for now."), "success")
    return redirect(url_for("parts.tools")) if condition is ReturnCondition.FINE else _back(tool_id)


@bp.post("/tools/<row:tool_id>/moves")
@command(P.TOOL_EDIT, again=tool_page)
def move_tool(tool_id: int) -> Any:
    """Broken, repaired, lost, found, sent away, out of use: with a word on why."""
    move, words = forms.required_choice("move", ToolMove), forms.text("words", longest=300)
    operations.move(db.session(), actor(), clock(), _tool(tool_id), move, words)
    return _back(tool_id)


@bp.post("/tools/<row:tool_id>/calibrations")
@command(P.TOOL_EDIT, again=tool_page)
def calibrate_tool(tool_id: int) -> Any:
    """What the certificate says, with a photo of it."""
    tool = _tool(tool_id)
    made = operations.calibrate(
        db.session(),
        actor(),
        clock(),
        tool,
        done_on=forms.business_day("done_on"),
        due_on=forms.business_day("due_on"),
        certificate=forms.text("certificate", longest=60),
        laboratory=forms.text("laboratory", longest=120),
        photo=sent_photo(f"tool:{tool.id}"),
    )
    flash(gettext("Calibrated until %(day)s.", day=made.due_on.isoformat()), "success")
    return _back(tool_id)


@bp.get("/tools/<row:tool_id>/certificates/<row:calibration_id>")
@page(P.TOOL_LEND)
def tool_certificate(tool_id: int, calibration_id: int) -> Response:
    """The photo of a calibration's certificate."""
    made = queries.photo_of(db.session(), tool_id, calibration_id)
    assert made.photo is not None
    return send_file(files.path_of(current_app.config["PORTAL_DATA"], made.photo), mimetype=made.photo.media_type)


def _facts() -> dict[str, Any]:
    typed = request.form.get("calibration_days", "").strip()
    return {
        "name": forms.text("name", longest=120),
        "kind": forms.required_choice("kind", ToolKind),
        "place": forms.text("place", longest=40),
        "serial": forms.text("serial", longest=60),
        "remark": forms.text("remark", longest=300),
        "calibration_days": forms.required_number("calibration_days") if typed else None,
    }


@bp.get("/tools/new")
@page(P.TOOL_EDIT)
def new_tool() -> Any:
    """A form for a tool that is not in the register yet."""
    number = queries.next_number(db.session())
    return render_template("parts/tool_new.html", kinds=list(ToolKind), number=number, form=request.form)


@bp.post("/tools/new")
@command(P.TOOL_EDIT, again=new_tool)
def register_tool() -> Any:
    """Enter a tool."""
    facts = {**_facts(), "number": forms.text("number", longest=40)}
    last = forms.business_day("calibrated_on")
    if last is not None and last > business_date(clock().now()):
        raise InvalidInput(N_("This day has not come yet."), field="calibrated_on")
    if last is not None and facts["calibration_days"] is None:
        raise InvalidInput(N_("Say after how many days it is calibrated again."), field="calibration_days")
    tool = operations.register(db.session(), actor(), clock(), facts, calibrated_on=last)
    flash(gettext("%(number)s is in the register. Print its label.", number=tool.number), "success")
    return _back(tool.id)


@bp.post("/tools/<row:tool_id>")
@command(P.TOOL_EDIT, again=tool_page)
def change_tool(tool_id: int) -> Any:
    """Correct the register."""
    operations.change(db.session(), actor(), clock(), _tool(tool_id), forms.whole_number("version"), _facts())
    flash(gettext("Saved."), "success")
    return _back(tool_id)
