"""Sessions, enrolled terminals and sign-in attempts, as rows: a cookie alone proves nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.staff.model import Staff
from app.kernel.orm import Base, UtcDateTime


class Terminal(Base):
    """A shared shop-floor device, enrolled by an administrator; only there does a PIN sign in."""

    __tablename__ = "terminal"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True, nullable=False)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, nullable=False)
    enrolled_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    enrolled_by: Mapped[str] = mapped_column(String(120), nullable=False)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInSession(Base):
    """A signed-in person on a device. The cookie holds the token, the row only its hash."""

    __tablename__ = "sign_in_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, nullable=False)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False, index=True)
    terminal_id: Mapped[int | None] = mapped_column(ForeignKey("terminal.id"))
    via: Mapped[str] = mapped_column(String(10), nullable=False)  # password | pin
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()


class SignInAttempt(Base):
    """A guess at somebody's secret; counted per person and device to stop guessing."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_subject_at", "subject", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # "login:zhang" from anywhere unknown, or "login:zhang@terminal:3": an owner at an enrolled device is not locked out.
    subject: Mapped[str] = mapped_column(String(120), nullable=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    succeeded: Mapped[bool] = mapped_column(Boolean, nullable=False)
