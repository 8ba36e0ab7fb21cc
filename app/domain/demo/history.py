"""Years of finished orders, written in bulk: the same rows that the operations write, without asking each guard.

Day by day, every deed in the order of its moment, so that ids, numbers, stock and the audit chain grow as in a real shop.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from app.domain.billing.model import Settlement, Tender
from app.domain.catalogue.model import Part
from app.domain.customers.model import Customer, CustomerKind
from app.domain.demo import words
from app.domain.demo.agreements import Agreements
from app.domain.demo.at_reception import Reception
from app.domain.demo.at_the_till import Till
from app.domain.demo.books import Books
from app.domain.demo.clientele import LEAD, Clientele
from app.domain.demo.masters import Shop
from app.domain.demo.on_the_floor import Floor
from app.domain.demo.opening_days import DAY, is_open, stamp
from app.domain.demo.plan import Arrival, Car, PartFacts, Task, Visit, Who, WorkFacts
from app.domain.demo.planner import Crew, Planner
from app.domain.demo.shelf import Shelf
from app.domain.staff import settings
from app.domain.staff.model import Certificate, Role
from app.domain.stock import operations as stock
from app.domain.vehicles.model import Vehicle

Progress = Callable[[float], None]
# What a part on the shelf lasts for, in days of a shop with twelve cars a day.
_USUAL_CARS = 12


def write(
    session: Session,
    shop: Shop,
    until: date,
    *,
    days: int,
    orders_per_day: float,
    progress: Progress | None = None,
) -> int:
    """Write the finished orders of ``days`` before ``until``; returns how many.

    ``progress`` is told the share that is done, from 0 to 1. The same dice make the same history. The caller commits.
    """
    if days <= 0:
        return 0
    history = _History(session, shop, until.toordinal(), days, orders_per_day)
    history.run(progress or (lambda _share: None))
    return history.finished


class _History:
    """The shop through the days."""

    def __init__(self, session: Session, shop: Shop, until: int, days: int, orders_per_day: float) -> None:
        self.session, self.shop, self.until, self.first = session, shop, until, until - days
        self.finished = 0
        # Dice of its own: how many deeds the history has does not shift what today draws.
        dice = self.dice = random.Random(shop.dice.getrandbits(64))
        self.books = books = Books(session)
        people = {role: [Who(p.name, p.id, _via(role)) for p in staff] for role, staff in shop.staff.items()}
        self.advisers = people[Role.SERVICE_ADVISER]
        self.shelf = Shelf(books, dice, people[Role.PARTS_CLERK])
        self.reception, self.agreements = Reception(books, dice), Agreements(books, dice)
        self.floor = Floor(
            books,
            dice,
            self.shelf,
            people[Role.WORKSHOP_CONTROLLER],
            people[Role.PARTS_CLERK],
            people[Role.QUALITY_INSPECTOR],
        )
        self.till = Till(books, dice, people[Role.CASHIER], people[Role.CUSTOMER_CARE], people[Role.SERVICE_MANAGER])
        self.cars = _cars(session, dice)
        desks = settings.number(session, "reception.slot_capacity")
        self.clientele = Clientele(dice, self.cars, orders_per_day, until, desks)
        self.planner = Planner(dice, _crew(session, people), _work(shop), self._stock_parts(orders_per_day), until)
        self.capacity = len(people[Role.TECHNICIAN]) * settings.number(session, "workshop.hours_per_technician") * 100
        self.desks = desks
        self._arrivals: dict[int, list[Arrival]] = {}
        self._deeds: dict[int, list[tuple[int, int, Callable[..., None], tuple[Any, ...]]]] = {}
        self._deed = 0

    def _stock_parts(self, orders_per_day: float) -> dict[str, PartFacts]:
        found = {}
        for part, (*_rest, usual, code) in zip(self.shop.parts, words.PARTS, strict=True):
            facts = PartFacts(
                part.id,
                part.number_display,
                part.name,
                part.origin.value,
                part.unit,
                part.purchase_fen,
                part.retail_fen,
            )
            found[part.number] = facts
            place = stock.ensure_bin(self.session, code)
            self.shelf.add(facts, place.id, int(usual * 1000 * max(1.0, orders_per_day / _USUAL_CARS)))
        return found

    def run(self, progress: Progress) -> None:
        """Every day from the first to the last."""
        for day in range(self.first, min(self.first + LEAD, self.until)):
            self._expect(day)
        for day in range(self.first, self.until):
            if day + LEAD < self.until:
                self._expect(day + LEAD)
            self._live(day)
            if day < self.until - 2 * LEAD:  # the appointments of the last days may still be withdrawn
                self.books.write_when_full()
            progress((day - self.first + 1) / (self.until - self.first))
        self._close()

    def _expect(self, day: int) -> None:
        """Who will come on a day; the appointments are booked in the days before."""
        if not is_open(day):
            return
        slot_ids: dict[int, int] = {}

        def slot_id(starts: int) -> int:
            if starts not in slot_ids:
                slot_ids[starts] = self.books.new_id("reception_slot")
            return slot_ids[starts]

        arrivals, taken, missed = self.clientele.day(day, self.first, self.advisers, slot_id)
        self._arrivals.setdefault(day, []).extend(arrivals)
        places = dict(taken)
        for starts, id_ in slot_ids.items():
            number = (starts % DAY - 8 * 3600) // 1800
            self.books.slots.append((id_, stamp(starts), self.desks, places.get(number, 0)))
        booked = 0
        for arrival in arrivals:
            if arrival.expected is not None:
                booked += arrival.expected.hours_centi
                self._later(arrival.expected.booked_at, self.reception.book, arrival.expected)
                if arrival.expected.moved_at:
                    self._later(arrival.expected.moved_at, self.reception.move, arrival.expected)
        for expected in missed:
            self._later(expected.booked_at, self.reception.book, expected)
            self._later(expected.ended_at, self.reception.end, expected)
        if booked:
            self.books.days.append((date.fromordinal(day).isoformat(), max(self.capacity, booked), booked))

    def _later(self, at: int, deed: Callable[..., None], *facts: Any) -> None:
        """Keep a deed for its moment."""
        self._deed += 1
        self._deeds.setdefault(at // DAY, []).append((at, self._deed, deed, facts))

    def _live(self, day: int) -> None:
        """One day: the van, the cars that come, and everything that falls due, by the clock."""
        if is_open(day):
            self.shelf.morning(day)
        for arrival in sorted(self._arrivals.pop(day, []), key=lambda a: (a.at, a.car.id)):
            visit = self.planner.plan(arrival)
            if visit is not None:
                self._admit(visit)
            elif arrival.expected is not None:
                self._stay_away(arrival)
        for at, _, deed, facts in sorted(self._deeds.pop(day, []), key=lambda entry: entry[:2]):
            deed(facts[0], at, *facts[1:])

    def _admit(self, visit: Visit) -> None:
        """Put all deeds of a visit into the diary, in their order."""
        self.finished += 1
        self._read_mileage(visit)
        later, r, a, f, t = self._later, self.reception, self.agreements, self.floor, self.till
        later(visit.checked_in, r.check_in, visit)
        later(visit.estimated, a.estimate, visit)
        later(visit.authorised, a.authorise, visit)
        later(visit.dispatched, f.dispatch, visit)
        if visit.found:
            later(visit.found, a.report, visit)
            later(visit.priced, a.price, visit)
            later(visit.answered, a.answer, visit)
            later(visit.answered + 5, f.dispatch, visit)
        for task in visit.done():
            if task.lines:
                later(task.issued_at, f.issue, visit, task)
            self._clock(visit, task, task.stretches)
        if visit.promise:
            later(visit.promise.at, a.promise, visit)
        if visit.sent_back:
            later(visit.sent_back, f.send_back, visit)
            self._clock(visit, visit.done()[0], visit.reworked)
        later(visit.inspected, f.inspect, visit)
        later(visit.settled, t.settle, visit)
        if visit.credit:
            later(visit.delivered - 200, t.credit, visit)
        for payment in visit.payments:
            later(payment.at, t.pay, visit, payment)
        later(visit.delivered, t.deliver, visit)
        self._care(visit)

    def _clock(self, visit: Visit, task: Task, stretches: list[tuple[int, int, str | None]]) -> None:
        for begin, end, reason in stretches:
            self._later(begin, self.floor.start, visit, task)
            if reason is None:
                self._later(end, self.floor.finish, visit, task, begin)
            else:
                self._later(end, self.floor.pause, visit, task, begin, reason)

    def _care(self, visit: Visit) -> None:
        for made in visit.care.calls:
            self._later(made.at, self.till.call, visit, made)
        if visit.care.amends_at and not visit.care.open_action:
            self._later(visit.care.amends_at, self.till.amend, visit)
        again = self.planner.aftercare.comeback(visit)
        if again is not None:
            self._arrivals.setdefault(again.at // DAY, []).append(again)
        if visit.arrival.comeback_of is None:
            self.clientele.due_again(visit.car, visit.delivered // DAY)

    def _read_mileage(self, visit: Visit) -> None:
        car, day = visit.car, visit.arrival.at // DAY
        if not car.first_seen:
            age = self.dice.randrange(200, 1500)
            car.first_seen, car.first_km = day, age * car.km_per_day
            car.bought_on = day - age
        run = car.first_km + (day - car.first_seen) * car.km_per_day
        visit.mileage_km = max(car.km + self.dice.randrange(20, 90), run + self.dice.randrange(200))
        visit.mileage_out_km = visit.mileage_km + self.dice.choice((0, 1, 3, 4, 5))
        car.km = visit.mileage_km

    def _stay_away(self, arrival: Arrival) -> None:
        """An appointment of the last days whose work would not be over today: the customer did not come after all."""
        expected = arrival.expected
        assert expected is not None
        self.books.withdraw(expected)
        expected.state = "no_show"
        self._later(expected.slot + 3600, self.reception.end, expected)

    def _close(self) -> None:
        """What the years leave on the masters, the shelves and the counters."""
        for car in self.cars:
            self.books.put_off.extend((*row, None, "") for row in car.put_off.values())
        self.shelf.close()
        self.books.close()
        seen = [car for car in self.cars if car.first_seen]
        facts = [{"key": c.id, "km": c.km, "bought": date.fromordinal(c.bought_on)} for c in seen]
        _each(self.session, update(Vehicle), Vehicle.id, facts, mileage_km="km", purchased_on="bought")
        since: dict[int, int] = {}
        for car in seen:
            since[car.owner] = min(car.first_seen, since.get(car.owner, car.first_seen))
        facts = [{"key": owner, "day": date.fromordinal(day)} for owner, day in since.items()]
        _each(self.session, update(Customer), Customer.id, facts, customer_since="day")
        received = self.shelf.received_on()
        facts = [{"key": part, "day": date.fromordinal(day)} for part, day in received.items()]
        _each(self.session, update(Part), Part.id, facts, last_received_on="day")
        paid = select(func.coalesce(func.sum(Tender.amount_fen), 0)).where(Tender.settlement_id == Settlement.id)
        still_open = Settlement.total_fen - paid.correlate(Settlement).scalar_subquery()
        self.session.execute(  # no settlement of the history was ever reversed
            update(Settlement).values(open_fen=still_open).execution_options(synchronize_session=False)
        )
        self.session.expire_all()


def _each(session: Session, statement: Any, key: Any, facts: list[dict[str, Any]], **columns: str) -> None:
    """One UPDATE for each row, by its id."""
    if facts:
        values: dict[str, Any] = {name: bindparam(given) for name, given in columns.items()}
        session.connection().execute(statement.where(key == bindparam("key")).values(values), facts)


def _via(role: Role) -> str:
    """The floor signs in with a PIN at a terminal."""
    return "pin" if role in {Role.TECHNICIAN, Role.QUALITY_INSPECTOR} else "password"


def _cars(session: Session, dice: random.Random) -> list[Car]:
    rows = session.execute(
        select(Vehicle.id, Customer.id, Customer.name, Customer.kind, Vehicle.energy)
        .join(Customer, Customer.id == Vehicle.owner_id)
        .order_by(Vehicle.id)
    )
    return [
        Car(id_, owner, name, kind is CustomerKind.COMPANY, energy.value, dice.randrange(18, 72))
        for id_, owner, name, kind, energy in rows
    ]


def _crew(session: Session, people: dict[Role, list[Who]]) -> Crew:
    held: dict[int, set[str]] = {}
    for staff_id, kind in session.execute(select(Certificate.staff_id, Certificate.kind)):
        held.setdefault(staff_id, set()).add(kind.value)
    technicians = people[Role.TECHNICIAN]
    certificates = {who.id or 0: frozenset(held.get(who.id or 0, ())) for who in technicians}
    return Crew(people[Role.SERVICE_ADVISER], technicians, certificates, {who.id or 0: 0 for who in technicians})


def _work(shop: Shop) -> dict[str, WorkFacts]:
    return {
        o.code: WorkFacts(
            o.id, o.code, o.name, o.hours_centi, o.rate_fen, o.certificate.value if o.certificate else None
        )
        for o in shop.operations
    }
