"""Prices that were corrected after the customer's answer, before and after, with who and why.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("part_line_id", sa.Integer(), nullable=True),
        sa.Column("was_payer", sa.String(length=40), nullable=False),
        sa.Column("was_discount_permille", sa.Integer(), nullable=False),
        sa.Column("was_fen", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.String(length=40), nullable=False),
        sa.Column("discount_permille", sa.Integer(), nullable=False),
        sa.Column("now_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("discount_permille BETWEEN 0 AND 1000", name=op.f("ck_price_change_discount_range")),
        sa.CheckConstraint(
            "(state = 'in_force') = (event_id IS NOT NULL)", name=op.f("ck_price_change_in_force_by_a_move")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["order_event.id"], name=op.f("fk_price_change_event_id_order_event")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_price_change_job_id_job")),
        sa.ForeignKeyConstraint(["order_id"], ["repair_order.id"], name=op.f("fk_price_change_order_id_repair_order")),
        sa.ForeignKeyConstraint(
            ["part_line_id"], ["part_line.id"], name=op.f("fk_price_change_part_line_id_part_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_change")),
    )
    op.create_index("ix_price_change_order_id", "price_change", ["order_id"])


def downgrade() -> None:
    op.drop_table("price_change")
