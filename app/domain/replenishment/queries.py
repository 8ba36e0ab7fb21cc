"""Reading suggested orders: what stands in the newest one, per supplier and line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session, joinedload, load_only

from app.domain.catalogue.model import Part
from app.domain.purchasing.model import PurchaseOrder
from app.domain.replenishment.model import SimulationPoint, Suggestion
from app.domain.staff.model import Staff
from app.domain.stock.abc import AbcClass
from app.kernel.errors import N_, NotFound
from app.kernel.orm import total
from app.kernel.ratio import Ratio

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed to; kept in the URL. Supplier 0: parts that nobody is named for."""

    supplier_id: int | None = None
    value_class: AbcClass | None = None
    after: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """What is suggested from one supplier: lines still to be ordered and fen with VAT, lines taken off, lines ordered."""

    supplier_id: int | None
    lines: int
    total_fen: int
    off: int
    ordered: int


def _narrowed(query: Select[Suggestion], wanted: Filter) -> Select[Suggestion]:
    if wanted.supplier_id is not None:
        query = query.where(
            Suggestion.supplier_id == wanted.supplier_id if wanted.supplier_id else Suggestion.supplier_id.is_(None)
        )
    if wanted.value_class is not None:
        query = query.where(Suggestion.value_class == wanted.value_class)
    return query


def shares(session: Session, run_id: int, value_class: AbcClass | None = None) -> list[Share]:
    """What each supplier would get, the greatest amount first."""
    open_ = Suggestion.order_id.is_(None) & (Suggestion.chosen_milli > 0)
    # Rounded line by line, as the purchase order will be; integers divide downwards on both engines.
    amount = (Suggestion.chosen_milli * Suggestion.unit_fen + 500) // 1000
    query = select(
        Suggestion.supplier_id,
        total(case((open_, 1), else_=0)),
        total(case((open_, amount), else_=0)),
        total(case((Suggestion.chosen_milli == 0, 1), else_=0)),
        total(case((Suggestion.order_id.is_not(None), 1), else_=0)),
    ).where(Suggestion.run_id == run_id)
    if value_class is not None:
        query = query.where(Suggestion.value_class == value_class)
    found = [Share(*row) for row in session.execute(query.group_by(Suggestion.supplier_id))]
    return sorted(found, key=lambda share: (share.supplier_id is None, -share.total_fen, share.supplier_id or 0))


def list_suggestions(
    session: Session, run_id: int, wanted: Filter, limit: int = PAGE
) -> tuple[Sequence[Suggestion], int]:
    """A page of suggestions in the order of their ids, and where the next one begins (0: nowhere)."""
    query = _narrowed(select(Suggestion).where(Suggestion.run_id == run_id, Suggestion.id > wanted.after), wanted)
    found = session.scalars(
        query.options(
            joinedload(Suggestion.part).load_only(Part.number_display, Part.name, Part.unit),
            joinedload(Suggestion.order).load_only(PurchaseOrder.number),
            joinedload(Suggestion.changed_by).options(load_only(Staff.name)).lazyload(Staff.roles),
        )
        .order_by(Suggestion.id)
        .limit(limit + 1)
    ).all()
    return found[:limit], found[limit - 1].id if len(found) > limit else 0


def get_suggestion(session: Session, suggestion_id: int) -> Suggestion:
    """A suggestion with its part; raises :class:`NotFound`."""
    found = session.scalar(
        select(Suggestion)
        .where(Suggestion.id == suggestion_id)
        .options(joinedload(Suggestion.part), joinedload(Suggestion.run), joinedload(Suggestion.supplier))
    )
    if found is None:
        raise NotFound(N_("There is no such suggestion any more: a newer one has been calculated."))
    return found


def points_of(session: Session, run_id: int) -> Sequence[SimulationPoint]:
    """The points of a simulation, the smallest stock first."""
    return session.scalars(
        select(SimulationPoint)
        .where(SimulationPoint.run_id == run_id)
        .order_by(SimulationPoint.stock_fen, SimulationPoint.id)
    ).all()


def first_time_supply(point: SimulationPoint) -> Ratio:
    """Demand lines that the shelf would have served at once ÷ demand lines."""
    return Ratio(point.served_lines, point.lines)
