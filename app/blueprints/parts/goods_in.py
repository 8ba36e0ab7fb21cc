"""Goods in under a purchase order: unpacked line by line; labels; what becomes of a discrepancy."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, only_show, page
from app.blueprints.parts import bp
from app.blueprints.parts.purchases import purchase
from app.domain.catalogue.model import Tracking
from app.domain.purchasing import discrepancies, orders, queries, receiving
from app.domain.purchasing.model import GoodsReceiptLine, PurchaseLine, PurchaseOrder
from app.domain.purchasing.states import COMING, Resolution
from app.domain.staff import settings
from app.domain.stock.batches import names_in
from app.domain.stock.queries import usual_bins
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.errors import N_, WrongState
from app.kernel.permission import Permission as P
from app.kernel.quantity import format_quantity
from app.printing.label_sheet import Label, LabelSheet
from app.web import forms
from app.web.context import unit_word
from app.web.papers import printed


@bp.get("/purchases/<number:po>/goods-in")
@page(P.STOCK_RECEIVE)
def goods_in(po: str, typed: Any = None) -> Any:
    """What is open of a purchase order, to be counted against the parcels."""
    session = db.session()
    order = queries.order_by_number(session, po)
    if order.state not in COMING:
        # A refused delivery shows the order with the reason: a browser does not follow a refusal anywhere.
        return purchase(po) if g.get("refusal") is not None else redirect(url_for("parts.purchase", po=po))
    lines = [line for line in order.lines if line.open_milli > 0] or order.lines
    return render_template(
        "parts/goods_in.html",
        order=order,
        lines=lines,
        today=business_date(clock().now()),
        bins=usual_bins(session, [line.part_id for line in lines]),
        form=request.form if typed is None else typed,
    )


def _as_ordered(order: PurchaseOrder) -> Any:
    """What was typed, and in the fields that are empty what is still expected less what is damaged."""
    typed = request.form.copy()
    for line in order.lines:
        whole = line.open_milli - (forms.quantity(f"damaged-{line.id}") or 0)
        if whole > 0 and not typed.get(f"good-{line.id}", "").strip():
            typed[f"good-{line.id}"] = format_quantity(whole)
    return typed


def _arrived(line: PurchaseLine) -> receiving.Arrived:
    return receiving.Arrived(
        line_id=line.id,
        good_milli=forms.quantity(f"good-{line.id}") or 0,
        damaged_milli=forms.quantity(f"damaged-{line.id}") or 0,
        noted_milli=forms.quantity(f"noted-{line.id}"),
        note_fen=forms.yuan(f"price-{line.id}"),
        bin_code=forms.text(f"bin-{line.id}", longest=30),
        keep_surplus=request.form.get(f"keep-{line.id}") == "1",
        batch=forms.text(f"batch-{line.id}", longest=400),
    )


@bp.post("/purchases/<number:po>/goods-in")
@command(P.STOCK_RECEIVE, again=goods_in)
def receive_goods_in(po: str) -> Any:
    """Take the delivery in; the cars that waited longest are served first. Or only fill in that all came as ordered."""
    session = db.session()
    order = orders.lock_order(session, po)
    if order.state not in COMING:
        raise WrongState(N_("Nothing of this purchase order is on its way."))
    if request.form.get("fill"):
        only_show(goods_in(po, _as_ordered(order)))
    done = receiving.receive_delivery(
        session,
        actor(),
        clock(),
        order,
        forms.whole_number("version"),
        [_arrived(line) for line in order.lines],
        delivery_note=forms.text("delivery_note", longest=60),
        arrived_on=forms.business_day("posted_on"),
    )
    numbers = ", ".join(dict.fromkeys(line.order.number for line in done.served))
    words = [gettext("Received as %(number)s.", number=done.receipt.number)]
    if numbers:
        words.append(gettext("Served from it: %(numbers)s", numbers=numbers))
    flash(" ".join(words), "success")
    if done.discrepancies:
        flash(gettext("Discrepancies noted: %(count)s.", count=len(done.discrepancies)), "warning")
    return redirect(url_for("parts.purchase", po=po))


@bp.post("/purchases/<number:po>/discrepancies/<row:discrepancy_id>/resolve")
@command(P.PURCHASE_EDIT, again=purchase)
def resolve_discrepancy(po: str, discrepancy_id: int) -> Any:
    """What was agreed with the supplier about it."""
    discrepancies.resolve(
        db.session(),
        actor(),
        clock(),
        po,
        discrepancy_id,
        forms.required_choice("resolution", Resolution),
        forms.text("remark"),
    )
    flash(gettext("The discrepancy is settled."), "success")
    return redirect(url_for("parts.purchase", po=po))


@bp.get("/purchases/<number:po>/receipts/<row:receipt_id>/labels.pdf")
@page(P.STOCK_RECEIVE)
def goods_labels(po: str, receipt_id: int) -> Response:
    """A label for each part of a delivery, or each piece with a number of its own, with the code that the desk scans."""
    session = db.session()
    order = queries.order_by_number(session, po)
    receipt = queries.get_receipt(session, order, receipt_id)
    came = receipt.arrived_on or business_date(receipt.received_at)
    labels = [
        Label(
            code=piece or row.line.part.number,
            title=piece or row.line.part.number_display,
            name=row.line.part.name,
            place=row.bin.code if row.bin else "",
            detail=" · ".join(filter(None, (what, receipt.number, came.isoformat()))),
        )
        for row in receipt.lines
        if row.accepted_milli
        for piece, what in _stickers(row)
    ]
    shop = settings.read(session, "shop.name")
    return printed(LabelSheet(shop, tuple(labels), forms.asked_number("skip") or 0), f"{receipt.number}-labels.pdf")


def _stickers(row: GoodsReceiptLine) -> list[tuple[str, str]]:
    """(serial number, what stands beside it): one for each piece that has a number of its own, else one for them all."""
    part = row.line.part
    if part.tracking is Tracking.SERIAL:
        return [(piece, part.number_display) for piece in names_in(row.batch)]
    return [
        ("", " · ".join(filter(None, (f"{format_quantity(row.accepted_milli)} {unit_word(part.unit)}", row.batch))))
    ]
