"""Sales over the counter; money is received on them in the same ledger as on settlements.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ON_ONE_DOCUMENT = "(settlement_id IS NULL) <> (counter_sale_id IS NULL)"


def upgrade() -> None:
    op.create_table(
        "counter_sale",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("net_fen", sa.BigInteger(), nullable=False),
        sa.Column("tax_fen", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("begun_by", sa.String(length=120), nullable=False),
        sa.Column("paid_at", sa.DateTime(), nullable=True),
        sa.Column("cashier", sa.String(length=120), nullable=False),
        sa.Column("returns_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'paid') = (number IS NOT NULL)", name=op.f("ck_counter_sale_numbered_when_paid")),
        sa.CheckConstraint("net_fen + tax_fen = total_fen", name=op.f("ck_counter_sale_net_plus_tax_is_total")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_counter_sale_customer_id")),
        sa.ForeignKeyConstraint(["returns_id"], ["counter_sale.id"], name=op.f("fk_counter_sale_returns_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_sale")),
        sa.UniqueConstraint("number", name=op.f("uq_counter_sale_number")),
    )
    op.create_index(op.f("ix_counter_sale_customer_id"), "counter_sale", ["customer_id"], unique=False)
    op.create_index(
        "ix_counter_sale_open",
        "counter_sale",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_counter_sale_paid_at"), "counter_sale", ["paid_at"], unique=False)
    op.create_index(op.f("ix_counter_sale_returns_id"), "counter_sale", ["returns_id"], unique=False)
    op.create_table(
        "counter_sale_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sale_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("discount_permille", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("returns_line_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "discount_permille >= 0 AND discount_permille <= 1000",
            name=op.f("ck_counter_sale_line_discount_within_price"),
        ),
        sa.CheckConstraint("quantity_milli <> 0", name=op.f("ck_counter_sale_line_quantity_not_zero")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_counter_sale_line_part_id")),
        sa.ForeignKeyConstraint(
            ["returns_line_id"], ["counter_sale_line.id"], name=op.f("fk_counter_sale_line_returns_line_id")
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["counter_sale.id"], name=op.f("fk_counter_sale_line_sale_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_sale_line")),
        sa.UniqueConstraint(
            "sale_id",
            "part_id",
            "discount_permille",
            name=op.f("uq_counter_sale_line_sale_id_part_id_discount_permille"),
        ),
    )
    op.create_index(op.f("ix_counter_sale_line_part_id"), "counter_sale_line", ["part_id"], unique=False)
    op.create_index(
        op.f("ix_counter_sale_line_returns_line_id"), "counter_sale_line", ["returns_line_id"], unique=False
    )
    if op.get_bind().dialect.name == "sqlite":
        _rebuild(counter=True)
        return
    op.alter_column("tender", "settlement_id", existing_type=sa.Integer(), nullable=True)
    op.add_column("tender", sa.Column("counter_sale_id", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("fk_tender_counter_sale_id"), "tender", "counter_sale", ["counter_sale_id"], ["id"])
    op.create_check_constraint(op.f("ck_tender_on_one_document"), "tender", ON_ONE_DOCUMENT)
    op.create_index("ix_tender_counter_sale_id", "tender", ["counter_sale_id"])


def _rebuild(*, counter: bool) -> None:
    """SQLite cannot make a column nullable in place: copy the table, and give it its indexes and triggers again."""
    kept = ["id", "number", "settlement_id", "method", "amount_fen", "reference", "received_at", "cashier_id"]
    parts: list[sa.schema.SchemaItem] = [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("settlement_id", sa.Integer(), nullable=counter),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("cashier_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_tender_amount_not_zero")),
        sa.ForeignKeyConstraint(["cashier_id"], ["staff.id"], name=op.f("fk_tender_cashier_id")),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlement.id"], name=op.f("fk_tender_settlement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender")),
        sa.UniqueConstraint("number", name=op.f("uq_tender_number")),
    ]
    if counter:
        parts.insert(3, sa.Column("counter_sale_id", sa.Integer(), nullable=True))
        parts.append(
            sa.ForeignKeyConstraint(["counter_sale_id"], ["counter_sale.id"], name=op.f("fk_tender_counter_sale_id"))
        )
        parts.append(sa.CheckConstraint(ON_ONE_DOCUMENT, name=op.f("ck_tender_on_one_document")))
    op.create_table("tender_again", *parts)
    names = ", ".join(kept)
    op.execute(f"INSERT INTO tender_again ({names}) SELECT {names} FROM tender ORDER BY id")
    op.drop_table("tender")
    op.rename_table("tender_again", "tender")
    op.create_index("ix_tender_settlement_id", "tender", ["settlement_id"])
    op.create_index("ix_tender_received_at", "tender", ["received_at"])
    if counter:
        op.create_index("ix_tender_counter_sale_id", "tender", ["counter_sale_id"])
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER tender_no_{deed.lower()} BEFORE {deed} ON tender "
            "BEGIN SELECT RAISE(ABORT, 'tender is append-only'); END"
        )


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM tender WHERE settlement_id IS NULL")):
        raise RuntimeError("money was received on counter sales: it cannot be forgotten")
    if op.get_bind().dialect.name == "sqlite":
        _rebuild(counter=False)
    else:
        op.drop_column("tender", "counter_sale_id")
        op.alter_column("tender", "settlement_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("counter_sale_line")
    op.drop_table("counter_sale")
