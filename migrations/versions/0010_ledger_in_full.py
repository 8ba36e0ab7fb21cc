"""Closed periods, the day a movement belongs to, batches and serial numbers, substitutes.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "period_close",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("through", sa.Date(), nullable=False),
        sa.Column("value_fen", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_period_close_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_close")),
        sa.UniqueConstraint("through", name=op.f("uq_period_close_through")),
    )
    op.create_table(
        "part_substitute",
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.CheckConstraint("part_id <> substitute_id", name=op.f("ck_part_substitute_another_part")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_part_substitute_part_id")),
        sa.ForeignKeyConstraint(["substitute_id"], ["part.id"], name=op.f("fk_part_substitute_substitute_id")),
        sa.PrimaryKeyConstraint("part_id", "substitute_id", name=op.f("pk_part_substitute")),
    )
    op.create_table(
        "period_value",
        sa.Column("close_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("value_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["close_id"], ["period_close.id"], name=op.f("fk_period_value_close_id")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_period_value_part_id")),
        sa.PrimaryKeyConstraint("close_id", "part_id", name=op.f("pk_period_value")),
    )
    op.create_table(
        "stock_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=60), nullable=False),
        sa.Column("on_hand_milli", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("on_hand_milli >= 0", name=op.f("ck_stock_batch_on_hand_not_negative")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_stock_batch_part_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_batch")),
        sa.UniqueConstraint("part_id", "batch", name=op.f("uq_stock_batch_part_id_batch")),
    )
    op.add_column("goods_receipt", sa.Column("arrived_on", sa.Date(), nullable=True))
    op.add_column("part", sa.Column("tracking", sa.String(length=40), server_default="none", nullable=False))
    op.add_column("stock_movement", sa.Column("posted_on", sa.Date(), nullable=True))
    op.add_column("stock_movement", sa.Column("batch", sa.String(length=60), server_default="", nullable=False))
    op.create_index("ix_part_substitute_substitute_id", "part_substitute", ["substitute_id"])
    op.create_index("ix_part_successor_number", "part", ["successor_number"])
    # A close before all others: whoever posts into the past and whoever closes lock this row (stock/periods.py).
    op.execute(
        "INSERT INTO period_close (through, value_fen, parts, closed_at) "
        "VALUES ('1970-01-01', 0, 0, '1970-01-01 00:00:00')"
    )


def downgrade() -> None:
    op.drop_index("ix_part_successor_number", table_name="part")
    op.drop_column("stock_movement", "batch")
    op.drop_column("stock_movement", "posted_on")
    op.drop_column("part", "tracking")
    op.drop_column("goods_receipt", "arrived_on")
    op.drop_table("stock_batch")
    op.drop_table("period_value")
    op.drop_table("part_substitute")
    op.drop_table("period_close")
