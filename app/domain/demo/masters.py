"""The demo shop before its first order: people, certificates, customers, cars, catalogue, stock."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part, PartOrigin
from app.domain.customers.model import Customer, CustomerKind, CustomerPhone
from app.domain.demo import words
from app.domain.staff.model import Certificate, CertificateKind, Language, Role, ShopSetting, Staff, StaffRole
from app.domain.staff.pinyin import search_key
from app.domain.suppliers.model import Supplier
from app.domain.vehicles.model import Energy, Vehicle
from app.kernel.actor import Actor
from app.kernel.clock import business_date
from app.kernel.money import split_vat
from app.kernel.permission import Permission

_VIN_VALUES = {**{str(d): d for d in range(10)}, **dict(zip("ABCDEFGH", range(1, 9), strict=True))}
_VIN_VALUES |= {**dict(zip("JKLMN", range(1, 6), strict=True)), "P": 7, "R": 9}
_VIN_VALUES |= dict(zip("STUVWXYZ", range(2, 10), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
CHUNK = 2000


@dataclass
class Shop:
    """What the order generator draws from."""

    dice: random.Random
    opened_at: datetime
    staff: dict[Role, list[Staff]] = field(default_factory=dict)
    customers: int = 0
    vehicles: list[tuple[int, int, str]] = field(default_factory=list)  # id, owner, series
    operations: list[Operation] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


def acting(person: Staff) -> Actor:
    """The person with every permission: the demo's history is written by the house, not by roles."""
    return Actor(name=person.name, staff_id=person.id, permissions=frozenset(Permission))


def vin(dice: random.Random) -> str:
    """A made-up VIN of a car made in China, with its check digit."""
    body = "LE4" + "".join(dice.choice("WZGHLM0123456789") for _ in range(5)) + "0" + dice.choice("KLMNPR") + "L"
    body += f"{dice.randrange(10**6):06d}"
    total = sum(_VIN_VALUES[char] * weight for char, weight in zip(body, _VIN_WEIGHTS, strict=True))
    return body[:8] + "0123456789X"[total % 11] + body[9:]


def plate(dice: random.Random, energy: str) -> str:
    """A made-up Shanghai plate: eight characters for new energy."""
    if energy != "fuel":
        return f"沪A{'D' if energy == 'electric' else 'F'}{dice.randrange(10**5):05d}"
    return (
        "沪"
        + dice.choice("ABCDEFGHJKLMN")
        + "".join(dice.choice("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(2))
        + f"{dice.randrange(1000):03d}"
    )


def person_name(dice: random.Random) -> str:
    """A made-up name."""
    return dice.choice(words.SURNAMES) + dice.choice(words.GIVEN)


def hire_everybody(
    session: Session, shop: Shop, password_hash: str, pin_hash: str, *, orders_per_day: float = 12
) -> None:
    """One person per role and a crew that can do ``orders_per_day``; everybody has the demo secrets."""
    for login, name, role, has_pin in (*words.STAFF, *_more_staff(orders_per_day)):
        member = Staff(
            login=login,
            name=name,
            pinyin=search_key(name),
            language=Language.CHINESE,
            password_hash=password_hash,
            pin_hash=pin_hash if has_pin else None,
            joined_on=business_date(shop.opened_at),
            created_at=shop.opened_at,
            roles=[StaffRole(role=Role(role))],
        )
        session.add(member)
        shop.staff.setdefault(Role(role), []).append(member)
    session.flush()
    today = business_date(shop.opened_at)
    crew = shop.staff[Role.TECHNICIAN]
    held = (
        (CertificateKind.HIGH_VOLTAGE, len(crew) // 2),
        (CertificateKind.AIR_CONDITIONING, len(crew) * 2 // 3),
        (CertificateKind.DIAGNOSIS, len(crew)),
    )
    for kind, count in held:
        for member in crew[:count]:
            session.add(
                Certificate(
                    staff_id=member.id,
                    kind=kind,
                    number=f"DEMO-{kind.value[:2].upper()}{member.id:04d}",
                    issued_on=today,
                    expires_on=today + timedelta(days=365 * 40),
                )
            )
    desks = len(shop.staff[Role.SERVICE_ADVISER])
    if desks > 3:
        session.add(ShopSetting(key="reception.slot_capacity", value=str(desks), changed_at=shop.opened_at))
    session.flush()


def _more_staff(orders_per_day: float) -> list[tuple[str, str, str, bool]]:
    """(login, name, role, has a PIN) of those whom a bigger shop needs besides ``words.STAFF``."""
    dice, taken = random.Random("crew"), {name for _, name, _, _ in words.STAFF}
    found = []
    for role, prefix, has_pin, cars in words.CREW:
        have = sum(1 for *_, other, _ in words.STAFF if other == role)
        for number in range(have + 1, math.ceil(orders_per_day / cars) + 1):
            name = person_name(dice)
            while name in taken:
                name = person_name(dice)
            taken.add(name)
            found.append((f"{prefix}{number}", name, role, has_pin))
    return found


def fill_catalogue(session: Session, shop: Shop) -> None:
    """Operations and parts; purchase prices a third below retail."""
    for code, name, hours, rate, series, certificate in words.OPERATIONS:
        shop.operations.append(
            Operation(
                code=code,
                name=name,
                pinyin=search_key(name),
                hours_centi=hours,
                rate_fen=rate,
                series=series,
                certificate=CertificateKind(certificate) if certificate else None,
                created_at=shop.opened_at,
            )
        )
    suppliers = _suppliers(session, shop)
    for display, name, unit, retail, _stocked, _bin in words.PARTS:
        local = any(word in name for word in words.OF_LOCAL_TRADE)
        shop.parts.append(
            Part(
                number=display.replace(" ", ""),
                number_display=display,
                name=name,
                pinyin=search_key(name),
                origin=PartOrigin.GENUINE,
                unit=unit,
                purchase_fen=retail * 2 // 3,
                retail_fen=retail,
                supplier_name=suppliers[local].name,
                supplier_id=suppliers[local].id,
                created_at=shop.opened_at,
            )
        )
    session.add_all([*shop.operations, *shop.parts])
    session.flush()


def _suppliers(session: Session, shop: Shop) -> tuple[Supplier, Supplier]:
    """The manufacturer's parts centre and the trade in town."""
    found = (
        Supplier(
            name=words.MANUFACTURER,
            contact="配件订货热线",
            phone="400-0000-186",
            is_manufacturer=True,
            lead_days=4,
            order_cycle_days=7,
            created_at=shop.opened_at,
        ),
        Supplier(
            name=words.LOCAL_TRADE,
            contact="孙经理",
            phone="021-5550-0173",
            address="上海市嘉定区曹安公路 1900 号",
            lead_days=2,
            order_cycle_days=7,
            minimum_order_fen=100_000,
            created_at=shop.opened_at,
        ),
    )
    session.add_all(found)
    session.flush()
    return found


def net_cost(purchase_fen: int, quantity_milli: int) -> int:
    """Cost of a quantity in fen without VAT."""
    return split_vat(purchase_fen)[0] * quantity_milli // 1000


def fill_archive(session: Session, shop: Shop, count: int) -> None:
    """``count`` customers with one car each, and some firms with three."""
    dice, day = shop.dice, business_date(shop.opened_at)
    weights = [share for *_, share in words.MODELS]
    next_vehicle = 1
    plates: set[str] = set()
    vins: set[str] = set()
    for start in range(0, count, CHUNK):
        customers, phones, vehicles = [], [], []
        for number in range(start + 1, min(start + CHUNK, count) + 1):
            firm = dice.random() < 0.12
            name = f"上海{dice.choice(words.FIRMS)}{dice.choice(words.TRADES)}有限公司" if firm else person_name(dice)
            kind = CustomerKind.COMPANY if firm else CustomerKind.VIP if dice.random() < 0.04 else CustomerKind.PRIVATE
            customers.append(
                {
                    "id": number,
                    "number": f"KH{number:06d}",
                    "name": name,
                    "pinyin": search_key(name),
                    "kind": kind,
                    "contact_name": person_name(dice) if firm else "",
                    "address": f"上海市{dice.choice(words.DISTRICTS)}{dice.choice(words.ROADS)}{dice.randrange(1, 900)} 号",
                    "grade": dice.choice("AABBBBCC"),
                    "credit_limit_fen": 5_000_000 if firm else 0,
                    "customer_since": day,
                    "created_at": shop.opened_at,
                    "version": 1,
                }
            )
            # 199 0000 xxxx style numbers of the demo cannot be mistaken for somebody's.
            phones.append({"customer_id": number, "number": f"1990{dice.randrange(10**7):07d}", "label": "mobile"})
            for _ in range(dice.choice((2, 3)) if firm else 1):
                model, series, energy, _share = dice.choices(words.MODELS, weights)[0]
                car_vin, car_plate = vin(dice), plate(dice, energy)
                while car_vin in vins or car_plate in plates:
                    car_vin, car_plate = vin(dice), plate(dice, energy)
                vins.add(car_vin)
                plates.add(car_plate)
                vehicles.append(
                    {
                        "id": next_vehicle,
                        "vin": car_vin,
                        "vin_tail": car_vin[-6:],
                        "plate": car_plate,
                        "model": model,
                        "series": series,
                        "energy": Energy(energy),
                        "colour": dice.choice(words.COLOURS),
                        "engine_no": f"{dice.randrange(10**8):08d}",
                        "purchased_on": day - timedelta(days=dice.randrange(60, 2400)),
                        "owner_id": number,
                        "insurance_expires_on": day + timedelta(days=dice.randrange(1, 365)),
                        "inspection_expires_on": day + timedelta(days=dice.randrange(1, 700)),
                        "mileage_km": dice.randrange(3000, 120000),
                        "created_at": shop.opened_at,
                        "version": 1,
                    }
                )
                shop.vehicles.append((next_vehicle, number, series))
                next_vehicle += 1
        session.execute(insert(Customer), customers)
        session.execute(insert(CustomerPhone), phones)
        session.execute(insert(Vehicle), vehicles)
    shop.customers = count
    _advance_sequences(session)


def _advance_sequences(session: Session) -> None:
    """On PostgreSQL, ids given by hand leave the sequences behind: move them on."""
    if session.get_bind().dialect.name != "postgresql":
        return
    from sqlalchemy import func, text

    for model in (Customer, Vehicle):
        highest = session.execute(select(func.max(model.id))).scalar_one() or 1
        sequence = f"SELECT setval(pg_get_serial_sequence('{model.__tablename__}', 'id'), :n)"
        session.execute(text(sequence), {"n": highest})
