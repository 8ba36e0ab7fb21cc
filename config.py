"""Settings: read from the environment, with defaults for a shop on one machine."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent


class ConfigurationError(RuntimeError):
    """The portal refuses to start; the message says what to set."""


def data_folder() -> Path:
    """The folder of database, pictures and keys (``PORTAL_DATA``); made readable by its owner only."""
    folder = Path(os.environ.get("PORTAL_DATA") or ROOT / "data").resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def secret_key(folder: Path) -> str:
    """The signing key: from ``SECRET_KEY``, else from the data folder, where it is made on first use."""
    given = os.environ.get("SECRET_KEY")
    if given is not None:
        if len(given) < 32:
            raise ConfigurationError("SECRET_KEY must have at least 32 characters; unset it to have one made.")
        return given
    path = folder / "secret.key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key


def database_url(folder: Path) -> str:
    """``DATABASE_URL`` for psycopg 3, or a SQLite file in the data folder."""
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'portal.sqlite3'}"
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def load() -> dict[str, Any]:
    """All settings as a mapping for ``app.config``."""
    folder = data_folder()
    behind_tls = os.environ.get("PORTAL_TLS") == "1"
    return {
        "PORTAL_DATA": folder,
        "SECRET_KEY": secret_key(folder),
        "SQLALCHEMY_DATABASE_URI": database_url(folder),
        "PORTAL_TLS": behind_tls,
        "TRUSTED_HOSTS": [name.strip() for name in os.environ.get("PORTAL_HOSTS", "").split(",") if name.strip()]
        or None,
        "PORTAL_URL": os.environ.get("PORTAL_URL", ""),
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,  # a check-in with a dozen photos
        "MAX_FORM_PARTS": 400,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,  # signatures travel as data URLs
        "SESSION_COOKIE_NAME": "__Host-portal" if behind_tls else "portal",
        "SESSION_COOKIE_SECURE": behind_tls,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a tablet may lie open over lunch
        "WTF_CSRF_SSL_STRICT": behind_tls,
        "BABEL_DEFAULT_LOCALE": "zh_Hans_CN",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "STREAMS_PER_PROCESS": int(os.environ.get("PORTAL_STREAMS", "120")),
    }
