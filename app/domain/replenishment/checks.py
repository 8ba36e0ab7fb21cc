"""What must always be true of suggested orders."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.purchasing.model import PurchaseOrder
from app.domain.replenishment.model import Suggestion
from app.kernel.invariants import invariant


@invariant("what was ordered from a suggestion was wanted, and went to the supplier for whom it was suggested")
def ordered_as_suggested(session: Session) -> Iterator[str]:
    """A part that was taken off is on no purchase order, and no part is on that of another supplier."""
    for id_ in session.scalars(
        select(Suggestion.id)
        .join(PurchaseOrder, PurchaseOrder.id == Suggestion.order_id)
        .where(
            or_(
                Suggestion.chosen_milli == 0,
                Suggestion.supplier_id.is_(None),
                Suggestion.supplier_id != PurchaseOrder.supplier_id,
            )
        )
    ):
        yield f"suggestion {id_}"


@invariant("what is suggested is sold: whole packs, and at least what the supplier sells")
def whole_packs_are_suggested(session: Session) -> Iterator[str]:
    """Also what a clerk chose instead, unless it is nothing."""
    for id_ in session.scalars(
        select(Suggestion.id).where(
            or_(
                Suggestion.suggested_milli % Suggestion.pack_milli != 0,
                Suggestion.suggested_milli < Suggestion.minimum_milli,
                Suggestion.chosen_milli % Suggestion.pack_milli != 0,
                (Suggestion.chosen_milli > 0) & (Suggestion.chosen_milli < Suggestion.minimum_milli),
            )
        )
    ):
        yield f"suggestion {id_}"
