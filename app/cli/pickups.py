"""``flask expire-pickups``: what was reserved online and not fetched is free again. For the night's timer."""

from __future__ import annotations

import click
from flask.cli import with_appcontext


@click.command("expire-pickups")
@with_appcontext
def expire_pickups_command() -> None:
    """Let go of reserved accessories that nobody has fetched in time."""
    import time

    from app.domain.counter_sales import pickups
    from app.extensions import db
    from app.kernel.actor import SYSTEM
    from app.kernel.clock import SystemClock
    from app.kernel.unit_of_work import transact

    session = db.session()
    ended = transact(session, lambda: pickups.expire(session, SYSTEM, SystemClock()), time.sleep)
    click.echo(f"{ended} reservations let go")
