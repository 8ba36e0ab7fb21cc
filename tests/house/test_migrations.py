"""The migrations make exactly the schema of the models, in one ordered line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from tests.conftest import make_app

VERSIONS = Path(__file__).parents[2] / "migrations"


def test_there_is_one_head_and_no_gap() -> None:
    scripts = ScriptDirectory(str(VERSIONS))
    assert len(scripts.get_heads()) == 1
    revisions = sorted(script.revision for script in scripts.walk_revisions())
    assert revisions == [f"{n:04d}" for n in range(1, len(revisions) + 1)]


def test_the_schema_is_that_of_the_models(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without a table."""
    if request.param == "sqlite":
        yield make_app(f"sqlite:///{tmp_path / 'old.sqlite3'}", tmp_path)
        return
    cluster, name = request.getfixturevalue("postgres"), f"old_{os.getpid()}"
    cluster.admin(f"CREATE DATABASE {name}")
    yield make_app(cluster.url(name), tmp_path)
    cluster.drop(name)


BILLED = """
INSERT INTO supplier (id, name, contact, phone, email, address, is_manufacturer, lead_days, order_cycle_days, minimum_order_fen, payment_days, active, remark, created_at) VALUES (1, '配件中心', '', '', '', '', (1 = 1), 3, 7, 0, 30, (1 = 1), '', '2026-01-01')
INSERT INTO purchase_order (id, number, supplier_id, kind, state, supplier_reference, remark, created_at) VALUES (1, 'PO-202601-0001', 1, 'stock', 'received', '', '', '2026-01-01')
INSERT INTO goods_receipt (id, number, order_id, delivery_note, received_at) VALUES (1, 'GR-202601-0001', 1, 'SH-1', '2026-01-02'), (2, 'GR-202601-0002', 1, 'SH-2', '2026-01-02')
INSERT INTO supplier_invoice (id, supplier_id, number, issued_on, due_on, total_fen, expected_fen, state, reason, entered_at, paid_on, version) VALUES (3, 1, '0815', '2026-01-03', '2026-02-03', 11300, 11300, 'paid', '', '2026-01-03', '2026-01-09', 4), (7, 1, '0816', '2026-01-04', '2026-02-04', 22600, 22600, 'matched', '运费', '2026-01-04', NULL, 1)
INSERT INTO invoiced_receipt (receipt_id, invoice_id) VALUES (1, 3), (2, 7)
"""


def test_what_suppliers_billed_is_the_same_after_invoices_may_be_withdrawn(empty: Flask) -> None:
    scripts = ScriptDirectory(str(VERSIONS))
    (step,) = [script for script in scripts.walk_revisions() if "documents_that_stay" in script.path]
    told = "SELECT sum(total_fen), sum(expected_fen), sum(version), count(*), min(reason), max(paid_on) FROM supplier_invoice"
    billed = "SELECT receipt_id, invoice_id FROM invoiced_receipt ORDER BY 1"
    with empty.app_context():
        upgrade(revision=str(step.down_revision))
        with db.engine.begin() as connection:
            for statement in BILLED.strip().splitlines():
                connection.execute(text(statement))
            before = connection.execute(text(told)).one(), connection.execute(text(billed)).all()
        upgrade()
        with db.engine.connect() as connection:
            assert (connection.execute(text(told)).one(), connection.execute(text(billed)).all()) == before
            again = "INSERT INTO invoiced_receipt (receipt_id, invoice_id) VALUES (1, 7)"
            gone = "UPDATE supplier_invoice SET supplier_id = 99 WHERE id = 7"
            for statement in (again, gone):
                with pytest.raises(DBAPIError), connection.begin_nested():
                    connection.execute(text(statement))
            assert compare_metadata(MigrationContext.configure(connection), db.metadata) == []
        db.session.remove()
        db.engine.dispose()
