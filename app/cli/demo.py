"""``flask demo``: a believable shop of any size."""

from __future__ import annotations

import sys
import time

import click
from flask.cli import with_appcontext


@click.command("demo")
@click.option("--years", type=click.IntRange(0, 30), default=0, help="Years of finished orders behind today.")
@click.option("--days", type=click.IntRange(0, 11_000), help="Days of them, when no years are given.  [default: 75]")
@click.option("--orders-per-day", type=click.IntRange(1, 500), default=12, show_default=True)
@with_appcontext
def demo_command(years: int, days: int | None, orders_per_day: int) -> None:
    """Migrate and fill an empty shop."""
    from flask_migrate import upgrade

    from app.demo import DAYS, fill
    from app.extensions import db

    upgrade()
    began = time.monotonic()
    behind = years * 365 or (DAYS if days is None else days)
    try:
        finished = fill(db.session(), days=behind, orders_per_day=orders_per_day, progress=_Line())
    except ValueError:
        click.echo("The shop has staff already; nothing was changed.", err=True)
        sys.exit(1)
    db.session.commit()
    click.echo(f"{finished} finished orders in {time.monotonic() - began:.1f} s")


class _Line:
    """A line on the terminal that tells how far the history is; silent when nobody looks."""

    def __init__(self) -> None:
        self.shown, self.began = 0, time.monotonic()

    def __call__(self, share: float) -> None:
        """Show the share that is done, in whole per cent."""
        percent = int(share * 100)
        if percent <= self.shown or not sys.stderr.isatty():
            return
        self.shown = percent
        left = (time.monotonic() - self.began) * (1 - share) / share
        line = f"\r{percent:3d} %, about {left:.0f} s to go   "
        click.echo(line if percent < 100 else "\r" + " " * len(line) + "\r", nl=False, err=True)
