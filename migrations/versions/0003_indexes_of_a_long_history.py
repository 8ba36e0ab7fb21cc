"""Indexes that keep the pages of a shop with ten years of orders as quick as those of a new one.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INITIALS = sa.text("ltrim(pinyin, replace(pinyin, ' ', ''))")


def upgrade() -> None:
    op.create_index("ix_repair_order_state_id", "repair_order", ["state", "id"])
    op.create_index("ix_job_technician_state", "job", ["technician_id", "state"])
    op.create_index("ix_part_line_part_order", "part_line", ["part_id", "order_id"])
    op.create_index("ix_follow_up_state_due", "follow_up", ["state", "due_on"])
    op.create_index(
        "ix_follow_up_needs_action",
        "follow_up",
        ["id"],
        sqlite_where=sa.text("needs_action = 1"),
        postgresql_where=sa.text("needs_action"),
    )
    op.create_index(
        "ix_parts_request_open",
        "parts_request",
        ["id"],
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_index("ix_customer_initials", "customer", [INITIALS])


def downgrade() -> None:
    op.drop_index("ix_customer_initials", table_name="customer")
    op.drop_index("ix_parts_request_open", table_name="parts_request")
    op.drop_index("ix_follow_up_needs_action", table_name="follow_up")
    op.drop_index("ix_follow_up_state_due", table_name="follow_up")
    op.drop_index("ix_part_line_part_order", table_name="part_line")
    op.drop_index("ix_job_technician_state", table_name="job")
    op.drop_index("ix_repair_order_state_id", table_name="repair_order")
