"""Labels for tools and name tags for those who borrow them, on sheets that a scanner reads."""

from __future__ import annotations

from flask import Response

from app.access.guard import clock, page
from app.blueprints.parts import bp
from app.blueprints.parts.tools import BORROWERS, wanted
from app.domain.staff import queries as staff
from app.domain.staff import settings
from app.domain.tools import queries
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.permission import Permission as P
from app.printing.label_sheet import ON_A_SHEET, Label, LabelSheet
from app.web import forms
from app.web.papers import printed

MOST = 240  # ten sheets


def _number(name: str, highest: int) -> int:
    return min(forms.asked_number(name) or 0, highest)


def _printed(labels: list[Label], file_name: str) -> Response:
    shop = settings.read(db.session(), "shop.name")
    document = LabelSheet(shop, tuple(labels), _number("skip", ON_A_SHEET - 1))
    return printed(document, file_name)


@bp.get("/tools/labels.pdf")
@page(P.TOOL_LEND)
def tool_labels() -> Response:
    """The label of one tool, or of all that the register shows; ``skip`` leaves places free that are used up."""
    session, now, one = db.session(), clock().now(), _number("tool", 999_999_999)
    if one:
        found = [queries.get_tool(session, one)]
    else:
        found = list(queries.list_tools(session, wanted(), now, business_date(now), limit=MOST)[0])
    labels = [Label(tool.number, tool.name, " · ".join(filter(None, (tool.place, tool.serial)))) for tool in found]
    return _printed(labels, "tool-labels.pdf")


@bp.get("/tools/name-tags.pdf")
@page(P.TOOL_LEND)
def name_tags() -> Response:
    """A tag for each who borrows tools: scanned at the desk before the tool."""
    people = staff.names_with_role(db.session(), *BORROWERS)
    return _printed([Label(f"P-{row.id}", row.name) for row in people], "name-tags.pdf")
