"""Hiring, changing and disabling people; certificates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.staff.model import Certificate, CertificateKind, Language, Role, Staff, StaffRole
from app.domain.staff.pinyin import search_key
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, RuleBroken
from app.kernel.permission import Permission


def hire(
    session: Session,
    actor: Actor,
    clock: Clock,
    *,
    login: str,
    name: str,
    roles: Iterable[Role],
    language: Language = Language.CHINESE,
) -> Staff:
    """Add a person; raises :class:`InvalidInput` for a login that is taken or malformed, or no role."""
    actor.require(Permission.STAFF_EDIT)
    login, name, held = login.strip().lower(), name.strip(), sorted(set(roles))
    if not re.fullmatch(r"[a-z][a-z0-9._-]{1,59}", login, re.ASCII):
        raise InvalidInput(N_("A sign-in name has 2 to 60 letters, digits, dots or hyphens."), field="login")
    if session.scalar(select(Staff.id).where(Staff.login == login)) is not None:
        raise InvalidInput(N_("This sign-in name is taken."), field="login")
    if not name or len(name) > 80:
        raise InvalidInput(N_("Give a name of up to 80 characters."), field="name")
    if not held:
        raise InvalidInput(N_("Choose at least one role."), field="roles")
    person = Staff(
        login=login,
        name=name,
        pinyin=search_key(name)[:160],
        language=language,
        joined_on=business_date(clock.now()),
        created_at=clock.now(),
        roles=[StaffRole(role=role) for role in held],
    )
    session.add(person)
    session.flush()
    audit.record(session, actor, clock, "staff.hire", f"staff:{person.id}", roles=[r.value for r in held])
    return person


def change_roles(session: Session, actor: Actor, clock: Clock, person: Staff, roles: Iterable[Role]) -> None:
    """Give a person exactly these roles; the last administrator cannot lose the role."""
    actor.require(Permission.STAFF_EDIT)
    wanted = set(roles)
    if not wanted:
        raise InvalidInput(N_("Choose at least one role."), field="roles")
    if Role.ADMINISTRATOR in person.role_set - wanted:
        _keep_an_administrator(session, person)
    person.roles = [entry for entry in person.roles if entry.role in wanted] + [
        StaffRole(role=role) for role in sorted(wanted - person.role_set)
    ]
    audit.record(session, actor, clock, "staff.roles", f"staff:{person.id}", roles=sorted(r.value for r in wanted))


def set_active(session: Session, actor: Actor, clock: Clock, person: Staff, active: bool) -> None:
    """Disable or re-enable a person; nobody is ever deleted."""
    actor.require(Permission.STAFF_EDIT)
    if not active:
        if person.id == actor.staff_id:
            raise RuleBroken(N_("You cannot disable yourself."))
        if Role.ADMINISTRATOR in person.role_set:
            _keep_an_administrator(session, person)
    person.active = active
    person.left_on = None if active else business_date(clock.now())
    audit.record(session, actor, clock, "staff.enable" if active else "staff.disable", f"staff:{person.id}")


def _keep_an_administrator(session: Session, leaving: Staff) -> None:
    others = session.scalar(
        select(Staff.id)
        .join(StaffRole)
        .where(StaffRole.role == Role.ADMINISTRATOR, Staff.active.is_(True), Staff.id != leaving.id)
        .limit(1)
    )
    if others is None:
        raise RuleBroken(N_("This is the last administrator. Give somebody else the role first."))


def change_language(session: Session, actor: Actor, clock: Clock, person: Staff, language: Language) -> None:
    """Show the portal to a person in another language."""
    person.language = language
    audit.record(session, actor, clock, "staff.language", f"staff:{person.id}", language=language.value)


def record_certificate(
    session: Session,
    actor: Actor,
    clock: Clock,
    person: Staff,
    kind: CertificateKind,
    *,
    issued_on: date,
    expires_on: date,
    number: str = "",
) -> Certificate:
    """Add or renew a certificate; raises :class:`InvalidInput` when it would expire before it was issued."""
    actor.require(Permission.CERTIFICATE_EDIT)
    if expires_on <= issued_on:
        raise InvalidInput(N_("The certificate must expire after it was issued."), field="expires_on")
    held = session.scalar(select(Certificate).where(Certificate.staff_id == person.id, Certificate.kind == kind))
    if held is None:
        held = Certificate(staff_id=person.id, kind=kind, issued_on=issued_on, expires_on=expires_on)
        session.add(held)
    held.issued_on, held.expires_on, held.number = issued_on, expires_on, number.strip()[:60]
    session.flush()
    audit.record(
        session, actor, clock, "certificate.record", f"staff:{person.id}", kind=kind.value, expires_on=expires_on
    )
    return held
