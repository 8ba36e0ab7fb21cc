"""Closing the books of the store, and what it was worth."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, note, page
from app.blueprints.parts import bp
from app.domain.stock import periods
from app.extensions import db
from app.kernel.errors import N_
from app.kernel.permission import Permission as P
from app.web import forms
from app.web.sheets import workbook


@bp.get("/periods", endpoint="periods")
@page(P.REPORT_VIEW)
def periods_page() -> Any:
    """The closed periods with what the store was worth at their ends."""
    return render_template("parts/periods.html", closes=periods.closes(db.session()), form=request.form)


@bp.post("/periods")
@command(P.PERIOD_CLOSE, again=periods_page)
def close_period() -> Any:
    """Nothing is posted on that day or before it any more."""
    made = periods.close(db.session(), actor(), clock(), forms.business_day("through"))
    flash(gettext("The books are closed through %(day)s.", day=made.through.isoformat()), "success")
    return redirect(url_for("parts.periods"))


@bp.get("/periods/<row:close_id>/values.xlsx")
@page(P.DATA_EXPORT)
def period_values(close_id: int) -> Response:
    """What each part was worth, for the accountant; on record."""
    head = [N_("Number"), N_("Part"), N_("Unit"), N_("Quantity"), N_("Value, net")]
    body = [
        (part.number_display, part.name, part.unit, milli / 1000, fen)
        for part, milli, fen in periods.values_of(db.session(), close_id)
    ]
    content = workbook([gettext(text) for text in head], body, money={4})
    note("export", "period_values", rows=len(body))
    return send_file(io.BytesIO(content), download_name="stock-value.xlsx", as_attachment=True)
