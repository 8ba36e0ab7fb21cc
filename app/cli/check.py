"""``flask check``: is any invariant broken?"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import click
from flask.cli import with_appcontext

import app.domain
from app.extensions import db
from app.kernel import invariants
from app.kernel.unit_of_work import reading


def load_checks() -> None:
    """Import every noun's ``checks.py``, which declares its invariants."""
    for package in pkgutil.iter_modules(app.domain.__path__):
        name = f"app.domain.{package.name}.checks"
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise


@click.command("check")
@with_appcontext
def check_command() -> None:
    """Read the whole database; exit 1 and name the rows when an invariant does not hold."""
    load_checks()
    count = 0
    with reading():
        for found in invariants.broken(db.session()):
            count += 1
            click.echo(f"{found.invariant}: {found.row}")
    if count:
        click.echo(f"{count} broken")
        sys.exit(1)
    click.echo(f"{len(invariants.declared())} invariants hold")
