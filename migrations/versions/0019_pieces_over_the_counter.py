"""Which batches or serial numbers went over the counter, or came back.

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("counter_sale_line", sa.Column("batches", sa.String(length=400), server_default="", nullable=False))
