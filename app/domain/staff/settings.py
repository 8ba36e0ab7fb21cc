"""The shop's settings with their defaults and the ranges that make sense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.staff.model import ShopSetting
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: its label, its default, and for numbers the range that makes sense."""

    label: str
    default: str
    lowest: int | None = None
    highest: int | None = None


SETTINGS: dict[str, Setting] = {
    "shop.name": Setting(N_("Shop's name"), "星辉汽车服务有限公司"),
    "shop.address": Setting(N_("Address"), "上海市闵行区沪闵路 1 号"),
    "shop.phone": Setting(N_("Telephone"), "021-60000000"),
    "shop.licence": Setting(N_("Business licence number"), ""),
    "reception.opens": Setting(N_("Opens at (hour)"), "8", 0, 23),
    "reception.closes": Setting(N_("Closes at (hour)"), "18", 1, 24),
    "reception.slot_minutes": Setting(N_("Minutes per reception slot"), "30", 5, 120),
    "reception.slot_capacity": Setting(N_("Cars per reception slot"), "3", 1, 50),
    "workshop.hours_per_technician": Setting(N_("Sellable hours per technician and day"), "7", 1, 16),
    "approval.link_hours": Setting(N_("An approval link is valid for (hours)"), "72", 1, 720),
    "purchasing.price_change_percent": Setting(
        N_("Prices of a list that move by more per cent wait for a decision"), "10", 0, 1000
    ),
    "pickup.days": Setting(N_("Reserved accessories are held for (days)"), "3", 1, 30),
    "tools.loan_days": Setting(N_("Borrowed tools are due back after (days, 0: the same evening)"), "0", 0, 30),
    "stock.obsolete_days": Setting(N_("Stock without demand is obsolete after (days)"), "365", 30, 3650),
    "stock.recount_percent": Setting(N_("Stock-take: count again above a difference of (per cent)"), "5", 0, 100),
    "stock.recount_yuan": Setting(N_("Stock-take: count again above a difference of (yuan)"), "200", 0, 99_999),
    "stock.variance_yuan": Setting(N_("Stock-take: the service manager approves above (yuan)"), "500", 0, 99_999),
    "care.follow_up_days": Setting(N_("Follow-up call after (days)"), "3", 1, 30),
}


def read(session: Session, key: str) -> str:
    """A setting as text; its default when the shop has not set it."""
    stored = session.get(ShopSetting, key)
    return stored.value if stored is not None else SETTINGS[key].default


def number(session: Session, key: str) -> int:
    """A numeric setting."""
    return int(read(session, key))


def read_all(session: Session) -> dict[str, str]:
    """Every setting with its present value."""
    stored = {row.key: row.value for row in session.scalars(select(ShopSetting))}
    return {key: stored.get(key, setting.default) for key, setting in SETTINGS.items()}


def change(session: Session, actor: Actor, clock: Clock, values: Mapping[str, Any]) -> None:
    """Set settings; raises :class:`InvalidInput` naming the field for an unknown key or a value out of range."""
    actor.require(Permission.SETTINGS_EDIT)
    for key, raw in values.items():
        setting = SETTINGS[key]
        value = str(raw).strip()
        if len(value) > 200:
            raise InvalidInput(N_("Take at most 200 characters."), field=key)
        if setting.lowest is not None and setting.highest is not None:
            if not (value.isascii() and value.isdigit() and len(value) < 6):
                raise InvalidInput(N_("A whole number is needed here."), field=key)
            if not setting.lowest <= int(value) <= setting.highest:
                raise InvalidInput(
                    N_("Take a number from %(lowest)s to %(highest)s."),
                    field=key,
                    lowest=setting.lowest,
                    highest=setting.highest,
                )
        row = session.get(ShopSetting, key)
        if row is None:
            session.add(ShopSetting(key=key, value=value, changed_at=clock.now(), changed_by=actor.staff_id))
        elif row.value != value:
            row.value, row.changed_at, row.changed_by = value, clock.now(), actor.staff_id
        else:
            continue
        audit.record(session, actor, clock, "setting.change", f"setting:{key}", value=value)
