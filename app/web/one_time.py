"""The one-time values of a form: its key, and the token against forged requests.

A fragment that is shared between people holds neither. It is drawn with *places* for them; each page and each screen
fills the places with values of its own (``fill`` here, ``fillPlaces`` in static/js/attach.js). A place that was left
unfilled is refused like any other false token.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from flask import g
from flask_wtf.csrf import generate_csrf

KEY_PLACE = "place-of-a-key"
TOKEN_PLACE = "place-of-a-token"
# With the quotes of their attribute, which nothing has that a person wrote: there they are escaped.
_KEYS, _TOKENS = re.compile(f'"{KEY_PLACE}"'), f'"{TOKEN_PLACE}"'


def new_key() -> str:
    """A fresh one-time key for a form; a form shown again after a refusal gets a new one too."""
    return KEY_PLACE if g.get("shared_fragment") else secrets.token_urlsafe(18)


def csrf_token() -> str:
    """The token of this person's session."""
    return TOKEN_PLACE if g.get("shared_fragment") else str(generate_csrf())


@contextmanager
def shared_fragment() -> Iterator[None]:
    """What is drawn inside has places instead of values."""
    before = g.get("shared_fragment", False)
    g.shared_fragment = True
    try:
        yield
    finally:
        g.shared_fragment = before


def fill(html: str) -> str:
    """A shared fragment for the page of one person: a key of its own for every form, and that person's token."""
    if KEY_PLACE not in html:
        return html
    return _KEYS.sub(lambda _place: f'"{secrets.token_urlsafe(18)}"', html).replace(_TOKENS, f'"{generate_csrf()}"')
