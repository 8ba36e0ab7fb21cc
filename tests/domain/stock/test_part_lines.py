"""Parts on orders: promised in the order of the promised times, issued once, and never paid for when they came back."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.repair_orders import parts
from app.domain.repair_orders.model import OrderEvent, PartLine, RepairOrder
from app.domain.repair_orders.moves import lock_order
from app.domain.stock.model import StockBalance
from app.extensions import db
from app.kernel.audit import AuditRow
from app.kernel.clock import FixedClock
from app.kernel.errors import DomainError, Forbidden, InvalidInput, RuleBroken
from app.kernel.unit_of_work import transact
from tests.support import cast
from tests.support.orders import authorised, broken, inspected
from tests.support.shop import SmallShop


def receive(session: Session, clock: FixedClock, part: int, milli: int) -> list[PartLine]:
    clerk = cast.acting(session, "parts_clerk")
    return parts.receive_goods(
        session, clerk, clock, session.get_one(Part, part), bin_code="B-1", quantity_milli=milli, unit_fen=50_000
    )


def test_a_receipt_serves_those_who_wait_in_the_order_of_their_promises(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    late = authorised(session, clock, shop, {shop.service: [(shop.headlight, 1000)]}, promise=timedelta(hours=9))
    soon = authorised(session, clock, shop, {shop.service: [(shop.headlight, 1000)]}, promise=timedelta(hours=2))
    assert parts.job_readiness(soon.jobs[0]) == "short"
    assert [line.order_id for line in receive(session, clock, shop.headlight, 1000)] == [soon.id]
    assert parts.job_readiness(soon.jobs[0]) == "ready" and parts.job_readiness(late.jobs[0]) == "short"
    receive(session, clock, shop.headlight, 2000)
    assert parts.job_readiness(late.jobs[0]) == "ready"
    assert broken(session) == []


def test_what_one_order_gives_back_goes_to_the_next(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    first = authorised(session, clock, shop, {shop.brakes: [(shop.pads, 1000)]}).part_lines[0]
    second = authorised(session, clock, shop, {shop.brakes: [(shop.pads, 1000)]}).part_lines[0]
    clerk = cast.acting(session, "parts_clerk")
    parts.issue_line(session, clerk, clock, first, 1000)
    assert (first.issued_milli, first.reserved_milli, second.reserved_milli) == (1000, 0, 0)
    parts.return_line(session, clerk, clock, first, 1000, "拿错了")
    assert (first.issued_milli, second.reserved_milli) == (0, 0) or second.reserved_milli == 1000
    assert first.reserved_milli + second.reserved_milli == 1000
    assert broken(session) == []


def test_the_rest_that_is_not_needed_goes_to_who_waits_and_is_not_paid_for(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    first = authorised(session, clock, shop, {shop.brakes: [(shop.pads, 1000)]}).part_lines[0]
    second = authorised(session, clock, shop, {shop.brakes: [(shop.pads, 1000)]}).part_lines[0]
    assert second.reserved_milli == 0
    clerk = cast.acting(session, "parts_clerk")
    with pytest.raises(Forbidden):
        parts.drop_rest(session, cast.acting(session, "technician"), clock, first)
    parts.drop_rest(session, clerk, clock, first)
    assert first.cancelled and (first.reserved_milli, second.reserved_milli) == (0, 1000)
    oil = authorised(session, clock, shop, {shop.service: [(shop.filter, 3000)]}).part_lines[0]
    paid = oil.amount_fen
    parts.issue_line(session, clerk, clock, oil, 2000)
    parts.drop_rest(session, clerk, clock, oil)
    assert (oil.quantity_milli, oil.reserved_milli, oil.cancelled) == (2000, 0, False)
    assert oil.amount_fen * 3 == paid * 2
    for line in (first, oil):
        with pytest.raises(RuleBroken):
            parts.drop_rest(session, clerk, clock, line)
    parts.return_line(session, clerk, clock, oil, 1000, "多领", still_needed=False)
    session.commit()  # whoever looks for the money finds who took it off, on the order and in the log
    off = select(OrderEvent.actor, OrderEvent.reason).where(OrderEvent.move == "part_off").order_by(OrderEvent.id)
    assert session.execute(off).all() == [
        (clerk.name, f"{first.name} × 1"), (clerk.name, f"{oil.name} × 1"), (clerk.name, f"{oil.name} × 1"),
    ]  # fmt: skip
    changed = select(AuditRow.subject).where(AuditRow.action == "part_line.change", AuditRow.actor == clerk.name)
    assert session.scalars(changed).all() == [f"part_line:{id_}" for id_ in (first.id, oil.id, oil.id)]
    short = authorised(session, clock, shop, {shop.service: [(shop.headlight, 1000)]})
    assert parts.job_readiness(short.jobs[0]) == "short"
    parts.drop_rest(session, clerk, clock, short.part_lines[0])
    assert parts.job_readiness(short.jobs[0]) == "none_needed"
    assert broken(session) == []


def test_more_than_wanted_more_than_issued_and_nothing_at_all_are_refused(
    session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    line = authorised(session, clock, shop, {shop.service: [(shop.filter, 2000)]}).part_lines[0]
    clerk = cast.acting(session, "parts_clerk")
    with pytest.raises(InvalidInput):
        parts.issue_line(session, clerk, clock, line, 2001)
    with pytest.raises(InvalidInput):
        parts.issue_line(session, clerk, clock, line, 0)
    parts.issue_line(session, clerk, clock, line, 1000)
    with pytest.raises(InvalidInput):
        parts.return_line(session, clerk, clock, line, 1001, "")
    with pytest.raises(Forbidden):
        parts.issue_line(session, cast.acting(session, "technician"), clock, line, 1000)
    assert broken(session) == []


def test_nobody_fits_half_a_filter(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    clerk = cast.acting(session, "parts_clerk")
    with pytest.raises(InvalidInput, match="whole pieces"):
        authorised(session, clock, shop, {shop.service: [(shop.filter, 500)]})
    line = authorised(session, clock, shop, {shop.service: [(shop.filter, 2000)]}).part_lines[0]
    for half in (
        lambda: parts.issue_line(session, clerk, clock, line, 500),
        lambda: parts.return_line(session, clerk, clock, line, 500, "多领"),
        lambda: parts.receive_goods(
            session, clerk, clock, session.get_one(Part, shop.filter), bin_code="B-1", quantity_milli=500, unit_fen=1
        ),
    ):
        with pytest.raises(InvalidInput):
            half()
    line.quantity_milli = 1500  # as an older release wrote it: that can still be handed out and brought back
    session.flush()
    parts.issue_line(session, clerk, clock, line, 1500)
    with pytest.raises(InvalidInput):
        parts.return_line(session, clerk, clock, line, 500, "多领")
    parts.return_line(session, clerk, clock, line, 1500, "多领")
    assert line.issued_milli == 0


def test_nothing_is_issued_for_a_job_that_was_declined(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order = authorised(
        session,
        clock,
        shop,
        {shop.service: [(shop.filter, 1000)], shop.brakes: [(shop.pads, 1000)]},
        declined=frozenset({shop.brakes}),
    )
    pads = next(line for line in order.part_lines if line.part_id == shop.pads)
    assert pads.reserved_milli == 0
    with pytest.raises(RuleBroken):
        parts.issue_line(session, cast.acting(session, "parts_clerk"), clock, pads, 1000)


def test_a_part_that_was_not_needed_is_not_paid_for(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    order = inspected(session, clock, authorised(session, clock, shop, {shop.service: [(shop.filter, 3000)]}))
    line, clerk = order.part_lines[0], cast.acting(session, "parts_clerk")
    with pytest.raises(RuleBroken):  # the job is done: it cannot want another one
        parts.return_line(session, clerk, clock, line, 1000, "多领")
    version = order.version
    parts.return_line(session, clerk, clock, line, 1000, "多领", still_needed=False)
    session.flush()
    assert (line.quantity_milli, line.amount_fen) == (2000, 39600)
    assert order.version > version  # whoever was about to settle sees the new price first
    parts.return_line(session, clerk, clock, line, 2000, "多领", still_needed=False)
    session.flush()
    assert line.cancelled and line.issued_milli == 0
    assert broken(session) == []


def test_a_delivery_worth_more_than_the_shop_is_a_slip(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    with pytest.raises(InvalidInput):
        parts.receive_goods(
            session,
            cast.acting(session, "parts_clerk"),
            clock,
            session.get_one(Part, shop.filter),
            bin_code="B-1",
            quantity_milli=1_000_000_000,
            unit_fen=10_000_000_000,
        )


def at_once(app: Flask, works: list) -> Counter:
    """Run each piece of work in a thread and transaction of its own, all let go together; how they ended."""
    gate, ends = threading.Barrier(len(works)), []

    def run(work) -> None:
        with app.app_context(), Session(db.engine, expire_on_commit=False) as own:
            gate.wait()
            try:
                transact(own, lambda: work(own), lambda seconds: None)
                ends.append("done")
            except DomainError as error:
                ends.append(type(error).__name__)
            except Exception as error:
                ends.append(f"bug: {error!r}")

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return Counter(ends)


def test_the_last_piece_goes_to_exactly_one_of_many(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    orders = [authorised(session, clock, shop, {shop.brakes: [(shop.headlight, 1000)]}) for _ in range(8)]
    clerk = cast.acting(session, "parts_clerk")
    ids = [(order.id, order.part_lines[0].id) for order in orders]
    receive(session, clock, shop.headlight, 1000)
    served = next(order for order in orders if order.part_lines[0].reserved_milli)
    parts.release_line(session, clerk, clock, _struck(served.part_lines[0]))
    session.commit()

    def issue(order_id: int, line_id: int):
        def work(own: Session) -> None:
            line = own.get_one(PartLine, line_id)
            lock_order(own, order_id)
            parts.issue_line(own, clerk, clock, line, 1000)

        return work

    others = [pair for pair in ids if pair[1] != served.part_lines[0].id]
    ends = at_once(app, [issue(*pair) for pair in (others * 6)[:40]])
    assert ends["done"] == 1 and ends["RuleBroken"] + ends["InvalidInput"] == 39, ends
    session.expire_all()
    assert session.scalars(select(StockBalance.on_hand_milli).where(StockBalance.part_id == shop.headlight)).one() == 0
    assert broken(session) == []


def _struck(line: PartLine) -> PartLine:
    line.cancelled = True
    return line


def test_receipts_and_issues_at_once_leave_no_trace_of_a_race(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    orders = [authorised(session, clock, shop, {shop.brakes: [(shop.headlight, 1000)]}) for _ in range(6)]
    clerk = cast.acting(session, "parts_clerk")
    ids = [(order.id, order.part_lines[0].id) for order in orders]
    session.commit()

    def issue(order_id: int, line_id: int):
        def work(own: Session) -> None:
            line = own.get_one(PartLine, line_id)
            lock_order(own, order_id)
            parts.issue_line(own, clerk, clock, line, 1000)

        return work

    def bring(own: Session) -> None:
        receive(own, clock, shop.headlight, 1000)

    ends = at_once(app, [issue(*pair) for pair in ids] + [bring] * 6)
    assert not [end for end in ends if end.startswith("bug") or end == "StaleVersion"], ends
    session.expire_all()
    left = sum(session.scalars(select(StockBalance.on_hand_milli).where(StockBalance.part_id == shop.headlight)))
    issued = sum(session.scalars(select(PartLine.issued_milli)))
    assert left + issued == 6000 and ends["done"] == 6 + issued // 1000
    assert broken(session) == []
    assert session.scalars(select(RepairOrder.id)).all()
