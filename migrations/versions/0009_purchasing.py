"""Suppliers, their prices, purchase orders, receipts, discrepancies, invoices, targets; and what is on its way.

The suppliers that the parts name by their old system's words become rows, and each such part is ordered from its own.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "supplier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("is_manufacturer", sa.Boolean(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("order_cycle_days", sa.Integer(), nullable=False),
        sa.Column("minimum_order_fen", sa.BigInteger(), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("lead_days >= 0 AND order_cycle_days > 0", name=op.f("ck_supplier_days_make_sense")),
        sa.CheckConstraint("minimum_order_fen >= 0", name=op.f("ck_supplier_minimum_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        sa.UniqueConstraint("name", name=op.f("uq_supplier_name")),
    )
    op.create_table(
        "purchase_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("supplier_reference", sa.String(length=60), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_purchase_order_created_by_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_purchase_order_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_order_number")),
    )
    op.create_index("ix_purchase_order_state", "purchase_order", ["state"], unique=False)
    op.create_index("ix_purchase_order_supplier_id", "purchase_order", ["supplier_id"], unique=False)
    op.create_table(
        "purchase_target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on AND amount_fen > 0", name=op.f("ck_purchase_target_makes_sense")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_purchase_target_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_target")),
        sa.UniqueConstraint("supplier_id", "starts_on", name=op.f("uq_purchase_target_supplier_id_starts_on")),
    )
    op.create_table(
        "supplier_audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_supplier_audit_staff_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_supplier_audit_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_audit")),
    )
    op.create_index(op.f("ix_supplier_audit_supplier_id"), "supplier_audit", ["supplier_id"], unique=False)
    op.create_table(
        "supplier_contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("remind_days", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_supplier_contract_ends_after_start")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_supplier_contract_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_contract")),
    )
    op.create_index(op.f("ix_supplier_contract_supplier_id"), "supplier_contract", ["supplier_id"], unique=False)
    op.create_table(
        "supplier_invoice",
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
        sa.ForeignKeyConstraint(["entered_by_id"], ["staff.id"], name=op.f("fk_supplier_invoice_entered_by_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_supplier_invoice_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_invoice")),
        sa.UniqueConstraint("supplier_id", "number", name=op.f("uq_supplier_invoice_supplier_id_number")),
    )
    op.create_index("ix_supplier_invoice_state", "supplier_invoice", ["state"], unique=False)
    op.create_table(
        "goods_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("delivery_note", sa.String(length=60), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_goods_receipt_order_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_goods_receipt_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_receipt")),
        sa.UniqueConstraint("number", name=op.f("uq_goods_receipt_number")),
    )
    op.create_index(op.f("ix_goods_receipt_order_id"), "goods_receipt", ["order_id"], unique=False)
    op.create_index(op.f("ix_goods_receipt_received_at"), "goods_receipt", ["received_at"], unique=False)
    op.create_table(
        "incoming",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=30), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("open_milli", sa.BigInteger(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.CheckConstraint("open_milli > 0", name=op.f("ck_incoming_quantity_positive")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_incoming_part_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_incoming_source_source_id")),
    )
    op.create_index(op.f("ix_incoming_part_id"), "incoming", ["part_id"], unique=False)
    op.create_table(
        "purchase_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("unit_fen", sa.BigInteger(), nullable=False),
        sa.Column("suggested_milli", sa.BigInteger(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("received_milli", sa.BigInteger(), nullable=False),
        sa.Column("given_up_milli", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity_milli > 0 AND unit_fen >= 0", name=op.f("ck_purchase_line_amounts_make_sense")),
        sa.CheckConstraint("received_milli >= 0 AND given_up_milli >= 0", name=op.f("ck_purchase_line_not_negative")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_purchase_line_order_id")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_purchase_line_part_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_line")),
        sa.UniqueConstraint("order_id", "part_id", name=op.f("uq_purchase_line_order_id_part_id")),
    )
    op.create_index(op.f("ix_purchase_line_part_id"), "purchase_line", ["part_id"], unique=False)
    op.create_table(
        "supplier_audit_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("maximum", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "points >= 0 AND points <= maximum AND maximum > 0", name=op.f("ck_supplier_audit_answer_points_in_range")
        ),
        sa.ForeignKeyConstraint(["audit_id"], ["supplier_audit.id"], name=op.f("fk_supplier_audit_answer_audit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_audit_answer")),
    )
    op.create_index(op.f("ix_supplier_audit_answer_audit_id"), "supplier_audit_answer", ["audit_id"], unique=False)
    op.create_table(
        "supplier_price",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("unit_fen", sa.BigInteger(), nullable=False),
        sa.Column("pack_milli", sa.BigInteger(), nullable=False),
        sa.Column("minimum_milli", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "unit_fen >= 0 AND pack_milli > 0 AND minimum_milli >= 0", name=op.f("ck_supplier_price_amounts_make_sense")
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_supplier_price_ends_after_start")
        ),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_supplier_price_part_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_supplier_price_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_price")),
        sa.UniqueConstraint(
            "supplier_id", "part_id", "valid_from", name=op.f("uq_supplier_price_supplier_id_part_id_valid_from")
        ),
    )
    op.create_index(op.f("ix_supplier_price_part_id"), "supplier_price", ["part_id"], unique=False)
    op.create_table(
        "goods_receipt_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("bin_id", sa.Integer(), nullable=True),
        sa.Column("accepted_milli", sa.BigInteger(), nullable=False),
        sa.Column("damaged_milli", sa.BigInteger(), nullable=False),
        sa.Column("unit_fen", sa.BigInteger(), nullable=False),
        sa.Column("note_fen", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.String(length=400), nullable=False),
        sa.CheckConstraint("accepted_milli + damaged_milli > 0", name=op.f("ck_goods_receipt_line_something_came")),
        sa.CheckConstraint(
            "accepted_milli >= 0 AND damaged_milli >= 0", name=op.f("ck_goods_receipt_line_not_negative")
        ),
        sa.ForeignKeyConstraint(["bin_id"], ["bin.id"], name=op.f("fk_goods_receipt_line_bin_id")),
        sa.ForeignKeyConstraint(["line_id"], ["purchase_line.id"], name=op.f("fk_goods_receipt_line_line_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["goods_receipt.id"], name=op.f("fk_goods_receipt_line_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_receipt_line")),
    )
    op.create_index(op.f("ix_goods_receipt_line_line_id"), "goods_receipt_line", ["line_id"], unique=False)
    op.create_index(op.f("ix_goods_receipt_line_receipt_id"), "goods_receipt_line", ["receipt_id"], unique=False)
    op.create_table(
        "invoiced_receipt",
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["supplier_invoice.id"], name=op.f("fk_invoiced_receipt_invoice_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["goods_receipt.id"], name=op.f("fk_invoiced_receipt_receipt_id")),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_invoiced_receipt")),
    )
    op.create_index(op.f("ix_invoiced_receipt_invoice_id"), "invoiced_receipt", ["invoice_id"], unique=False)
    op.create_table(
        "discrepancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt_line_id", sa.Integer(), nullable=True),
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("resolution", sa.String(length=40), nullable=True),
        sa.Column("resolved_at", sa.DateTime(), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.CheckConstraint("quantity_milli > 0", name=op.f("ck_discrepancy_quantity_positive")),
        sa.ForeignKeyConstraint(["line_id"], ["purchase_line.id"], name=op.f("fk_discrepancy_line_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["goods_receipt.id"], name=op.f("fk_discrepancy_receipt_id")),
        sa.ForeignKeyConstraint(
            ["receipt_line_id"], ["goods_receipt_line.id"], name=op.f("fk_discrepancy_receipt_line_id")
        ),
        sa.ForeignKeyConstraint(["resolved_by_id"], ["staff.id"], name=op.f("fk_discrepancy_resolved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy")),
    )
    op.create_index(op.f("ix_discrepancy_line_id"), "discrepancy", ["line_id"], unique=False)
    op.create_index(op.f("ix_discrepancy_receipt_id"), "discrepancy", ["receipt_id"], unique=False)
    op.create_index(op.f("ix_discrepancy_receipt_line_id"), "discrepancy", ["receipt_line_id"], unique=False)
    op.create_index("ix_discrepancy_resolved_at", "discrepancy", ["resolved_at"], unique=False)
    # Written out: Alembic adds the constraint by a second statement, which SQLite does not know.
    op.execute(
        "ALTER TABLE part ADD COLUMN supplier_id INTEGER"
        " CONSTRAINT fk_part_supplier_id_supplier REFERENCES supplier (id)"
    )
    op.create_index("ix_part_supplier_id", "part", ["supplier_id"])
    op.execute(
        """
        INSERT INTO supplier (name, contact, phone, email, address, is_manufacturer, lead_days, order_cycle_days,
                              minimum_order_fen, payment_days, active, remark, created_at)
        SELECT supplier_name, '', '', '', '', false, 7, 7, 0, 30, true, '', min(created_at)
        FROM part WHERE supplier_name <> '' GROUP BY supplier_name
        """
    )
    op.execute(
        """
        UPDATE part SET supplier_id = (SELECT supplier.id FROM supplier WHERE supplier.name = part.supplier_name)
        WHERE supplier_name <> ''
        """
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        raise NotImplementedError("SQLite cannot drop a column that refers to a table: restore the backup")
    op.drop_index("ix_part_supplier_id", table_name="part")
    op.drop_column("part", "supplier_id")
    op.drop_table("discrepancy")
    op.drop_table("invoiced_receipt")
    op.drop_table("goods_receipt_line")
    op.drop_table("supplier_price")
    op.drop_table("supplier_audit_answer")
    op.drop_table("purchase_line")
    op.drop_table("incoming")
    op.drop_table("goods_receipt")
    op.drop_table("supplier_invoice")
    op.drop_table("supplier_contract")
    op.drop_table("supplier_audit")
    op.drop_table("purchase_target")
    op.drop_table("purchase_order")
    op.drop_table("supplier")
