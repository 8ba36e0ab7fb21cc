"""Photos that come with a form."""

from __future__ import annotations

from flask import current_app, request

from app.access.guard import actor, clock
from app.domain.files import operations as files
from app.domain.files.model import StoredFile
from app.extensions import db


def sent_photo(subject: str, name: str = "photo") -> StoredFile | None:
    """The photo of this form, kept under what it is of (``part:12``); None when none was chosen.

    Raises :class:`InvalidInput` for what is no photo, or too large.
    """
    sent = request.files.get(name)
    if sent is None or not sent.filename:
        return None
    folder = current_app.config["PORTAL_DATA"]
    return files.store_photo(db.session(), actor(), clock(), folder, sent.stream, sent.filename, subject)
