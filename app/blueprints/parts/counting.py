"""The count screen: one bin at a time, by scan or by list; it never says what is expected."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.blueprints.parts.desk import scanned_part
from app.blueprints.parts.stock_takes import stock_take
from app.domain.stock.model import StockOwner
from app.domain.stock_takes import counting, queries, recounts
from app.domain.stock_takes.model import StockTake, StockTakeLine
from app.domain.stock_takes.states import TakeState
from app.extensions import db
from app.kernel.errors import N_, RuleBroken
from app.kernel.fullwidth import to_ascii
from app.kernel.permission import Permission as P
from app.kernel.quantity import format_quantity
from app.web import forms
from app.web.errors import message


@bp.get("/stock-takes/<number:st>/count", endpoint="count")
@page(P.STOCK_COUNT)
def count_page(st: str, count_line_id: int = 0) -> Any:
    """What lies in one bin: what has to be counted, then what is done."""
    session = db.session()
    take = queries.take_by_number(session, st)
    if take.state is not TakeState.COUNTING and not count_line_id:
        # Refused because counting is over: the stock-take's page says so; a browser follows no refusal.
        return stock_take(st) if g.get("refusal") is not None else redirect(url_for("parts.stock_take", st=st))
    bins = queries.by_bin(session, take.id)
    codes = [one.code for one in bins]
    code, left = request.values.get("bin", "").strip()[:30], _bins_left(take)
    if code not in codes:
        code = (left or codes or [""])[0]
    lines = queries.lines_in_bin(session, take.id, code)
    return render_template(
        "parts/count.html",
        take=take,
        bins=bins,
        code=code,
        here=next((one for one in bins if one.code == code), None),
        following=_next_bin(left, code),
        todo=[line for line in lines if line.to_be_counted],
        done=[line for line in lines if not line.to_be_counted],
        at=forms.asked_number("line") or 0,
        not_mine=_not_mine(take, lines),
        me=current_user.staff_id,
        owners=list(StockOwner),
        refused_line=count_line_id,
        form=request.form,
    )


def _bins_left(take: StockTake) -> list[str]:
    """The bins in which the present person has something to count."""
    return queries.bins_to_count(db.session(), take.id, recounts.open_to(actor(), take))


def _not_mine(take: StockTake, lines: list[StockTakeLine]) -> dict[int, str]:
    """line → why the present person does not count it again."""
    refusals = {line.id: recounts.refusal(actor(), take, line) for line in lines if line.again}
    return {id_: message(refusal.error()) for id_, refusal in refusals.items() if refusal is not None}


def _next_bin(left: list[str], code: str) -> str:
    """The next bin in which something is to be counted, from here on and then from the beginning."""
    rest = [other for other in left if other != code]
    return next((other for other in rest if other > code), rest[0] if rest else "")


def _go_on(st: str, code: str, after: StockTakeLine | None = None) -> Any:
    """To the next line that the person may count, in this bin or the next; to the stock-take when there is none."""
    session = db.session()
    take = queries.take_by_number(session, st)
    lines = queries.lines_in_bin(session, take.id, code)
    not_mine = _not_mine(take, lines)
    todo = [line for line in lines if line.to_be_counted and line.id not in not_mine]
    if todo:
        number = after.balance.part.number if after else ""
        first = next((line for line in todo if line.balance.part.number > number and not line.again), todo[0])
        return redirect(url_for("parts.count", st=st, bin=code, line=first.id))
    other = _next_bin(_bins_left(take), code)
    if not other:
        total = queries.progress_of(session, [take.id])[take.id]
        if total.done == total.lines:
            flash(gettext("Every line is counted."), "success")
        return redirect(url_for("parts.stock_take", st=st))
    if not not_mine:
        flash(gettext("Bin %(bin)s is counted. Go on with this one.", bin=code), "success")
    return redirect(url_for("parts.count", st=st, bin=other))


@bp.post("/stock-takes/<number:st>/lines/<row:count_line_id>")
@command(P.STOCK_COUNT, again=count_page)
def count_line(st: str, count_line_id: int) -> Any:
    """What lies there."""
    session = db.session()
    take = counting.lock_take(session, st)
    line = counting.line_of(session, take, count_line_id)
    counted = forms.quantity("counted")
    if counting.count_line(session, actor(), clock(), take, line, forms.whole_number("version"), counted):
        _again(line)
    return _go_on(st, line.balance.bin.code, line)


def _again(line: StockTakeLine) -> None:
    text = gettext("“%(part)s” has to be counted once more, by somebody else.", part=line.balance.part.name)
    flash(text, "warning")


@bp.post("/stock-takes/<number:st>/found")
@command(P.STOCK_COUNT, again=count_page)
def count_found(st: str) -> Any:
    """Something lies there that is not on the list."""
    session = db.session()
    take = counting.lock_take(session, st)
    part = scanned_part(forms.text("found_part", longest=120), field="found_part")
    line = counting.add_found(
        session,
        actor(),
        clock(),
        take,
        part,
        bin_code=forms.text("bin", longest=30),
        counted_milli=forms.quantity("found_quantity"),
        owner=forms.choice("owner", StockOwner, StockOwner.SHOP),
    )
    flash(
        gettext(
            "%(part)s × %(quantity)s is on the list now.",
            part=part.name,
            quantity=format_quantity(line.counted_milli or 0),
        ),
        "success",
    )
    if line.again:
        _again(line)
    return redirect(url_for("parts.count", st=st, bin=line.balance.bin.code))


@bp.post("/stock-takes/<number:st>/scan")
@command(P.STOCK_COUNT, again=count_page)
def scan_count(st: str) -> Any:
    """A scanned bin or part: on to its lines."""
    session = db.session()
    take = queries.take_by_number(session, st)
    code, here = to_ascii(forms.text("scan", longest=120)).strip(), request.form.get("bin", "")
    if code.upper() in {one.code for one in queries.by_bin(session, take.id)}:
        return redirect(url_for("parts.count", st=st, bin=code.upper()))
    part = scanned_part(code)
    lines = queries.lines_of_part(session, take.id, part.id)
    if not lines:
        raise RuleBroken(
            N_("“%(part)s” is not on the list. If it lies here, add it below."), field="scan", part=part.name
        )
    mine = [line for line in lines if line.balance.bin.code == here]
    line = next((line for line in mine + lines if line.to_be_counted), None)
    if line is None:
        raise RuleBroken(N_("“%(part)s” is counted already."), field="scan", part=part.name)
    if mine and line not in mine:
        raise RuleBroken(N_("“%(part)s” is counted already in this bin."), field="scan", part=part.name)
    refusal = recounts.refusal(actor(), take, line)
    if refusal is not None:
        raise refusal.error()
    return redirect(url_for("parts.count", st=st, bin=line.balance.bin.code, line=line.id))
