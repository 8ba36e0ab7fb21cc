"""The one search field: plate, VIN or its last six, order number, telephone, name, pinyin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, union
from sqlalchemy.orm import Session, joinedload

from app.domain.customers.model import INITIALS, Customer, CustomerPhone
from app.domain.repair_orders.model import RepairOrder
from app.domain.vehicles.identity import normal_plate, normal_vin
from app.domain.vehicles.model import Vehicle
from app.kernel.fullwidth import to_ascii

LIMIT = 20
_LAST = "\U0010ffff"


@dataclass(slots=True)
class Found:
    """What a search found."""

    typed: str
    orders: Sequence[RepairOrder] = field(default_factory=list)
    vehicles: Sequence[Vehicle] = field(default_factory=list)
    customers: Sequence[Customer] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """True when there is no match at all."""
        return not (self.orders or self.vehicles or self.customers)

    @property
    def only(self) -> RepairOrder | Vehicle | None:
        """The single exact hit that can be opened at once."""
        if len(self.orders) == 1 and not self.vehicles:
            return self.orders[0]
        if len(self.vehicles) == 1 and not self.orders and not self.customers:
            return self.vehicles[0]
        return None


def search(session: Session, typed: str, *, people: bool = True) -> Found:
    """Everything that matches what was typed or scanned; ``people`` False leaves customers out."""
    text = to_ascii(typed).strip()[:80]
    found = Found(text)
    if len(text) < 2:
        return found
    number = re.search(r"RO-\d{6}-\d{4,6}", text.upper())
    if number:
        found.orders = _orders(session, number[0])
        return found
    compact = normal_vin(text)
    found.vehicles = _vehicles(session, normal_plate(text), compact)
    if people:
        found.customers = _customers(session, text)
    return found


def _orders(session: Session, number: str) -> Sequence[RepairOrder]:
    return session.scalars(
        select(RepairOrder)
        .where(RepairOrder.number == number)
        .options(joinedload(RepairOrder.vehicle), joinedload(RepairOrder.customer))
    ).all()


def _vehicles(session: Session, plate: str, vin: str) -> Sequence[Vehicle]:
    where: list[ColumnElement[bool]] = []
    if plate:
        where.append((Vehicle.plate >= plate) & (Vehicle.plate < plate + _LAST))
    if re.fullmatch(r"[A-Z0-9]{5,7}", plate):  # the plate without its province, as people say it
        where += [
            Vehicle.plate.in_(
                [province + plate for province in "沪京浙苏皖粤鲁闽川鄂湘津渝冀豫赣辽黑吉晋陕蒙贵云桂琼甘宁青新藏"]
            )
        ]
    if len(vin) == 17:
        where.append(Vehicle.vin == vin)
    elif len(vin) == 6:
        where.append(Vehicle.vin_tail == vin)
    if not where:
        return []
    return session.scalars(
        select(Vehicle).where(or_(*where)).options(joinedload(Vehicle.owner)).order_by(Vehicle.plate).limit(LIMIT)
    ).all()


def _first(key: Any, start: str) -> Select[int]:
    """The ids of the first customers whose ``key`` begins so, in the order of the key."""
    found = select(Customer.id).where(key >= start, key < start + _LAST, Customer.merged_into_id.is_(None))
    return select(found.order_by(key).limit(LIMIT).subquery().c.id)


def _customers(session: Session, text: str) -> Sequence[Customer]:
    where: ColumnElement[bool]
    digits = re.sub(r"[\s\-+()]", "", text)
    if digits.isascii() and digits.isdigit():
        if len(digits) < 4:
            return []
        holders = select(CustomerPhone.customer_id).where(
            CustomerPhone.number >= digits, CustomerPhone.number < digits + _LAST
        )
        where = Customer.id.in_(holders)
    elif text.isascii():
        typed = re.sub(r"[^a-z]", "", text.lower())
        if len(typed) < 2:
            return []
        # Full pinyin from the start, or initials: both stand in one column, divided by a blank.
        # Three look-ups in three indexes, each of them a page at most: one OR would read every customer.
        ranges = ((Customer.pinyin, typed), (INITIALS, f" {typed}"), (Customer.name, text))
        where = Customer.id.in_(union(*(_first(key, start) for key, start in ranges)))
    else:
        where = (Customer.name >= text) & (Customer.name < text + _LAST)
    return (
        session.scalars(
            select(Customer)
            .where(where, Customer.merged_into_id.is_(None))
            .options(joinedload(Customer.phones))
            .order_by(Customer.name, Customer.id)
            .limit(LIMIT)
        )
        .unique()
        .all()
    )
