"""The store: what lies where, what moved, goods in."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.blueprints.parts.blind import being_counted
from app.domain.catalogue import queries as catalogue
from app.domain.purchasing import prices, returned, unordered
from app.domain.purchasing import queries as purchasing
from app.domain.purchasing.receiving import SOURCE as RECEIPT_LINE
from app.domain.purchasing.returns import SOURCE as RETURN_LINE
from app.domain.purchasing.states import PurchaseKind
from app.domain.repair_orders import parts, picking
from app.domain.stock import batches as tracking
from app.domain.stock import others, queries, transfers
from app.domain.stock.model import LostReason, StockBalance, StockOwner
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.money import parse_yuan
from app.kernel.permission import Permission as P
from app.kernel.quantity import parse_quantity
from app.web import forms
from app.web.labels import label


@bp.get("/stock", endpoint="stock")
@page(P.STOCK_VIEW)
def stock_page() -> Any:
    """The parts with what lies of them; found by number in any way of writing, name or pinyin."""
    typed = request.args.get("q", "").strip()[:60]
    shelves, after = queries.list_stock(db.session(), typed, request.args.get("after", "")[:60])
    return render_template(
        "parts/stock.html",
        typed=typed,
        shelves=shelves,
        counted=being_counted(shelf.part.id for shelf in shelves),
        reasons=list(LostReason),
        next_url=url_for("parts.stock", q=typed or None, after=after) if after else "",
        first_url=url_for("parts.stock", q=typed or None) if request.args.get("after") else "",
    )


@bp.get("/<row:part_id>")
@page(P.STOCK_VIEW)
def part(part_id: int) -> Any:
    """A part: what lies where, who waits for it, what moved, and goods receipt."""
    session = db.session()
    found = catalogue.get_part(session, part_id)
    movements, balances = queries.movements_of(session, part_id), queries.balances_of(session, part_id)
    substitutes = queries.substitutes_of(session, [part_id]).get(part_id, [])
    lines = [movement.source_id for movement, _who in movements if movement.source == parts.SOURCE]
    received = [movement.source_id for movement, _who in movements if movement.source == RECEIPT_LINE]
    gone = [movement.source_id for movement, _who in movements if movement.source == RETURN_LINE]
    asked = (
        prices.prices_of_part(session, part_id, business_date(clock().now()))
        if current_user.may(P.PURCHASE_EDIT)
        else []
    )
    return render_template(
        "parts/part.html",
        part=found,
        balances=balances,
        wanted=picking.wanted_by(session, part_id),
        movements=movements,
        orders=picking.orders_of_lines(session, lines),
        part_line=parts.SOURCE,
        supplier_prices=asked,
        costs=next((price.unit_fen for price in asked if price.supplier_id == found.supplier_id), found.purchase_fen),
        on_order=purchasing.on_order(session, part_id),
        purchases=purchasing.lines_by_source(session, received),
        receipt_line=RECEIPT_LINE,
        returns=returned.numbers_by_source(session, gone) if gone else {},
        return_line=RETURN_LINE,
        kinds=list(PurchaseKind),
        owners=list(StockOwner),
        today=business_date(clock().now()),
        batches=tracking.on_hand(session, part_id),
        substitutes=substitutes,
        counted=being_counted([part_id, *(row.Part.id for row in substitutes)]),
        replaces=queries.replaced_by_this(session, found),
        reasons=list(LostReason),
        value=queries.value_of(session, part_id),
        form=request.form,
        movable=[(b.id, f"{b.bin.code} · {label(b.owner)}") for b in balances if b.on_hand_milli > b.reserved_milli],
    )


@bp.post("/<row:part_id>/receipts")
@command(P.STOCK_RECEIVE, again=part)
def receive(part_id: int) -> Any:
    """Goods in: into a bin, at the purchase price; those who wait are served in promise order."""
    session = db.session()
    found, owner = catalogue.get_part(session, part_id), forms.choice("owner", StockOwner, StockOwner.SHOP)
    where: dict[str, Any] = {"bin_code": forms.text("bin", longest=30), "posted_on": forms.business_day("posted_on")}
    quantity = parse_quantity(request.form.get("quantity", ""), field="quantity")
    if owner is not StockOwner.SHOP:
        others.take_in(session, actor(), clock(), found.id, owner, quantity, reason=forms.text("reason"), **where)
        flash(gettext("Received; it stays somebody else's and has no value here."), "success")
        return redirect(url_for("parts.part", part_id=part_id))
    served = unordered.take_in(
        session,
        actor(),
        clock(),
        found,
        quantity_milli=quantity,
        unit_fen=parse_yuan(request.form.get("price", ""), field="price"),
        note=forms.text("reason"),
        batch=forms.text("batch", longest=60),
        **where,
    )
    if served:
        numbers = ", ".join(dict.fromkeys(line.order.number for line in served))
        flash(gettext("Received. Served from it: %(numbers)s", numbers=numbers), "success")
    else:
        flash(gettext("Received."), "success")
    return redirect(url_for("parts.part", part_id=part_id))


@bp.post("/<row:part_id>/transfers")
@command(P.STOCK_MOVE, again=part)
def transfer(part_id: int) -> Any:
    """From one bin to another; what is promised to orders stays where the picking list says that it lies."""
    session = db.session()
    found = catalogue.get_part(session, part_id)
    balance = queries.get_balance(session, found.id, forms.required_number("balance", lowest=1))
    milli = parse_quantity(request.form.get("quantity", ""), field="moved_quantity")
    made = transfers.transfer(
        session,
        actor(),
        clock(),
        balance,
        to_bin=forms.text("to_bin", longest=30),
        quantity_milli=milli,
        reason=forms.text("reason", longest=200),
    )
    flash(gettext("Moved to %(bin)s.", bin=made.to_bin.code), "success")
    return redirect(url_for("parts.part", part_id=part_id))


def _foreign(part_id: int) -> StockBalance:
    return queries.get_balance(db.session(), part_id, forms.required_number("foreign", lowest=1))


@bp.post("/<row:part_id>/hand-out")
@command(P.PARTS_ISSUE, again=part)
def hand_out(part_id: int) -> Any:
    """What is not ours goes back to its owner, or into his car."""
    quantity = parse_quantity(request.form.get("foreign_quantity", ""), field="foreign_quantity")
    others.hand_out(db.session(), actor(), clock(), _foreign(part_id), quantity, forms.text("foreign_reason"))
    flash(gettext("Handed out."), "success")
    return redirect(url_for("parts.part", part_id=part_id))


@bp.post("/<row:part_id>/take-over")
@command(P.STOCK_RECEIVE, again=part)
def take_over(part_id: int) -> Any:
    """Goods on consignment are bought; the cars that wait are served."""
    unordered.buy_from_consignment(
        db.session(),
        actor(),
        clock(),
        _foreign(part_id),
        parse_quantity(request.form.get("foreign_quantity", ""), field="foreign_quantity"),
        parse_yuan(request.form.get("foreign_price", ""), field="foreign_price"),
        forms.text("foreign_reason"),
        forms.text("foreign_batch", longest=60),
    )
    flash(gettext("It is the shop's now."), "success")
    return redirect(url_for("parts.part", part_id=part_id))
