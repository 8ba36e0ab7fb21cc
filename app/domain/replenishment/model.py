"""The policy of service levels, suggested orders as they were computed and changed, and simulations of other policies."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.catalogue.model import Part
from app.domain.purchasing.model import PurchaseOrder
from app.domain.replenishment.forecasts import Method
from app.domain.replenishment.rules import Pattern, StabilityClass
from app.domain.replenishment.states import RunState, ScenarioKind
from app.domain.staff.model import Staff
from app.domain.stock.abc import AbcClass
from app.domain.suppliers.model import Supplier
from app.kernel.orm import Base, EnumColumn, FenColumn, MilliColumn, UtcDateTime, Versioned

NINE = 60  # nine service levels in thousandths, "980,970,…": rows A to C, in each X to Z


class ReplenishmentPolicy(Base):
    """Service levels and the limits of the classes; the newest holds, the older ones stay."""

    __tablename__ = "replenishment_policy"
    __table_args__ = (
        CheckConstraint("a_permille > 0 AND a_permille <= b_permille AND b_permille <= 1000", name="shares_in_order"),
        CheckConstraint("x_permille > 0 AND x_permille <= y_permille", name="variations_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # The policy before it, 0 for the house's default: of two who change the same one in a moment, only one succeeds.
    replaces_id: Mapped[int] = mapped_column(Integer, unique=True, nullable=False)
    levels: Mapped[str] = mapped_column(String(NINE), nullable=False)
    a_permille: Mapped[int] = mapped_column(Integer, nullable=False)
    b_permille: Mapped[int] = mapped_column(Integer, nullable=False)
    x_permille: Mapped[int] = mapped_column(Integer, nullable=False)
    y_permille: Mapped[int] = mapped_column(Integer, nullable=False)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    point_id: Mapped[int | None] = mapped_column(ForeignKey("simulation_point.id"))  # picked from a simulation

    staff: Mapped[Staff | None] = relationship()


class Run:
    """What every long calculation has: who wanted it, how far it is, when it was last heard of."""

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[RunState] = mapped_column(EnumColumn(RunState), nullable=False)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    claimed: Mapped[bool] = mapped_column(nullable=False, default=False)  # a process works on it
    done_permille: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    parts: Mapped[int] = mapped_column(Integer, nullable=False, default=0)  # looked at
    message: Mapped[str] = mapped_column(String(200), nullable=False, default="")  # why it failed; to be translated


class SuggestionRun(Run, Base):
    """One computation of what to order."""

    __tablename__ = "suggestion_run"

    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    day: Mapped[date] = mapped_column(Date, nullable=False)  # the business day up to which demand was counted

    staff: Mapped[Staff | None] = relationship()


class Suggestion(Versioned, Base):
    """A part to order, with every number that led to it, and what the clerk made of it."""

    __tablename__ = "suggestion"
    __table_args__ = (
        UniqueConstraint("run_id", "part_id"),
        CheckConstraint("suggested_milli > 0 AND chosen_milli >= 0 AND pack_milli > 0", name="amounts_make_sense"),
        Index("ix_suggestion_run_supplier", "run_id", "supplier_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("suggestion_run.id"), nullable=False)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), nullable=False, index=True)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("supplier.id"))
    value_class: Mapped[AbcClass] = mapped_column(EnumColumn(AbcClass), nullable=False)
    stability: Mapped[StabilityClass] = mapped_column(EnumColumn(StabilityClass), nullable=False)
    pattern: Mapped[Pattern] = mapped_column(EnumColumn(Pattern), nullable=False)
    method: Mapped[Method] = mapped_column(EnumColumn(Method), nullable=False)
    months: Mapped[str] = mapped_column(String(300), nullable=False)  # thousandths, thirteen months to the run's own
    weeks: Mapped[int] = mapped_column(Integer, nullable=False)  # of demand that were looked at
    forecast_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)  # per four weeks
    error_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)  # root of the mean squared error of a week
    service_permille: Mapped[int] = mapped_column(Integer, nullable=False)
    lead_days: Mapped[int] = mapped_column(Integer, nullable=False)
    review_days: Mapped[int] = mapped_column(Integer, nullable=False)
    floor_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)  # the part's own minimum stock
    safety_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    reorder_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    up_to_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    free_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    incoming_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    waiting_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    pack_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    minimum_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)  # the least that the supplier sells
    unit_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # with VAT
    suggested_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)
    chosen_milli: Mapped[int] = mapped_column(MilliColumn, nullable=False)  # 0: taken off
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_order.id"), index=True)

    run: Mapped[SuggestionRun] = relationship()
    part: Mapped[Part] = relationship()
    supplier: Mapped[Supplier | None] = relationship()
    changed_by: Mapped[Staff | None] = relationship()
    order: Mapped[PurchaseOrder | None] = relationship()

    __mapper_args__ = {"version_id_col": Versioned.version}


class SimulationRun(Run, Base):
    """One replay of the last year under several policies."""

    __tablename__ = "simulation_run"

    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    first_day: Mapped[date | None] = mapped_column(Date)  # known when it is done
    last_day: Mapped[date | None] = mapped_column(Date)

    staff: Mapped[Staff | None] = relationship()


class SimulationPoint(Base):
    """What a policy would have come to: a point of the curve."""

    __tablename__ = "simulation_point"
    __table_args__ = (CheckConstraint("served_lines <= lines", name="served_within_lines"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("simulation_run.id"), nullable=False, index=True)
    kind: Mapped[ScenarioKind] = mapped_column(EnumColumn(ScenarioKind), nullable=False)
    levels: Mapped[str] = mapped_column(String(NINE), nullable=False)
    lines: Mapped[int] = mapped_column(Integer, nullable=False)
    served_lines: Mapped[int] = mapped_column(Integer, nullable=False)
    stock_fen: Mapped[int] = mapped_column(FenColumn, nullable=False)  # mean over the days, at cost without VAT
