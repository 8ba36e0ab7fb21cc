"""The store under a crowd: the last piece, a delivery that many type in, every order of moves, the ledger replayed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

from sqlalchemy import func, select

from app.domain.purchasing.model import GoodsReceipt
from app.domain.repair_orders.model import PartLine
from app.domain.stock import operations as stock
from app.domain.stock.model import MovementKind, StockMovement
from app.kernel.actor import SYSTEM
from app.kernel.clock import FixedClock
from prove.client import crowd
from prove.ground import ROOT, Ground, Line
from tests.support import buying
from tests.support.orders import authorised


def last_part(ground: Ground, line: Line) -> None:
    """One piece lies free and fifty cars want it: 1,000 requests to issue it over 50 connections."""
    clock = FixedClock(ground.now)
    with ground.session() as session:
        wanted = {ground.shop.service: [(ground.shop.headlight, 1000)]}
        orders = [authorised(session, clock, ground.shop, wanted) for _ in range(50)]
        addresses = [f"/parts/orders/{o.number}/lines/{o.part_lines[0].id}/issue" for o in orders]
        place = stock.ensure_bin(session, "C-1")  # put there without serving anybody: nobody holds a promise
        stock.receive(
            session, SYSTEM, clock, part_id=ground.shop.headlight, bin_id=place.id, quantity_milli=1000,
            value_fen=100, source="proof", source_id=1,
        )  # fmt: skip
        session.commit()
    ground.start()
    clerk = ground.browser("parts_clerk")

    def issue(number: int) -> Counter[str]:
        mine, path = clerk.twin(), addresses[number]
        sent = ({"quantity": "1", "_key": f"{number} {n}"} for n in range(20))
        return Counter(str(mine.post(path, form).status) for form in sent)

    ends = crowd(50, issue)
    line("", ends.pop("302", 0), 1)
    # Who got it may not have a second one; all others hear that somebody else did.
    line("refused", ends.pop("409", 0) + ends.pop("422", 0), 999)
    line("other", dict(ends) or 0, 0)
    with ground.session() as session:
        out = select(func.count()).select_from(StockMovement).where(StockMovement.kind == MovementKind.ISSUE)
        line("movements", session.execute(out).scalar_one(), 1)
        line("lines_issued", session.execute(select(func.sum(PartLine.issued_milli))).scalar_one(), 1000)
    line("errors", ground.errors(), 0)
    line("broken", ground.broken(), 0)


def one_delivery(ground: Ground, line: Line) -> None:
    """One delivery, typed in by fifty at once under one delivery note, twenty times each."""
    clock = FixedClock(ground.now)
    with ground.session() as session:
        order = buying.sent(session, clock, {ground.shop.headlight: 5000})
        here, row, version = f"/parts/purchases/{order.number}/goods-in", order.lines[0].id, order.version
        session.commit()
    ground.start()
    clerk = ground.browser("parts_clerk")
    form = {f"good-{row}": "1", f"bin-{row}": "C-1", "delivery_note": "SH-1", "version": version}

    def receive(number: int) -> Counter[str]:
        mine = clerk.twin()
        return Counter(str(mine.post(here, {**form, "_key": f"{number} {n}"}).status) for n in range(20))

    ends = crowd(50, receive)
    line("", ends.pop("302", 0), 1)
    line("refused", ends.pop("409", 0), 999)
    line("other", dict(ends) or 0, 0)
    with ground.session() as session:
        line("receipts", session.execute(select(func.count()).select_from(GoodsReceipt)).scalar_one(), 1)
    line("errors", ground.errors(), 0)
    line("broken", ground.broken(), 0)


def any_moves(ground: Ground, line: Line) -> None:
    """Any sequence of moves, counts and scrap of one part: every invariant of stock after each step, as the test has it."""
    words = f"no_sequence_of_moves and {ground.engine}"
    command = [sys.executable, "-m", "pytest", "-q", "tests/domain/stock/test_ledger.py", "-k", words]
    line("failed", subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode, 0)
