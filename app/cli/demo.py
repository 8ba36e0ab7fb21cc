"""``flask demo``: a believable shop of any size."""

from __future__ import annotations

import sys
import time

import click
from flask.cli import with_appcontext


@click.command("demo")
@click.option("--years", type=click.IntRange(0, 30), default=0, help="Years of finished orders behind today.")
@click.option("--orders-per-day", type=click.IntRange(1, 500), default=12, show_default=True)
@with_appcontext
def demo_command(years: int, orders_per_day: int) -> None:
    """Migrate and fill an empty shop."""
    from flask_migrate import upgrade

    from app.demo import fill
    from app.extensions import db

    upgrade()
    began = time.monotonic()
    try:
        finished = fill(db.session(), years=years, orders_per_day=orders_per_day)
    except ValueError:
        click.echo("The shop has staff already; nothing was changed.", err=True)
        sys.exit(1)
    db.session.commit()
    click.echo(f"{finished} finished orders in {time.monotonic() - began:.1f} s")
