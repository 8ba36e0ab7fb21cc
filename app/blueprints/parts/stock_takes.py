"""Stock-takes: the list, one from its first bin to the ledger, and its papers."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_login import current_user

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.domain.repair_orders import shelf
from app.domain.stock.abc import AbcClass
from app.domain.stock.batches import names_in
from app.domain.stock_takes import counting, ending, queries, recounts
from app.domain.stock_takes.model import StockTake
from app.domain.stock_takes.states import STOCK_TAKE, TakeKind, TakeState, compared
from app.extensions import db
from app.kernel.errors import N_, DomainError, RuleBroken
from app.kernel.permission import Permission as P
from app.printing.count_sheet import CountBin, CountLine, CountSheet
from app.printing.variance_report import VarianceLine, VarianceReport
from app.web import forms
from app.web.errors import message
from app.web.labels import label
from app.web.papers import paper_shop, printed

SHEET_LINES = 1500  # more than forty pages are printed bin by bin


@bp.get("/stock-takes", endpoint="stock_takes")
@page(P.STOCK_COUNT)
def stock_takes_page() -> Any:
    """The stock-takes, newest first; a new one is begun here."""
    session, before = db.session(), forms.asked_number("before")
    found, following = queries.list_takes(session, before)
    return render_template(
        "parts/stock_takes.html",
        takes=found,
        progress=queries.progress_of(session, [take.id for take in found]),
        scope_of=scope_of,
        compared=_compared,
        kinds=list(TakeKind),
        classes=list(AbcClass),
        next_url=url_for("parts.stock_takes", before=following) if following else "",
        first_url=url_for("parts.stock_takes") if before else "",
        form=request.form,
    )


def _compared(take: StockTake) -> bool:
    """Whether the present person sees what was counted against the books."""
    return compared(take.state, current_user.may(P.VARIANCE_POST))


def scope_of(take: StockTake) -> str:
    """What a stock-take counts, in words."""
    if take.kind is TakeKind.BINS:
        through = f"{take.first_bin} – {take.last_bin}" if take.last_bin else f"{take.first_bin}…"
        return gettext("Bins %(codes)s", codes=through)
    return gettext("Class %(name)s by value issued", name=label(take.abc)) if take.abc else label(take.kind)


@bp.post("/stock-takes")
@command(P.STOCK_COUNT, again=stock_takes_page)
def start_stock_take() -> Any:
    """Begin one."""
    made = counting.start(
        db.session(),
        actor(),
        clock(),
        forms.required_choice("kind", TakeKind),
        first_bin=forms.text("first_bin", longest=30),
        last_bin=forms.text("last_bin", longest=30),
        abc=forms.choice("abc", AbcClass, None),  # type: ignore[type-var]
    )
    return redirect(url_for("parts.stock_take", st=made.number))


@bp.get("/stock-takes/<number:st>")
@page(P.STOCK_COUNT)
def stock_take(st: str) -> Any:
    """How far each bin is; what differs once all is counted to who posts it, and when it is posted to who counted."""
    session = db.session()
    take = queries.take_by_number(session, st)
    shown = _compared(take)
    lines = queries.different(session, take.id) if shown else []
    return render_template(
        "parts/stock_take.html",
        take=take,
        scope=scope_of(take),
        compared=shown,
        bins=queries.by_bin(session, take.id) if not shown else [],
        total=queries.progress_of(session, [take.id]).get(take.id),
        left=bool(queries.bins_to_count(session, take.id, recounts.open_to(actor(), take))),
        offers={offer.move.name: offer for offer in STOCK_TAKE.offers(take.state, actor())},
        lines=lines,
        counts=queries.counts_of(session, [line.id for line in lines]),
        losing=shelf.would_lose(session, lines) if shown and take.state is TakeState.COUNTED else {},
        why_not=_why_not(take),
        ticked=request.form.getlist("again"),
        form=request.form,
    )


def _why_not(take: StockTake) -> str:
    """Why the present person cannot post; empty when he can, or when it is no question for him."""
    if take.state is not TakeState.COUNTED or not current_user.may(P.VARIANCE_POST):
        return ""
    try:
        ending.check_posting(db.session(), actor(), take)
    except DomainError as error:
        return message(error)
    return ""


def _locked(st: str) -> StockTake:
    return counting.lock_take(db.session(), st)


def _back(st: str) -> Any:
    return redirect(url_for("parts.stock_take", st=st))


@bp.post("/stock-takes/<number:st>/allow")
@command(P.VARIANCE_POST, again=stock_take)
def allow_recount(st: str) -> Any:
    """Who counted a line may count it again: nobody else is there."""
    reason = forms.text("allow_reason", longest=300)
    recounts.allow(db.session(), actor(), clock(), _locked(st), forms.whole_number("version"), reason)
    flash(gettext("Allowed. The reason stands on the variance report."), "success")
    return _back(st)


@bp.post("/stock-takes/<number:st>/finish")
@command(P.STOCK_COUNT, again=stock_take)
def finish_stock_take(st: str) -> Any:
    """All is counted."""
    ending.finish(db.session(), actor(), clock(), _locked(st), forms.whole_number("version"))
    flash(gettext("All is counted."), "success")
    return _back(st)


@bp.post("/stock-takes/<number:st>/post")
@command(P.VARIANCE_POST, again=stock_take)
def post_stock_take(st: str) -> Any:
    """The differences go into the ledger."""
    named = {
        int(name[6:]): names_in(forms.text(name, longest=400))
        for name in request.form
        if re.fullmatch(r"batch-[1-9][0-9]{0,8}", name)
    }
    done = shelf.post_stock_take(db.session(), actor(), clock(), _locked(st), forms.whole_number("version"), named)
    flash(gettext("%(number)s is posted.", number=st), "success")
    if done.lost:
        flash(gettext("These orders lost a part: %(numbers)s", numbers=", ".join(done.lost)), "warning")
    if done.served:
        flash(gettext("Served from it: %(numbers)s", numbers=", ".join(done.served)), "success")
    return _back(st)


@bp.post("/stock-takes/<number:st>/reject")
@command(P.VARIANCE_POST, again=stock_take)
def reject_stock_take(st: str) -> Any:
    """Lines are counted once more."""
    reason = forms.text("reject_reason", longest=300)
    many = ending.reject(
        db.session(), actor(), clock(), _locked(st), forms.whole_number("version"), forms.ticked("again"), reason
    )  # fmt: skip
    flash(ngettext("%(num)s line is counted again.", "%(num)s lines are counted again.", many), "success")
    return _back(st)


@bp.post("/stock-takes/<number:st>/cancel")
@command(P.VARIANCE_POST, again=stock_take)
def cancel_stock_take(st: str) -> Any:
    """It is given up, and moves nothing."""
    reason = forms.text("cancel_reason", longest=300)
    ending.cancel(db.session(), actor(), clock(), _locked(st), forms.whole_number("version"), reason)
    flash(gettext("%(number)s is cancelled. Nothing has moved.", number=st), "success")
    return _back(st)


@bp.get("/stock-takes/<number:st>/count-sheet.pdf")
@page(P.STOCK_COUNT)
def count_sheet(st: str) -> Response:
    """What is still to be counted, on paper, bin by bin; without what is expected."""
    session = db.session()
    take, only = queries.take_by_number(session, st), request.args.get("bin", "").strip()[:30]
    lines = queries.open_lines(session, take.id, only, SHEET_LINES + 1)
    if len(lines) > SHEET_LINES:
        raise RuleBroken(N_("That is too much for one sheet: print it bin by bin."))
    document = CountSheet(
        shop=paper_shop(session),
        number=take.number,
        qr=take.number,
        printed_at=clock().now(),
        scope=scope_of(take),
        started_by=take.started_by.name if take.started_by else "",
        bins=tuple(
            CountBin(
                code,
                tuple(
                    CountLine(
                        number=line.balance.part.number_display,
                        name=line.balance.part.name,
                        unit=line.balance.part.unit,
                        origin=line.balance.part.origin,
                        owner=line.balance.owner,
                        again=line.again,
                        first_by=line.counted_by.name
                        if line.again and line.counted_by and not take.allowed_by_id
                        else "",
                    )
                    for line in some
                ),
            )
            for code, some in groupby(lines, key=lambda line: line.balance.bin.code)
        ),
    )
    return printed(document, f"{st}-count-sheet.pdf")


@bp.get("/stock-takes/<number:st>/variance.pdf")
@page(P.STOCK_COUNT)
def variance_pdf(st: str) -> Response:
    """The differences on paper, to be signed."""
    session = db.session()
    take = queries.take_by_number(session, st)
    if not _compared(take):
        raise RuleBroken(
            N_("The differences are shown to who posts them when all is counted, to the others when they are posted.")
        )
    total = queries.progress_of(session, [take.id])[take.id]
    lines = queries.different(session, take.id)
    counts = queries.counts_of(session, [line.id for line in lines])
    document = VarianceReport(
        shop=paper_shop(session),
        number=take.number,
        qr=take.number,
        printed_at=clock().now(),
        scope=scope_of(take),
        posted=take.state is TakeState.POSTED,
        started_by=take.started_by.name if take.started_by else "",
        posted_by=take.ended_by.name if take.ended_by else "",
        counted_at=take.counted_at,
        counted_lines=total.lines,
        net_fen=take.net_fen or 0,
        absolute_fen=take.absolute_fen or 0,
        stock_fen=take.stock_fen or 0,
        allowed_reason=take.allowed_reason,
        allowed_by=take.allowed_by.name if take.allowed_by else "",
        allowed_at=take.allowed_at,
        lines=tuple(
            VarianceLine(
                bin=line.balance.bin.code,
                number=line.balance.part.number_display,
                name=line.balance.part.name,
                unit=line.balance.part.unit,
                owner=line.balance.owner,
                book_milli=line.book_milli or 0,
                counted_milli=line.counted_milli or 0,
                value_fen=line.value_fen or 0,
                counts=tuple((count.staff.name, count.counted_milli) for count in counts[line.id]),
                with_leave=any(count.allowed_by_id for count in counts[line.id]),
            )
            for line in lines
        ),
    )
    return printed(document, f"{st}-variance.pdf")
