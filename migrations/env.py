"""Runs migrations inside the application: one connection, one transaction per run."""

from __future__ import annotations

from alembic import context
from flask import current_app

from app.kernel.orm import CentiColumn, EnumColumn, FenColumn, MilliColumn, UtcDateTime, WholeNumber

_PLAIN = {
    UtcDateTime: "sa.DateTime()",
    FenColumn: "sa.BigInteger()",
    MilliColumn: "sa.BigInteger()",
    CentiColumn: "sa.BigInteger()",
    WholeNumber: "sa.BigInteger()",
}


def render_item(kind: str, item: object, _autogen: object) -> str | bool:
    """Write our column types as plain ones: a migration must not change when the code does."""
    if kind == "type":
        if isinstance(item, EnumColumn):
            return "sa.String(length=40)"
        if type(item) in _PLAIN:
            return _PLAIN[type(item)]
    return False


engine = current_app.extensions["migrate"].db.engine
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=current_app.extensions["migrate"].db.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
