"""Who counts again is somebody else, or allowed to with a reason.

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stock_take", sa.Column("allowed_at", sa.DateTime(), nullable=True))
    op.add_column("stock_take", sa.Column("allowed_reason", sa.String(length=300), server_default="", nullable=False))
    op.add_column("stock_take", sa.Column("sent_back_at", sa.DateTime(), nullable=True))
    # Null: counted before it was kept; nobody had to be somebody else then.
    op.add_column("stock_count", sa.Column("doubtful", sa.Boolean(), nullable=True))
    # Written out: what SQLite adds together with a column, it cannot add afterwards.
    for table, column in (
        ("stock_take", "allowed_by_id"),
        ("stock_take", "sent_back_by_id"),
        ("stock_count", "allowed_by_id"),
    ):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT fk_{table}_{column}_staff REFERENCES staff (id)"
        )
