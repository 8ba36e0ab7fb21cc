"""The customer's page: see and answer the work line by line. No account; the link is the key."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request
from werkzeug.wrappers import Response

from app.access.guard import clock, public_command, public_page
from app.blueprints.portal import bp
from app.domain.files import operations as files
from app.domain.files.model import StoredFile
from app.domain.repair_orders import approvals, price_changes
from app.domain.repair_orders.states import AnsweredBy
from app.domain.staff import settings
from app.extensions import db
from app.kernel.errors import N_, NotFound
from app.web import forms
from app.web.answers import answers_in_form


@bp.get("/<token>")
@public_page
def approval(token: str) -> Any:
    """The question, or what became of it."""
    question = approvals.by_token(db.session(), token)
    return render_template(
        "portal/approval.html",
        question=question,
        token=token,
        is_open=approvals.is_open(question, clock()),
        asked=price_changes.asked,
        shop_phone=settings.read(db.session(), "shop.phone"),
        form=request.form,
    )


@bp.post("/<token>")
@public_command(again=approval)
def answer(token: str) -> Any:
    """Keep the customer's answers."""
    session = db.session()
    question = approvals.by_token(session, token)
    approvals.expect_open(question, clock())  # before anything is written to the disk
    who = forms.text("who", longest=120)
    customer = approvals.customer_actor(who or question.order.customer.name)
    signature = files.store_signature(
        session,
        customer,
        clock(),
        current_app.config["PORTAL_DATA"],
        request.form.get("signature", ""),
        f"order:{question.order_id}",
    )
    approvals.answer(
        session,
        customer,
        clock(),
        question,
        answers_in_form(),
        how=AnsweredBy.LINK,
        who=who,
        address=request.remote_addr or "",
        signature=signature,
    )
    session.flush()
    return render_template("portal/approval.html", question=question, token=token, is_open=False, form={})


@bp.get("/<token>/photos/<row:file_id>")
@public_page
def photo(token: str, file_id: int) -> Response:
    """A photo of a finding that belongs to the question behind the link, and no other."""
    from flask import send_file

    question = approvals.by_token(db.session(), token)
    own = {line.job.finding.photo_id for line in question.lines if line.job.finding}
    stored = db.session.get(StoredFile, file_id)
    if stored is None or file_id not in own:
        raise NotFound(N_("There is nothing here. It may have been moved, or you may not see it."))
    return send_file(files.path_of(current_app.config["PORTAL_DATA"], stored), mimetype=stored.media_type)
