"""The people who work here, their roles and their certificates."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.orm import Base, EnumColumn, UtcDateTime, Versioned


class Role(StrEnum):
    """A job in the department; what it may do stands in ``app/access/policy.py``."""

    SERVICE_ADVISER = "service_adviser"
    WORKSHOP_CONTROLLER = "workshop_controller"
    TECHNICIAN = "technician"
    QUALITY_INSPECTOR = "quality_inspector"
    PARTS_CLERK = "parts_clerk"
    PARTS_MANAGER = "parts_manager"
    WARRANTY_CLERK = "warranty_clerk"
    CASHIER = "cashier"
    CUSTOMER_CARE = "customer_care"
    TRAINER = "trainer"
    USED_CAR_DESK = "used_car_desk"
    SERVICE_MANAGER = "service_manager"
    GENERAL_MANAGER = "general_manager"
    ADMINISTRATOR = "administrator"


class Language(StrEnum):
    """The languages of every screen and print."""

    CHINESE = "zh_Hans_CN"
    ENGLISH = "en"


class CertificateKind(StrEnum):
    """A qualification that some labour operations require by law or by the brand."""

    HIGH_VOLTAGE = "high_voltage"
    AIR_CONDITIONING = "air_conditioning"
    BRAND_TECHNICIAN = "brand_technician"
    DIAGNOSIS = "diagnosis"


class Staff(Versioned, Base):
    """A member of staff. Disabled, never deleted: orders and the audit log keep pointing here."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(60), unique=True, nullable=False)
    name: Mapped[str] = mapped_column(String(80), nullable=False)
    pinyin: Mapped[str] = mapped_column(String(160), nullable=False, default="")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    pin_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[Language] = mapped_column(EnumColumn(Language), nullable=False, default=Language.CHINESE)
    active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    joined_on: Mapped[date | None] = mapped_column(Date)
    left_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)

    roles: Mapped[list[StaffRole]] = relationship(back_populates="staff", cascade="all, delete-orphan", lazy="selectin")
    certificates: Mapped[list[Certificate]] = relationship(back_populates="staff", order_by="Certificate.expires_on")

    __mapper_args__ = {"version_id_col": Versioned.version}

    @property
    def role_set(self) -> frozenset[Role]:
        """The roles as a set."""
        return frozenset(entry.role for entry in self.roles)


class StaffRole(Base):
    """One role that a member of staff holds."""

    __tablename__ = "staff_role"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(EnumColumn(Role), primary_key=True)

    staff: Mapped[Staff] = relationship(back_populates="roles")


class Certificate(Versioned, Base):
    """A qualification with its expiry; an expired one does not count at dispatch."""

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("staff_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), nullable=False)
    kind: Mapped[CertificateKind] = mapped_column(EnumColumn(CertificateKind), nullable=False)
    number: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    issued_on: Mapped[date] = mapped_column(Date, nullable=False)
    expires_on: Mapped[date] = mapped_column(Date, nullable=False, index=True)

    staff: Mapped[Staff] = relationship(back_populates="certificates")

    __mapper_args__ = {"version_id_col": Versioned.version}


class ShopSetting(Base):
    """One setting of the shop as text; ``rules`` of the noun that uses it know its type and default."""

    __tablename__ = "shop_setting"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(String(400), nullable=False)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    changed_by: Mapped[int | None] = mapped_column(Integer)
