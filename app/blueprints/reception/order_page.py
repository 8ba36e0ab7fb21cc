"""The page of an order: live for all who may see and do the same, private while somebody looks for a job or a part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import g, render_template, request
from flask_login import current_user

from app.access.guard import page
from app.blueprints.reception import bp
from app.domain.catalogue import queries as catalogue
from app.domain.repair_orders import approvals, price_changes, queries
from app.domain.repair_orders.expected import expected_of_order
from app.domain.repair_orders.facts import order_facts
from app.domain.repair_orders.guarantee import CERTIFIED
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.next_step import next_step
from app.domain.repair_orders.rules import EDITABLE, OPEN_FOR_PRICES, TO_BE_DONE
from app.domain.repair_orders.states import Payer
from app.domain.repair_orders.totals import estimated, shares
from app.domain.repair_orders.workflows import ORDER
from app.domain.stock.queries import find_parts
from app.extensions import db
from app.kernel.actor import Actor
from app.kernel.permission import Permission as P
from app.web import live

# What the page shows or offers to some and not to others: its own questions, and those of the moves.
_DEPENDS_ON = frozenset({P.MONEY_VIEW, P.ORDER_EDIT, P.BOARD_VIEW, P.CUSTOMER_VIEW}) | frozenset(
    move.permission for move in ORDER.moves.values()
)

_LOOKS_FOR_NOTHING = {"adding": "", "typed": "", "finding_id": "", "found_operations": None, "found_parts": None}


def _facts(row: RepairOrder, who: Actor) -> dict[str, Any]:
    """What the page shows of an order."""
    session = db.session()
    question, answers = approvals.requests_of(session, row.id)
    history = queries.history(session, row.id)
    changes = price_changes.of_page(session, row, history)  # before the facts, which look at them
    unanswered = sum(map(price_changes.is_asked, row.jobs))
    return {
        "order": row,
        "offers": {offer.move.name: offer for offer in ORDER.offers(row.state, who, order_facts(row))},
        "findings": queries.open_findings(session, row.id),
        "question": question,
        "answers": answers,
        "history": history,
        "changes": changes,
        "unanswered": unanswered,
        "step": next_step(row.state, unanswered, who.may),
        "editable": who.may(P.ORDER_EDIT) and row.state in EDITABLE,
        "correctable": who.may(P.ORDER_EDIT) and row.state in OPEN_FOR_PRICES,
        "expected": expected_of_order(session, row),
        "TO_BE_DONE": TO_BE_DONE,
        "job_names": {job.id: job.name for job in row.jobs},
        "certified": row.kind in CERTIFIED and row.completed_at is not None,
        "shares": shares(row.jobs) or estimated(row),
        "payers": list(Payer),
        **_LOOKS_FOR_NOTHING,
    }


@live.board(
    "order",
    permission=P.ORDER_VIEW,
    template="reception/_order.html",
    relevant=_DEPENDS_ON,
    parameters=("number",),
)
def order_facts_for(who: live.Audience) -> Mapping[str, Any]:
    """The order as everybody with these permissions sees it who is not in the middle of something."""
    row = queries.order_by_number(db.session(), dict(who.parameters).get("number", ""))
    return {**_facts(row, Actor("", permissions=who.permissions)), "is_live": True}


@bp.get("/orders/<number:number>")
@page(P.ORDER_VIEW)
def order(number: str, **refused: Any) -> Any:
    """One order on one page."""
    looks_for = {name: request.values.get(name, "") for name in ("job", "part", "operation", "finding")}
    if not any(looks_for.values()) and g.get("refusal") is None:
        return render_template("reception/order.html", number=number, board=live.mount("order", {"number": number}))
    session = db.session()
    row = queries.order_by_number(session, number)
    refused.pop("finding_id", None)  # of a refused form's address: the page has its own
    looked_for = {
        "adding": request.args.get("job", ""),
        "typed": request.args.get("part" if request.args.get("job") else "operation", ""),
        "finding_id": looks_for["finding"],
        "found_operations": _found(
            "operation", lambda text: catalogue.find_operations(session, text, row.vehicle.series)
        ),
        "found_parts": _found("part", lambda text: find_parts(session, text)),
    }
    facts = {**_facts(row, current_user.actor()), **looked_for, **refused}
    return render_template("reception/order.html", number=number, **facts)


def _found(field: str, find: Callable[[str], Any]) -> Any:
    """What the text in the address leads to; none when nothing is looked for."""
    typed = request.args.get(field, "")
    return find(typed) if typed else None
