"""``flask audit verify``: does the chain hold?"""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext

from app.extensions import db
from app.kernel import audit
from app.kernel.unit_of_work import reading


@click.group("audit")
def audit_group() -> None:
    """The audit chain."""


@audit_group.command("verify")
@click.option("--anchor", metavar="SEQ:HASH", help="A row noted outside earlier, such as on a daily report.")
@with_appcontext
def verify_command(anchor: str | None) -> None:
    """Walk the chain; exit 1 and name the rows when it was changed, cut, reordered or deleted from."""
    known = None
    if anchor:
        seq, _, digest = anchor.partition(":")
        if not seq.isdigit() or len(digest) != 64:
            raise click.BadParameter("SEQ:HASH, with 64 hexadecimal digits", param_hint="--anchor")
        known = (int(seq), digest)
    with reading():
        breaks = list(audit.verify(db.session(), known))
        head = db.session.get(audit.AuditHead, 1)
    for broken in breaks:
        click.echo(f"row {broken.seq}: {broken.why}")
    if breaks:
        sys.exit(1)
    click.echo(
        f"holds: {head.seq if head else 0} rows, head {head.seq if head else 0}:{head.hash if head else audit.GENESIS}"
    )
