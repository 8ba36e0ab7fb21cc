"""Tools: the register, loans, calibrations, and what happened to each.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tool",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("pinyin", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("serial", sa.String(length=60), nullable=False),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("calibration_days", sa.Integer(), nullable=True),
        sa.Column("calibrated_on", sa.Date(), nullable=True),
        sa.Column("calibration_due", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("calibration_days > 0", name=op.f("ck_tool_interval_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool")),
        sa.UniqueConstraint("number", name=op.f("uq_tool_number")),
    )
    op.create_table(
        "tool_calibration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tool_id", sa.Integer(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("certificate", sa.String(length=60), nullable=False),
        sa.Column("laboratory", sa.String(length=120), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("due_on > done_on", name=op.f("ck_tool_calibration_ends_after_it_began")),
        sa.ForeignKeyConstraint(["photo_id"], ["stored_file.id"], name=op.f("fk_tool_calibration_photo_id")),
        sa.ForeignKeyConstraint(["tool_id"], ["tool.id"], name=op.f("fk_tool_calibration_tool_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool_calibration")),
    )
    op.create_index(op.f("ix_tool_calibration_tool_id"), "tool_calibration", ["tool_id"], unique=False)
    op.create_table(
        "tool_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tool_id", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["staff.id"], name=op.f("fk_tool_event_holder_id")),
        sa.ForeignKeyConstraint(["tool_id"], ["tool.id"], name=op.f("fk_tool_event_tool_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool_event")),
    )
    op.create_index(op.f("ix_tool_event_tool_id"), "tool_event", ["tool_id"], unique=False)
    op.create_table(
        "tool_loan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tool_id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("lent_at", sa.DateTime(), nullable=False),
        sa.Column("lent_by", sa.String(length=120), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("returned_at", sa.DateTime(), nullable=True),
        sa.Column("returned_to", sa.String(length=120), nullable=False),
        sa.Column("condition", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "(returned_at IS NULL) = (condition IS NULL)", name=op.f("ck_tool_loan_returned_in_a_condition")
        ),
        sa.ForeignKeyConstraint(["holder_id"], ["staff.id"], name=op.f("fk_tool_loan_holder_id")),
        sa.ForeignKeyConstraint(["tool_id"], ["tool.id"], name=op.f("fk_tool_loan_tool_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool_loan")),
    )
    op.create_index(
        "ix_tool_loan_open",
        "tool_loan",
        ["tool_id"],
        unique=True,
        sqlite_where=sa.text("returned_at IS NULL"),
        postgresql_where=sa.text("returned_at IS NULL"),
    )

    # What happened to a tool is never rewritten.
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER tool_event_no_{deed.lower()} BEFORE {deed} ON tool_event "
                "BEGIN SELECT RAISE(ABORT, 'tool_event is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER tool_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tool_event "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in ("tool_loan", "tool_event", "tool_calibration", "tool"):
        op.drop_table(table)
