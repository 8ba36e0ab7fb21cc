"""The navigation: one list, filtered by what the person may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import current_app, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup

from app.kernel.errors import N_
from app.kernel.permission import Permission as P
from app.web.templating import current_language


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation."""

    endpoint: str
    label: str
    icon: str
    permission: P


ENTRIES = (
    Entry("home.morning", N_("Today"), "home", P.PORTAL_USE),
    Entry("reception.appointments", N_("Appointments"), "calendar", P.APPOINTMENT_EDIT),
    Entry("reception.arrival", N_("Check-in"), "car", P.CHECK_IN),
    Entry("reception.orders", N_("Orders"), "file-text", P.ORDER_VIEW),
    Entry("workshop.board", N_("Board"), "layout-board", P.BOARD_VIEW),
    Entry("workshop.my_jobs", N_("My jobs"), "tool", P.CLOCK),
    Entry("workshop.inspections", N_("Final inspection"), "shield-check", P.INSPECT_FINAL),
    Entry("parts.desk", N_("Parts desk"), "package", P.PARTS_ISSUE),
    Entry("parts.stock", N_("Stock"), "database", P.STOCK_VIEW),
    Entry("parts.purchases", N_("Purchasing"), "truck-delivery", P.PURCHASE_EDIT),
    Entry("parts.sales", N_("Counter sales"), "shopping-cart", P.COUNTER_SELL),
    Entry("parts.tools", N_("Tools"), "tools", P.TOOL_LEND),
    Entry("cashier.desk", N_("Cashier"), "cash", P.TENDER_TAKE),
    Entry("care.calls", N_("Customer care"), "phone", P.CARE_CALL),
    Entry("training.certificates", N_("Certificates"), "certificate", P.TRAINING_VIEW),
    Entry("used_cars.enquiries", N_("Used cars"), "car", P.USED_CARS_VIEW),
    Entry("admin.import_page", N_("Import"), "upload", P.IMPORT_DATA),
    Entry("admin.staff_list", N_("Staff"), "users", P.STAFF_EDIT),
    Entry("admin.terminals", N_("Terminals"), "device-desktop", P.TERMINAL_ENROL),
    Entry("admin.settings_page", N_("Settings"), "settings", P.SETTINGS_EDIT),
    Entry("admin.audit_log", N_("Audit log"), "list-check", P.AUDIT_VIEW),
)


class Item(NamedTuple):
    """An entry as the layout shows it."""

    label: str
    url: str
    icon: str
    active: bool
    badge: str = ""


_rails: dict[tuple[frozenset[P], str, str], Markup] = {}


def for_person(person: Any) -> list[Item]:
    """The entries that the person may open."""
    here = request.endpoint or ""
    return [
        Item(gettext(entry.label), url_for(entry.endpoint), entry.icon, entry.endpoint == here)
        for entry in ENTRIES
        if person.may(entry.permission) and entry.endpoint in current_app.view_functions
    ]


def rail(person: Any) -> Markup:
    """The navigation as it stands in the page.

    Kept per permissions, language and endpoint, which is all that it depends on: the sets of permissions that roles
    give, two languages and our pages make some hundreds at most.
    """
    key = (person.permissions, current_language(), request.endpoint or "")
    found = _rails.get(key)
    if found is None:
        found = _rails[key] = Markup(render_template("layouts/_rail.html", nav=for_person(person)))
    return found
