"""Orders brought to where a test needs them, by the operations themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part
from app.domain.customers.model import Customer
from app.domain.files.model import FileKind
from app.domain.repair_orders import approvals, lines, parts
from app.domain.repair_orders.check_in import open_order
from app.domain.repair_orders.facts import order_facts
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.moves import move_order
from app.domain.repair_orders.states import Answer, AnsweredBy, Payer, RepairKind
from app.domain.vehicles.model import Vehicle
from app.domain.workshop import operations as workshop
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.shop import SmallShop
from tests.support.stored import stored

Wanted = Mapping[int, Sequence[tuple[int, int]]]  # operation -> (part, thousandths)


def authorised(
    session: Session,
    clock: FixedClock,
    shop: SmallShop,
    wanted: Wanted,
    *,
    payers: Mapping[int, Payer] | None = None,
    promise: timedelta = timedelta(hours=6),
    kind: RepairKind = RepairKind.MINOR,
    declined: frozenset[int] = frozenset(),
) -> RepairOrder:
    """An order with these jobs and parts, signed by the customer; its parts are reserved as far as there are any."""
    adviser = cast.acting(session, "adviser")
    car, owner = session.get_one(Vehicle, shop.vehicle), session.get_one(Customer, shop.customer)
    order = open_order(session, adviser, clock, car, owner, "刹车有吱吱声", kind)
    move_order(session, adviser, clock, order, "check_in")
    lines.promise(session, adviser, clock, order, clock.now() + promise, "")
    for operation, needed in wanted.items():
        payer = (payers or {}).get(operation, Payer.CUSTOMER)
        job = lines.add_job(session, adviser, clock, order, session.get_one(Operation, operation), payer=payer)
        for part, milli in needed:
            lines.add_part(session, adviser, clock, job, session.get_one(Part, part), milli)
    move_order(session, adviser, clock, order, "estimate", order_facts(order))
    sign(session, clock, order, declined)
    return order


def sign(session: Session, clock: FixedClock, order: RepairOrder, declined: frozenset[int] = frozenset()) -> None:
    """The customer answers everything that is open; ``declined`` names operations."""
    adviser = cast.acting(session, "adviser")
    asked, _token = approvals.ask(session, adviser, clock, order)
    answers = {
        line.job_id: Answer.DECLINED if line.job.operation_id in declined else Answer.APPROVED for line in asked.lines
    }
    approvals.answer(
        session,
        adviser,
        clock,
        asked,
        answers,
        how=AnsweredBy.TABLET,
        who="王志澜",
        signature=stored(session, FileKind.SIGNATURE, clock.now()),
    )
    session.flush()


def inspected(session: Session, clock: FixedClock, order: RepairOrder) -> RepairOrder:
    """Every approved job done with all its parts, and found good by the inspector."""
    clerk, technician = cast.acting(session, "parts_clerk"), cast.acting(session, "technician")
    for line in parts.live(order.part_lines):
        if not line.customer_supplied and line.job.state.value == "approved":
            parts.issue_line(session, clerk, clock, line, line.quantity_milli)
    doing = [job for job in order.jobs if job.state.value == "approved"]
    for job in doing:
        person = cast.person(session, "technician")
        workshop.assign(session, cast.acting(session, "controller"), clock, job, job.version, person, clock.now())
        session.flush()
        workshop.start_job(session, technician, clock, job)
        clock.advance(timedelta(minutes=20))
        workshop.finish_job(session, technician, clock, job)
    session.flush()
    workshop.inspect_order(
        session,
        cast.acting(session, "inspector"),
        clock,
        order,
        order.version,
        {job.id: (True, "") for job in doing},
        road_test_km=None,
        mileage_out_km=None,
        remark="",
    )
    session.flush()
    return order


def broken(session: Session) -> list[object]:
    """What ``flask check`` would say now."""
    from app.cli.check import load_checks
    from app.kernel import invariants

    load_checks()
    session.flush()
    return list(invariants.broken(session))
