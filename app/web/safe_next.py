"""Where to go after sign-in: only to a path of our own."""

from __future__ import annotations

import re

# A single slash, then printable ASCII without backslash: "//host", "/\\host" and "/%09/host" decoded all lead away.
_OWN_PATH = re.compile(r"^/(?![/\\])[\x21-\x5b\x5d-\x7e]*$")


def safe_next(target: str | None, fallback: str) -> str:
    """``target`` when it is a path of this portal, else ``fallback``."""
    return target if target and len(target) <= 400 and _OWN_PATH.fullmatch(target) else fallback
