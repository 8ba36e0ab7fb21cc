"""What waits for a person in the morning: sections of lines, each one tap from the deed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.blueprints.home import morning_parts
from app.blueprints.home.section import Item, Section, section
from app.domain.appointments import queries as appointments
from app.domain.care import queries as care
from app.domain.repair_orders import queries as orders
from app.domain.repair_orders import waiting
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import OrderState as O
from app.domain.staff import queries as staff
from app.kernel.clock import Clock, business_date, shanghai
from app.kernel.permission import Permission as P
from app.web.labels import label


def _order(order: RepairOrder, endpoint: str = "reception.order", tone: str = "") -> Item:
    promise = gettext("Promised %(at)s", at=f"{shanghai(order.promised_at):%m-%d %H:%M}") if order.promised_at else ""
    again = order.state is O.SETTLED and order.delivered_at is not None  # its car has left: only the papers wait
    stands = gettext("Correction to be ended") if again else label(order.state)
    sub = " · ".join(part for part in (order.number, stands, promise) if part)
    return Item(url_for(endpoint, number=order.number), order.customer.name, sub, order.vehicle.plate, tone)


def sections(session: Session, clock: Clock, person: Any) -> list[Section]:
    """The sections for what the person may do, most pressing first."""
    makers: list[tuple[P, Callable[[Session, Clock, Any], Section]]] = [
        (P.ORDER_EDIT, _late),
        (P.ORDER_EDIT, morning_parts.parts_late),
        (P.DISPATCH, morning_parts.parts_arrived),
        (P.DISPATCH, _to_dispatch),
        (P.CLOCK, _my_jobs),
        (P.INSPECT_FINAL, _to_inspect),
        (P.PARTS_ISSUE, morning_parts.to_pick),
        (P.PARTS_ISSUE, morning_parts.parts_requests),
        (P.VARIANCE_POST, morning_parts.differences),
        (P.SCRAP_APPROVE, morning_parts.scrap_to_decide),
        (P.STOCK_COUNT, morning_parts.to_count),
        (P.PURCHASE_SEND, morning_parts.purchases_to_send),
        (P.PURCHASE_EDIT, morning_parts.overdue_purchases),
        (P.PURCHASE_EDIT, morning_parts.open_discrepancies),
        (P.SUPPLIER_INVOICE, morning_parts.credits_awaited),
        (P.SUPPLIER_EDIT, morning_parts.prices_held),
        (P.SUPPLIER_EDIT, morning_parts.contracts),
        (P.TOOL_LEND, morning_parts.tools_overdue),
        (P.TOOL_LEND, morning_parts.tools_to_calibrate),
        (P.ORDER_EDIT, _findings),
        (P.TENDER_TAKE, _to_settle),
        (P.HANDOVER, _to_hand_over),
        (P.CHECK_IN, _expected),
        (P.CARE_CALL, _calls),
        (P.ORDER_EDIT, _complaints),
        (P.TRAINING_VIEW, _certificates),
    ]
    made = [make(session, clock, person) for permission, make in makers if person.may(permission)]
    return [section for section in made if section.items]


def _late(session: Session, clock: Clock, _person: Any) -> Section:
    found = orders.late(session, clock.now(), 12)
    return section(
        gettext("Late: the promised time has passed"), "alert-triangle", (_order(o, tone="late") for o in found)
    )


def _expected(session: Session, clock: Clock, _person: Any) -> Section:
    today = [a for a in appointments.of_day(session, business_date(clock.now())) if a.state == "booked" and a.vehicle]
    items = (
        Item(
            url_for("reception.check_in", vehicle_id=a.vehicle_id),
            a.customer.name,
            f"{shanghai(a.slot.starts_at):%H:%M} · {a.wish[:60]}",
            a.vehicle.plate if a.vehicle else "",
        )
        for a in today[:20]
    )
    return section(gettext("Expected today"), "calendar", items, url_for("reception.appointments"))


def _to_dispatch(session: Session, _clock: Clock, _person: Any) -> Section:
    items = (
        Item(url_for("workshop.board"), row.name, row.number, row.plate) for row in waiting.undispatched(session, 20)
    )
    return section(gettext("Waiting to be dispatched"), "layout-board", items, url_for("workshop.board"))


def _my_jobs(session: Session, _clock: Clock, person: Any) -> Section:
    items = (
        Item(url_for("workshop.my_jobs"), row.name, f"{row.number} · {label(row.state)}", row.plate)
        for row in waiting.jobs_of(session, person.staff_id)
    )
    return section(gettext("My jobs"), "tool", items, url_for("workshop.my_jobs"))


def _to_inspect(session: Session, _clock: Clock, _person: Any) -> Section:
    found = orders.in_states(session, O.WORK_DONE, limit=20)
    return section(
        gettext("Waiting for final inspection"), "shield-check", (_order(o, "workshop.inspection") for o in found)
    )


def _findings(session: Session, _clock: Clock, _person: Any) -> Section:
    items = (
        Item(url_for("reception.order", number=f.number), f.words[:80], f.number, f.plate, "late" if f.urgent else "")
        for f in waiting.open_findings(session)
    )
    return section(gettext("Found on the floor: ask the customer"), "eye", items)


def _to_settle(session: Session, _clock: Clock, _person: Any) -> Section:
    found = orders.in_states(session, O.INSPECTED, O.REOPENED, O.SETTLED, limit=20)
    return section(gettext("To settle and collect"), "cash", (_order(o, "cashier.settlement") for o in found))


def _to_hand_over(session: Session, _clock: Clock, _person: Any) -> Section:
    found = orders.in_states(session, O.SETTLED, limit=20)
    return section(gettext("Ready to hand over"), "key", (_order(o, "cashier.handover") for o in found))


def _calls(session: Session, clock: Clock, _person: Any) -> Section:
    today = business_date(clock.now())
    items = (
        Item(
            url_for("care.call", follow_up_id=f.id),
            f.order.customer.name,
            gettext("%(number)s · due %(day)s", number=f.order.number, day=f.due_on.isoformat()),
            f.order.vehicle.plate,
            "late" if f.due_on < today else "",
        )
        for f in care.due(session, today, 20)
    )
    return section(gettext("Calls due"), "phone", items, url_for("care.calls"))


def _complaints(session: Session, _clock: Clock, _person: Any) -> Section:
    items = (
        Item(
            url_for("reception.order", number=f.order.number),
            f.words[:80] or f.order.customer.name,
            f.order.number,
            f.order.vehicle.plate,
            "late",
        )
        for f in care.needing_action(session)
    )
    return section(gettext("Unhappy customers"), "mood-sad", items)


def _certificates(session: Session, clock: Clock, _person: Any) -> Section:
    today = business_date(clock.now())
    items = (
        Item(
            url_for("training.certificates"),
            c.staff.name,
            f"{label(c.kind)} · {c.expires_on.isoformat()}",
            tone="late" if c.expires_on < today else "",
        )
        for c in staff.expiring(session, today + timedelta(days=60))
    )
    return section(gettext("Certificates that expire"), "certificate", items, url_for("training.certificates"))
