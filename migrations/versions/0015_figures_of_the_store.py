"""When a part was asked for and whether it was there, and an index for figures over a span of time.

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("part_line", sa.Column("asked_at", sa.DateTime(), nullable=True))
    op.add_column("part_line", sa.Column("served_at_once", sa.Boolean(), nullable=True))
    op.create_index("ix_part_line_asked_at", "part_line", ["asked_at"])
    op.create_index("ix_stock_movement_at", "stock_movement", ["at"])


def downgrade() -> None:
    op.drop_index("ix_stock_movement_at", table_name="stock_movement")
    op.drop_index("ix_part_line_asked_at", table_name="part_line")
    op.drop_column("part_line", "served_at_once")
    op.drop_column("part_line", "asked_at")
