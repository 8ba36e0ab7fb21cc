"""Customers, how to reach them and what they consented to."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, ColumnElement, Date, ForeignKey, Index, String, Text, func, literal_column
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.orm import Base, EnumColumn, FenColumn, UtcDateTime, Versioned


class CustomerKind(StrEnum):
    """The class of a customer."""

    PRIVATE = "private"
    COMPANY = "company"
    FLEET = "fleet"
    INSURER = "insurer"
    VIP = "vip"


class ConsentPurpose(StrEnum):
    """What a consent is for; each purpose is asked and withdrawn on its own."""

    SMS = "sms"
    MARKETING = "marketing"
    DATA_TO_MANUFACTURER = "data_to_manufacturer"


class Customer(Versioned, Base):
    """A person or firm that brings cars or pays for them."""

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True, nullable=False)
    legacy_number: Mapped[str | None] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120), nullable=False, index=True)
    # Full pinyin and initials in lower case, such as "wangzhilan wzl": what the search field is typed with.
    pinyin: Mapped[str] = mapped_column(String(300), nullable=False, default="", index=True)
    kind: Mapped[CustomerKind] = mapped_column(EnumColumn(CustomerKind), nullable=False, default=CustomerKind.PRIVATE)
    contact_name: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    gender: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    address: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    postcode: Mapped[str] = mapped_column(String(10), nullable=False, default="")
    birthday: Mapped[date | None] = mapped_column(Date)
    grade: Mapped[str] = mapped_column(String(2), nullable=False, default="")
    adviser_name: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    customer_since: Mapped[date | None] = mapped_column(Date)
    remark: Mapped[str] = mapped_column(Text, nullable=False, default="")
    # Zero: pays before the car leaves.
    credit_limit_fen: Mapped[int] = mapped_column(FenColumn, nullable=False, default=0, server_default="0")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)

    phones: Mapped[list[CustomerPhone]] = relationship(
        back_populates="customer", cascade="all, delete-orphan", order_by="CustomerPhone.id"
    )
    consents: Mapped[list[Consent]] = relationship(back_populates="customer", order_by="Consent.id")

    __mapper_args__ = {"version_id_col": Versioned.version}


# The initials with the blank before them, cut out of "wangzhilan wzl" by functions that both engines have. As written
# here in index and query, or the index is not used.
INITIALS: ColumnElement[str] = func.ltrim(
    Customer.pinyin, func.replace(Customer.pinyin, literal_column("' '"), literal_column("''"))
)
Index("ix_customer_initials", INITIALS)


class CustomerPhone(Base):
    """A telephone number in digits only, such as 13812345678 or 02158765432."""

    __tablename__ = "customer_phone"
    __table_args__ = (Index("ix_customer_phone_number", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), nullable=False, index=True)
    number: Mapped[str] = mapped_column(String(30), nullable=False)
    label: Mapped[str] = mapped_column(String(20), nullable=False, default="mobile")  # mobile | landline | doubtful

    customer: Mapped[Customer] = relationship(back_populates="phones")


class Consent(Base):
    """A consent given or withdrawn; append-only, the latest row of a purpose counts."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), nullable=False, index=True)
    purpose: Mapped[ConsentPurpose] = mapped_column(EnumColumn(ConsentPurpose), nullable=False)
    granted: Mapped[bool] = mapped_column(Boolean, nullable=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    source: Mapped[str] = mapped_column(String(80), nullable=False)
    actor: Mapped[str] = mapped_column(String(120), nullable=False)

    customer: Mapped[Customer] = relationship(back_populates="consents")
