"""Stock-takes.

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stock_take",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("first_bin", sa.String(length=30), nullable=False),
        sa.Column("last_bin", sa.String(length=30), nullable=False),
        sa.Column("abc", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("net_fen", sa.BigInteger(), nullable=True),
        sa.Column("absolute_fen", sa.BigInteger(), nullable=True),
        sa.Column("stock_fen", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["started_by_id"], ["staff.id"], name=op.f("fk_stock_take_started_by_id_staff")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["staff.id"], name=op.f("fk_stock_take_ended_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_take")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_take_number")),
    )
    op.create_index("ix_stock_take_state", "stock_take", ["state"])
    op.create_table(
        "stock_take_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("take_id", sa.Integer(), nullable=False),
        sa.Column("balance_id", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("counted_milli", sa.BigInteger(), nullable=True),
        sa.Column("book_milli", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", sa.DateTime(), nullable=True),
        sa.Column("counted_by_id", sa.Integer(), nullable=True),
        sa.Column("value_fen", sa.BigInteger(), nullable=True),
        sa.Column("lost", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("counted_milli >= 0", name=op.f("ck_stock_take_line_counted_not_negative")),
        sa.ForeignKeyConstraint(["take_id"], ["stock_take.id"], name=op.f("fk_stock_take_line_take_id_stock_take")),
        sa.ForeignKeyConstraint(
            ["balance_id"], ["stock_balance.id"], name=op.f("fk_stock_take_line_balance_id_stock_balance")
        ),
        sa.ForeignKeyConstraint(["counted_by_id"], ["staff.id"], name=op.f("fk_stock_take_line_counted_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_take_line")),
        sa.UniqueConstraint("take_id", "balance_id", name=op.f("uq_stock_take_line_take_id_balance_id")),
    )
    # Nobody counts the same shelf for two stock-takes at a time.
    op.create_index(
        "ix_stock_take_line_live",
        "stock_take_line",
        ["balance_id"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.create_table(
        "stock_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("counted_milli", sa.BigInteger(), nullable=False),
        sa.Column("book_milli", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["stock_take_line.id"], name=op.f("fk_stock_count_line_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_stock_count_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count")),
        sa.UniqueConstraint("line_id", "round", name=op.f("uq_stock_count_line_id_round")),
    )
    # Who counted what when is evidence: it stays as it was written.
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER stock_count_no_{deed.lower()} BEFORE {deed} ON stock_count "
                "BEGIN SELECT RAISE(ABORT, 'stock_count is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER stock_count_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_count "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("stock_count")
    op.drop_table("stock_take_line")
    op.drop_table("stock_take")
