"""The states of a purchase order, and the moves between them."""

from __future__ import annotations

from enum import StrEnum

from app.kernel.permission import Permission as P
from app.kernel.workflow import Move, Workflow


class PurchaseState(StrEnum):
    """Where a purchase order stands."""

    DRAFT = "draft"
    SENT = "sent"
    CONFIRMED = "confirmed"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class PurchaseKind(StrEnum):
    """Why it is ordered: for the shelf, or for a car that waits."""

    STOCK = "stock"
    EMERGENCY = "emergency"


class DiscrepancyKind(StrEnum):
    """How a delivery differs from what was ordered."""

    SHORT = "short"
    OVER = "over"
    DAMAGED = "damaged"
    WRONG_PRICE = "wrong_price"


class Resolution(StrEnum):
    """What became of a discrepancy."""

    CREDITED = "credited"  # the supplier takes it off his invoice
    REPLACED = "replaced"  # it comes later: still expected
    ACCEPTED = "accepted"  # the shop pays as delivered
    SENT_BACK = "sent_back"  # it went back to him, by a return of its own


class ReturnReason(StrEnum):
    """Why goods go back to the supplier."""

    SURPLUS = "surplus"
    DAMAGED = "damaged"
    WRONG_PART = "wrong_part"
    NOT_NEEDED = "not_needed"


class CreditState(StrEnum):
    """What becomes of the money for goods that went back."""

    AWAITED = "awaited"  # they are billed: a credit note is expected
    TAKEN_OFF = "taken_off"  # they were not billed yet: the invoice bills so much less
    CREDITED = "credited"
    NOTHING_DUE = "nothing_due"  # nobody ever owed anything for them
    REFUSED = "refused"  # the supplier did not take them: they lie here again


class InvoiceState(StrEnum):
    """A supplier's invoice against what was received."""

    MATCHED = "matched"
    DISPUTED = "disputed"
    PAID = "paid"
    WITHDRAWN = "withdrawn"  # entered wrongly: it stays on record, and its number and its deliveries are free


S = PurchaseState
COMING = frozenset({S.SENT, S.CONFIRMED})  # goods are expected

PURCHASE_ORDER = Workflow(
    "purchase_order",
    [
        Move("send", frozenset({S.DRAFT}), S.SENT, P.PURCHASE_SEND),
        Move("confirm", COMING, S.CONFIRMED, P.PURCHASE_EDIT),
        Move("receive", COMING, None, P.STOCK_RECEIVE),
        Move("finish", COMING, S.RECEIVED, P.PURCHASE_EDIT),
        Move("cancel", frozenset({S.DRAFT}) | COMING, S.CANCELLED, P.PURCHASE_SEND),
    ],
)
