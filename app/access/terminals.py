"""Enrolled terminals: shared devices on which a PIN is enough."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import secrets, sign_in
from app.access.model import Terminal
from app.domain.staff.model import Role, Staff, StaffRole
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission

# Whose work is on the floor, walking and standing: they have tiles on a terminal.
PIN_ROLES = frozenset({Role.TECHNICIAN, Role.QUALITY_INSPECTOR, Role.PARTS_CLERK, Role.WORKSHOP_CONTROLLER})


def enrol(session: Session, actor: Actor, clock: Clock, name: str) -> tuple[Terminal, str]:
    """Enrol this device under a name; returns the row and the token for its cookie."""
    actor.require(Permission.TERMINAL_ENROL)
    name = name.strip()
    if not name or len(name) > 60:
        raise InvalidInput(N_("Give the terminal a name of up to 60 characters."), field="name")
    if session.scalar(select(Terminal.id).where(Terminal.name == name)) is not None:
        raise InvalidInput(N_("There is a terminal of this name already."), field="name")
    token = secrets.new_token()
    terminal = Terminal(
        name=name, token_hash=secrets.token_hash(token), enrolled_at=clock.now(), enrolled_by=actor.name
    )
    session.add(terminal)
    session.flush()
    audit.record(session, actor, clock, "terminal.enrol", f"terminal:{terminal.id}", name=name)
    return terminal, token


def revoke(session: Session, actor: Actor, clock: Clock, terminal: Terminal) -> None:
    """Take a terminal's right away; PINs are refused on it at once, and whoever is signed in there is signed out."""
    actor.require(Permission.TERMINAL_ENROL)
    if terminal.revoked_at is None:
        terminal.revoked_at = clock.now()
        sign_in.end_at(session, clock, terminal)
        audit.record(session, actor, clock, "terminal.revoke", f"terminal:{terminal.id}")


def by_token(session: Session, token: str | None) -> Terminal | None:
    """The enrolled terminal that holds this cookie, unless it was revoked."""
    if not token:
        return None
    return session.scalar(
        select(Terminal).where(Terminal.token_hash == secrets.token_hash(token), Terminal.revoked_at.is_(None))
    )


def has_tile(session: Session, staff_id: int) -> Staff | None:
    """The person of a tile; None for everybody else, whoever they are."""
    return next((person for person in tiles(session) if person.id == staff_id), None)


def tiles(session: Session) -> Sequence[Staff]:
    """The people with a tile on the terminals: active, with a PIN and a role on the floor."""
    on_floor = select(StaffRole.staff_id).where(StaffRole.role.in_(PIN_ROLES))
    return session.scalars(
        select(Staff)
        .where(Staff.active.is_(True), Staff.pin_hash.is_not(None), Staff.id.in_(on_floor))
        .order_by(Staff.pinyin, Staff.id)
    ).all()


def listed(session: Session) -> Sequence[Terminal]:
    """All terminals, newest first."""
    return session.scalars(select(Terminal).order_by(Terminal.id.desc())).all()
