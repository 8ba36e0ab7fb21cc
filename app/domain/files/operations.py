"""The store of photos and signatures: re-encoded, stripped, under random names, their bytes in the data folder."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import os
import re
import secrets
import warnings
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.orm import Session

from app.domain.files.model import FileKind, StoredFile
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 25 * 1024 * 1024
# A decoded picture costs four bytes a pixel; no camera on a tablet makes more than this.
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 2400
MAX_SIGNATURE = 600 * 1024


def path_of(folder: Path, file: StoredFile) -> Path:
    """Where the bytes of a stored file lie; the name is ours, never the uploader's."""
    return folder / "files" / file.name[:2] / file.name


def store_photo(
    session: Session, actor: Actor, clock: Clock, folder: Path, stream: IO[bytes], original_name: str, subject: str
) -> StoredFile:
    """Keep a photo: JPEG, PNG or WEBP, re-encoded as JPEG without location or other hidden data.

    Raises :class:`InvalidInput` for anything else, for more than 25 MB and for pictures of absurd size.
    """
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InvalidInput(N_("This photo is too large."), field="photo")
    encoded = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise InvalidInput(N_("This photo is too large."), field="photo")
                picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded no larger than it is kept
                upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.info.clear()  # a comment in the file would be copied along
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        upright.save(encoded, "JPEG", quality=82, optimize=True)
    except InvalidInput:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning):
        raise InvalidInput(
            N_("This is not a photo that can be read. Take a JPEG, PNG or WEBP."), field="photo"
        ) from None
    return _keep(
        session, actor, clock, folder, FileKind.PHOTO, encoded.getvalue(), "image/jpeg", original_name, subject
    )


def store_signature(
    session: Session, actor: Actor, clock: Clock, folder: Path, data_url: str, subject: str
) -> StoredFile:
    """Keep a signature drawn on glass, sent as a PNG data URL; raises :class:`InvalidInput` for an empty or odd one."""
    match = re.fullmatch(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)", data_url)
    if match is None or len(data_url) > MAX_SIGNATURE:
        raise InvalidInput(N_("The signature is missing."), field="signature")
    encoded = io.BytesIO()
    try:
        with Image.open(io.BytesIO(base64.b64decode(match[1], validate=False)), formats=("PNG",)) as picture:
            if picture.width * picture.height > 4_000_000:
                raise InvalidInput(N_("The signature is missing."), field="signature")
            drawn = picture.convert("RGBA")
        paper = Image.new("RGBA", drawn.size, "white")
        paper.alpha_composite(drawn)
        inked = paper.convert("L")
        darkest = min(inked.tobytes())
        if darkest > 200:  # nothing but white: somebody pressed on without signing
            raise InvalidInput(N_("The signature is missing."), field="signature")
        inked.save(encoded, "PNG", optimize=True)
    except InvalidInput:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, binascii.Error, Image.DecompressionBombError):
        raise InvalidInput(N_("The signature is missing."), field="signature") from None
    return _keep(session, actor, clock, folder, FileKind.SIGNATURE, encoded.getvalue(), "image/png", "", subject)


def _keep(
    session: Session,
    actor: Actor,
    clock: Clock,
    folder: Path,
    kind: FileKind,
    content: bytes,
    media_type: str,
    original_name: str,
    subject: str,
) -> StoredFile:
    file = StoredFile(
        kind=kind,
        name=secrets.token_hex(20),
        original_name=re.sub(r"[\x00-\x1f\x7f]", "", original_name)[:200],
        media_type=media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        subject=subject,
        stored_at=clock.now(),
        stored_by=actor.name[:120],
    )
    target = path_of(folder, file)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written and synced before the row is: a row never points at nothing. A file without a row is swept up later.
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    session.add(file)
    session.flush()
    return file
