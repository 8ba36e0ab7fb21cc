"""A supplier's invoice that was withdrawn stays on record, and frees its number and its deliveries.

Revision: 0019, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0022"
branch_labels = None
depends_on = None

WITHDRAWN_AT_A_TIME = "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rebuild()
    else:
        _widen()
    # The right sum comes under the number of the wrong one, and bills the same deliveries.
    for name, table, columns, where in (
        ("uq_supplier_invoice_number", "supplier_invoice", ["supplier_id", "number"], "state <> 'withdrawn'"),
        ("uq_invoiced_receipt_billed", "invoiced_receipt", ["receipt_id"], "NOT withdrawn"),
    ):
        clause = sa.text(where)
        op.create_index(name, table, columns, unique=True, sqlite_where=clause, postgresql_where=clause)


def _widen() -> None:
    op.add_column("supplier_invoice", sa.Column("withdrawn_at", sa.DateTime(), nullable=True))
    op.add_column("supplier_invoice", sa.Column("withdrawn_by_id", sa.Integer(), nullable=True))
    why = sa.Column("withdrawn_why", sa.String(length=200), server_default="", nullable=False)
    op.add_column("supplier_invoice", why)
    op.create_foreign_key(
        op.f("fk_supplier_invoice_withdrawn_by_id"), "supplier_invoice", "staff", ["withdrawn_by_id"], ["id"]
    )
    op.create_check_constraint(op.f("ck_supplier_invoice_withdrawn_at_a_time"), "supplier_invoice", WITHDRAWN_AT_A_TIME)
    op.drop_constraint("uq_supplier_invoice_supplier_id_number", "supplier_invoice", type_="unique")
    op.add_column("invoiced_receipt", sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_constraint("pk_invoiced_receipt", "invoiced_receipt", type_="primary")
    op.create_primary_key(op.f("pk_invoiced_receipt"), "invoiced_receipt", ["receipt_id", "invoice_id"])


def _rebuild() -> None:
    """SQLite drops no constraint in place: copy both tables, the one that refers to the other first out of the way."""
    op.create_table(
        "supplier_invoice_again",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("expected_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_why", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint(WITHDRAWN_AT_A_TIME, name=op.f("ck_supplier_invoice_withdrawn_at_a_time")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["staff.id"], name=op.f("fk_supplier_invoice_entered_by_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_supplier_invoice_supplier_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["staff.id"], name=op.f("fk_supplier_invoice_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_invoice")),
    )
    op.create_table(
        "invoiced_receipt_again",
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["supplier_invoice_again.id"], name=op.f("fk_invoiced_receipt_invoice_id")
        ),
        sa.ForeignKeyConstraint(["receipt_id"], ["goods_receipt.id"], name=op.f("fk_invoiced_receipt_receipt_id")),
        sa.PrimaryKeyConstraint("receipt_id", "invoice_id", name=op.f("pk_invoiced_receipt")),
    )
    kept = {
        "supplier_invoice": "id, supplier_id, number, issued_on, due_on, total_fen, expected_fen, state, reason, "
        "entered_at, entered_by_id, paid_on, version",
        "invoiced_receipt": "receipt_id, invoice_id",
    }
    for table, names in kept.items():
        op.execute(f"INSERT INTO {table}_again ({names}) SELECT {names} FROM {table}")
    for table in reversed(kept):
        op.drop_table(table)
    for table in kept:
        op.rename_table(f"{table}_again", table)
    op.create_index("ix_supplier_invoice_state", "supplier_invoice", ["state"])
    op.create_index("ix_invoiced_receipt_invoice_id", "invoiced_receipt", ["invoice_id"])
