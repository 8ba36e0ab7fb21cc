"""The part master by hand: terms, successor, substitutes, how it is tracked."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.blueprints.parts.blind import being_counted
from app.domain.catalogue import operations
from app.domain.catalogue import queries as catalogue
from app.domain.catalogue.model import PartOrigin, Tracking
from app.domain.stock import batches, queries
from app.domain.suppliers import queries as suppliers
from app.extensions import db
from app.kernel.permission import Permission as P
from app.web import forms


@bp.get("/<row:part_id>/edit")
@page(P.CATALOGUE_EDIT)
def edit_part(part_id: int, **_refused: Any) -> Any:
    """What the master says of a part."""
    session = db.session()
    found = catalogue.get_part(session, part_id)
    substitutes = queries.substitutes_of(session, [part_id]).get(part_id, [])
    return render_template(
        "parts/edit_part.html",
        part=found,
        origins=list(PartOrigin),
        trackings=list(Tracking),
        suppliers=[(one.id, one.name) for one in suppliers.all_suppliers(session, active=False)],
        substitutes=substitutes,
        counted=being_counted(row.Part.id for row in substitutes),
        form=request.form,
    )


@bp.post("/<row:part_id>/edit")
@command(P.CATALOGUE_EDIT, again=edit_part)
def change_part(part_id: int) -> Any:
    """Save it."""
    session = db.session()
    found = catalogue.get_part(session, part_id)
    facts = {
        "name": forms.text("name", longest=200),
        "unit": forms.text("unit", longest=10) or found.unit,
        "category": forms.text("category", longest=40),
        "remark": forms.text("remark", longest=1000),
        "origin": forms.choice("origin", PartOrigin, found.origin),
        "purchase_fen": forms.yuan("purchase") or 0,
        "retail_fen": forms.yuan("retail") or 0,
        "minimum_milli": forms.quantity("minimum") or 0,
        "active": request.form.get("active") == "1",
    }
    operations.change_part(
        session,
        actor(),
        clock(),
        found,
        forms.whole_number("version"),
        facts,
        supplier_id=forms.whole_number("supplier"),
        successor=forms.text("successor", longest=80),
    )
    batches.change_tracking(session, actor(), clock(), found, forms.choice("tracking", Tracking, found.tracking))
    flash(gettext("Saved."), "success")
    return redirect(url_for("parts.part", part_id=part_id))


@bp.post("/<row:part_id>/substitutes")
@command(P.CATALOGUE_EDIT, again=edit_part)
def add_substitute(part_id: int) -> Any:
    """Another part may be fitted in its place."""
    session = db.session()
    other = operations.add_substitute(
        session,
        actor(),
        clock(),
        catalogue.get_part(session, part_id),
        forms.text("substitute", longest=80),
        forms.text("substitute_remark"),
        both_ways=request.form.get("both_ways") == "1",
    )
    flash(gettext("%(part)s may be fitted instead.", part=other.name), "success")
    return redirect(url_for("parts.edit_part", part_id=part_id))


@bp.post("/<row:part_id>/substitutes/<row:substitute_id>/remove")
@command(P.CATALOGUE_EDIT, again=edit_part)
def remove_substitute(part_id: int, substitute_id: int) -> Any:
    """It does not fit after all."""
    session = db.session()
    operations.remove_substitute(session, actor(), clock(), catalogue.get_part(session, part_id), substitute_id)
    return redirect(url_for("parts.edit_part", part_id=part_id))
