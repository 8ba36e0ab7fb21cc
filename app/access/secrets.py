"""Passwords, PINs and random tokens: argon2id for what people remember, a plain hash for 256 random bits."""

from __future__ import annotations

import hashlib
import re
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.kernel.errors import N_, InvalidInput

# OWASP's second profile: 19 MiB, two passes; a shop's server answers a few sign-ins a minute.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_DECOY = _hasher.hash("nobody has this password, it only costs the same time")

MIN_PASSWORD = 15
_COMMON = ("password", "12345678", "qwerty", "mercedes", "benz", "admin", "letmein", "abcdefgh", "11111111")


def check_new_password(password: str, login: str, *, field: str = "password") -> None:
    """Raise :class:`InvalidInput` for a password that is too short, too plain or made of the login."""
    if len(password) < MIN_PASSWORD:
        raise InvalidInput(
            N_("Take a pass-phrase of at least %(count)s characters, such as four unrelated words."),
            field=field,
            count=MIN_PASSWORD,
        )
    lowered = password.lower()
    rest = lowered
    for word in (*_COMMON, login.lower()):
        if word:
            rest = rest.replace(word, "")
    if len(set(lowered)) < 6 or len(rest) < 8:
        raise InvalidInput(N_("This password is too easy to guess. Take four unrelated words."), field=field)


def check_new_pin(pin: str, *, field: str = "pin") -> None:
    """Raise :class:`InvalidInput` unless ``pin`` is six digits that are not all the same or a run."""
    if not re.fullmatch(r"\d{6}", pin, re.ASCII):
        raise InvalidInput(N_("A PIN has six digits."), field=field)
    if len(set(pin)) == 1 or pin in "01234567890" or pin in "09876543210":
        raise InvalidInput(N_("This PIN is too easy to guess."), field=field)


def hash_secret(secret: str) -> str:
    """The argon2id hash of a password or PIN."""
    return _hasher.hash(secret)


def matches(stored: str | None, secret: str) -> bool:
    """True when ``secret`` is the one behind ``stored``; takes the same time when there is none."""
    try:
        return _hasher.verify(stored or _DECOY, secret) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


def new_token() -> str:
    """256 random bits for a cookie or a link."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
