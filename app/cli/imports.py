"""``flask import KIND FILE``: take in what the old system exported."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

KINDS = ["customers", "vehicles", "parts", "operations", "orders", "prices"]


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write a CSV of every field touched.")
@click.option("--dry-run", is_flag=True, help="Decide on every row, store nothing.")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of the reasons."
)
@click.option(
    "--progress", type=click.Path(dir_okay=False, path_type=Path), help="Keep writing how far it is, as JSON."
)
@click.option("--staff", type=int, help="On whose behalf, by staff id; the system's own if left out.")
@click.option("--supplier", type=int, help="Whose price list it is, by the supplier's id.")
@click.option("--name", default="", help="The file's name as the shop knows it.")
@with_appcontext
def import_command(
    kind: str,
    file: Path,
    report: Path | None,
    dry_run: bool,
    lang: str,
    progress: Path | None,
    staff: int | None,
    supplier: int | None,
    name: str,
) -> None:
    """Import FILE; the last line printed counts its rows. Exit status 2 when the file cannot be read at all."""
    from app.access.policy import permissions_of
    from app.domain.imports.runner import Result, import_file
    from app.domain.staff.model import Staff
    from app.extensions import db
    from app.kernel.actor import SYSTEM, Actor
    from app.kernel.clock import SystemClock
    from app.kernel.errors import DomainError

    if report and not report.parent.is_dir():
        raise click.BadParameter(f"there is no folder {report.parent}", param_hint="--report")
    session = db.session()
    actor = SYSTEM
    if staff is not None:
        person = session.get_one(Staff, staff)
        actor = Actor(name=person.name, staff_id=person.id, permissions=permissions_of(person.role_set), via="password")
    tell = _Teller(progress)
    # A report stands there only for what was done; one of an import that broke off would tell of rows that are not there.
    part = report.with_name(report.name + ".part") if report else None

    def take_in() -> Result:
        with contextlib.ExitStack() as stack:
            # With a byte-order mark, so that a spreadsheet opens the Chinese in it rightly.
            target = stack.enter_context(part.open("w", encoding="utf-8-sig", newline="")) if part else None
            return import_file(
                session,
                actor,
                SystemClock(),
                kind,
                file,
                report=target,
                language=lang,
                file_name=name,
                progress=tell.row,
                supplier_id=supplier,
            )

    try:
        result = take_in()
        if dry_run:
            session.rollback()
        else:
            session.commit()
        if part and report:
            os.replace(part, report)
    except DomainError as error:
        session.rollback()
        tell.end("refused", message=_in_words(error, lang))
        click.echo(_in_words(error, lang), err=True)
        sys.exit(2)
    except BaseException:
        session.rollback()
        tell.end("failed")
        raise
    finally:
        if part:
            part.unlink(missing_ok=True)
    sample = [[str(row), n.outcome.value, n.field, n.reason, n.was, n.now] for row, n in result.sample]
    counts = {outcome.value: count for outcome, count in result.counts.items()}
    unread = {"unread_columns": list(result.unread_columns), "unread_sheets": list(result.unread_sheets)}
    tell.end("checked" if dry_run else "imported", counts=counts, sample=sample, **unread)
    if sys.stderr.isatty():
        click.echo("", err=True)
    if result.unread_columns:
        click.echo(f"columns not taken in: {', '.join(result.unread_columns)}", err=True)
    if result.unread_sheets:
        click.echo(f"sheets not taken in: {', '.join(result.unread_sheets)}", err=True)
    click.echo(result.line())


def _in_words(error: Any, lang: str) -> str:
    from flask import current_app
    from flask_babel import force_locale

    from app.web.errors import message

    with current_app.test_request_context(), force_locale("en" if lang == "en" else "zh_Hans_CN"):
        return message(error)


class _Teller:
    """Says how far an import is: to the terminal, and to a file that the upload page reads."""

    def __init__(self, path: Path | None) -> None:
        self.path, self.reached = path, 0

    def row(self, row: int) -> None:
        self.reached = row
        if sys.stderr.isatty():
            click.echo(f"\r{row} rows", nl=False, err=True)
        self._write({"row": row})

    def end(self, step: str, **more: Any) -> None:
        self._write({"row": self.reached, "step": step, **more})

    def _write(self, said: dict[str, Any]) -> None:
        if self.path is None:
            return
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        os.replace(part, self.path)  # a reader never sees half of it
