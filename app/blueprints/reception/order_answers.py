"""Asking the customer: on the tablet, or by a link to their own phone."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, render_template, request, url_for

from app.access.guard import actor, clock, command, page, show_once
from app.blueprints.reception import bp
from app.blueprints.reception.order_page import order
from app.domain.files import operations as files
from app.domain.repair_orders import approvals, price_changes, queries
from app.domain.repair_orders.moves import lock_order
from app.domain.repair_orders.states import AnsweredBy
from app.extensions import db
from app.kernel.orm import expect_version
from app.kernel.permission import Permission as P
from app.web import forms
from app.web.answers import answers_in_form
from app.web.qr import qr_svg


@bp.post("/orders/<number:number>/questions")
@command(P.ORDER_EDIT, again=order)
def ask_customer(number: str) -> Any:
    """Ask about every open job by a link; it is shown once, as address and as QR code."""
    session = db.session()
    row = queries.order_by_number(session, number)
    lock_order(session, row.id)
    expect_version(row, forms.whole_number("version"))
    request_, token = approvals.ask(session, actor(), clock(), row)
    base = current_app.config["PORTAL_URL"].rstrip("/")
    path = url_for("portal.approval", token=token)
    link = base + path if base else url_for("portal.approval", token=token, _external=True)
    shown = render_template("reception/order_link.html", order=row, link=link, code=qr_svg(link), request_=request_)
    return show_once(shown, url_for("reception.order", number=number))


@bp.get("/orders/<number:number>/sign")
@page(P.ORDER_AUTHORISE)
def sign(number: str) -> Any:
    """The customer answers on the tablet: every open job, then the signature."""
    row = queries.order_by_number(db.session(), number)
    seen = [price_changes.asked(job) for job in row.jobs if price_changes.is_asked(job)]
    return render_template(
        "reception/order_sign.html",
        order=row,
        seen=seen,
        total_fen=sum(item.total_fen for item in seen),
        own_fen=sum(item.own_fen for item in seen),
        form=request.form,
    )


@bp.post("/orders/<number:number>/sign")
@command(P.ORDER_AUTHORISE, again=sign)
def answer_on_tablet(number: str) -> Any:
    """Keep the answers with signature and do what follows."""
    session = db.session()
    row = queries.order_by_number(session, number)
    lock_order(session, row.id)
    expect_version(row, forms.whole_number("version"))
    question, _token = approvals.ask(session, actor(), clock(), row)
    session.refresh(question)
    folder = current_app.config["PORTAL_DATA"]
    subject = f"order:{row.id}"
    signature = files.store_signature(session, actor(), clock(), folder, request.form.get("signature", ""), subject)
    approvals.answer(
        session,
        actor(),
        clock(),
        question,
        answers_in_form(),
        how=AnsweredBy.TABLET,
        who=forms.text("who", longest=120),
        signature=signature,
    )
    return redirect(url_for("reception.order", number=number))
