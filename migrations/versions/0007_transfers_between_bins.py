"""Quantities moved from one bin to another.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stock_transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("from_bin_id", sa.Integer(), nullable=False),
        sa.Column("to_bin_id", sa.Integer(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("quantity_milli > 0", name=op.f("ck_stock_transfer_quantity_positive")),
        sa.CheckConstraint("from_bin_id <> to_bin_id", name=op.f("ck_stock_transfer_another_bin")),
        sa.ForeignKeyConstraint(["from_bin_id"], ["bin.id"], name=op.f("fk_stock_transfer_from_bin_id_bin")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_stock_transfer_part_id_part")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_stock_transfer_staff_id_staff")),
        sa.ForeignKeyConstraint(["to_bin_id"], ["bin.id"], name=op.f("fk_stock_transfer_to_bin_id_bin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfer")),
    )


def downgrade() -> None:
    op.drop_table("stock_transfer")
