"""Demand that was lost.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lost_demand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=120), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("quantity_milli > 0", name=op.f("ck_lost_demand_quantity_positive")),
        sa.CheckConstraint("part_id IS NOT NULL OR words <> ''", name=op.f("ck_lost_demand_says_what")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_lost_demand_part_id_part")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_lost_demand_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_demand")),
    )
    op.create_index("ix_lost_demand_part_id", "lost_demand", ["part_id"])
    op.create_index("ix_lost_demand_at", "lost_demand", ["at"])


def downgrade() -> None:
    op.drop_table("lost_demand")
