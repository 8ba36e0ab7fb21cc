"""What was done to a cart, line by line, in the audit log: a cart leaves no history of its own, and what was taken out of it or
made cheaper just before it was paid is what somebody asks about later."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.domain.counter_sales.model import CounterSaleLine
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock


def facts_of(line: CounterSaleLine) -> dict[str, int | str]:
    """What of a line may change: quantity in thousandths, price in fen, discount in thousandths, pieces by name."""
    return {
        "quantity": line.quantity_milli,
        "price": line.price_fen,
        "permille": line.discount_permille,
        "pieces": line.batches,
    }


def tell(session: Session, actor: Actor, clock: Clock, deed: str, line: CounterSaleLine, **more: Any) -> None:
    """Put on record who did what to a line, and how it stands now; of a discount this is who gave it."""
    subject, facts = f"counter_sale:{line.sale_id}", facts_of(line)
    audit.record(
        session, actor, clock, f"counter_sale.{deed}", subject, line=line.id, part=line.part_id, **facts, **more
    )
