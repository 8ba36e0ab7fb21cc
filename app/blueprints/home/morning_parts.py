"""What waits in the morning for those who keep the store and buy for it."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from app.blueprints.home.section import Item, Section, section
from app.domain.purchasing import discrepancies, held_prices, returned
from app.domain.purchasing import queries as purchasing
from app.domain.purchasing.states import PurchaseKind
from app.domain.repair_orders import expected, waiting
from app.domain.stock import scrap
from app.domain.stock_takes import ending as stock_takes
from app.domain.stock_takes import queries as counts
from app.domain.stock_takes.states import TakeState
from app.domain.suppliers import queries as suppliers
from app.domain.tools import queries as tools
from app.kernel.clock import Clock, business_date, day_bounds, shanghai
from app.kernel.money import format_yuan
from app.kernel.permission import Permission as P
from app.kernel.quantity import format_quantity
from app.web.context import near_day
from app.web.labels import label


def to_pick(session: Session, _clock: Clock, _person: Any) -> Section:
    """Orders whose parts lie at the desk."""
    items = (
        Item(
            url_for("parts.desk"),
            gettext("Parts short: %(count)s", count=row.short) if row.short else gettext("Everything on the shelf"),
            gettext("%(number)s · parts to issue: %(count)s", number=row.number, count=row.lines),
            row.plate,
            "late" if row.short else "",
        )
        for row in waiting.to_pick(session)
    )
    return section(gettext("To pick"), "package", items, url_for("parts.desk"))


def parts_requests(session: Session, _clock: Clock, _person: Any) -> Section:
    """What technicians ask for."""
    items = (
        Item(url_for("parts.desk"), r.words[:80], f"{r.order.number} · {r.requested_by.name}", r.order.vehicle.plate)
        for r in waiting.open_requests(session)
    )
    return section(gettext("Technicians ask for parts"), "help", items, url_for("parts.desk"))


def parts_arrived(session: Session, clock: Clock, _person: Any) -> Section:
    """Jobs whose last missing part came today: they can go on."""
    since, _ends = day_bounds(business_date(clock.now()))
    items = (
        Item(url_for("workshop.board"), row.name, f"{row.number} · {row.parts}", row.plate)
        for row in waiting.parts_arrived(session, since)
    )
    return section(gettext("Parts have arrived"), "package-import", items, url_for("workshop.board"))


def parts_late(session: Session, _clock: Clock, _person: Any) -> Section:
    """Orders whose parts come after the promised day: their customers have to hear it from the adviser first."""
    items = (
        Item(
            url_for("reception.order", number=order.number),
            order.customer.name,
            " · ".join(
                (
                    order.number,
                    gettext("Promised %(at)s", at=f"{shanghai(order.promised_at):%m-%d %H:%M}"),
                    gettext("Parts expected %(day)s", day=near_day(day)),
                )
            ),
            order.vehicle.plate,
            "late",
        )
        for order, day in expected.late_orders(session)[:20]
        if order.promised_at
    )
    return section(gettext("Parts late for the promise: call the customer"), "truck-delivery", items)


def purchases_to_send(session: Session, _clock: Clock, _person: Any) -> Section:
    """Purchase orders that somebody drew up: nothing comes before they are sent."""
    items = (
        Item(
            url_for("parts.purchase", po=row.number),
            row.supplier,
            " · ".join(
                (row.number, ngettext("%(num)s line", "%(num)s lines", row.lines))
                + ((label(row.kind),) if row.kind is PurchaseKind.EMERGENCY else ())
            ),
            tone="late" if row.kind is PurchaseKind.EMERGENCY else "",
        )
        for row in purchasing.drafts(session)
    )
    return section(gettext("Purchase orders to send"), "send", items, url_for("parts.purchases", state="draft"))


def overdue_purchases(session: Session, clock: Clock, _person: Any) -> Section:
    """Purchase orders of which something should have come."""
    names = {supplier.id: supplier.name for supplier in suppliers.all_suppliers(session, active=False)}
    items = (
        Item(
            url_for("parts.purchase", po=late.number),
            names[late.supplier_id],
            late.number + " · " + gettext("promised for %(day)s", day=near_day(late.expected_on)),
            tone="late",
        )
        for late in purchasing.overdue(session, business_date(clock.now()))
    )
    return section(gettext("Should have come"), "clock-exclamation", items, url_for("parts.purchases"))


def open_discrepancies(session: Session, _clock: Clock, _person: Any) -> Section:
    """Differences that nobody has settled with the supplier."""
    count = discrepancies.count_open(session)
    text = ngettext("%(num)s discrepancy is open", "%(num)s discrepancies are open", count)
    items = [Item(url_for("parts.purchases"), text)] if count else []
    return section(gettext("Discrepancies to settle"), "alert-triangle", items)


def credits_awaited(session: Session, _clock: Clock, _person: Any) -> Section:
    """Goods that went back and that the supplier has not credited: money that nobody else asks for."""
    items = (
        Item(
            url_for("parts.supplier_return", sr=row.number),
            row.supplier,
            f"{row.number} · {near_day(row.returned_on)} · ¥{format_yuan(row.expected_fen)}",
            tone="waiting",
        )
        for row in returned.credits_awaited(session, 20)
    )
    return section(gettext("Credit note awaited"), "hourglass", items, url_for("parts.returns"))


def prices_held(session: Session, _clock: Clock, _person: Any) -> Section:
    """Prices of a list that moved too far."""
    count = held_prices.count_waiting(session)
    text = ngettext("%(num)s price waits", "%(num)s prices wait", count)
    items = [Item(url_for("parts.suppliers"), text)] if count else []
    return section(gettext("Prices that wait for a decision"), "coin-yuan", items)


def contracts(session: Session, clock: Clock, _person: Any) -> Section:
    """Contracts with suppliers whose end is near or past."""
    today = business_date(clock.now())
    items = (
        Item(
            url_for("parts.supplier", supplier_id=contract.supplier_id),
            contract.title,
            f"{contract.supplier.name} · {contract.ends_on.isoformat()}",
            tone="late" if contract.ends_on < today else "",
        )
        for contract in suppliers.contracts_running_out(session, today)
    )
    return section(gettext("Contracts that run out"), "calendar-exclamation", items, url_for("parts.suppliers"))


def tools_overdue(session: Session, clock: Clock, _person: Any) -> Section:
    """Tools that should have come back."""
    items = (
        Item(
            url_for("parts.tool", tool_id=loan.tool_id),
            loan.tool.name,
            gettext("%(who)s · due back %(at)s", who=loan.holder.name, at=f"{shanghai(loan.due_at):%m-%d %H:%M}"),
            tone="late",
        )
        for loan in tools.overdue(session, clock.now())
    )
    return section(gettext("Tools not brought back"), "tools", items, url_for("parts.tools", only="overdue"))


def tools_to_calibrate(session: Session, clock: Clock, _person: Any) -> Section:
    """Tools that may not be lent until they are calibrated."""
    today = business_date(clock.now())
    items = (
        Item(
            url_for("parts.tool", tool_id=tool.id),
            tool.name,
            gettext("%(number)s · calibrated until %(day)s", number=tool.number, day=tool.calibration_due.isoformat())
            if tool.calibration_due
            else gettext("%(number)s · never calibrated", number=tool.number),
            tone="late" if tool.calibration_due is None or tool.calibration_due < today else "",
        )
        for tool in tools.to_calibrate(session, today)
    )
    return section(gettext("Tools to calibrate"), "gauge", items, url_for("parts.tools", only="due"))


def to_count(session: Session, _clock: Clock, _person: Any) -> Section:
    """Stock-takes of which lines are still to be counted."""
    found = counts.open_takes(session, TakeState.COUNTING)
    far = counts.progress_of(session, [take.id for take in found]) if found else {}
    items = (
        Item(
            url_for("parts.stock_take", st=take.number),
            gettext("%(done)s of %(lines)s lines", done=far[take.id].done, lines=far[take.id].lines),
            take.number
            + (
                " · " + gettext("to be counted again: %(count)s", count=far[take.id].again)
                if far[take.id].again
                else ""
            ),
        )
        for take in found
    )
    return section(gettext("To count"), "list-check", items, url_for("parts.stock_takes"))


def differences(session: Session, _clock: Clock, person: Any) -> Section:
    """Stock-takes whose differences wait to be posted by this person: those above the limit by whoever approves them."""
    counted = counts.open_takes(session, TakeState.COUNTED)
    limit = stock_takes.limit_fen(session) if counted else 0
    found = [take for take in counted if person.may(P.VARIANCE_APPROVE) or (take.absolute_fen or 0) <= limit]
    items = (
        Item(
            url_for("parts.stock_take", st=take.number),
            gettext("Differences of ¥ %(sum)s", sum=format_yuan(take.absolute_fen or 0)),
            take.number + " · " + gettext("net ¥ %(sum)s", sum=format_yuan(take.net_fen or 0)),
            tone="late" if (take.absolute_fen or 0) > limit else "",
        )
        for take in found
    )
    return section(gettext("Stock-takes to approve and post"), "arrows-diff", items, url_for("parts.stock_takes"))


def scrap_to_decide(session: Session, _clock: Clock, person: Any) -> Section:
    """What others ask to throw away."""
    items = (
        Item(
            url_for("parts.scraps"),
            f"{one.balance.part.name} × {format_quantity(one.quantity_milli)}",
            f"{label(one.reason)} · {one.asked_by.name} · ¥ {format_yuan(one.value_fen)}",
        )
        for one in scrap.waiting(session)
        if one.asked_by_id != person.staff_id
    )
    return section(gettext("Scrap to decide on"), "trash", items, url_for("parts.scraps"))
