"""An order on paper: estimate, job card, inspection sheet."""

from __future__ import annotations

from flask import Response

from app.access.guard import clock, page
from app.blueprints.reception import bp
from app.blueprints.reception.order_papers import estimate_of, inspection_sheet_of, job_card_of
from app.domain.repair_orders import queries
from app.extensions import db
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.web.papers import note_unmasking, printed


@bp.get("/orders/<number:number>/estimate.pdf")
@page(P.MONEY_VIEW)
def estimate_pdf(number: str) -> Response:
    """The estimate, which is the contract."""
    row = queries.order_by_number(db.session(), number)
    document = estimate_of(db.session(), clock(), row)
    note_unmasking(row, "estimate")
    return printed(document, f"{number}-estimate.pdf")


@bp.get("/orders/<number:number>/job-card.pdf")
@page(P.ORDER_VIEW)
def job_card(number: str) -> Response:
    """The job card for the workshop."""
    row = queries.order_by_number(db.session(), number)
    return printed(job_card_of(db.session(), clock(), row), f"{number}-job-card.pdf")


@bp.get("/orders/<number:number>/inspection-sheet.pdf")
@page(P.ORDER_VIEW)
def inspection_sheet(number: str) -> Response:
    """The walk-around, as signed."""
    session = db.session()
    row = queries.order_by_number(session, number)
    seen = queries.check_in_of(session, row.id)
    if seen is None:
        raise InvalidInput(N_("This order has no check-in."))
    document = inspection_sheet_of(session, clock(), row, seen)
    note_unmasking(row, "inspection sheet")
    return printed(document, f"{number}-inspection.pdf")
