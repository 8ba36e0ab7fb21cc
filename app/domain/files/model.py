"""Stored files: photos and signatures. The bytes lie in the data folder under a random name, the row says what they are."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.orm import Base, EnumColumn, UtcDateTime


class FileKind(StrEnum):
    """What a stored file is."""

    PHOTO = "photo"
    SIGNATURE = "signature"


class StoredFile(Base):
    """One picture in the file store; never changed after it was written."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FileKind] = mapped_column(EnumColumn(FileKind), nullable=False)
    name: Mapped[str] = mapped_column(String(64), unique=True, nullable=False)
    original_name: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    media_type: Mapped[str] = mapped_column(String(40), nullable=False)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False)
    size: Mapped[int] = mapped_column(Integer, nullable=False)
    # What the picture belongs to, such as "order:17"; access to the picture is access to that.
    subject: Mapped[str] = mapped_column(String(80), nullable=False, index=True)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    stored_by: Mapped[str] = mapped_column(String(120), nullable=False)
