"""Suppliers: terms, contracts, prices, targets, how well they deliver; two side by side."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.domain.catalogue import queries as catalogue
from app.domain.purchasing import held_prices, prices, targets
from app.domain.purchasing.evaluation import WEIGHTS, evaluate
from app.domain.suppliers import operations, queries
from app.domain.suppliers.questions import MAXIMUM, AuditQuestion
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.web import forms


def _today() -> date:
    return business_date(clock().now())


@bp.get("/suppliers")
@page(P.PURCHASE_EDIT)
def suppliers() -> Any:
    """All suppliers with how well they deliver, and the contracts that run out."""
    session = db.session()
    found = queries.all_suppliers(session, active=False)
    judged, held = evaluate(session, [one.id for one in found], _today()), held_prices.waiting(session)
    return render_template(
        "parts/suppliers.html",
        suppliers=[(one, judged[one.id]) for one in found],
        contracts=queries.contracts_running_out(session, _today()),
        held=held,
        held_in_all=held_prices.count_waiting(session) if held else 0,
        today=_today(),
        form=request.form,
    )


@bp.post("/held-prices")
@command(P.SUPPLIER_EDIT, again=suppliers)
def decide_prices() -> Any:
    """Prices of a list that moved too far: agreed to, or refused."""
    accept = request.form.get("decision") == "accept"
    count = held_prices.decide(db.session(), actor(), clock(), forms.ticked("held"), accept=accept)
    flash(
        gettext("Prices agreed to: %(count)s.", count=count)
        if accept
        else gettext("Prices refused: %(count)s.", count=count),
        "success",
    )
    return redirect(url_for("parts.suppliers"))


def _facts() -> dict[str, Any]:
    return {
        "name": forms.text("name", longest=120),
        "contact": forms.text("contact", longest=80),
        "phone": forms.text("phone", longest=40),
        "email": forms.text("email", longest=120),
        "address": forms.text("address", longest=200),
        "is_manufacturer": request.form.get("is_manufacturer") == "1",
        "lead_days": forms.required_number("lead_days", highest=operations.LONGEST_DAYS),
        "order_cycle_days": forms.required_number("order_cycle_days", lowest=1, highest=operations.LONGEST_DAYS),
        "payment_days": forms.required_number("payment_days", highest=operations.LONGEST_DAYS),
        "minimum_order_fen": forms.yuan("minimum_order") or 0,
        "remark": forms.text("remark", longest=1000),
        "active": request.form.get("active") == "1",
    }


@bp.post("/suppliers")
@command(P.SUPPLIER_EDIT, again=suppliers)
def new_supplier() -> Any:
    """Enter a supplier."""
    made = operations.add_supplier(db.session(), actor(), clock(), _facts() | {"active": True})
    return redirect(url_for("parts.supplier", supplier_id=made.id))


@bp.get("/suppliers/<row:supplier_id>")
@page(P.PURCHASE_EDIT)
def supplier(supplier_id: int, **_refused: Any) -> Any:
    """One supplier with all that is agreed with him."""
    session = db.session()
    found = queries.get_supplier(session, supplier_id)
    return render_template(
        "parts/supplier.html",
        supplier=found,
        contracts=queries.contracts_of(session, supplier_id),
        audits=queries.audits_of(session, supplier_id),
        evaluation=evaluate(session, [supplier_id], _today())[supplier_id],
        weights=WEIGHTS,
        prices=prices.prices_of_supplier(session, supplier_id),
        targets=targets.progress_of(session, supplier_id, _today()),
        questions=list(AuditQuestion),
        scale=[(points, str(points)) for points in range(MAXIMUM + 1)],
        today=_today(),
        form=request.form,
    )


def _back(supplier_id: int) -> Any:
    return redirect(url_for("parts.supplier", supplier_id=supplier_id))


@bp.post("/suppliers/<row:supplier_id>")
@command(P.SUPPLIER_EDIT, again=supplier)
def change_supplier(supplier_id: int) -> Any:
    """Other terms."""
    session = db.session()
    found = queries.get_supplier(session, supplier_id)
    operations.change_supplier(session, actor(), clock(), found, forms.whole_number("version"), _facts())
    flash(gettext("Saved."), "success")
    return _back(supplier_id)


@bp.post("/suppliers/<row:supplier_id>/contracts")
@command(P.SUPPLIER_EDIT, again=supplier)
def add_contract(supplier_id: int) -> Any:
    """A contract with its last day."""
    session = db.session()
    operations.add_contract(
        session,
        actor(),
        clock(),
        queries.get_supplier(session, supplier_id),
        title=forms.text("title", longest=120),
        number=forms.text("number", longest=60),
        starts_on=forms.business_day("starts_on"),
        ends_on=forms.business_day("ends_on"),
        remind_days=forms.required_number("remind_days", highest=operations.LONGEST_DAYS),
    )
    flash(gettext("The contract is noted; you are reminded in time."), "success")
    return _back(supplier_id)


@bp.post("/suppliers/<row:supplier_id>/contracts/<row:contract_id>/end")
@command(P.SUPPLIER_EDIT, again=supplier)
def end_contract(supplier_id: int, contract_id: int) -> Any:
    """Renewed or let go: no reminder any more."""
    session = db.session()
    operations.end_contract(session, actor(), clock(), queries.get_supplier(session, supplier_id), contract_id)
    return _back(supplier_id)


@bp.post("/suppliers/<row:supplier_id>/audits")
@command(P.SUPPLIER_EDIT, again=supplier)
def hold_audit(supplier_id: int) -> Any:
    """An audit sheet."""
    session = db.session()
    points = {question: forms.required_number(question.value, highest=MAXIMUM) for question in AuditQuestion}
    operations.hold_audit(
        session,
        actor(),
        clock(),
        queries.get_supplier(session, supplier_id),
        held_on=forms.business_day("held_on"),
        points=points,
        remark=forms.text("audit_remark", longest=500),
    )
    flash(gettext("The audit sheet is kept."), "success")
    return _back(supplier_id)


@bp.post("/suppliers/<row:supplier_id>/prices")
@command(P.SUPPLIER_EDIT, again=supplier)
def set_supplier_price(supplier_id: int) -> Any:
    """A price for a part from a day on."""
    session = db.session()
    part = catalogue.part_by_number(session, forms.text("part_number", longest=80))
    if part is None:
        raise InvalidInput(
            N_("No part has the number “%(code)s”."), field="part_number", code=request.form.get("part_number", "")[:40]
        )
    prices.set_price(
        session,
        actor(),
        clock(),
        queries.get_supplier(session, supplier_id),
        part,
        unit_fen=forms.yuan("price") or 0,
        pack_milli=forms.quantity("pack") or 1000,
        minimum_milli=forms.quantity("minimum") or 0,
        valid_from=forms.business_day("valid_from"),
        valid_until=forms.business_day("valid_until"),
    )
    flash(gettext("The price of “%(part)s” is kept.", part=part.name), "success")
    return _back(supplier_id)


@bp.post("/suppliers/<row:supplier_id>/targets")
@command(P.SUPPLIER_EDIT, again=supplier)
def set_target(supplier_id: int) -> Any:
    """The purchase target of a period."""
    session = db.session()
    targets.set_target(
        session,
        actor(),
        clock(),
        queries.get_supplier(session, supplier_id),
        starts_on=forms.business_day("target_from"),
        ends_on=forms.business_day("target_until"),
        amount_fen=forms.yuan("amount") or 0,
    )
    flash(gettext("The target is kept."), "success")
    return _back(supplier_id)


@bp.post("/suppliers/<row:supplier_id>/targets/<row:target_id>/withdraw")
@command(P.SUPPLIER_EDIT, again=supplier)
def withdraw_target(supplier_id: int, target_id: int) -> Any:
    """A target typed by mistake."""
    session = db.session()
    targets.withdraw_target(session, actor(), clock(), queries.get_supplier(session, supplier_id), target_id)
    return _back(supplier_id)


@bp.get("/suppliers/compare")
@page(P.PURCHASE_EDIT)
def compare_suppliers() -> Any:
    """Two suppliers side by side: terms, deliveries, the audit, the parts that both sell."""
    session = db.session()
    known = {one.id: one for one in queries.all_suppliers(session, active=False)}
    chosen = [known.get(forms.asked_number(name) or 0) for name in ("a", "b")]
    both_known = [one for one in chosen if one is not None]
    judged = evaluate(session, [one.id for one in both_known], _today())
    sides = []
    for one in both_known:
        audits = queries.audits_of(session, one.id, 1)
        sides.append((one, judged[one.id], audits[0] if audits else None))
    both, in_all = (
        prices.sold_by_both(session, both_known[0].id, both_known[1].id, _today()) if len(sides) == 2 else ([], 0)
    )
    return render_template(
        "parts/compare_suppliers.html",
        options=[(one.id, one.name) for one in known.values()],
        chosen=chosen,
        sides=sides,
        both=both,
        in_all=in_all,
    )
