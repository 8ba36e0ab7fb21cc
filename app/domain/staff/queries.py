"""Reading people and their certificates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.staff.model import Certificate, Role, Staff, StaffRole
from app.kernel.errors import N_, NotFound


def get_person(session: Session, staff_id: int) -> Staff:
    """A member of staff; raises :class:`NotFound`."""
    person = session.get(Staff, staff_id)
    if person is None:
        raise NotFound(N_("There is no such person."))
    return person


def everybody(session: Session) -> Sequence[Staff]:
    """All people with their roles, active first, by name."""
    return session.scalars(
        select(Staff).options(selectinload(Staff.roles)).order_by(Staff.active.desc(), Staff.pinyin, Staff.id)
    ).all()


@cache  # built once for each set of roles that our pages ask for
def _names_with_role(roles: tuple[Role, ...]) -> Select[tuple[int, str]]:
    person, held = Staff.__table__.c, StaffRole.__table__.c
    holders = select(held.staff_id).where(held.role.in_(roles))
    return (
        select(person.id, person.name)
        .where(person.active.is_(True), person.id.in_(holders))
        .order_by(person.pinyin, person.id)
    )


def names_with_role(session: Session, *roles: Role) -> Sequence[Row[tuple[int, str]]]:
    """(id, name) of the active people who hold one of ``roles``, by name: what a list to choose from needs."""
    return session.execute(_names_with_role(roles)).all()


def expiring(session: Session, until: date) -> Sequence[Certificate]:
    """Certificates of active people that expire by ``until``, the earliest first."""
    return session.scalars(
        select(Certificate)
        .join(Staff)
        .where(Staff.active.is_(True), Certificate.expires_on <= until)
        .options(joinedload(Certificate.staff).lazyload(Staff.roles))
        .order_by(Certificate.expires_on, Certificate.id)
    ).all()


def with_certificates(session: Session, *roles: Role) -> Sequence[Staff]:
    """The active people who hold one of ``roles``, with their certificates, by name."""
    holders = select(StaffRole.staff_id).where(StaffRole.role.in_(roles))
    return session.scalars(
        select(Staff)
        .where(Staff.active.is_(True), Staff.id.in_(holders))
        .options(selectinload(Staff.certificates))
        .order_by(Staff.pinyin, Staff.id)
    ).all()
