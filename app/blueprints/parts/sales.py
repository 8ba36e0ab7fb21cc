"""Sales over the counter: scan, take the money, print the receipt; and what comes back."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.blueprints.parts.blind import being_counted
from app.blueprints.parts.desk import piece_of
from app.domain.billing.model import TenderMethod
from app.domain.catalogue import queries as catalogue
from app.domain.counter_sales import operations, paying, queries, returns
from app.domain.counter_sales.model import CounterSale, SaleState
from app.domain.counter_sales.paying import Payment
from app.domain.stock.queries import find_parts
from app.extensions import db
from app.kernel.capitals import capitals
from app.kernel.money import parse_yuan
from app.kernel.permission import Permission as P
from app.kernel.quantity import parse_quantity
from app.printing.counter_receipt import CounterReceipt
from app.printing.facts import PartLine
from app.printing.settlement_list import TenderLine
from app.web import forms
from app.web.papers import paper_shop, printed

TENDERS = (1, 2)  # one form takes the money by one or two methods


@bp.get("/sales", endpoint="sales")
@page(P.COUNTER_SELL)
def sales_page() -> Any:
    """Carts that stand at the counter, and what was sold and taken back, the newest first."""
    before = forms.asked_number("before") or 0
    sold, further = queries.paid_sales(db.session(), before)
    return render_template(
        "parts/sales.html",
        carts=[] if before else queries.open_carts(db.session()),
        pickups=[] if before else queries.waiting_pickups(db.session()),
        sold=sold,
        next_url=url_for("parts.sales", before=further) if further else "",
        first_url=url_for("parts.sales") if before else "",
    )


@bp.post("/sales")
@command(P.COUNTER_SELL, again=sales_page)
def begin_sale() -> Any:
    """An empty cart, or one with the part whose page somebody stands on."""
    session, part_id = db.session(), forms.whole_number("part")
    sale = operations.begin(session, actor(), clock())
    if part_id:
        operations.add(session, actor(), clock(), sale, catalogue.get_part(session, part_id))
    return _back(sale.id)


@bp.get("/sales/<row:sale_id>", endpoint="sale")
@page(P.COUNTER_SELL)
def sale_page(sale_id: int, sale_line_id: int | None = None) -> Any:
    """A cart to be filled and paid, or the document that it became."""
    session = db.session()
    sale = queries.get_sale(session, sale_id)
    is_open, typed = sale.state is SaleState.OPEN, request.args.get("q", "").strip()[:60]
    found: Any = ()
    if is_open:
        found = find_parts(session, typed) if typed else queries.accessories(session)
    paid = sale.state is SaleState.PAID
    return render_template(
        "parts/sale.html" if is_open else "parts/sold.html",
        sale=sale,
        typed=typed,
        found=found,
        counted=being_counted([line.part_id for line in sale.lines] + [part.id for part, _free in found]),
        free=queries.free_of(session, sale) if is_open else {},
        pieces=queries.pieces_of(session, sale) if is_open else {},
        outdated={line.id for line in operations.outdated(sale, clock())} if is_open else (),
        out=queries.out_of(session, sale) if paid and not sale.returns_id else {},
        returned=returns.returned_of(session, sale) if paid and not sale.returns_id else {},
        returns=queries.returns_of(session, sale.id) if paid else (),
        in_capitals=capitals(sale.total_fen),
        methods=list(TenderMethod),
        refused_line=sale_line_id,
        form=request.form,
    )


def _sale(sale_id: int) -> CounterSale:
    return queries.get_sale(db.session(), sale_id)


def _back(sale_id: int) -> Any:
    return redirect(url_for("parts.sale", sale_id=sale_id))


@bp.post("/sales/<row:sale_id>/scan")
@command(P.COUNTER_SELL, again=sale_page)
def scan_into_sale(sale_id: int) -> Any:
    """A whole part number goes into the cart, or the piece of a scanned serial number; anything else is looked for."""
    session, code, sale = db.session(), forms.text("scan", longest=120), _sale(sale_id)
    found = piece_of(code)
    if found is None:
        return redirect(url_for("parts.sale", sale_id=sale_id, q=code[:60] or None))
    operations.add(session, actor(), clock(), sale, found[0], piece=found[1])
    return _back(sale_id)


@bp.post("/sales/<row:sale_id>/parts")
@command(P.COUNTER_SELL, again=sale_page)
def add_to_sale(sale_id: int) -> Any:
    """One more of a part that was tapped, or which of its pieces it is."""
    session = db.session()
    part = catalogue.get_part(session, forms.required_number("part", lowest=1))
    operations.add(session, actor(), clock(), _sale(sale_id), part, piece=forms.text("piece", longest=60))
    return _back(sale_id)


@bp.post("/sales/<row:sale_id>/lines/<row:sale_line_id>")
@command(P.COUNTER_SELL, again=sale_page)
def change_sale_line(sale_id: int, sale_line_id: int) -> Any:
    """Another quantity, or a discount."""
    sale = _sale(sale_id)
    line = operations.line_of(sale, sale_line_id)
    quantity = parse_quantity(request.form.get("quantity", ""), field="quantity")
    permille = forms.percent("discount") if "discount" in request.form else line.discount_permille
    pieces = forms.text("batches", longest=400) if "batches" in request.form else None
    operations.change_line(db.session(), actor(), clock(), sale, line.id, quantity, permille, pieces)
    return _back(sale_id)


@bp.post("/sales/<row:sale_id>/lines/<row:sale_line_id>/remove")
@command(P.COUNTER_SELL, again=sale_page)
def remove_sale_line(sale_id: int, sale_line_id: int) -> Any:
    """Not this one."""
    operations.remove_line(db.session(), actor(), clock(), _sale(sale_id), sale_line_id)
    return _back(sale_id)


@bp.post("/sales/<row:sale_id>/prices")
@command(P.COUNTER_SELL, again=sale_page)
def take_new_prices(sale_id: int) -> Any:
    """What has lain in the cart since another day is sold at the prices of today."""
    operations.take_new_prices(db.session(), actor(), clock(), _sale(sale_id))
    return _back(sale_id)


@bp.post("/sales/<row:sale_id>/customer")
@command(P.COUNTER_SELL, again=sale_page)
def set_sale_customer(sale_id: int) -> Any:
    """Whose sale it is, by plate or customer number; empty for somebody who walked in."""
    customer = queries.customer_meant(db.session(), forms.text("customer", longest=40))
    operations.set_customer(db.session(), actor(), clock(), _sale(sale_id), customer)
    return _back(sale_id)


@bp.post("/sales/<row:sale_id>/pay")
@command(P.COUNTER_SELL, again=sale_page)
def pay_sale(sale_id: int) -> Any:
    """Money in, parts out."""
    payments = [
        Payment(
            forms.required_choice(f"method_{n}", TenderMethod),
            parse_yuan(request.form.get(f"amount_{n}", ""), field=f"amount_{n}"),
            forms.text(f"reference_{n}", longest=80),
        )
        for n in TENDERS
        if n == 1 or request.form.get(f"amount_{n}", "").strip()
    ]
    sale = paying.pay(db.session(), actor(), clock(), _sale(sale_id), forms.whole_number("version"), payments)
    flash(gettext("Paid. Hand over the parts and the receipt %(number)s.", number=sale.number), "success")
    return _back(sale_id)


@bp.post("/sales/<row:sale_id>/drop")
@command(P.COUNTER_SELL, again=sale_page)
def drop_sale(sale_id: int) -> Any:
    """Nothing is bought after all."""
    operations.drop(db.session(), actor(), clock(), _sale(sale_id))
    return redirect(url_for("parts.sales"))


@bp.post("/sales/<row:sale_id>/returns")
@command(P.SETTLEMENT_REVERSE, again=sale_page)
def take_sale_back(sale_id: int) -> Any:
    """Pieces back on the shelf, their money back to the customer, by a document of its own."""
    sale = _sale(sale_id)
    pieces = {
        line.id: parse_quantity(typed, field=f"back-{line.id}")
        for line in sale.lines
        if (typed := request.form.get(f"back-{line.id}", "").strip()) not in {"", "0"}
    }
    method, reason = forms.required_choice("method", TenderMethod), forms.text("reason", longest=80)
    named = {line.id: forms.text(f"batches-{line.id}", longest=400) for line in sale.lines if line.id in pieces}
    made = returns.take_back(db.session(), actor(), clock(), sale, pieces, method, reason, named)
    flash(gettext("Taken back with %(number)s. Give the money back.", number=made.number), "success")
    return _back(made.id)


@bp.get("/sales/<row:sale_id>/receipt.pdf")
@page(P.COUNTER_SELL)
def sale_receipt(sale_id: int) -> Response:
    """The receipt, or the slip of a return."""
    session, sale = db.session(), _sale(sale_id)
    document = CounterReceipt(
        shop=paper_shop(session),
        number=sale.number or "",
        qr=sale.number or "",
        at=sale.paid_at or sale.begun_at,
        customer=sale.customer.name if sale.customer else "",
        parts=tuple(
            PartLine(
                name=line.name,
                number=f"{line.number} · {line.batches}" if line.batches else line.number,
                quantity_milli=line.quantity_milli,
                unit=line.unit,
                price_fen=line.price_fen,
                amount_fen=line.amount_fen,
                origin=line.origin,
                discount_permille=line.discount_permille,
            )
            for line in sale.lines
        ),
        net_fen=sale.net_fen,
        tax_fen=sale.tax_fen,
        total_fen=sale.total_fen,
        tenders=tuple(
            TenderLine(tender.method.value, tender.amount_fen, tender.received_at, tender.number, tender.reference)
            for tender in sale.tenders
        ),
        cashier=sale.cashier,
        returns_number=(sale.returned.number or "") if sale.returned else "",
        reason=sale.reason,
    )
    return printed(document, f"{document.number or 'cart'}.pdf")
