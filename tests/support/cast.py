"""The named people of all tests: one per role, and two technicians because work is inspected by somebody else."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import secrets
from app.access.model import SignInSession
from app.access.policy import permissions_of
from app.domain.staff.model import Language, Role, Staff, StaffRole
from app.domain.staff.pinyin import search_key
from app.kernel.actor import Actor
from app.kernel.clock import FixedClock

# A Tuesday morning at ten, Shanghai time.
OPENING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)

PEOPLE: dict[str, tuple[str, frozenset[Role]]] = {
    "adviser": ("孟岚", frozenset({Role.SERVICE_ADVISER})),
    "controller": ("周正", frozenset({Role.WORKSHOP_CONTROLLER})),
    "technician": ("刘衡", frozenset({Role.TECHNICIAN})),
    "second_technician": ("周辰", frozenset({Role.TECHNICIAN})),
    "inspector": ("许青", frozenset({Role.QUALITY_INSPECTOR})),
    "parts_clerk": ("何苗", frozenset({Role.PARTS_CLERK})),
    "parts_manager": ("陆远", frozenset({Role.PARTS_MANAGER})),
    "warranty_clerk": ("沈一", frozenset({Role.WARRANTY_CLERK})),
    "cashier": ("钱悦", frozenset({Role.CASHIER})),
    "care": ("温言", frozenset({Role.CUSTOMER_CARE})),
    "trainer": ("乔木", frozenset({Role.TRAINER})),
    "used_car_desk": ("骆一鸣", frozenset({Role.USED_CAR_DESK})),
    "manager": ("方以智", frozenset({Role.SERVICE_MANAGER})),
    "general_manager": ("顾长风", frozenset({Role.GENERAL_MANAGER})),
    "administrator": ("管理员", frozenset({Role.ADMINISTRATOR})),
}


def person(session: Session, who: str, language: Language = Language.CHINESE) -> Staff:
    """The member of staff called ``who`` (a key of PEOPLE), created on first use."""
    found = session.scalar(select(Staff).where(Staff.login == who))
    if found is None:
        name, roles = PEOPLE[who]
        found = Staff(
            login=who,
            name=name,
            pinyin=search_key(name),
            language=language,
            joined_on=date(2020, 1, 1),
            created_at=OPENING,
            roles=[StaffRole(role=role) for role in sorted(roles)],
        )
        session.add(found)
        session.flush()
    return found


def acting(session: Session, who: str, via: str = "password") -> Actor:
    """``who`` as operations know them."""
    member = person(session, who)
    return Actor(name=member.name, staff_id=member.id, permissions=permissions_of(member.role_set, via), via=via)


def session_token(session: Session, who: str, clock: FixedClock, via: str = "password") -> str:
    """A signed-in session of ``who``, made as sign-in makes it, without the cost of hashing a password."""
    member = person(session, who)
    token = secrets.new_token()
    session.add(
        SignInSession(
            token_hash=secrets.token_hash(token),
            staff_id=member.id,
            via=via,
            started_at=clock.now(),
            seen_at=clock.now(),
        )
    )
    session.flush()
    return token
