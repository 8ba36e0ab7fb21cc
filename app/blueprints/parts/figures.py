"""What the store is judged by, and the rows behind each figure."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from flask import render_template, request

from app.access.guard import clock, page
from app.blueprints.parts import bp
from app.domain.repair_orders import parts_figures
from app.domain.staff import settings
from app.extensions import db
from app.kernel.clock import at_shop, business_date
from app.kernel.permission import Permission as P

SPANS = (30, 90, 365)
FIGURES = ("supply", "turnover", "obsolete", "lost")


@bp.get("/figures", endpoint="figures")
@page(P.REPORT_VIEW)
def figures_page() -> Any:
    """First-time supply, turnover, obsolete stock, lost sales; one of them opened to its rows."""
    session, now = db.session(), clock().now()
    today, typed = business_date(now), request.args.get("days", "")
    days = int(typed) if typed in {str(span) for span in SPANS} else SPANS[1]
    shown = request.args.get("of", "")
    shown = shown if shown in FIGURES else "supply"
    since = at_shop(today - timedelta(days=days), time(0))
    obsolete_days = settings.number(session, "stock.obsolete_days")
    rows: dict[str, Any] = {
        "supply": lambda: parts_figures.missed_rows(session, since),
        "turnover": lambda: parts_figures.slowest_rows(session, now),
        "obsolete": lambda: parts_figures.obsolete_rows(session, today, obsolete_days),
        "lost": lambda: parts_figures.lost_rows(session, since),
    }
    return render_template(
        "parts/figures.html",
        figures=parts_figures.figures(session, now, today, days=days, obsolete_days=obsolete_days),
        days=days,
        spans=SPANS,
        shown=shown,
        obsolete_days=obsolete_days,
        rows=rows[shown](),
    )
