"""The history's deeds at the reception: appointments and check-in."""

from __future__ import annotations

import random

from app.domain.demo.books import Books
from app.domain.demo.opening_days import DAY, day_text, stamp
from app.domain.demo.plan import Expected, Visit
from app.domain.repair_orders.states import DamageKind, OrderState
from app.kernel import audit

_MARKS = (DamageKind.SCRATCH, DamageKind.SCRATCH, DamageKind.SCRATCH, DamageKind.DENT, DamageKind.CRACK)
_NOTES = ("旧划痕", "轮毂擦伤", "前杠右角", "后门小坑", "")


class Reception:
    """What advisers do."""

    def __init__(self, books: Books, dice: random.Random) -> None:
        self.books, self.dice = books, dice

    def book(self, expected: Expected, at: int) -> None:
        """The appointment is made; its row says already how it ended."""
        books, car = self.books, expected.car
        expected.id = books.new_id("appointment")
        first = expected.moved_from or expected.slot
        books.appointments.append(
            (
                expected.id,
                books.number("AP", first // DAY),
                expected.slot_id,
                day_text(expected.slot // DAY),
                car.owner,
                car.id,
                expected.hours_centi,
                expected.wish,
                expected.state,
                stamp(at),
                2 + bool(expected.moved_from),
            )
        )
        self._changed(expected, at, "booked", now_at=stamp(first))

    def move(self, expected: Expected, at: int) -> None:
        """The customer asked for another day."""
        was, now = stamp(expected.moved_from), stamp(expected.slot)
        self._changed(expected, at, "moved", expected.reason, was, now)

    def end(self, expected: Expected, at: int) -> None:
        """Nobody came, or the customer called it off."""
        self._changed(expected, at, expected.state, expected.reason)

    def _changed(
        self,
        expected: Expected,
        at: int,
        what: str,
        reason: str = "",
        was_at: str | None = None,
        now_at: str | None = None,
    ) -> None:
        books, who = self.books, expected.booked_by
        books.changes.append(
            (
                books.new_id("appointment_change"),
                expected.id,
                what,
                reason,
                was_at,
                now_at,
                stamp(at),
                who.name,
            )
        )
        books.note(at, who, f"appointment.{what}", f"appointment:{expected.id}")

    def check_in(self, visit: Visit, at: int) -> None:
        """The walk-around; the order's row says already how it all ended."""
        books, car, who = self.books, visit.car, visit.adviser
        visit.id, visit.number = books.new_id("repair_order"), books.number("RO", at // DAY)
        details = audit.details_text({"number": visit.number})
        books.note(at, who, "order.open", f"order:{visit.id}", details)
        self._order(visit, at)
        reading = (books.new_id("mileage_reading"), car.id, visit.mileage_km, stamp(at), visit.number, "")
        books.readings.append(reading)
        self._walk_around(visit, at)
        expected = visit.arrival.expected
        if expected is not None:
            change = (expected.id, "arrived", visit.number, None, None, stamp(at), who.name)
            books.changes.append((books.new_id("appointment_change"), *change))
        books.move_order(visit, "check_in", at, who)

    def _order(self, visit: Visit, at: int) -> None:
        books, car, arrival = self.books, visit.car, visit.arrival
        visit.signature = books.signature(
            f"order:{visit.id}", visit.authorised, visit.adviser.name, f"{self.dice.getrandbits(160):040x}"
        )
        closed = OrderState.DELIVERED if visit.care.state == "due" else OrderState.CLOSED
        books.orders.append(
            (
                visit.id,
                visit.number,
                closed.value,
                visit.kind.value,
                car.id,
                car.owner,
                visit.adviser.id,
                arrival.expected.id if arrival.expected else None,
                arrival.comeback_of.id if arrival.comeback_of else None,
                visit.words,
                visit.mileage_km,
                visit.mileage_out_km,
                visit.old_parts,
                int(visit.waits),
                stamp(visit.first_promise),
                stamp(visit.promise.now if visit.promise else visit.first_promise),
                stamp(at),
                stamp(visit.authorised),
                stamp(visit.inspected),
                stamp(visit.settled),
                stamp(visit.delivered),
                visit.signature,
                10 + 2 * len(visit.tasks),
            )
        )

    def _walk_around(self, visit: Visit, at: int) -> None:
        books, dice, who = self.books, self.dice, visit.adviser
        marks = dice.choice((0, 0, 0, 1, 1, 2))
        signature = books.signature(f"order:{visit.id}", at, who.name, f"{dice.getrandbits(160):040x}")
        id_ = books.new_id("check_in")
        lights = "service" if "保养" in visit.words and dice.random() < 0.6 else ""
        percent = dice.choice((12, 25, 38, 50, 62, 75, 88, 100))
        books.check_ins.append(
            (
                id_,
                visit.id,
                visit.mileage_km,
                percent,
                lights,
                "",
                int(not marks),
                signature,
                visit.car.owner_name[:80],
                stamp(at),
                who.name,
            )
        )
        for _ in range(marks):
            place = (dice.randrange(100, 900), dice.randrange(80, 520), dice.choice(_MARKS).value, dice.choice(_NOTES))
            books.damages.append((books.new_id("damage"), id_, *place))
