"""Documents that other people and the books stand on are kept by the database itself, whoever holds the pen."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.domain.billing.model import TenderMethod
from app.domain.catalogue.model import Part
from app.domain.counter_sales import operations as sales
from app.domain.counter_sales import paying, returns
from app.domain.counter_sales.paying import Payment
from app.domain.purchasing import credits, discrepancies, invoices
from app.domain.purchasing import returns as goods_back
from app.domain.purchasing.states import InvoiceState, Resolution
from app.domain.suppliers.model import Supplier
from app.kernel.clock import FixedClock, business_date
from tests.support import buying, cast
from tests.support.orders import broken
from tests.support.shop import SmallShop

# Each names its rows by what the deeds of ``documents`` made: sale 1 is paid, 2 took a piece of it back, 3 was dropped,
# 4 is a cart; invoice 1 was withdrawn, 2 is paid, 3 waits; discrepancy 1 is settled, 2 is not.
FORBIDDEN = """
UPDATE goods_receipt SET delivery_note = 'X'
UPDATE goods_receipt SET arrived_on = '2026-01-01'
DELETE FROM goods_receipt WHERE id = 3
UPDATE goods_receipt_line SET accepted_milli = accepted_milli + 1000
UPDATE goods_receipt_line SET unit_fen = unit_fen - 1
DELETE FROM goods_receipt_line WHERE id = 3
UPDATE discrepancy SET remark = 'X' WHERE id = 1
UPDATE discrepancy SET resolution = NULL, resolved_at = NULL WHERE id = 1
UPDATE discrepancy SET amount_fen = 1 WHERE id = 2
DELETE FROM discrepancy WHERE id = 2
UPDATE supplier_invoice SET total_fen = total_fen + 1 WHERE id = 3
UPDATE supplier_invoice SET number = 'X' WHERE id = 3
UPDATE supplier_invoice SET issued_on = '2026-01-01' WHERE id = 3
UPDATE supplier_invoice SET state = 'matched', paid_on = NULL WHERE id = 2
UPDATE supplier_invoice SET expected_fen = 1 WHERE id = 2
UPDATE supplier_invoice SET state = 'matched', withdrawn_at = NULL WHERE id = 1
UPDATE supplier_invoice SET withdrawn_why = 'X' WHERE id = 1
DELETE FROM supplier_invoice WHERE id = 1
DELETE FROM supplier_invoice WHERE id = 3
UPDATE invoiced_receipt SET withdrawn = (1 = 1) WHERE invoice_id = 2
UPDATE invoiced_receipt SET withdrawn = (1 = 1) WHERE invoice_id = 3
UPDATE invoiced_receipt SET invoice_id = 3 WHERE invoice_id = 2
UPDATE invoiced_receipt SET withdrawn = (1 = 0) WHERE invoice_id = 1
DELETE FROM invoiced_receipt WHERE invoice_id = 1
DELETE FROM invoiced_receipt WHERE invoice_id = 3
INSERT INTO invoiced_receipt (receipt_id, invoice_id) VALUES (3, 2)
UPDATE counter_sale SET number = 'CS-202611-0009' WHERE id = 1
UPDATE counter_sale SET total_fen = total_fen - 100, net_fen = net_fen - 100 WHERE id = 1
UPDATE counter_sale SET paid_at = '2026-01-01 00:00:00' WHERE id = 1
UPDATE counter_sale SET cashier = 'X' WHERE id = 1
UPDATE counter_sale SET state = 'open', number = NULL WHERE id = 1
UPDATE counter_sale SET reason = 'X' WHERE id = 2
UPDATE counter_sale SET state = 'open' WHERE id = 3
DELETE FROM counter_sale WHERE id = 3
DELETE FROM counter_sale WHERE id = 4
UPDATE counter_sale_line SET quantity_milli = 9000 WHERE sale_id = 1
UPDATE counter_sale_line SET price_fen = 1 WHERE sale_id = 1
UPDATE counter_sale_line SET batches = 'X' WHERE sale_id = 2
UPDATE counter_sale_line SET sale_id = 4, discount_permille = 1 WHERE sale_id = 1
UPDATE counter_sale_line SET sale_id = 1, discount_permille = 1 WHERE sale_id = 4
DELETE FROM counter_sale_line WHERE sale_id = 2
DELETE FROM counter_sale_line WHERE sale_id = 3
INSERT INTO counter_sale_line (sale_id, part_id, number, name, origin, unit, quantity_milli, price_fen, discount_permille, amount_fen) SELECT 1, part_id, number, name, origin, unit, 1000, 1, 7, 1 FROM counter_sale_line WHERE sale_id = 4
UPDATE supplier_return SET number = 'X' WHERE id = 1
UPDATE supplier_return SET expected_fen = 1 WHERE id = 1
UPDATE supplier_return SET returned_on = '2026-01-01' WHERE id = 1
UPDATE supplier_return SET state = 'awaited' WHERE id = 2
DELETE FROM supplier_return WHERE id = 1
UPDATE supplier_return_line SET quantity_milli = 500 WHERE return_id = 1
UPDATE supplier_return_line SET amount_fen = 1 WHERE return_id = 1
UPDATE supplier_return_line SET cost_fen = 1 WHERE return_id = 1
DELETE FROM supplier_return_line WHERE return_id = 2
"""
ALLOWED = """
UPDATE supplier_return SET credit_number = 'X' WHERE id = 1
UPDATE counter_sale_line SET price_fen = 1 WHERE sale_id = 4
DELETE FROM counter_sale_line WHERE sale_id = 4
UPDATE discrepancy SET remark = 'X' WHERE id = 2
UPDATE supplier_invoice SET reason = 'X' WHERE id = 3
"""
TABLES = "goods_receipt goods_receipt_line discrepancy supplier_invoice invoiced_receipt counter_sale counter_sale_line supplier_return supplier_return_line"


@pytest.fixture
def documents(session: Session, clock: FixedClock, shop: SmallShop) -> None:
    """One of each kind in each of its states, all made by the shop's own deeds."""
    clerk, manager = cast.acting(session, "parts_clerk"), cast.acting(session, "manager")
    order = buying.sent(session, clock, {shop.headlight: 9000}, unit_fen=100_00)
    first = buying.receive(session, clock, order, "SH-1", good_milli=1000, damaged_milli=1000)
    buying.receive(session, clock, order, "SH-2", good_milli=1000, damaged_milli=1000)
    third = buying.receive(session, clock, order, "SH-3", good_milli=2000)
    discrepancies.resolve(session, clerk, clock, order.number, first.discrepancies[0].id, Resolution.CREDITED)
    supplier = session.scalars(select(Supplier)).one()

    def bill(number: str, yuan: int, receipt: int) -> invoices.SupplierInvoice:
        return invoices.enter_invoice(
            session, manager, clock, supplier, number=number, issued_on=business_date(clock.now()),
            total_fen=yuan * 100, receipt_ids=[receipt],
        )  # fmt: skip

    wrong = bill("0815", 1000, first.receipt.id)
    invoices.withdraw_invoice(session, manager, clock, wrong, wrong.version, "金额录错")
    right = bill("0815", 100, first.receipt.id)
    invoices.mark_paid(session, manager, clock, right, right.version, None)
    waits = bill("0816", 200, third.receipt.id)
    assert [wrong.id, right.id, waits.id] == [1, 2, 3] and waits.state is InvoiceState.MATCHED
    for _ in ("on its way", "refused"):
        back = [goods_back.Back(third.receipt.lines[0].id, 1000, goods_back.ReturnReason.DAMAGED)]
        sent = goods_back.send_back(session, manager, clock, order, order.version, third.receipt, back)
    credits.refuse(session, manager, clock, sent, sent.version, "不收")
    oil, carts = session.get_one(Part, shop.filter), [sales.begin(session, manager, clock) for _ in range(1)]
    sales.add(session, manager, clock, carts[0], oil, 2000)
    paying.pay(session, manager, clock, carts[0], carts[0].version, [Payment(TenderMethod.CASH, 39600)])
    line = carts[0].lines[0].id
    returns.take_back(session, manager, clock, carts[0], {line: 1000}, TenderMethod.CASH, "买错了")
    for _ in ("dropped", "open"):
        carts.append(sales.begin(session, manager, clock))
        sales.add(session, manager, clock, carts[-1], oil)
    sales.drop(session, manager, clock, carts[1])
    session.commit()
    assert [cart.id for cart in carts] == [1, 3, 4] and broken(session) == []


def test_a_document_is_neither_changed_nor_deleted_behind_the_portals_back(session: Session, documents: None) -> None:
    found = {table: session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all() for table in TABLES.split()}
    for statement in FORBIDDEN.strip().splitlines():
        with pytest.raises(DBAPIError) as refused, session.begin_nested():
            assert session.execute(text(statement)).rowcount, f"says nothing: {statement}"  # type: ignore[attr-defined]
            pytest.fail(f"went through: {statement}")
        assert "FOREIGN KEY" not in str(refused.value) and "UNIQUE" not in str(refused.value), statement
    if session.get_bind().dialect.name == "postgresql":
        for table in TABLES.split():
            with pytest.raises(DBAPIError), session.begin_nested():
                session.execute(text(f"TRUNCATE {table} CASCADE"))
    for table, rows in found.items():
        assert session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all() == rows
    for statement in ALLOWED.strip().splitlines():  # what is not a document yet is still written on
        assert session.execute(text(statement)).rowcount == 1, statement  # type: ignore[attr-defined]
