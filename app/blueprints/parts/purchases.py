"""Purchase orders: the list, and one from its draft to the supplier's word."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.blueprints.parts.blind import being_counted
from app.domain.catalogue import queries as catalogue
from app.domain.purchasing import discrepancies, orders, prices, queries, returned
from app.domain.purchasing.model import PurchaseOrder
from app.domain.purchasing.queries import Filter
from app.domain.purchasing.states import COMING, PURCHASE_ORDER, PurchaseKind, PurchaseState
from app.domain.stock.queries import find_parts
from app.domain.suppliers import queries as suppliers
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.money import line_amount
from app.kernel.permission import Permission as P
from app.printing.purchase_order import PurchaseOrderPaper, PurchasePaperLine
from app.web import forms
from app.web.papers import paper_shop, printed


def _asked() -> Filter:
    known = {state.value for state in PurchaseState}
    given = [value for value in request.args.getlist("state") if value in known]
    return Filter(
        states=tuple(PurchaseState(value) for value in given),
        supplier_id=forms.asked_number("supplier"),
        before=forms.asked_number("before"),
    )


@bp.get("/purchases", endpoint="purchases")
@page(P.PURCHASE_EDIT)
def purchases_page() -> Any:
    """The purchase orders, newest first; what is late and what is argued about stands on top."""
    session = db.session()
    wanted = _asked()
    found, following = queries.list_orders(session, wanted)
    kept: dict[str, Any] = {"state": [state.value for state in wanted.states], "supplier": wanted.supplier_id}
    everybody = suppliers.all_suppliers(session, active=False)
    return render_template(
        "parts/purchases.html",
        orders=[(order, queries.total_of(order)) for order in found],
        wanted=wanted,
        states=list(PurchaseState),
        kinds=list(PurchaseKind),
        suppliers=[(one.id, one.name) for one in everybody],
        names={one.id: one.name for one in everybody},
        overdue=queries.overdue(session, business_date(clock().now())),
        discrepancies=discrepancies.open_discrepancies(session),
        next_url=url_for("parts.purchases", **kept, before=following) if following else "",
        first_url=url_for("parts.purchases", **kept) if wanted.before else "",
        form=request.form,
    )


@bp.post("/purchases")
@command(P.PURCHASE_EDIT, again=purchases_page)
def new_purchase() -> Any:
    """Begin a purchase order to a supplier."""
    session = db.session()
    supplier_id = forms.whole_number("supplier")
    if not supplier_id:
        raise InvalidInput(N_("Choose the supplier."), field="supplier")
    supplier = suppliers.get_supplier(session, supplier_id)
    kind = forms.choice("kind", PurchaseKind, PurchaseKind.STOCK)
    order = orders.draft_order(session, actor(), clock(), supplier, kind=kind)
    return redirect(url_for("parts.purchase", po=order.number))


@bp.get("/purchases/<number:po>")
@page(P.PURCHASE_EDIT)
def purchase(po: str, **refused: Any) -> Any:
    """One purchase order on one page: lines, the supplier's word, deliveries, what was wrong with them."""
    session = db.session()
    order = queries.order_by_number(session, po)
    typed = request.args.get("part", "").strip()[:60]
    day = business_date(clock().now())
    found = find_parts(session, typed) if typed and order.state is PurchaseState.DRAFT else None
    held = prices.prices_on(session, order.supplier_id, [part.id for part, _free in found or ()], day)
    sent_back = returned.returns_of(session, order.id)
    return render_template(
        "parts/purchase.html",
        order=order,
        total=queries.total_of(order),
        amounts={line.id: line_amount(line.quantity_milli, line.unit_fen) for line in order.lines},
        offers={offer.move.name: offer for offer in PURCHASE_ORDER.offers(order.state, actor())},
        coming=order.state in COMING,
        receipts=queries.receipts_of(session, order.id),
        discrepancies=queries.discrepancies_of(session, order.id),
        returns=sent_back,
        gone=returned.gone_by(sent_back),
        possible=discrepancies.POSSIBLE,
        found=found,
        counted=being_counted(part.id for part, _free in found or ()),
        typed=typed,
        held=held,
        today=day,
        form=request.form,
        refused_line=refused.get("purchase_line_id"),
        refused_discrepancy=refused.get("discrepancy_id"),
    )


def _locked(po: str) -> PurchaseOrder:
    return orders.lock_order(db.session(), po)


def _back(po: str) -> Any:
    return redirect(url_for("parts.purchase", po=po))


@bp.post("/purchases/<number:po>/lines")
@command(P.PURCHASE_EDIT, again=purchase)
def add_purchase_line(po: str) -> Any:
    """Put a part on the draft; without a price it costs what the supplier asks."""
    session = db.session()
    part = catalogue.get_part(session, forms.required_number("part", lowest=1))
    quantity = forms.quantity("quantity") or 0
    orders.add_line(session, actor(), clock(), _locked(po), orders.Wanted(part, quantity, forms.yuan("price")))
    flash(gettext("%(part)s is on the purchase order.", part=part.name), "success")
    return _back(po)


@bp.post("/purchases/<number:po>/lines/<row:purchase_line_id>")
@command(P.PURCHASE_EDIT, again=purchase)
def change_purchase_line(po: str, purchase_line_id: int) -> Any:
    """Another quantity or price; a quantity of 0 takes the line off."""
    quantity, price = forms.quantity("quantity"), forms.yuan("price")
    if quantity is None or price is None:
        raise InvalidInput(N_("Fill this in."), field="quantity" if quantity is None else "price")
    orders.change_line(
        db.session(),
        actor(),
        clock(),
        _locked(po),
        forms.whole_number("version"),
        purchase_line_id,
        quantity_milli=quantity,
        unit_fen=price,
    )
    return _back(po)


@bp.post("/purchases/<number:po>/send")
@command(P.PURCHASE_SEND, again=purchase)
def send_purchase(po: str) -> Any:
    """It went to the supplier: from now on the goods are expected."""
    orders.send(db.session(), actor(), clock(), _locked(po), forms.whole_number("version"))
    flash(gettext("%(number)s is sent. Print it for the supplier.", number=po), "success")
    return _back(po)


@bp.post("/purchases/<number:po>/confirm")
@command(P.PURCHASE_EDIT, again=purchase)
def confirm_purchase(po: str) -> Any:
    """The supplier's word, line by line: how many, at which price, on which day."""
    order = _locked(po)
    promised = {}
    for line in order.lines:
        quantity, price = forms.quantity(f"quantity-{line.id}"), forms.yuan(f"price-{line.id}")
        if quantity is None or price is None:
            raise InvalidInput(N_("Fill this in."), field=f"{'quantity' if quantity is None else 'price'}-{line.id}")
        promised[line.id] = orders.Promised(quantity, price, forms.business_day(f"day-{line.id}"))
    orders.confirm(
        db.session(),
        actor(),
        clock(),
        order,
        forms.whole_number("version"),
        promised,
        reference=forms.text("reference", longest=60),
    )
    flash(gettext("Noted what the supplier confirmed."), "success")
    return _back(po)


@bp.post("/purchases/<number:po>/lines/<row:purchase_line_id>/give-up")
@command(P.PURCHASE_EDIT, again=purchase)
def give_up_line(po: str, purchase_line_id: int) -> Any:
    """The rest of a line is not coming."""
    orders.give_up(
        db.session(),
        actor(),
        clock(),
        _locked(po),
        forms.whole_number("version"),
        purchase_line_id,
        forms.text("reason"),
    )
    flash(gettext("Nobody waits for the rest any more."), "success")
    return _back(po)


@bp.post("/purchases/<number:po>/cancel")
@command(P.PURCHASE_SEND, again=purchase)
def cancel_purchase(po: str) -> Any:
    """Nothing of it is wanted any more."""
    orders.cancel(
        db.session(), actor(), clock(), _locked(po), forms.whole_number("version"), forms.text("cancel_reason")
    )
    flash(gettext("%(number)s is cancelled.", number=po), "success")
    return _back(po)


@bp.post("/<row:part_id>/order", endpoint="order_part")
@command(P.PURCHASE_EDIT)
def order_part(part_id: int) -> Any:
    """What a car waits for goes on top of the open draft of an emergency order to the part's supplier."""
    session = db.session()
    part = catalogue.get_part(session, part_id)
    if part.supplier_id is None:
        raise RuleBroken(N_("No supplier is known for “%(part)s”: draw up a purchase order yourself."), part=part.name)
    kind = forms.choice("kind", PurchaseKind, PurchaseKind.EMERGENCY)
    order = orders.draft_for(session, part.supplier_id, kind)
    wanted = orders.Wanted(part, forms.quantity("quantity") or 0)
    if order is None:
        supplier = suppliers.get_supplier(session, part.supplier_id)
        order = orders.draft_order(session, actor(), clock(), supplier, [wanted], kind)
    else:
        orders.add_line(session, actor(), clock(), order, wanted)
    flash(gettext("%(part)s is on purchase order %(number)s.", part=part.name, number=order.number), "success")
    return redirect(url_for("parts.purchase", po=order.number))


@bp.get("/purchases/<number:po>/purchase-order.pdf")
@page(P.PURCHASE_EDIT)
def purchase_pdf(po: str) -> Response:
    """The purchase order on paper."""
    session = db.session()
    order = queries.order_by_number(session, po)
    lines = [line for line in order.lines if line.quantity_milli > line.given_up_milli]
    document = PurchaseOrderPaper(
        shop=paper_shop(session),
        number=order.number,
        qr=order.number,
        printed_at=clock().now(),
        is_draft=order.state is PurchaseState.DRAFT,
        urgent=order.kind is PurchaseKind.EMERGENCY,
        supplier=order.supplier.name,
        supplier_contact=" · ".join(filter(None, (order.supplier.contact, order.supplier.phone))),
        supplier_address=order.supplier.address,
        reference=order.supplier_reference,
        ordered_on=business_date(order.sent_at or order.created_at),
        expected_on=order.expected_on,
        payment_days=order.supplier.payment_days,
        remark=order.remark,
        drawn_up_by=order.created_by.name if order.created_by else "",
        lines=tuple(
            PurchasePaperLine(
                number=line.part.number_display,
                name=line.part.name,
                origin=line.part.origin,
                unit=line.part.unit,
                quantity_milli=line.quantity_milli - line.given_up_milli,
                unit_fen=line.unit_fen,
                amount_fen=line_amount(line.quantity_milli - line.given_up_milli, line.unit_fen),
                expected_on=line.expected_on,
            )
            for line in lines
        ),
    )
    return printed(document, f"{po}.pdf")
