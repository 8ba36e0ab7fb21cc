"""What every template may use: formats, labels, the person, the navigation."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import format_date
from flask_login import current_user

from app.access.guard import clock
from app.domain.staff import settings
from app.extensions import db
from app.kernel.clock import business_date, shanghai
from app.kernel.errors import N_
from app.kernel.labour import format_hours
from app.kernel.money import format_yuan
from app.kernel.permission import Permission
from app.kernel.quantity import UNITS, format_quantity
from app.web import labels, navigation
from app.web.errors import begin_form, fault_of, refusal_field, refusal_of_move, refusal_text
from app.web.masking import mask_phone
from app.web.one_time import csrf_token, new_key
from app.web.templating import current_language, word


def local(moment: datetime | None, pattern: str = "%Y-%m-%d %H:%M") -> str:
    """A moment as the shop's clock shows it."""
    return shanghai(moment).strftime(pattern) if moment is not None else ""


def day(value: date | None) -> str:
    """A business date, ISO as both languages read it."""
    return value.isoformat() if value is not None else ""


def weekday(value: date) -> str:
    """The short name of a day of the week."""
    return format_date(value, "EEE")


def near_day(value: date | None) -> str:
    """A day of these weeks as people say it: month, day and the day of the week."""
    return f"{value:%m-%d} {weekday(value)}" if value is not None else ""


def unit_word(unit: str) -> str:
    """A unit of the catalogue for whoever reads; catalogues are Chinese."""
    return word(UNITS[unit]) if unit in UNITS and current_language() == "en" else unit


def scores() -> list[tuple[str, str]]:
    """0 to 10, for the question of recommendation."""
    return [(str(mark), str(mark)) for mark in range(11)]


def named(people: Any) -> list[tuple[int, str]]:
    """(id, name) of people, for a select."""
    return [(person.id, person.name) for person in people]


def operations(found: Any) -> list[tuple[int, str]]:
    """(id, name with hours) of operations, for check-boxes."""
    return [(operation.id, f"{operation.name} · {format_hours(operation.hours_centi)} h") for operation in found]


def _may(permission: Permission) -> bool:
    """The question as a macro asks it, which does not see what its page was given."""
    if g.get("shared_fragment"):  # a fragment for many must not look at who happens to draw it
        raise LookupError("a macro in a shared fragment asks for a permission: hand it the answer")
    return bool(current_user.may(permission))


class _ShopName:
    """The shop's name for every page's head; read again after some seconds instead of with every page."""

    seconds = 5.0

    def __init__(self) -> None:
        self.value, self.read_at = "", float("-inf")

    def __call__(self) -> str:
        if time.monotonic() - self.read_at > self.seconds:
            self.value, self.read_at = settings.read(db.session(), "shop.name"), time.monotonic()
        return self.value


_ADDRESSES = {
    "home_url": "home.morning",
    "search_url": "home.search",
    "sign_out_url": "auth.sign_out",
    "language_url": "auth.change_language",
    "lock_url": "auth.lock",
}


def init_app(app: Flask) -> None:
    """Register filters and globals."""
    shop_name = _ShopName()
    fixed: dict[str, str] = {}
    app.add_template_filter(format_yuan, "yuan")
    app.add_template_filter(format_quantity, "quantity")
    app.add_template_filter(format_hours, "hours")
    app.add_template_filter(local, "local")
    app.add_template_filter(day, "day")
    app.add_template_filter(weekday, "weekday")
    app.add_template_filter(near_day, "near_day")
    app.add_template_filter(lambda moment: business_date(moment) if moment else None, "date_of")
    app.add_template_filter(unit_word, "unit_word")
    app.add_template_filter(labels.label, "label")
    app.add_template_filter(labels.tone, "tone")
    app.add_template_filter(labels.icon_name, "icon_name")
    app.add_template_filter(mask_phone, "mask_phone")
    app.add_template_filter(labels.badge, "badge")
    app.add_template_filter(labels.state_word, "state_word")
    app.add_template_filter(labels.reason_word, "reason_word")
    app.add_template_filter(refusal_of_move, "refusal_text")
    app.jinja_env.globals.update(
        labelled=labels.options,
        begin_form=begin_form,
        fault_of=fault_of,
        advisers_options=named,
        operation_options=operations,
        score_options=scores,
        new_key=new_key,
        csrf_token=csrf_token,
        P=Permission,
        may=_may,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def _page() -> dict[str, Any]:
        person = current_user._get_current_object()
        if not fixed:  # below the root of the server, as our cookies are: the same at every request
            fixed.update((name, url_for(endpoint)) for name, endpoint in _ADDRESSES.items())
        return {
            **fixed,
            "html_lang": "en" if current_language() == "en" else "zh-CN",
            # Not in the rail's own rendering, nor where nobody is signed in.
            "rail": lambda: navigation.rail(person) if person.is_authenticated else "",
            "may": person.may,
            "csrf_token": csrf_token,
            "shop_name": shop_name(),
            "refusal": refusal_text(),
            "refusal_field": refusal_field(),
            "now": clock().now(),
            "today": business_date(clock().now()),
            "is_htmx": "HX-Request" in request.headers,
            "product_name": word(N_("After-sales portal")),
        }
