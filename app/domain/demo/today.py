"""A day in full swing, made by the same operations as a real one, under a clock that is moved along."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.appointments import operations as appointments
from app.domain.billing import operations as billing
from app.domain.billing.model import TenderMethod
from app.domain.care import operations as care
from app.domain.catalogue.model import Operation, Part
from app.domain.customers.model import Customer
from app.domain.demo import words
from app.domain.demo.masters import Shop, acting
from app.domain.files.model import FileKind, StoredFile
from app.domain.repair_orders import approvals, findings, lines, parts
from app.domain.repair_orders import check_in as arrivals
from app.domain.repair_orders.check_in import Mark, WalkAround
from app.domain.repair_orders.facts import order_facts
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.moves import move_order
from app.domain.repair_orders.states import Answer, AnsweredBy, DamageKind, OldParts, Payer
from app.domain.staff.model import Role
from app.domain.vehicles.model import Vehicle
from app.domain.workshop import operations as workshop
from app.domain.workshop.model import PauseReason
from app.kernel.clock import FixedClock, at_shop, business_date
from app.kernel.errors import DomainError

# How far each of today's cars has come.
STAGES = (
    "checked_in",
    "estimated",
    "authorised",
    "authorised",
    "authorised",
    "dispatched",
    "dispatched",
    "dispatched",
    "working",
    "working",
    "paused",
    "finding",
    "work_done",
    "work_done",
    "inspected",
    "settled",
    "delivered",
    "delivered",
)
# Operations that go together, by code, with the part numbers they take and how many of each.
WORK = (
    (("00-2095",), (("A2701800109", 1000), ("A0009898009", 6500), ("N0000000048", 1000))),
    (("00-2096",), (("A2701800109", 1000), ("A0009898009", 7000), ("A2058350147", 1000))),
    (("42-1180",), (("A0004202105", 1000),)),
    (("83-5510",), (("A2058350147", 1000),)),
    (("40-3210",), ()),
    (("54-7522",), ()),
    (("82-4110",), (("A2058201645", 1000),)),
    (("54-1010",), (("A0009823308", 1000),)),
    (("42-0160",), (("A0009890807", 1000),)),
)
SHORT_WORK = (("82-1050",), (("A2069005102", 1000),))


def open_day(session: Session, shop: Shop, now: datetime, opens: int = 8, *, delivered: bool = True) -> None:
    """Today's cars at every stage since ``opens`` o'clock, tomorrow's appointments, and calls that are due.

    ``delivered`` makes the deliveries behind those calls, for a shop without a history.
    """
    session.flush()
    day = business_date(now)
    # Whoever opens the demo in the afternoon sees a day going well, not one in which every promise has passed.
    start = max(at_shop(day, time(opens)), now - timedelta(hours=2, minutes=30))
    clock = FixedClock(min(start, now))
    cars = shop.dice.sample(shop.vehicles, len(STAGES) + 24)
    gap = max(timedelta(0), min(timedelta(minutes=7), (now - start) / len(STAGES)))
    for number, stage in enumerate(STAGES):
        clock.at = min(now, start + gap * number)
        _Car(session, shop, clock, cars[number], number, now).bring_to(stage)
    _appointments(session, shop, clock, cars[len(STAGES) :], now, opens)
    if delivered:
        _past_deliveries(session, shop, day, now)


class _Car:
    """One car's way through the demo day."""

    def __init__(
        self, session: Session, shop: Shop, clock: FixedClock, car: tuple[int, int, str], number: int, now: datetime
    ) -> None:
        self.session, self.shop, self.clock, self.now, self.number = session, shop, clock, now, number
        self.vehicle = session.get_one(Vehicle, car[0])
        self.customer = session.get_one(Customer, car[1])
        crew = shop.staff
        advisers = crew[Role.SERVICE_ADVISER]
        self.adviser = acting(advisers[number % len(advisers)])
        self.controller, self.cashier = acting(crew[Role.WORKSHOP_CONTROLLER][0]), acting(crew[Role.CASHIER][0])
        self.inspector, self.clerk = acting(crew[Role.QUALITY_INSPECTOR][0]), acting(crew[Role.PARTS_CLERK][0])
        self.technician = crew[Role.TECHNICIAN][number % len(crew[Role.TECHNICIAN])]
        self.order: RepairOrder | None = None

    def bring_to(self, stage: str) -> None:
        """Do what happens to a car until it stands at ``stage``."""
        steps = [
            "checked_in",
            "estimated",
            "authorised",
            "dispatched",
            "working",
            "work_done",
            "inspected",
            "settled",
            "delivered",
        ]
        aim = {"paused": "working", "finding": "working"}.get(stage, stage)
        for step in steps[: steps.index(aim) + 1]:
            getattr(self, f"_{step}")()
            self.session.flush()
        if stage == "paused":
            workshop.pause_job(self.session, acting(self.technician), self.clock, self._open.jobs[0], PauseReason.PARTS)
        if stage == "finding":
            self._finding()
        self.session.flush()

    @property
    def _open(self) -> RepairOrder:
        assert self.order is not None
        return self.order

    def _signature(self) -> StoredFile:
        """A signature whose picture is not kept: the demo's customers do not exist."""
        number = self.shop.dice.getrandbits(160)
        file = StoredFile(
            kind=FileKind.SIGNATURE,
            name=f"{number:040x}",
            media_type="image/png",
            sha256="0" * 64,
            size=0,
            subject=f"customer:{self.customer.id}",
            stored_at=self.clock.now(),
            stored_by=self.adviser.name,
        )
        self.session.add(file)
        self.session.flush()
        return file

    def _checked_in(self) -> None:
        dice = self.shop.dice
        km = (self.vehicle.mileage_km or 20_000) + dice.randrange(500, 9000)
        marks = (
            [Mark(dice.randrange(100, 900), dice.randrange(80, 520), DamageKind.SCRATCH, "旧划痕")]
            if dice.random() < 0.5
            else []
        )
        hours = (2, 3, 4, 6, 8)[self.number % 5]
        self.order = arrivals.check_in(
            self.session,
            self.adviser,
            self.clock,
            self.vehicle,
            self.customer,
            WalkAround(
                words=words.COMPLAINTS[self.number % len(words.COMPLAINTS)],
                mileage_km=km,
                energy_percent=dice.choice((25, 50, 75, 88)),
                old_parts=dice.choice((OldParts.TAKE, OldParts.WAIVE)),
                customer_waits=dice.random() < 0.3,
                promised_at=self.clock.now() + timedelta(hours=hours),
                damages=marks,
                signed_name=self.customer.name[:80],
            ),
            signature=self._signature(),
        )

    def _estimated(self) -> None:
        codes, numbers = SHORT_WORK if self.number in (4, 10) else WORK[self.number % len(WORK)]
        job = None
        for code in codes:
            operation = self.session.scalars(select(Operation).where(Operation.code == code)).one()
            payer = Payer.WARRANTY if self.number % 9 == 8 else Payer.CUSTOMER
            job = lines.add_job(self.session, self.adviser, self.clock, self._open, operation, payer=payer)
        for number, milli in numbers:
            part = self.session.scalars(select(Part).where(Part.number == number)).one()
            assert job is not None
            lines.add_part(self.session, self.adviser, self.clock, job, part, milli)
        self.session.flush()
        move_order(self.session, self.adviser, self.clock, self._open, "estimate", order_facts(self._open))

    def _authorised(self) -> None:
        question, _token = approvals.ask(self.session, self.adviser, self.clock, self._open)
        self.session.flush()
        approvals.answer(
            self.session,
            self.adviser,
            self.clock,
            question,
            {job.id: Answer.APPROVED for job in self._open.jobs},
            how=AnsweredBy.TABLET,
            who=self.customer.name,
            signature=self._signature(),
        )

    def _dispatched(self) -> None:
        at = self.clock.now() + timedelta(minutes=30 * (self.number % 4))
        start = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
        for job in self._open.jobs:
            workshop.assign(self.session, self.controller, self.clock, job, job.version, self.technician, start)

    def _working(self) -> None:
        for line in self._open.part_lines:
            if line.reserved_milli >= line.quantity_milli:
                parts.issue_line(self.session, self.clerk, self.clock, line, line.quantity_milli)
        self.session.flush()
        running = workshop.open_clock(self.session, self.technician.id)
        if running is not None:  # the crew is small: somebody else takes this car
            self.technician = next(
                t for t in self.shop.staff[Role.TECHNICIAN] if workshop.open_clock(self.session, t.id) is None
            )
            for job in self._open.jobs:
                start = job.planned_start_at or self.clock.now()
                workshop.assign(self.session, self.controller, self.clock, job, job.version, self.technician, start)
                self.session.flush()
        workshop.start_job(self.session, acting(self.technician), self.clock, self._open.jobs[0])

    def _work_done(self) -> None:
        self.clock.advance(timedelta(minutes=1))
        workshop.finish_job(self.session, acting(self.technician), self.clock, self._open.jobs[0])

    def _inspected(self) -> None:
        verdicts = {job.id: (True, "") for job in self._open.jobs}
        workshop.inspect_order(
            self.session,
            self.inspector,
            self.clock,
            self._open,
            self._open.version,
            verdicts,
            road_test_km=4,
            mileage_out_km=(self._open.mileage_in_km or 0) + 4,
            remark="",
        )

    def _settled(self) -> None:
        billing.settle(self.session, self.cashier, self.clock, self._open, self._open.version)

    def _delivered(self) -> None:
        for settlement in billing.of_order(self.session, self._open.id):
            left = billing.open_amount(settlement)
            if left > 0 and settlement.on_credit_at is None:
                billing.take_tender(
                    self.session, self.cashier, self.clock, settlement.id, TenderMethod.WECHAT, left, "4200000000"
                )
        order = self.session.get_one(RepairOrder, self._open.id)
        care.hand_over(
            self.session, self.adviser, self.clock, order, order.version, explained=True, old_parts_given=True
        )

    def _finding(self) -> None:
        text = words.FINDINGS[self.number % len(words.FINDINGS)]
        findings.report_finding(
            self.session, acting(self.technician), self.clock, self._open, words=text, urgent=True, photo=None
        )


def _appointments(
    session: Session, shop: Shop, clock: FixedClock, cars: list[tuple[int, int, str]], now: datetime, opens: int
) -> None:
    """Appointments of the rest of today and of the next days."""
    adviser = acting(shop.staff[Role.SERVICE_ADVISER][0])
    clock.at = now
    day, booked = business_date(now), 0
    for number, (vehicle_id, owner_id, _series) in enumerate(cars):
        on = day + timedelta(days=number % 4)
        at = at_shop(on, time(opens + 1 + number % 8, 30 * (number // 8 % 2)))
        if at <= now:
            continue
        try:
            appointments.book(
                session,
                adviser,
                clock,
                starts_at=at,
                customer=session.get_one(Customer, owner_id),
                vehicle=session.get_one(Vehicle, vehicle_id),
                hours_centi=shop.dice.choice((100, 150, 200, 300)),
                wish=words.COMPLAINTS[number % len(words.COMPLAINTS)],
            )
        except DomainError:  # a full slot: the next car takes another one
            continue
        booked += 1


def _past_deliveries(session: Session, shop: Shop, day: date, now: datetime) -> None:
    """Cars of the last days whose follow-up call is due today."""
    for number in range(4):
        clock = FixedClock(at_shop(day - timedelta(days=3 + number % 2), time(9 + number)))
        car = shop.dice.choice(shop.vehicles)
        _Car(session, shop, clock, car, 4 * number + 20, now).bring_to("delivered")
