"""A small shop for tests: a customer with a car, a catalogue, stock."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from datetime import timedelta

from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part, PartOrigin
from app.domain.customers.model import Customer, CustomerKind, CustomerPhone
from app.domain.repair_orders.model import RepairOrder
from app.domain.staff.model import CertificateKind
from app.domain.staff.pinyin import search_key
from app.domain.stock import operations as stock
from app.domain.suppliers.model import Supplier
from app.domain.vehicles.model import Vehicle
from app.extensions import db
from app.kernel.actor import SYSTEM
from app.kernel.clock import FixedClock
from app.kernel.unit_of_work import reading
from tests.support import cast
from tests.support.page_client import PageClient


@dataclass
class SmallShop:
    """Ids of what is in the shop."""

    customer: int
    vehicle: int
    service: int  # an operation of 0.80 h at 530 yuan: 424.00
    brakes: int  # 1.10 h at 530 yuan: 583.00
    high_voltage: int
    filter: int  # 198.00, three on the shelf
    pads: int  # 1,680.00, one on the shelf
    headlight: int  # none on the shelf


def open_small_shop(session: Session, clock: FixedClock) -> SmallShop:
    """Fill an empty database with a small shop and the whole cast."""
    for who in cast.PEOPLE:
        cast.person(session, who)
    now = clock.now()
    customer = Customer(
        number="KH000001",
        name="王志澜",
        pinyin=search_key("王志澜"),
        kind=CustomerKind.PRIVATE,
        created_at=now,
        phones=[CustomerPhone(number="19900001234")],
        address="上海市闵行区听澜路 1 号",
    )
    session.add(customer)
    session.flush()
    vehicle = Vehicle(
        plate="沪N0E116",
        vin="LE4ZG4CB3LL803910",
        vin_tail="803910",
        model="E 300 L",
        series="214",
        owner_id=customer.id,
        mileage_km=50_000,
        created_at=now,
    )
    operations = [
        _operation(clock, "00-2095", "A 类保养", 80),
        _operation(clock, "42-1180", "更换前制动片", 110),
        _operation(clock, "54-9310", "高压蓄电池绝缘检测", 130, CertificateKind.HIGH_VOLTAGE),
    ]
    parts = [_part(clock, "A2701800109", "机油滤清器", 19800), _part(clock, "A0004202105", "前制动片套件", 168000)]
    parts.append(_part(clock, "A2069005102", "前照灯模块", 698000))
    supplier = Supplier(name="主机厂配件中心", is_manufacturer=True, lead_days=4, created_at=now)
    session.add_all([vehicle, supplier, *operations, *parts])
    session.flush()
    for part in parts:
        part.supplier_id = supplier.id
    session.flush()
    place = stock.ensure_bin(session, "A-01-01")
    for part, quantity in ((parts[0], 3000), (parts[1], 1000)):
        stock.receive(
            session,
            SYSTEM,
            clock,
            part_id=part.id,
            bin_id=place.id,
            quantity_milli=quantity,
            value_fen=part.retail_fen // 2 * quantity // 1000,
            source="test",
            source_id=1,
        )
    session.commit()
    ids = [row.id for row in (customer, vehicle, *operations, *parts)]
    return SmallShop(*ids)


def _operation(
    clock: FixedClock, code: str, name: str, hours: int, certificate: CertificateKind | None = None
) -> Operation:
    return Operation(
        code=code,
        name=name,
        pinyin=search_key(name),
        hours_centi=hours,
        rate_fen=53000,
        certificate=certificate,
        created_at=clock.now(),
    )


def _part(clock: FixedClock, number: str, name: str, retail: int) -> Part:
    return Part(
        number=number,
        number_display=number,
        name=name,
        pinyin=search_key(name),
        origin=PartOrigin.GENUINE,
        unit="件",
        purchase_fen=retail * 2 // 3,
        retail_fen=retail,
        created_at=clock.now(),
    )


def signature() -> str:
    """A signature as the canvas sends it."""
    picture = Image.new("RGBA", (400, 120))
    ImageDraw.Draw(picture).line([(20, 90), (120, 20), (220, 100), (380, 30)], fill=(0, 0, 80, 255), width=5)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def photo(size: tuple[int, int] = (1200, 900)) -> io.BytesIO:
    """A photo as a tablet takes it."""
    out = io.BytesIO()
    Image.new("RGB", size, (120, 90, 60)).save(out, "JPEG")
    out.seek(0)
    return out


def version_in(html: str) -> str:
    """The version that the page's forms carry."""
    found = re.search(r'name="version" value="(\d+)"', html)
    assert found, "the page has no form with a version"
    return found[1]


class Floor:
    """A car's way through the shop by its forms, each step by whoever does it."""

    def __init__(self, client: PageClient, shop: SmallShop, clock: FixedClock) -> None:
        self.client, self.shop, self.clock = client, shop, clock
        self.number = ""

    @property
    def url(self) -> str:
        """The order's page."""
        return f"/orders/{self.number}"

    def page(self, who: str, path: str | None = None) -> str:
        """A page as ``who`` sees it."""
        return self.client.as_(who).get(path or self.url).get_data(as_text=True)

    def version(self, who: str = "adviser", path: str | None = None) -> str:
        """The order's version as ``who`` sees it now."""
        return version_in(self.page(who, path))

    def check_in(self, **fields: object) -> str:
        """Check the car in; returns the order's number."""
        promised = (self.clock.now() + timedelta(hours=14)).strftime("%Y-%m-%dT%H:%M")
        form = {
            "words": "保养，刹车有吱吱声",
            "mileage": "52000",
            "energy": "4",
            "signed_name": "王志澜",
            "signature": signature(),
            "promised_at": promised,
            "old_parts": "take",
            **fields,
        }
        answer = self.client.as_("adviser").post(f"/vehicles/{self.shop.vehicle}/check-in", form)
        self.number = answer.headers["Location"].rsplit("/", 1)[1]
        return self.number

    def add_job(self, operation: int, **fields: object) -> None:
        """Put a job on the order."""
        version = self.version()
        self.client.post(f"{self.url}/jobs", {"operation": operation, "version": version, **fields})

    def add_part(self, job: int, part: int, quantity: str = "1", **fields: object) -> None:
        """Put a part on a job."""
        version = self.version()
        self.client.post(
            f"{self.url}/jobs/{job}/parts", {"part": part, "quantity": quantity, "version": version, **fields}
        )

    def give_estimate(self) -> None:
        """The estimate is complete."""
        self.client.post(f"{self.url}/estimate", {"version": self.version()})

    def sign(self, answers: dict[int, str], **fields: object) -> None:
        """The customer answers on the tablet."""
        version = self.version("adviser", f"{self.url}/sign")
        form = {f"job-{job}": answer for job, answer in answers.items()}
        self.client.post(
            f"{self.url}/sign", {**form, "who": "王志澜", "signature": signature(), "version": version, **fields}
        )

    def assign(self, job: int, version: int, technician: int, **options: int) -> None:
        """Dispatch a job."""
        start = (self.clock.now() + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
        form = {"job": job, "technician": technician, "start": start, "version": version}
        self.client.as_("controller").post("/workshop/assign", form, **{"status": 204, **options})

    def order(self, _session: object = None) -> RepairOrder:
        """The order's row as it is in the database now, detached: a test holds no transaction open."""
        from app.domain.repair_orders.queries import order_by_number

        with self.client.app.app_context(), reading(), Session(db.engine) as session:
            row = order_by_number(session, self.number)
            session.expunge_all()
        return row
