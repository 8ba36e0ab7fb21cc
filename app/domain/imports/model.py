"""What has been imported: runs, and a fingerprint of every row so that a second run of a file changes nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.orm import Base, UtcDateTime


class ImportRun(Base):
    """One file taken in, whole."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), nullable=False)
    file_name: Mapped[str] = mapped_column(String(200), nullable=False)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    actor: Mapped[str] = mapped_column(String(120), nullable=False)
    summary: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    rows: Mapped[int] = mapped_column(Integer, nullable=False, default=0)


class ImportedRow(Base):
    """The fingerprint of a row that was taken in."""

    __tablename__ = "imported_row"

    fingerprint: Mapped[str] = mapped_column(String(40), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), nullable=False)
