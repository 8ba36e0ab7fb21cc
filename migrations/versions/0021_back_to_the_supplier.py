"""Goods that go back to the supplier, and the credit for them.

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "supplier_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.Column("returned_at", sa.DateTime(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("expected_fen", sa.BigInteger(), nullable=False),
        sa.Column("credited_fen", sa.BigInteger(), nullable=False),
        sa.Column("credit_number", sa.String(length=60), nullable=True),
        sa.Column("credited_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("expected_fen >= 0 AND credited_fen >= 0", name=op.f("ck_supplier_return_not_negative")),
        sa.ForeignKeyConstraint(["receipt_id"], ["goods_receipt.id"], name=op.f("fk_supplier_return_receipt_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_supplier_return_supplier_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_supplier_return_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_return")),
        sa.UniqueConstraint("number", name=op.f("uq_supplier_return_number")),
        sa.UniqueConstraint("supplier_id", "credit_number", name=op.f("uq_supplier_return_supplier_id_credit_number")),
    )
    op.create_index("ix_supplier_return_state", "supplier_return", ["state"])
    op.create_index("ix_supplier_return_receipt_id", "supplier_return", ["receipt_id"])
    op.create_index("ix_supplier_return_returned_on", "supplier_return", ["returned_on"])
    op.create_table(
        "supplier_return_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("receipt_line_id", sa.Integer(), nullable=False),
        sa.Column("stocked", sa.Boolean(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("unit_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("cost_fen", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.String(length=400), nullable=False),
        sa.CheckConstraint("quantity_milli > 0", name=op.f("ck_supplier_return_line_quantity_positive")),
        sa.CheckConstraint("amount_fen >= 0 AND cost_fen >= 0", name=op.f("ck_supplier_return_line_not_negative")),
        sa.ForeignKeyConstraint(["return_id"], ["supplier_return.id"], name=op.f("fk_supplier_return_line_return_id")),
        sa.ForeignKeyConstraint(
            ["receipt_line_id"], ["goods_receipt_line.id"], name=op.f("fk_supplier_return_line_receipt_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_return_line")),
        sa.UniqueConstraint(
            "return_id", "receipt_line_id", "stocked",
            name=op.f("uq_supplier_return_line_return_id_receipt_line_id_stocked"),
        ),
    )  # fmt: skip
    op.create_index("ix_supplier_return_line_receipt_line_id", "supplier_return_line", ["receipt_line_id"])

    for table in ("supplier_return", "supplier_return_line"):
        _refuse(table, "DELETE", f"{table} keeps what was written")
    changed = _changed("id number receipt_id supplier_id returned_at returned_on staff_id remark")
    summed = "OLD.expected_fen <> 0 AND NEW.expected_fen <> OLD.expected_fen"
    closed = f"OLD.state = 'refused' OR ({summed}) OR {changed}"
    _refuse("supplier_return", "UPDATE", "a return stays as it was written", closed)
    # The cost is known when the pieces have left.
    changed = _changed("id return_id receipt_line_id stocked quantity_milli reason unit_fen amount_fen batch")
    _refuse("supplier_return_line", "UPDATE", "a return stays as it was written", f"OLD.cost_fen <> 0 OR {changed}")


def _changed(columns: str) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns.split())


def _refuse(table: str, deed: str, says: str, when: str = "") -> None:
    clause = f"WHEN ({when}) " if when else ""
    name = f"{table}_no_{deed.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} BEFORE {deed} ON {table} {clause}BEGIN SELECT RAISE(ABORT, '{says}'); END")
        return
    refusal = f"EXECUTE FUNCTION refuse_document('{says}')"  # as the migration before made it
    op.execute(f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH ROW {clause}{refusal}")
    if deed == "DELETE":
        op.execute(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refusal}")


def downgrade() -> None:
    op.drop_table("supplier_return_line")
    op.drop_table("supplier_return")
