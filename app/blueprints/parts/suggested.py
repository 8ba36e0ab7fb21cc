"""The suggested order: what to buy of whom, why, and what the clerk makes of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.blueprints.parts.blind import being_counted
from app.domain.replenishment import queries, runs, suggestions
from app.domain.replenishment.model import Suggestion, SuggestionRun
from app.domain.replenishment.queries import Filter
from app.domain.stock.abc import AbcClass
from app.domain.suppliers import queries as suppliers
from app.domain.suppliers.model import Supplier
from app.extensions import db
from app.kernel.clock import business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.money import divide_half_up, format_yuan, line_amount
from app.kernel.permission import Permission as P
from app.kernel.quantity import format_quantity
from app.web import background, charts, forms


def _asked(source: Any) -> Filter:
    supplier, value, after = source.get("supplier", ""), source.get("class", ""), source.get("after", "")
    return Filter(
        supplier_id=forms.plain_number(supplier),
        value_class=AbcClass(value) if value in {one.value for one in AbcClass} else None,
        after=forms.plain_number(after) or 0,
    )


def _kept(wanted: Filter) -> dict[str, Any]:
    return {"supplier": wanted.supplier_id, "class": wanted.value_class.value if wanted.value_class else None}


@bp.get("/suggested", endpoint="suggested")
@page(P.PURCHASE_EDIT)
def suggested_page(**refused: Any) -> Any:
    """The newest suggestion: what each supplier would get, and the lines; while one is calculated, how far it is."""
    session, now = db.session(), clock().now()
    standing = runs.standing(session, SuggestionRun, now)
    progress = background.progress_answer("parts/_suggesting.html", standing)
    if progress is not None:
        return progress
    run = standing.shown
    wanted = _asked(request.form if request.method == "POST" else request.args)
    shares = queries.shares(session, run.id, wanted.value_class) if run else []
    rows, after = queries.list_suggestions(session, run.id, wanted) if run else ([], 0)
    everybody: dict[int, Supplier] = {one.id: one for one in suppliers.all_suppliers(session, active=False)}
    return render_template(
        "parts/suggested.html",
        latest=standing.latest,
        working=standing.working,
        broke_off=standing.broke_off,
        run=run,
        old=run is not None and run.day < business_date(now),
        shares=[(share, everybody.get(share.supplier_id or 0)) for share in shares],
        chosen=next((share for share in shares if share.supplier_id == wanted.supplier_id), None),
        supplier=everybody.get(wanted.supplier_id or 0),
        wanted=wanted,
        counted=being_counted(row.part_id for row in rows),
        rows=[(row, line_amount(row.chosen_milli, row.unit_fen)) for row in rows],
        suppliers_of=[
            (share.supplier_id or 0, everybody[share.supplier_id].name if share.supplier_id else gettext("No supplier"))
            for share in shares
        ],
        classes=list(AbcClass),
        next_url=url_for("parts.suggested", **_kept(wanted), after=after) if after else "",
        first_url=url_for("parts.suggested", **_kept(wanted)) if wanted.after else "",
        form=request.form,
        refused_row=refused.get("suggestion_id"),
    )


@bp.post("/suggested")
@command(P.PURCHASE_EDIT, again=suggested_page)
def calculate_suggestion() -> Any:
    """Calculate it anew."""
    run = suggestions.begin(db.session(), actor(), clock())
    background.after_commit("suggest", run.id)
    return redirect(url_for("parts.suggested"))


def why_of(row: Suggestion) -> dict[str, Any]:
    """What the explanation of a suggestion shows."""
    months = [int(number) for number in row.months.split(",")]
    last = row.run.day.year * 12 + row.run.day.month - 1
    names = [f"{(last - ago) // 12}-{(last - ago) % 12 + 1:02d}" for ago in range(len(months) - 1, -1, -1)]
    figures = [format_quantity(number) for number in months]
    chart = charts.bars(months, [name[2:] for name in names], figures, faint_last=True)
    position = row.free_milli + row.incoming_milli - row.waiting_milli
    return {
        "row": row,
        "counted": being_counted([row.part_id]),
        "chart": chart,
        "months": list(zip(names, months, strict=True)),
        "asked": sum(months[:-1]),
        "mean_milli": row.reorder_milli - row.safety_milli,
        "rounded": lambda milli: divide_half_up(milli, 100) * 100,
        "position_milli": position,
        "lacking_milli": max(row.up_to_milli, row.reorder_milli) - position,
    }


@bp.get("/suggested/<row:suggestion_id>")
@page(P.PURCHASE_EDIT)
def suggestion(suggestion_id: int) -> Any:
    """Why a quantity is what it is; as a part of the list, or as a page of its own."""
    row = queries.get_suggestion(db.session(), suggestion_id)
    template = "parts/_why.html" if request.headers.get("HX-Request") else "parts/suggestion.html"
    return render_template(template, **why_of(row))


@bp.post("/suggested/<row:suggestion_id>")
@command(P.PURCHASE_EDIT, again=suggested_page)
def change_suggestion(suggestion_id: int) -> Any:
    """Another quantity; 0 takes the part off."""
    quantity = forms.quantity("quantity")
    if quantity is None:
        raise InvalidInput(N_("Fill this in."), field="quantity")
    row = suggestions.change(
        db.session(), actor(), clock(), suggestion_id, forms.whole_number("version"), quantity_milli=quantity
    )
    wanted = _asked(request.form)
    return redirect(
        url_for("parts.suggested", **_kept(wanted), after=wanted.after or None, _anchor=f"suggestion-{row.id}")
    )


@bp.post("/suggested/order")
@command(P.PURCHASE_EDIT, again=suggested_page)
def order_suggestion() -> Any:
    """A purchase order of what is suggested from one supplier, as it was chosen."""
    session, wanted = db.session(), _asked(request.form)
    if not wanted.supplier_id:
        raise InvalidInput(N_("Choose the supplier."), field="supplier")
    seen = suggestions.Seen(forms.required_number("lines"), forms.required_number("total", highest=10**15))
    order = suggestions.order_lines(
        session,
        actor(),
        clock(),
        forms.required_number("run"),
        suppliers.get_supplier(session, wanted.supplier_id),
        seen,
        wanted.value_class,
    )
    flash(gettext("%(number)s is drawn up: check it, then send it.", number=order.number), "success")
    now_fen = sum(line_amount(line.quantity_milli, line.unit_fen) for line in order.lines)
    if now_fen != seen.total_fen:
        flash(
            gettext("Prices have changed since: at those of today it comes to ¥%(total)s.", total=format_yuan(now_fen))
        )
    return redirect(url_for("parts.purchase", po=order.number))
