"""Scrap: asked for with a photo, decided by somebody else, listed with its value."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.blueprints.parts.blind import being_counted
from app.domain.catalogue import queries as catalogue
from app.domain.files.model import FileKind, StoredFile
from app.domain.repair_orders import shelf
from app.domain.stock import batches, queries, scrap
from app.domain.stock.model import ScrapReason, StockOwner
from app.extensions import db
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.kernel.quantity import format_quantity, parse_quantity
from app.web import forms
from app.web.uploads import sent_photo


@bp.get("/scrap", endpoint="scraps")
@page(P.SCRAP_ASK)
def scraps_page(scrap_id: int = 0) -> Any:
    """What waits for a decision, and what was decided, with its value."""
    session, before = db.session(), forms.asked_number("before")
    found, following = scrap.decided(session, before)
    return render_template(
        "parts/scraps.html",
        waiting=scrap.waiting(session),
        decided=found,
        total=scrap.scrapped_fen(session),
        next_url=url_for("parts.scraps", before=following) if following else "",
        first_url=url_for("parts.scraps") if before else "",
        me=current_user.staff_id,
        refused_scrap=scrap_id,
        form=request.form,
    )


@bp.get("/<row:part_id>/scrap", endpoint="scrap")
@page(P.SCRAP_ASK)
def scrap_page(part_id: int) -> Any:
    """Ask to throw something of a part away."""
    session = db.session()
    part = catalogue.get_part(session, part_id)
    lying = [
        balance
        for balance in queries.balances_of(session, part_id)
        if balance.owner is StockOwner.SHOP and balance.on_hand_milli > 0
    ]
    kept = _photo(forms.whole_number("photo_id"))
    counted = being_counted([part_id])
    return render_template(
        "parts/scrap.html",
        part=part,
        bins=[(b.id, b.bin.code if counted else f"{b.bin.code} · {format_quantity(b.on_hand_milli)}") for b in lying],
        counted=counted,
        batches=batches.good_of(session, [part_id]).get(part_id, {}),
        reasons=list(ScrapReason),
        kept=[(kept.id, url_for("reception.file", file_id=kept.id))] if kept else [],
        form=request.form,
    )


def _photo(photo_id: int | None) -> StoredFile | None:
    """A photo that this person has just sent; another one's counts as none."""
    found = db.session.get(StoredFile, photo_id) if photo_id else None
    mine = found is not None and found.kind is FileKind.PHOTO and found.stored_by == actor().name[:120]
    return found if mine else None


@bp.post("/scrap/photos")
@command(P.SCRAP_ASK)
def scrap_photo() -> Any:
    """Keep the photo at once, so that a refused form loses nothing; answers its id."""
    stored = sent_photo(f"staff:{actor().staff_id}")
    if stored is None:
        raise InvalidInput(N_("There is no photo in this form."), field="photo")
    return jsonify({"id": stored.id})


@bp.post("/<row:part_id>/scrap")
@command(P.SCRAP_ASK, again=scrap_page)
def ask_for_scrap(part_id: int) -> Any:
    """Hold it back and ask."""
    session = db.session()
    part = catalogue.get_part(session, part_id)
    balance = queries.get_balance(session, part.id, forms.required_number("balance", lowest=1))
    _asked, outcome = shelf.ask_for_scrap(
        session,
        actor(),
        clock(),
        balance,
        quantity_milli=parse_quantity(request.form.get("quantity", ""), field="quantity"),
        reason=forms.required_choice("reason", ScrapReason),
        words=forms.text("words", longest=300),
        batch=forms.text("batch", longest=60),
        photo=_photo(forms.whole_number("photo_id")) or sent_photo(f"part:{part.id}"),
    )
    flash(gettext("Held back. The manager decides."), "success")
    if outcome.lost:
        flash(gettext("These orders lost a part: %(numbers)s", numbers=", ".join(outcome.lost)), "warning")
    return redirect(url_for("parts.scraps"))


@bp.post("/scrap/<row:scrap_id>/approve")
@command(P.SCRAP_APPROVE, again=scraps_page)
def approve_scrap(scrap_id: int) -> Any:
    """It is thrown away."""
    scrap.approve(db.session(), actor(), clock(), scrap.lock_request(db.session(), scrap_id))
    flash(gettext("Scrapped: quantity and value have left the stock."), "success")
    return redirect(url_for("parts.scraps"))


@bp.post("/scrap/<row:scrap_id>/refuse")
@command(P.SCRAP_APPROVE, again=scraps_page)
def refuse_scrap(scrap_id: int) -> Any:
    """It is kept."""
    session = db.session()
    asked = scrap.lock_request(session, scrap_id)
    done = shelf.refuse_scrap(session, actor(), clock(), asked, forms.text("answer", longest=300))
    flash(gettext("It is kept, and free again."), "success")
    if done.served:
        flash(gettext("Served from it: %(numbers)s", numbers=", ".join(done.served)), "success")
    return redirect(url_for("parts.scraps"))
