"""The till: settle, take money, allow credit, reverse; and the handover that follows."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.cashier import bp
from app.blueprints.cashier.paper import settlement_list_of
from app.domain.billing import operations
from app.domain.billing import queries as owing
from app.domain.billing.model import TenderMethod
from app.domain.billing.tenders import takings
from app.domain.care import operations as care
from app.domain.repair_orders import queries as orders
from app.domain.repair_orders.facts import order_facts
from app.domain.repair_orders.guarantee import CERTIFIED
from app.domain.repair_orders.moves import lock_order
from app.domain.repair_orders.order_list import Filter, list_orders
from app.domain.repair_orders.rules import OPEN_FOR_PRICES, TO_BE_DONE
from app.domain.repair_orders.states import OrderState
from app.domain.repair_orders.totals import shares
from app.domain.repair_orders.workflows import ORDER
from app.extensions import db
from app.kernel.capitals import capitals
from app.kernel.clock import business_date, day_bounds
from app.kernel.money import parse_yuan
from app.kernel.permission import Permission as P
from app.web import forms
from app.web.papers import note_unmasking, printed


@bp.get("/desk", endpoint="desk")
@page(P.TENDER_TAKE)
def desk_page() -> Any:
    """What is to be settled and collected now."""
    session = db.session()
    settled = list_orders(session, Filter((OrderState.SETTLED,)), 100).rows
    away = owing.being_corrected(session, [row.id for row in settled])
    owed = owing.owing_after_handover(session)
    return render_template(
        "cashier/desk.html",
        to_settle=list_orders(session, Filter((OrderState.INSPECTED, OrderState.REOPENED)), 100).rows,
        settled=[row for row in settled if row.id not in away],
        corrected=[row for row in settled if row.id in away],
        open_fen=owing.open_by_order(session, [row.id for row in settled]),
        owing=[(made, operations.open_amount(made)) for made in owed],
        owed=owing.owed_after_handover(session, owed),
        taken=takings(session, *day_bounds(business_date(clock().now()))),
    )


@bp.get("/orders/<number:number>")
@page(P.MONEY_VIEW)
def settlement(number: str, **refused: Any) -> Any:
    """One order at the till."""
    session = db.session()
    order = orders.order_by_number(session, number)
    made = operations.of_order(session, order.id)
    standing = operations.standing(made)
    person = actor()
    facts = order_facts(order)
    offered = {offer.move.name: offer.refusal for offer in ORDER.offers(order.state, person, facts)}
    return render_template(
        "cashier/settlement.html",
        order=order,
        shares=shares(order.jobs),
        jobs=[job for job in order.jobs if job.state in TO_BE_DONE],
        settlements=made,
        standing=standing,
        open_amounts={s.id: operations.open_amount(s) for s in made},
        in_capitals={s.id: capitals(s.total_fen) for s in made},
        total_capitals=capitals(sum(s.total_fen for s in shares(order.jobs))),
        not_yet=offered.get("settle"),
        can_settle="settle" in offered,
        changes=order.price_changes,
        correctable=person.may(P.ORDER_EDIT) and order.state in OPEN_FOR_PRICES,
        methods=list(TenderMethod),
        form=request.form,
        refused_settlement=refused.get("settlement_id"),
    )


def _back(number: str) -> Any:
    return redirect(url_for("cashier.settlement", number=number))


@bp.post("/orders/<number:number>/settle")
@command(P.SETTLE, again=settlement)
def settle(number: str) -> Any:
    """One settlement per payer."""
    session = db.session()
    order = orders.order_by_number(session, number)
    lock_order(session, order.id)
    version = forms.whole_number("version")
    operations.settle(session, actor(), clock(), order, version, approve_below_cost=forms.text("below_cost"))
    return _back(number)


def _own(number: str, settlement_id: int) -> int:
    """The settlement's id, if it belongs to the order in the address."""
    from app.kernel.errors import N_, NotFound

    order = orders.order_by_number(db.session(), number)
    if settlement_id not in {s.id for s in operations.of_order(db.session(), order.id)}:
        raise NotFound(N_("There is no such settlement."))
    return settlement_id


@bp.post("/orders/<number:number>/settlements/<row:settlement_id>/tenders")
@command(P.TENDER_TAKE, again=settlement)
def take_tender(number: str, settlement_id: int) -> Any:
    """Take money."""
    method = forms.required_choice("method", TenderMethod)
    amount = parse_yuan(request.form.get("amount", ""), field="amount")
    reference = forms.text("reference", longest=80)
    operations.take_tender(db.session(), actor(), clock(), _own(number, settlement_id), method, amount, reference)
    return _back(number)


@bp.post("/orders/<number:number>/settlements/<row:settlement_id>/refunds")
@command(P.SETTLEMENT_REVERSE, again=settlement)
def refund(number: str, settlement_id: int) -> Any:
    """Give money back."""
    method = forms.required_choice("method", TenderMethod)
    amount = parse_yuan(request.form.get("amount", ""), field="amount")
    reason = forms.text("reason", longest=80)
    operations.refund(db.session(), actor(), clock(), _own(number, settlement_id), method, amount, reason)
    return _back(number)


@bp.post("/orders/<number:number>/settlements/<row:settlement_id>/credit")
@command(P.CREDIT_AUTHORISE, again=settlement)
def allow_credit(number: str, settlement_id: int) -> Any:
    """The customer pays later, within the limit."""
    operations.allow_credit(db.session(), actor(), clock(), _own(number, settlement_id))
    return _back(number)


@bp.post("/orders/<number:number>/reverse")
@command(P.SETTLEMENT_REVERSE, again=settlement)
def reverse(number: str) -> Any:
    """Take the settlement back by reversing documents."""
    session = db.session()
    order = orders.order_by_number(session, number)
    lock_order(session, order.id)
    version = forms.whole_number("version")
    operations.reverse(session, actor(), clock(), order, version, forms.text("reason", longest=300))
    if order.delivered_at is None:
        done = gettext("The settlement is reversed. Take back parts or ask for additional work, then settle anew.")
    else:
        done = gettext("The settlement is reversed. Correct the price, settle anew, then end the correction.")
    flash(done, "success")
    return _back(number)


@bp.get("/orders/<number:number>/settlements/<row:settlement_id>.pdf")
@page(P.MONEY_VIEW)
def settlement_list(number: str, settlement_id: int) -> Response:
    """The settlement list on paper."""
    session = db.session()
    order = orders.order_by_number(session, number)
    wanted = _own(number, settlement_id)
    made = next(s for s in operations.of_order(session, order.id) if s.id == wanted)
    document = settlement_list_of(session, order, made)
    note_unmasking(order, "settlement list")
    return printed(document, f"{document.number}.pdf")


@bp.get("/handover/<number:number>")
@page(P.HANDOVER)
def handover(number: str) -> Any:
    """Explain, give back, hand over the key."""
    session = db.session()
    order = orders.order_by_number(session, number)
    made = operations.of_order(session, order.id)
    return render_template(
        "cashier/handover.html",
        order=order,
        settlements=operations.standing(made),
        shares_open=operations.shares_open(made),
        open_amounts={s.id: operations.open_amount(s) for s in made},
        certified=order.kind in CERTIFIED,
        recommendations=orders.open_recommendations(session, order.vehicle_id),
        form=request.form,
    )


@bp.post("/handover/<number:number>")
@command(P.HANDOVER, again=handover)
def hand_over(number: str) -> Any:
    """The car leaves."""
    session = db.session()
    order = orders.order_by_number(session, number)
    lock_order(session, order.id)
    had_left = order.delivered_at is not None
    care.hand_over(
        session,
        actor(),
        clock(),
        order,
        forms.whole_number("version"),
        explained=request.form.get("explained") == "1",
        old_parts_given=request.form.get("old_parts_given") == "1",
        certificate_given=request.form.get("certificate_given") == "1",
    )
    done = (
        gettext("The correction is complete.")
        if had_left
        else gettext("Handed over. The follow-up call is due by itself.")
    )
    flash(done, "success")
    return redirect(url_for("reception.order", number=number))
