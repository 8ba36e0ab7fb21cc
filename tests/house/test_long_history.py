"""A page costs the same after ten years: none of its queries reads a table that grows from end to end.

SQLite's planner goes by the shape of query and index, not by how many rows there are: a small shop tells as much as a
big one. A new query that fails here names the few rows that it looks for (states one by one, open orders first), or gets
an index of its own in a migration.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.domain.customers.model import Customer
from app.domain.demo.shop import open_shop
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.states import OrderState
from app.extensions import db
from app.kernel.clock import FixedClock
from app.kernel.orm import Base
from app.web.navigation import ENTRIES
from tests.support.page_client import PageClient

# Masters, settings and what is cleared away; every other table grows with the years, new ones too.
STAYS_SMALL = {
    "staff", "staff_role", "certificate", "operation", "part", "bin", "stock_balance", "stock_value", "shop_setting",
    "counter", "audit_head", "terminal", "import_run", "trade_in_enquiry", "tool",
    "supplier", "supplier_contract", "supplier_audit", "supplier_audit_answer", "purchase_target", "incoming", "part_substitute", "period_close",
}  # fmt: skip
GROWS = frozenset(Base.metadata.tables) - STAYS_SMALL
# Newest first and cut off after a page: a walk from the end, not through all of it.
NEWEST_FIRST = {
    ("/orders", "repair_order"),
    ("/parts/purchases", "purchase_order"),
    ("/admin/audit", "audit_log"),
    ("/parts/sales", "counter_sale"),
}
# Indexes that hold only the few open ones.
OF_THE_FEW = (
    "ix_parts_request_open",
    "ix_follow_up_needs_action",
    "ix_settlement_owed",
    "ix_tool_loan_open",
    "ix_counter_sale_open",
    "ix_pickup_waiting",
    "ix_stock_take_line_live",
)
WHO = ("adviser", "controller", "technician", "inspector", "parts_clerk", "cashier", "care", "manager", "administrator")


def _paths(app: Flask, session: Session) -> list[str]:
    order = session.scalars(select(RepairOrder).where(RepairOrder.state == OrderState.CLOSED)).first()
    assert order is not None
    car, person = order.vehicle, session.scalars(select(Customer).where(Customer.kind == "private")).first()
    assert person is not None
    phone, initials = person.phones[0].number, person.pinyin.split(" ")[1]
    with app.test_request_context():
        pages = [app.url_for(entry.endpoint) for entry in ENTRIES]
    searches = [car.plate, car.plate[1:], car.vin_tail, car.vin, person.name, initials, phone, order.number]
    filters = ["state=closed", "state=draft&state=in_work", f"adviser={order.adviser_id}", f"text={quote(car.plate)}"]
    filters += [
        f"text={quote(person.name[:1])}",
        f"adviser={order.adviser_id}&state=closed&text={quote(car.plate[:3])}",
    ]
    return [
        *pages,
        *(f"/search?q={quote(text or '')}" for text in searches),
        *(f"/orders?{wanted}" for wanted in filters),
        f"/orders/{order.number}",
        f"/cashier/orders/{order.number}",
        f"/customers/{order.customer_id}",
        f"/vehicles/{order.vehicle_id}",
        f"/admin/audit?subject=order:{order.id}",
        "/parts/3",
    ]


def _scans(engine: Any, asked: list[tuple[str, Any]], path: str) -> list[str]:
    found = []
    raw = engine.raw_connection()
    try:
        for statement, parameters in asked:
            for row in raw.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall():
                scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", row[3])
                table = re.sub(r"_\d+$", "", scan[1]) if scan else ""
                if scan and table in GROWS and scan[2] not in OF_THE_FEW and (path, table) not in NEWEST_FIRST:
                    found.append(f"{path}: {row[3]}\n{statement}")
    finally:
        raw.close()
    return found


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_page_reads_a_growing_table_from_end_to_end(
    app: Flask, client: PageClient, session: Session, clock: FixedClock
) -> None:
    open_shop(session, "x", "x", days=12, orders_per_day=6, now=clock.now())
    session.commit()
    paths = _paths(app, session)
    session.rollback()
    clock.advance(timedelta(minutes=1))
    with app.app_context():
        engine = db.engine
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    scans, opened = [], set()
    for who in WHO:
        client.as_(who)
        for path in paths:
            asked.clear()
            event.listen(engine, "before_cursor_execute", note)
            status = client.browser.get(path).status_code
            event.remove(engine, "before_cursor_execute", note)
            if status in {200, 302}:
                opened.add(path)
                scans += _scans(engine, asked, path)
    assert not scans, "\n\n".join(scans[:3])
    assert opened == set(paths)
