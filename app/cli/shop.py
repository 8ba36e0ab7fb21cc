"""``flask init``: an empty shop."""

from __future__ import annotations

import click
from flask.cli import with_appcontext


@click.command("init")
@click.option("--login", default="admin", show_default=True, help="The administrator's sign-in name.")
@click.option("--password", envvar="PORTAL_ADMIN_PASSWORD", help="Made up and printed once when not given.")
@with_appcontext
def init_command(login: str, password: str | None) -> None:
    """Migrate and make an empty shop with one administrator."""
    import secrets

    from flask_migrate import upgrade
    from sqlalchemy import select

    from app.access.accounts import set_password
    from app.domain.staff.model import Role, Staff
    from app.domain.staff.operations import hire
    from app.extensions import db
    from app.kernel.actor import SYSTEM
    from app.kernel.clock import SystemClock

    upgrade()
    session = db.session()
    if session.scalar(select(Staff.id).limit(1)) is not None:
        click.echo("The shop has staff already; nothing was changed.")
        return
    chosen = password or "-".join(secrets.token_hex(3) for _ in range(3))
    clock = SystemClock()
    person = hire(session, SYSTEM, clock, login=login, name=login, roles={Role.ADMINISTRATOR})
    set_password(session, SYSTEM, clock, person, chosen)
    session.commit()
    click.echo(f"Sign in as {login}" + ("" if password else f" with the password {chosen}"))
