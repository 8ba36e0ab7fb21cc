"""Files that a test needs to exist, and that nobody opens."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.files.model import FileKind, StoredFile

_MEDIA = {FileKind.PHOTO: "image/jpeg", FileKind.SIGNATURE: "image/png"}


def stored(session: Session, kind: FileKind, at: datetime) -> StoredFile:
    """The row of a photo or a signature, without the file behind it."""
    file = StoredFile(
        kind=kind,
        name=secrets.token_hex(20),
        original_name="",
        media_type=_MEDIA[kind],
        sha256="0" * 64,
        size=1,
        subject="test",
        stored_at=at,
        stored_by="test",
    )
    session.add(file)
    session.flush()
    return file
