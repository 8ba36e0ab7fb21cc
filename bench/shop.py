"""The shop that is measured: the demo shop, and a full day on its board, written by the operations themselves.

Run as ``python -m bench.shop FOLDER``; prints as JSON what the sections need to know.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

CARS = 36  # orders besides those of the demo day: about fifty are open
DISPATCHED = 20  # of them have a technician and a time: bars on the lanes; the others wait as cards beside them


@dataclass(frozen=True, slots=True)
class Shop:
    """What the sections need to know of the shop."""

    login: str
    password: str
    order: str  # the number of an order with several jobs and parts
    printed: str  # the number of an order whose job card is one page
    searches: list[str]
    vehicles: list[int]  # cars that have an owner and no open order
    operations: list[int]
    technicians: list[int]
    moved_job: int  # a dispatched job that may be moved on the board
    parts: list[int]


def fill() -> Shop:
    """Fill the empty shop of ``PORTAL_DATA``."""
    from flask_migrate import upgrade

    from app import create_app
    from app.demo import fill as fill_demo
    from app.extensions import db

    app = create_app()
    with app.app_context():
        upgrade()
        session = db.session()
        fill_demo(session)
        session.commit()
        shop = _Day(session).write()
        session.commit()
    return shop


class _Day:
    """A day as full as a board can be."""

    def __init__(self, session: Any) -> None:
        from sqlalchemy import select

        from app.domain.catalogue.model import Operation, Part
        from app.domain.repair_orders.model import RepairOrder
        from app.domain.staff.model import Role, Staff, StaffRole
        from app.domain.vehicles.model import Vehicle
        from app.kernel.actor import Actor
        from app.kernel.clock import SystemClock
        from app.kernel.permission import Permission

        self.session, self.clock = session, SystemClock()
        adviser = session.scalars(select(Staff).where(Staff.login == "adviser")).one()
        self.adviser = Actor(name=adviser.name, staff_id=adviser.id, permissions=frozenset(Permission))
        in_shop = select(RepairOrder.vehicle_id)
        self.cars = session.scalars(
            select(Vehicle)
            .where(Vehicle.owner_id.is_not(None), Vehicle.id.not_in(in_shop), Vehicle.plate != "")
            .order_by(Vehicle.id)
        ).all()
        self.operations = session.scalars(
            select(Operation).where(Operation.certificate.is_(None), Operation.active).order_by(Operation.id)
        ).all()
        self.parts = session.scalars(select(Part).order_by(Part.id)).all()
        self.technicians = session.scalars(
            select(Staff).join(StaffRole).where(StaffRole.role == Role.TECHNICIAN).order_by(Staff.id)
        ).all()

    def write(self) -> Shop:
        """The orders; the last one is the long one."""
        from app.demo import PASSWORD
        from app.domain.workshop import operations as workshop

        moved = 0
        for number in range(CARS):
            order = self._order(number, jobs=1, parts=1)
            if number < DISPATCHED:
                person = self.technicians[number % len(self.technicians)]
                job = order.jobs[0]
                workshop.assign(self.session, self.adviser, self.clock, job, job.version, person, self._start(number))
                self.session.flush()
                moved = moved or job.id
        printed = self._order(CARS, jobs=2, parts=3).number
        long = self._order(CARS + 1, jobs=4, parts=8).number
        names = [car.owner.name for car in self.cars[:40:20]]
        return Shop(
            login="manager",
            password=PASSWORD,
            order=long,
            printed=printed,
            searches=[self.cars[0].plate[:2], "wang", names[0], self.cars[1].plate[:3], "li", names[1]],
            vehicles=[car.id for car in self.cars[CARS + 2 :]],
            operations=[operation.id for operation in self.operations[:3]],
            technicians=[person.id for person in self.technicians],
            moved_job=moved,
            parts=[part.id for part in self.parts[:3]],
        )

    def _start(self, number: int) -> datetime:
        """A quarter of an hour from now on, spread over four hours."""
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        quarter = now - timedelta(minutes=now.minute % 15)
        return quarter + timedelta(minutes=15 + 15 * (number * 5 % 16))

    def _order(self, number: int, *, jobs: int, parts: int) -> Any:
        """An order that its customer has signed, with ``parts`` spread over its ``jobs``."""
        from app.domain.repair_orders import approvals, lines
        from app.domain.repair_orders.check_in import open_order
        from app.domain.repair_orders.facts import order_facts
        from app.domain.repair_orders.moves import move_order
        from app.domain.repair_orders.states import Answer, AnsweredBy, RepairKind

        session, who, clock, car = self.session, self.adviser, self.clock, self.cars[number]
        order = open_order(session, who, clock, car, car.owner, "保养，刹车有吱吱声", RepairKind.MINOR)
        move_order(session, who, clock, order, "check_in")
        lines.promise(session, who, clock, order, clock.now() + timedelta(hours=3 + number % 7), "")
        done = [
            lines.add_job(session, who, clock, order, self.operations[(number + i) % len(self.operations)])
            for i in range(jobs)
        ]
        for i in range(parts):
            lines.add_part(session, who, clock, done[i % jobs], self.parts[(number + i) % len(self.parts)], 1000)
        move_order(session, who, clock, order, "estimate", order_facts(order))
        question, _token = approvals.ask(session, who, clock, order)
        answers = {line.job_id: Answer.APPROVED for line in question.lines}
        approvals.answer(
            session,
            who,
            clock,
            question,
            answers,
            how=AnsweredBy.TABLET,
            who=car.owner.name,
            signature=self._signature(),
        )
        session.flush()
        return order

    def _signature(self) -> Any:
        """A signature whose picture is not kept, as in the demo shop."""
        import secrets

        from app.domain.files.model import FileKind, StoredFile

        file = StoredFile(
            kind=FileKind.SIGNATURE,
            name=secrets.token_hex(20),
            media_type="image/png",
            sha256="0" * 64,
            size=0,
            subject="bench",
            stored_at=self.clock.now(),
            stored_by=self.adviser.name,
        )
        self.session.add(file)
        self.session.flush()
        return file


if __name__ == "__main__":
    os.environ["PORTAL_DATA"] = str(Path(sys.argv[1]).resolve())
    print(json.dumps(asdict(fill())))
