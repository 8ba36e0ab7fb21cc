"""What customers see of the accessories, kept by the parts manager; and what they reserved, at the counter."""

from __future__ import annotations

import time
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.domain.catalogue import queries as catalogue
from app.domain.counter_sales import pickups, queries
from app.extensions import db
from app.kernel.actor import SYSTEM
from app.kernel.permission import Permission as P
from app.kernel.unit_of_work import set_writing, transact
from app.web import forms
from app.web.uploads import sent_photo


@bp.get("/offers", endpoint="offers")
@page(P.CATALOGUE_EDIT)
def offers_page() -> Any:
    """Which accessories are shown online."""
    return render_template("parts/offers.html", window=queries.window(db.session()))


@bp.get("/offers/<row:part_id>", endpoint="offer")
@page(P.CATALOGUE_EDIT)
def offer_page(part_id: int) -> Any:
    """What customers read of one part."""
    session = db.session()
    return render_template(
        "parts/offer.html",
        part=catalogue.get_part(session, part_id),
        offer=queries.get_offer(session, part_id),
        form=request.form,
    )


@bp.post("/offers/<row:part_id>")
@command(P.CATALOGUE_EDIT, again=offer_page)
def show_offer(part_id: int) -> Any:
    """Show it, with these words and this photo, or show it no longer."""
    session = db.session()
    part = catalogue.get_part(session, part_id)
    words, online = forms.text("words", longest=200), request.form.get("online") == "1"
    photo = sent_photo(f"part:{part.id}")
    pickups.show(session, actor(), clock(), part, online=online, words=words, photo=photo)
    flash(gettext("Saved."), "success")
    return redirect(url_for("parts.offers"))


@bp.get("/pickups", endpoint="pickups")
@page(P.COUNTER_SELL)
def pickups_page(**_kwargs: Any) -> Any:
    """What lies ready to be picked up. What has waited too long is let go as soon as somebody looks."""
    found = queries.waiting_pickups(db.session())
    if any(pickup.held_until < clock().now() for pickup in found):
        db.session.rollback()  # the reading transaction; letting go is one of its own
        set_writing(True)
        try:
            transact(db.session(), lambda: pickups.expire(db.session(), SYSTEM, clock()), time.sleep)
        finally:
            set_writing(False)
        found = queries.waiting_pickups(db.session())
    return render_template("parts/pickups.html", pickups=found)


@bp.post("/pickups/<row:pickup_id>/fetch")
@command(P.COUNTER_SELL, again=pickups_page)
def fetch_pickup(pickup_id: int) -> Any:
    """He has come: a cart with what was kept for him."""
    session = db.session()
    cart = pickups.fetch(session, actor(), clock(), queries.get_pickup(session, pickup_id))
    return redirect(url_for("parts.sale", sale_id=cart.id))


@bp.post("/pickups/<row:pickup_id>/cancel")
@command(P.COUNTER_SELL, again=pickups_page)
def cancel_pickup(pickup_id: int) -> Any:
    """He has called: not wanted any more."""
    session = db.session()
    pickups.cancel(session, actor(), clock(), queries.get_pickup(session, pickup_id))
    flash(gettext("Cancelled; the goods are free again."), "success")
    return redirect(url_for("parts.pickups"))
