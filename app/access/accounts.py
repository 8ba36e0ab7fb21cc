"""Setting and changing the secrets of a person."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.access import secrets, sign_in
from app.domain.staff.model import Staff
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.permission import Permission


def set_password(session: Session, actor: Actor, clock: Clock, person: Staff, password: str) -> None:
    """Give a person a new password and end all their sessions; one's own or as administrator.

    Raises :class:`~app.kernel.errors.InvalidInput` for a weak one.
    """
    if person.id != actor.staff_id:
        actor.require(Permission.STAFF_EDIT)
    secrets.check_new_password(password, person.login)
    person.password_hash = secrets.hash_secret(password)
    sign_in.end_all(session, clock, person.id)
    audit.record(session, actor, clock, "staff.password", f"staff:{person.id}")


def set_pin(session: Session, actor: Actor, clock: Clock, person: Staff, pin: str) -> None:
    """Give a person a new PIN; one's own or as administrator. Raises InvalidInput for a weak one."""
    if person.id != actor.staff_id:
        actor.require(Permission.STAFF_EDIT)
    secrets.check_new_pin(pin)
    person.pin_hash = secrets.hash_secret(pin)
    sign_in.end_all(session, clock, person.id, via="pin")
    audit.record(session, actor, clock, "staff.pin", f"staff:{person.id}")
