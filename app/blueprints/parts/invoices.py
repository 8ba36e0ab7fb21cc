"""Suppliers' invoices, held against what came."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.domain.purchasing import invoices, returned
from app.domain.purchasing.states import InvoiceState
from app.domain.suppliers import queries as suppliers
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.web import forms


@bp.get("/invoices", endpoint="invoices")
@page(P.SUPPLIER_INVOICE)
def invoices_page(**refused: Any) -> Any:
    """Invoices that wait, and a new one with the deliveries that it bills."""
    session = db.session()
    known = suppliers.all_suppliers(session, active=False)
    typed = request.values.get("supplier", "")
    chosen = next((one for one in known if str(one.id) == typed), None)
    receipts = invoices.not_billed(session, chosen.id) if chosen else []
    return render_template(
        "parts/invoices.html",
        suppliers=[(one.id, one.name) for one in known],
        chosen=chosen,
        receipts=receipts,
        owed=invoices.payable_of(session, [receipt.id for receipt in receipts]),
        waiting=invoices.list_invoices(session, [InvoiceState.DISPUTED, InvoiceState.MATCHED]),
        credits=returned.credits_awaited(session),
        paid=invoices.list_invoices(session, [InvoiceState.PAID], 30),
        withdrawn=invoices.withdrawn_invoices(session),
        today=business_date(clock().now()),
        form=request.form,
        refused_invoice=refused.get("invoice_id"),
    )


@bp.post("/invoices")
@command(P.SUPPLIER_INVOICE, again=invoices_page)
def enter_invoice() -> Any:
    """Enter an invoice with the deliveries that it bills."""
    session = db.session()
    total = forms.yuan("total")
    if total is None:
        raise InvalidInput(N_("Fill this in."), field="total")
    made = invoices.enter_invoice(
        session,
        actor(),
        clock(),
        suppliers.get_supplier(session, forms.required_number("supplier", lowest=1)),
        number=forms.text("number", longest=60),
        issued_on=forms.business_day("issued_on"),
        total_fen=total,
        receipt_ids=forms.ticked("receipts"),
    )
    if made.state is InvoiceState.MATCHED:
        flash(gettext("The invoice matches what came."), "success")
    else:
        flash(gettext("The invoice differs from what came: settle it before it is paid."), "warning")
    return redirect(url_for("parts.invoices"))


@bp.post("/invoices/<row:invoice_id>/accept")
@command(P.SUPPLIER_INVOICE, again=invoices_page)
def accept_invoice(invoice_id: int) -> Any:
    """Pay as billed, with a reason."""
    session = db.session()
    found = invoices.get_invoice(session, invoice_id)
    invoices.accept_difference(session, actor(), clock(), found, forms.whole_number("version"), forms.text("reason"))
    flash(gettext("The difference is accepted."), "success")
    return redirect(url_for("parts.invoices"))


@bp.post("/invoices/<row:invoice_id>/paid")
@command(P.SUPPLIER_INVOICE, again=invoices_page)
def pay_invoice(invoice_id: int) -> Any:
    """It was paid."""
    session = db.session()
    found = invoices.get_invoice(session, invoice_id)
    invoices.mark_paid(session, actor(), clock(), found, forms.whole_number("version"), forms.business_day("paid_on"))
    flash(gettext("Noted as paid."), "success")
    return redirect(url_for("parts.invoices"))


@bp.post("/invoices/<row:invoice_id>/withdraw")
@command(P.SUPPLIER_INVOICE, again=invoices_page)
def withdraw_invoice(invoice_id: int) -> Any:
    """Typed wrongly, or replaced by the supplier."""
    session = db.session()
    found = invoices.get_invoice(session, invoice_id)
    number, supplier = found.number, found.supplier_id
    invoices.withdraw_invoice(session, actor(), clock(), found, forms.whole_number("version"), forms.text("why"))
    flash(gettext("Invoice %(number)s is taken out; its deliveries can be billed anew.", number=number), "success")
    return redirect(url_for("parts.invoices", supplier=supplier))
