"""Questions of the used-car desk to the workshop, with a deadline: what would it cost to put this car right?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.staff.model import Staff
from app.kernel.orm import Base, FenColumn, UtcDateTime, Versioned


class TradeInEnquiry(Versioned, Base):
    """A car that is offered for trade-in, and the workshop's answer."""

    __tablename__ = "trade_in_enquiry"

    id: Mapped[int] = mapped_column(primary_key=True)
    plate: Mapped[str] = mapped_column(String(12), nullable=False, default="", index=True)
    vin: Mapped[str] = mapped_column(String(17), nullable=False, default="")
    words: Mapped[str] = mapped_column(Text, nullable=False)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, index=True)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Text, nullable=False, default="")
    cost_fen: Mapped[int | None] = mapped_column(FenColumn)  # to put it right, VAT included

    asked_by: Mapped[Staff] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[Staff | None] = relationship(foreign_keys=[answered_by_id])

    __mapper_args__ = {"version_id_col": Versioned.version}
