"""The policy of service levels, suggested orders with all that led to them, and simulations of other policies.

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _run(name: str, *more: sa.Column) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("heard_at", sa.DateTime(), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("done_permille", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        *more,
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f(f"fk_{name}_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    _run("suggestion_run", sa.Column("day", sa.Date(), nullable=False))
    _run(
        "simulation_run",
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
    )
    _suggestion()
    op.create_table(
        "simulation_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("levels", sa.String(length=60), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("served_lines", sa.Integer(), nullable=False),
        sa.Column("stock_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("served_lines <= lines", name=op.f("ck_simulation_point_served_within_lines")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["simulation_run.id"], name=op.f("fk_simulation_point_run_id_simulation_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulation_point")),
    )
    op.create_index("ix_simulation_point_run_id", "simulation_point", ["run_id"])
    op.create_table(
        "replenishment_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=False),
        sa.Column("levels", sa.String(length=60), nullable=False),
        *(sa.Column(f"{limit}_permille", sa.Integer(), nullable=False) for limit in "abxy"),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("point_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "a_permille > 0 AND a_permille <= b_permille AND b_permille <= 1000",
            name=op.f("ck_replenishment_policy_shares_in_order"),
        ),
        sa.CheckConstraint(
            "x_permille > 0 AND x_permille <= y_permille", name=op.f("ck_replenishment_policy_variations_in_order")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_replenishment_policy_staff_id_staff")),
        sa.ForeignKeyConstraint(
            ["point_id"], ["simulation_point.id"], name=op.f("fk_replenishment_policy_point_id_simulation_point")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replenishment_policy")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_replenishment_policy_replaces_id")),
    )


def _suggestion() -> None:
    amounts = (
        "forecast error floor safety reorder up_to free incoming waiting pack minimum suggested chosen"  # thousandths
    )
    op.create_table(
        "suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        *(
            sa.Column(name, sa.String(length=40), nullable=False)
            for name in ("value_class", "stability", "pattern", "method")
        ),
        sa.Column("months", sa.String(length=300), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("weeks", "service_permille", "lead_days", "review_days")
        ),
        *(sa.Column(f"{name}_milli", sa.BigInteger(), nullable=False) for name in amounts.split()),
        sa.Column("unit_fen", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "suggested_milli > 0 AND chosen_milli >= 0 AND pack_milli > 0",
            name=op.f("ck_suggestion_amounts_make_sense"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["suggestion_run.id"], name=op.f("fk_suggestion_run_id_suggestion_run")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_suggestion_part_id_part")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_suggestion_supplier_id_supplier")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["staff.id"], name=op.f("fk_suggestion_changed_by_id_staff")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_suggestion_order_id_purchase_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("run_id", "part_id", name=op.f("uq_suggestion_run_id_part_id")),
    )
    op.create_index("ix_suggestion_run_supplier", "suggestion", ["run_id", "supplier_id", "id"])
    op.create_index("ix_suggestion_part_id", "suggestion", ["part_id"])
    op.create_index("ix_suggestion_order_id", "suggestion", ["order_id"])


def downgrade() -> None:
    for table in ("replenishment_policy", "simulation_point", "suggestion", "simulation_run", "suggestion_run"):
        op.drop_table(table)
