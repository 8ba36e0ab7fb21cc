"""What is still to be paid on each settlement, and an index of the few of which something is.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OWED = sa.text("open_fen > 0 AND payer = 'customer'")
ON_CREDIT = sa.text("on_credit_at IS NOT NULL AND payer = 'customer'")
REFUND = sa.text("amount_fen < 0")


def upgrade() -> None:
    op.add_column("settlement", sa.Column("open_fen", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        """
        UPDATE settlement SET open_fen = total_fen - coalesce(
            (SELECT sum(tender.amount_fen) FROM tender WHERE tender.settlement_id = settlement.id), 0)
        WHERE reverses_id IS NULL
          AND id NOT IN (SELECT reverses_id FROM settlement WHERE reverses_id IS NOT NULL)
        """
    )
    op.create_index("ix_settlement_owed", "settlement", ["id"], sqlite_where=OWED, postgresql_where=OWED)
    op.drop_index("ix_tender_refund", table_name="tender")
    op.drop_index("ix_settlement_on_credit", table_name="settlement")


def downgrade() -> None:
    op.create_index("ix_settlement_on_credit", "settlement", ["id"], sqlite_where=ON_CREDIT, postgresql_where=ON_CREDIT)
    op.create_index("ix_tender_refund", "tender", ["settlement_id"], sqlite_where=REFUND, postgresql_where=REFUND)
    op.drop_index("ix_settlement_owed", table_name="settlement")
    op.drop_column("settlement", "open_fen")
