"""Signing in by password or, on an enrolled terminal, by PIN; sessions as rows; guesses counted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from app.access import secrets
from app.access.model import SignInAttempt, SignInSession, Terminal
from app.access.policy import permissions_of
from app.domain.staff.model import Role, Staff, StaffRole
from app.kernel import audit
from app.kernel.actor import SYSTEM, Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, DomainError
from app.kernel.idempotency import forget
from app.kernel.permission import Permission

WINDOW = timedelta(minutes=15)
PASSWORD_GUESSES = 10
PIN_GUESSES = 5
PIN_IDLE = timedelta(minutes=2)
PASSWORD_IDLE = timedelta(hours=10)
KEYS_KEPT = timedelta(days=7)
TOUCH_AFTER = {"pin": timedelta(seconds=10), "password": timedelta(minutes=2)}


class SignInRefused(DomainError):
    """Wrong secret or too many guesses; says no more than that."""

    status = 422


class TooManyGuesses(SignInRefused):
    """The secret was not even looked at."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a request."""

    token: str
    session_id: int
    staff_id: int
    name: str
    language: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    via: str
    terminal_id: int | None
    needs_touch: bool

    # What Flask-Login asks of a user.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """The session token: Flask-Login keeps it in the signed cookie."""
        return self.token

    def may(self, permission: Permission) -> bool:
        """True when the person holds ``permission`` now."""
        return permission in self.permissions

    @property
    def initials(self) -> str:
        """What stands in the round badge: the last two characters of a Chinese name, else the first of each word."""
        words = self.name.split()
        return self.name[-2:] if len(words) == 1 and not self.name.isascii() else "".join(w[0] for w in words)[:2]

    def actor(self) -> Actor:
        """The person as operations know them."""
        return Actor(name=self.name, staff_id=self.staff_id, permissions=self.permissions, via=self.via)


def _failures(session: Session, clock: Clock, subject: str) -> int:
    return session.execute(
        select(func.count())
        .select_from(SignInAttempt)
        .where(
            SignInAttempt.subject == subject,
            SignInAttempt.at > clock.now() - WINDOW,
            SignInAttempt.succeeded.is_(False),
        )
    ).scalar_one()


def _begin(session: Session, clock: Clock, staff: Staff, via: str, terminal: Terminal | None) -> str:
    token = secrets.new_token()
    session.add(
        SignInSession(
            token_hash=secrets.token_hash(token),
            staff_id=staff.id,
            terminal_id=terminal.id if terminal else None,
            via=via,
            started_at=clock.now(),
            seen_at=clock.now(),
        )
    )
    actor = Actor(name=staff.name, staff_id=staff.id, via=via)
    audit.record(session, actor, clock, "sign_in", f"staff:{staff.id}", terminal=terminal.name if terminal else None)
    return token


def _attempt(
    session: Session, clock: Clock, *, subject: str, limit: int, staff: Staff | None, stored: str | None, secret: str
) -> None:
    """Count and check one guess; raises SignInRefused. The caller commits in either case."""
    if staff is not None:
        # Guesses at one person's secret are checked one after the other: fifty at once would all count nought before.
        lock = select(Staff.id).where(Staff.id == staff.id).with_for_update(key_share=True)
        session.execute(lock).one()
    if _failures(session, clock, subject) >= limit:
        audit.record(session, SYSTEM, clock, "sign_in.blocked", subject)
        raise TooManyGuesses(N_("Too many wrong attempts. Wait 15 minutes or use an enrolled terminal."))
    right = secrets.matches(stored if staff is not None and staff.active else None, secret)
    session.add(SignInAttempt(subject=subject, at=clock.now(), succeeded=right))
    if not right:
        audit.record(session, SYSTEM, clock, "sign_in.failed", subject)
        raise SignInRefused(N_("The name and the password or PIN do not match."))


def _subject(login: str, terminal: Terminal | None) -> str:
    """Whose guesses are counted together. A name that is typed can never make the subject of a terminal."""
    return f"terminal:{terminal.id} login:{login}" if terminal else f"login:{login}"


def confirm_password(session: Session, clock: Clock, staff: Staff, password: str, terminal: Terminal | None) -> None:
    """Raise :class:`SignInRefused` unless a signed-in person knows their password; counted like a sign-in."""
    subject = _subject(staff.login, terminal)
    stored = staff.password_hash
    _attempt(session, clock, subject=subject, limit=PASSWORD_GUESSES, staff=staff, stored=stored, secret=password)


def with_password(session: Session, clock: Clock, login: str, password: str, terminal: Terminal | None) -> str:
    """Sign in by password and return the session's token; raises :class:`SignInRefused`.

    Ten guesses in 15 minutes per person; guesses from an enrolled terminal are counted apart, so that a stranger
    cannot lock the owner out there.
    """
    login = login.strip().lower()[:60]
    subject = _subject(login, terminal)
    staff = session.scalar(select(Staff).where(Staff.login == login))
    stored = staff.password_hash if staff else None
    _attempt(session, clock, subject=subject, limit=PASSWORD_GUESSES, staff=staff, stored=stored, secret=password)
    assert staff is not None
    if terminal is not None:
        end_at(session, clock, terminal)
    forget(session, clock.now() - KEYS_KEPT)  # some times a day, where nobody waits for a board
    return _begin(session, clock, staff, "password", terminal)


def with_pin(session: Session, clock: Clock, staff_id: int, pin: str, terminal: Terminal) -> str:
    """Sign in by PIN on an enrolled terminal and return the session's token; raises :class:`SignInRefused`.

    Whoever was signed in on that terminal is signed out: a terminal has one operator.
    """
    staff = session.get(Staff, staff_id)
    stored = staff.pin_hash if staff else None
    subject = f"pin:{staff_id}@{terminal.id}"
    _attempt(session, clock, subject=subject, limit=PIN_GUESSES, staff=staff, stored=stored, secret=pin)
    assert staff is not None
    end_at(session, clock, terminal)
    return _begin(session, clock, staff, "pin", terminal)


def end_at(session: Session, clock: Clock, terminal: Terminal) -> None:
    """End every session on a terminal, however it began: at an operator switch, or when the terminal is revoked."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.terminal_id == terminal.id, SignInSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


def end(session: Session, actor: Actor, clock: Clock, session_id: int) -> None:
    """Sign one session out; its cookie is refused from now on."""
    session.execute(update(SignInSession).where(SignInSession.id == session_id).values(ended_at=clock.now()))
    audit.record(session, actor, clock, "sign_out", f"session:{session_id}")


def end_all(session: Session, clock: Clock, staff_id: int, via: str | None = None) -> None:
    """End every session of a person (those begun ``via``, if it is given): when a secret changes or they are disabled."""
    theirs = update(SignInSession).where(SignInSession.staff_id == staff_id, SignInSession.ended_at.is_(None))
    if via is not None:
        theirs = theirs.where(SignInSession.via == via)
    session.execute(theirs.values(ended_at=clock.now()))


# Every request asks this one: columns of the tables, so that no object is built, and built once, not per request.
_session, _staff, _role = SignInSession.__table__.c, Staff.__table__.c, StaffRole.__table__.c
_OPEN = (
    select()
    .select_from(SignInSession.__table__)
    .join(Staff.__table__, _staff.id == _session.staff_id)
    .outerjoin(StaffRole.__table__, _role.staff_id == _staff.id)
    .where(_session.ended_at.is_(None), _staff.active.is_(True))
)
_BY_TOKEN = _OPEN.where(_session.token_hash == bindparam("token_hash")).add_columns(
    _session.id,
    _session.via,
    _session.terminal_id,
    _session.seen_at,
    _staff.id.label("staff_id"),
    _staff.name,
    _staff.language,
    _role.role,
)
_BY_IDS = _OPEN.where(_session.id.in_(bindparam("ids", expanding=True))).add_columns(
    _session.id, _session.via, _session.seen_at, _role.role
)


def signed_in(session: Session, clock: Clock, token: str) -> SignedIn | None:
    """Who is behind a token, in one query; None when it ended, idled out or its person was disabled."""
    rows = session.execute(_BY_TOKEN, {"token_hash": secrets.token_hash(token)}).all()
    if not rows:
        return None
    session_id, via, terminal_id, seen_at, staff_id, name, language, _ = rows[0]
    idle = clock.now() - seen_at
    if idle > _idle_limit(via):
        return None
    roles = frozenset(row[-1] for row in rows if row[-1] is not None)
    return SignedIn(
        token=token,
        session_id=session_id,
        staff_id=staff_id,
        name=name,
        language=language.value,
        roles=roles,
        permissions=permissions_of(roles, via),
        via=via,
        terminal_id=terminal_id,
        needs_touch=idle > TOUCH_AFTER[via],
    )


def permissions_of_sessions(session: Session, clock: Clock, ids: Collection[int]) -> dict[int, frozenset[Permission]]:
    """session id -> what its person may do now, in one query; without those that ended, idled out or were disabled."""
    rows = session.execute(_BY_IDS, {"ids": list(ids)}).all() if ids else []
    roles: dict[tuple[int, str], set[Role]] = {}
    for session_id, via, seen_at, role in rows:
        if clock.now() - seen_at <= _idle_limit(via):
            roles.setdefault((session_id, via), set()).update({role} if role is not None else ())
    return {session_id: permissions_of(held, via) for (session_id, via), held in roles.items()}


def _idle_limit(via: str) -> timedelta:
    return PIN_IDLE if via == "pin" else PASSWORD_IDLE


def touch(session: Session, clock: Clock, session_id: int) -> None:
    """Note that the person is still there."""
    session.execute(update(SignInSession).where(SignInSession.id == session_id).values(seen_at=clock.now()))
