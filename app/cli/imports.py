"""``flask import KIND FILE``: take in what the old system exported."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext


@click.command("import")
@click.argument("kind", type=click.Choice(["customers", "vehicles", "parts", "operations", "orders"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write a CSV of every field touched.")
@click.option("--dry-run", is_flag=True, help="Decide on every row, store nothing.")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of the reasons."
)
@with_appcontext
def import_command(kind: str, file: Path, report: Path | None, dry_run: bool, lang: str) -> None:
    """Import FILE; the last line printed counts its rows. Exit status 2 when the file cannot be read at all."""
    from app.domain.imports.runner import import_file
    from app.extensions import db
    from app.kernel.actor import SYSTEM
    from app.kernel.clock import SystemClock
    from app.kernel.errors import InvalidInput

    session = db.session()

    def progress(row: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{row} rows", nl=False, err=True)

    with contextlib.ExitStack() as stack:
        # With a byte-order mark, so that a spreadsheet opens the Chinese in it rightly.
        target = stack.enter_context(report.open("w", encoding="utf-8-sig", newline="")) if report else None
        try:
            result = import_file(
                session, SYSTEM, SystemClock(), kind, file, report=target, language=lang, progress=progress
            )
        except InvalidInput as error:
            session.rollback()
            click.echo(str(error), err=True)
            sys.exit(2)
        except BaseException:
            session.rollback()
            raise
    if dry_run:
        session.rollback()
    else:
        session.commit()
    if sys.stderr.isatty():
        click.echo("", err=True)
    click.echo(result.line())
