"""Accessories shown online, and what customers reserved of them.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offer",
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_offer_part_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["stored_file.id"], name=op.f("fk_offer_photo_id")),
        sa.PrimaryKeyConstraint("part_id", name=op.f("pk_offer")),
    )
    op.create_table(
        "pickup",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("reserved_at", sa.DateTime(), nullable=False),
        sa.Column("held_until", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state = 'waiting' OR (name = '' AND phone = '')", name=op.f("ck_pickup_forgotten_when_it_ends")
        ),
        sa.CheckConstraint("quantity_milli > 0", name=op.f("ck_pickup_quantity_positive")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_pickup_part_id")),
        sa.ForeignKeyConstraint(["sale_id"], ["counter_sale.id"], name=op.f("fk_pickup_sale_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup")),
        sa.UniqueConstraint("code", name=op.f("uq_pickup_code")),
    )
    op.create_index("ix_pickup_address", "pickup", ["address", "reserved_at"], unique=False)
    op.create_index(op.f("ix_pickup_sale_id"), "pickup", ["sale_id"], unique=False)
    op.create_index(
        "ix_pickup_waiting",
        "pickup",
        ["held_until"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table("pickup")
    op.drop_table("offer")
