"""Deliveries, suppliers' invoices and paid sales refuse change in the database; a withdrawn invoice stays on record.

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WITHDRAWN_AT_A_TIME = "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)"
INVOICE = "id supplier_id number issued_on due_on total_fen entered_at entered_by_id"
DISCREPANCY = "id receipt_line_id receipt_id line_id kind quantity_milli amount_fen"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        _rebuild()
    else:
        _widen()
    # The right sum comes under the number of the wrong one, and bills the same deliveries.
    for name, table, columns, where in (
        ("uq_supplier_invoice_number", "supplier_invoice", ["supplier_id", "number"], "state <> 'withdrawn'"),
        ("uq_invoiced_receipt_billed", "invoiced_receipt", ["receipt_id"], "NOT withdrawn"),
    ):
        clause = sa.text(where)
        op.create_index(name, table, columns, unique=True, sqlite_where=clause, postgresql_where=clause)
    if not sqlite:
        _functions()
    for table in ("goods_receipt", "goods_receipt_line"):
        _refuse(table, "UPDATE", f"{table} is append-only")
    for table in ("goods_receipt", "goods_receipt_line", "discrepancy", "supplier_invoice", "invoiced_receipt"):
        _refuse(table, "DELETE", f"{table} keeps what was written")
    _refuse("counter_sale", "DELETE", "counter_sale keeps what was written")
    changed = _changed(DISCREPANCY)
    # But for one: what was sent back and not taken there is argued about again.
    settled = "OLD.resolved_at IS NOT NULL AND NOT (OLD.resolution = 'sent_back' AND NEW.resolved_at IS NULL)"
    _refuse("discrepancy", "UPDATE", "a discrepancy is settled once", f"({settled}) OR {changed}")
    closed = "OLD.state IN ('paid', 'withdrawn')"
    _refuse("supplier_invoice", "UPDATE", "an invoice stays as it was entered", f"{closed} OR {_changed(INVOICE)}")
    _refuse("counter_sale", "UPDATE", "a sale that is closed stays as it is", "OLD.state <> 'open' OR NEW.id <> OLD.id")
    for deed in ("INSERT", "UPDATE", "DELETE"):
        _refuse_under("counter_sale_line", deed, "counter_sale", "sale_id", "lines of a closed sale stay", "open")
    _refuse_under("invoiced_receipt", "INSERT", "supplier_invoice", "invoice_id", "it is closed", "disputed", "matched")
    changed = f"OLD.withdrawn OR NOT NEW.withdrawn OR {_changed('receipt_id invoice_id')}"
    _refuse("invoiced_receipt", "UPDATE", "invoiced_receipt is append-only", changed)
    _refuse_under("invoiced_receipt", "UPDATE", "supplier_invoice", "invoice_id", "its invoice stands", "withdrawn")


def _changed(columns: str) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns.split())


def _functions() -> None:
    """What the triggers of PostgreSQL call; those of SQLite carry their own words."""
    op.execute(
        "CREATE FUNCTION refuse_document() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$"
    )
    # The row above is held as its foreign key would hold it; that it is not closed in the same moment the operations see to,
    # which lock it first.
    op.execute(
        """
        CREATE FUNCTION refuse_under() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            above text;
            was text := to_jsonb(OLD) ->> TG_ARGV[1];
            is_now text := to_jsonb(NEW) ->> TG_ARGV[1];
        BEGIN
            FOR above IN EXECUTE format(
                'SELECT state FROM %I WHERE id IN ($1, $2) ORDER BY id FOR KEY SHARE', TG_ARGV[0]
            ) USING was::integer, is_now::integer
            LOOP
                IF NOT above = ANY (string_to_array(TG_ARGV[2], ' ')) THEN
                    RAISE EXCEPTION '%', TG_ARGV[3];
                END IF;
            END LOOP;
            RETURN COALESCE(NEW, OLD);
        END $$
        """
    )


def _refuse(table: str, deed: str, says: str, when: str = "") -> None:
    """No such deed on a row, or not ``when``."""
    clause = f"WHEN ({when}) " if when else ""
    name = f"{table}_no_{deed.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} BEFORE {deed} ON {table} {clause}BEGIN SELECT RAISE(ABORT, '{says}'); END")
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {deed} ON {table} "
        f"FOR EACH ROW {clause}EXECUTE FUNCTION refuse_document('{says}')"
    )
    if deed == "DELETE":
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_document('{says}')"
        )


def _refuse_under(table: str, deed: str, above: str, key: str, says: str, *states: str) -> None:
    """No such deed on a row unless the document above it is in one of these states."""
    name = f"{table}_no_{deed.lower()}_under"
    if op.get_bind().dialect.name == "sqlite":
        rows = ", ".join(
            f"{row}.{key}" for row, deeds in (("OLD", "UPDATE DELETE"), ("NEW", "INSERT UPDATE")) if deed in deeds
        )
        allowed = ", ".join(f"'{state}'" for state in states)
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {deed} ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {above} WHERE id IN ({rows}) AND state NOT IN ({allowed})) "
            f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH ROW "
        f"EXECUTE FUNCTION refuse_under('{above}', '{key}', '{' '.join(states)}', '{says}')"
    )
    if deed == "DELETE":
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_document('{says}')"
        )


def _widen() -> None:
    op.add_column("supplier_invoice", sa.Column("withdrawn_at", sa.DateTime(), nullable=True))
    op.add_column("supplier_invoice", sa.Column("withdrawn_by_id", sa.Integer(), nullable=True))
    why = sa.Column("withdrawn_why", sa.String(length=200), server_default="", nullable=False)
    op.add_column("supplier_invoice", why)
    op.create_foreign_key(
        op.f("fk_supplier_invoice_withdrawn_by_id"), "supplier_invoice", "staff", ["withdrawn_by_id"], ["id"]
    )
    op.create_check_constraint(op.f("ck_supplier_invoice_withdrawn_at_a_time"), "supplier_invoice", WITHDRAWN_AT_A_TIME)
    op.drop_constraint("uq_supplier_invoice_supplier_id_number", "supplier_invoice", type_="unique")
    op.add_column("invoiced_receipt", sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_constraint("pk_invoiced_receipt", "invoiced_receipt", type_="primary")
    op.create_primary_key(op.f("pk_invoiced_receipt"), "invoiced_receipt", ["receipt_id", "invoice_id"])


def _rebuild() -> None:
    """SQLite drops no constraint in place: copy both tables, the one that refers to the other first out of the way."""
    op.create_table(
        "supplier_invoice_again",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("expected_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_why", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint(WITHDRAWN_AT_A_TIME, name=op.f("ck_supplier_invoice_withdrawn_at_a_time")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["staff.id"], name=op.f("fk_supplier_invoice_entered_by_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_supplier_invoice_supplier_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["staff.id"], name=op.f("fk_supplier_invoice_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_invoice")),
    )
    op.create_table(
        "invoiced_receipt_again",
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["supplier_invoice_again.id"], name=op.f("fk_invoiced_receipt_invoice_id")
        ),
        sa.ForeignKeyConstraint(["receipt_id"], ["goods_receipt.id"], name=op.f("fk_invoiced_receipt_receipt_id")),
        sa.PrimaryKeyConstraint("receipt_id", "invoice_id", name=op.f("pk_invoiced_receipt")),
    )
    kept = {
        "supplier_invoice": "id, supplier_id, number, issued_on, due_on, total_fen, expected_fen, state, reason, "
        "entered_at, entered_by_id, paid_on, version",
        "invoiced_receipt": "receipt_id, invoice_id",
    }
    for table, names in kept.items():
        op.execute(f"INSERT INTO {table}_again ({names}) SELECT {names} FROM {table}")
    for table in reversed(kept):
        op.drop_table(table)
    for table in kept:
        op.rename_table(f"{table}_again", table)
    op.create_index("ix_supplier_invoice_state", "supplier_invoice", ["state"])
    op.create_index("ix_invoiced_receipt_invoice_id", "invoiced_receipt", ["invoice_id"])
