"""Indexes of the few settlements that may still be owed after the car has left.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ON_CREDIT = sa.text("on_credit_at IS NOT NULL AND payer = 'customer'")
REFUND = sa.text("amount_fen < 0")


def upgrade() -> None:
    op.create_index("ix_settlement_on_credit", "settlement", ["id"], sqlite_where=ON_CREDIT, postgresql_where=ON_CREDIT)
    op.create_index("ix_tender_refund", "tender", ["settlement_id"], sqlite_where=REFUND, postgresql_where=REFUND)


def downgrade() -> None:
    op.drop_index("ix_tender_refund", table_name="tender")
    op.drop_index("ix_settlement_on_credit", table_name="settlement")
