"""Goods that go back to a supplier: out of a delivery, on paper, and the credit for them."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.domain.purchasing import credits, discrepancies, invoices, orders, queries, returned, returns
from app.domain.purchasing.model import GoodsReceipt, GoodsReceiptLine, SupplierReturn
from app.domain.purchasing.states import CreditState, ReturnReason
from app.domain.stock.queries import free_by_part
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.printing.return_note import ReturnNote, ReturnNoteLine
from app.web import forms
from app.web.papers import paper_shop, printed


@bp.get("/returns", endpoint="returns")
@page(P.PURCHASE_EDIT)
def returns_page() -> Any:
    """What went back to suppliers, the latest first; what waits for its credit stands on top."""
    session, before = db.session(), forms.asked_number("before")
    found, following = returned.all_returns(session, before)
    return render_template(
        "parts/returns.html",
        returns=found,
        waiting=returned.credits_awaited(session),
        due=returned.due_fen(session),
        gain_of=returned.gain_of,
        next_url=url_for("parts.returns", before=following) if following else "",
        first_url=url_for("parts.returns") if before else "",
    )


def _proposed(receipt: GoodsReceipt, left: dict[tuple[int, bool], int]) -> dict[str, Any]:
    """What the page that led here means: all of a surplus, or all that arrived damaged."""
    wanted = forms.asked_number("line")
    row = next((row for row in receipt.lines if row.id == wanted), None)
    if row is None:
        return {}
    if request.args.get("reason") == ReturnReason.SURPLUS:
        surplus = [
            one.quantity_milli
            for one in discrepancies.surplus_of(db.session(), receipt.id)
            if one.receipt_line_id == row.id
        ]
        return {f"back-{row.id}": min(sum(surplus), left[row.id, True]), f"reason-{row.id}": "surplus"}
    return {f"broken-{row.id}": left[row.id, False]}


@bp.get("/purchases/<number:po>/receipts/<row:receipt_id>/return")
@page(P.PURCHASE_SEND)
def send_back(po: str, receipt_id: int) -> Any:
    """The lines of a delivery with what of them may go back."""
    session = db.session()
    order = queries.order_by_number(session, po)
    receipt = queries.get_receipt(session, order, receipt_id)
    gone = returned.gone_of(session, [row.id for row in receipt.lines])
    left = {
        (row.id, stocked): came - gone.get((row.id, stocked), 0)
        for row in receipt.lines
        for stocked, came in ((True, row.accepted_milli), (False, row.damaged_milli))
    }
    tracked = [row for row in receipt.lines if row.line.part.tracking.value != "none"]
    return render_template(
        "parts/send_back.html",
        order=order,
        receipt=receipt,
        left=left,
        free=free_by_part(session, [row.line.part_id for row in receipt.lines]),
        pieces={row.id: returns.pieces_there(session, row) for row in tracked},
        reasons=list(ReturnReason),
        billed=invoices.is_billed(session, receipt.id),
        today=business_date(clock().now()),
        form=request.form or _proposed(receipt, left),
    )


def _back(row: GoodsReceiptLine) -> list[returns.Back]:
    wanted = []
    if milli := forms.quantity(f"back-{row.id}"):
        if not request.form.get(f"reason-{row.id}"):
            raise InvalidInput(N_("Say why it goes back."), field=f"reason-{row.id}")
        reason = forms.required_choice(f"reason-{row.id}", ReturnReason)
        wanted.append(returns.Back(row.id, milli, reason, batch=forms.text(f"batch-{row.id}", longest=400)))
    if milli := forms.quantity(f"broken-{row.id}"):
        wanted.append(returns.Back(row.id, milli, stocked=False))
    return wanted


@bp.post("/purchases/<number:po>/receipts/<row:receipt_id>/return")
@command(P.PURCHASE_SEND, again=send_back)
def send_goods_back(po: str, receipt_id: int) -> Any:
    """Send them back."""
    session = db.session()
    order = orders.lock_order(session, po)
    receipt = queries.get_receipt(session, order, receipt_id)
    made = returns.send_back(
        session,
        actor(),
        clock(),
        order,
        forms.whole_number("version"),
        receipt,
        [one for row in receipt.lines for one in _back(row)],
        remark=forms.text("remark", longest=300),
        returned_on=forms.business_day("posted_on"),
    )
    flash(
        gettext("Sent back as %(number)s. Print it: the supplier signs for the goods.", number=made.number), "success"
    )
    return redirect(url_for("parts.supplier_return", sr=made.number))


@bp.get("/returns/<number:sr>")
@page(P.PURCHASE_EDIT)
def supplier_return(sr: str) -> Any:
    """One return: what went back, what is due for it, what was credited."""
    session = db.session()
    found = returned.return_by_number(session, sr)
    return render_template(
        "parts/supplier_return.html",
        one=found,
        order=returned.order_of(found),
        gain=returned.gain_of(found),
        cost=sum(line.cost_fen for line in found.lines),
        may_credit=found.state in credits.OPEN,
        may_refuse=found.state in credits.OPEN | {CreditState.NOTHING_DUE},
        today=business_date(clock().now()),
        form=request.form,
    )


def _found(sr: str) -> SupplierReturn:
    return returned.return_by_number(db.session(), sr)


@bp.post("/returns/<number:sr>/credit")
@command(P.SUPPLIER_INVOICE, again=supplier_return)
def credit_return(sr: str) -> Any:
    """His credit note came."""
    amount = forms.yuan("credited")
    if amount is None:
        raise InvalidInput(N_("Fill this in."), field="credited")
    credits.note_credit(
        db.session(),
        actor(),
        clock(),
        _found(sr),
        forms.whole_number("version"),
        number=forms.text("number", longest=60),
        credited_on=forms.business_day("credited_on"),
        credited_fen=amount,
        reason=forms.text("reason"),
    )
    flash(gettext("The credit is noted."), "success")
    return redirect(url_for("parts.supplier_return", sr=sr))


@bp.post("/returns/<number:sr>/undo-credit")
@command(P.SUPPLIER_INVOICE, again=supplier_return)
def undo_credit(sr: str) -> Any:
    """The credit note was typed wrongly."""
    credits.undo_credit(db.session(), actor(), clock(), _found(sr), forms.whole_number("version"), forms.text("why"))
    flash(gettext("The credit note is taken out and can be entered anew."), "success")
    return redirect(url_for("parts.supplier_return", sr=sr))


@bp.post("/returns/<number:sr>/refused")
@command(P.PURCHASE_SEND, again=supplier_return)
def refuse_return(sr: str) -> Any:
    """The supplier did not take them."""
    served = credits.refuse(
        db.session(), actor(), clock(), _found(sr), forms.whole_number("version"), forms.text("refusal")
    )
    words = [gettext("The goods lie here again.")]
    if numbers := ", ".join(dict.fromkeys(line.order.number for line in served)):
        words.append(gettext("Served from it: %(numbers)s", numbers=numbers))
    flash(" ".join(words), "success")
    return redirect(url_for("parts.supplier_return", sr=sr))


@bp.get("/returns/<number:sr>/return-note.pdf")
@page(P.PURCHASE_EDIT)
def return_note(sr: str) -> Response:
    """The paper that goes with the goods."""
    session = db.session()
    found = returned.return_by_number(session, sr)
    supplier = found.supplier
    document = ReturnNote(
        shop=paper_shop(session),
        number=found.number,
        qr=found.number,
        printed_at=clock().now(),
        supplier=supplier.name,
        supplier_contact=" · ".join(filter(None, (supplier.contact, supplier.phone))),
        supplier_address=supplier.address,
        returned_on=found.returned_on,
        order=returned.order_of(found).number,
        receipt=found.receipt.number,
        delivery_note=found.receipt.delivery_note,
        billed=found.state is not CreditState.TAKEN_OFF,
        remark=found.remark,
        sent_by=found.staff.name if found.staff else "",
        refused=found.state is CreditState.REFUSED,
        lines=tuple(
            ReturnNoteLine(
                number=line.receipt_line.line.part.number_display,
                name=line.receipt_line.line.part.name,
                origin=line.receipt_line.line.part.origin,
                unit=line.receipt_line.line.part.unit,
                quantity_milli=line.quantity_milli,
                unit_fen=line.unit_fen,
                amount_fen=line.amount_fen if line.stocked or line.amount_fen else None,
                reason=line.reason,
                batch=line.batch,
            )
            for line in found.lines
        ),
    )
    return printed(document, f"{sr}.pdf")
