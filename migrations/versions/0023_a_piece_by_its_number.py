"""A scanned batch or serial number is found without its part.

Revision: 0023, after 0022
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_stock_batch_batch", "stock_batch", ["batch"])


def downgrade() -> None:
    op.drop_index("ix_stock_batch_batch", "stock_batch")
