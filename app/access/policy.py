"""THE policy table: what each role may do. Every route names one permission; this table answers for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from app.domain.staff.model import Role
from app.kernel.permission import Permission as P

_EVERYBODY = frozenset({P.PORTAL_USE, P.ORDER_VIEW, P.BOARD_VIEW})
_FRONT = frozenset({P.CUSTOMER_VIEW, P.CUSTOMER_UNMASK, P.STOCK_VIEW})
_STORE = frozenset(
    {P.STOCK_VIEW, P.PARTS_ISSUE, P.STOCK_RECEIVE, P.STOCK_MOVE, P.PURCHASE_EDIT, P.STOCK_COUNT, P.SCRAP_ASK}
)

POLICY: dict[Role, frozenset[P]] = {
    Role.SERVICE_ADVISER: _EVERYBODY
    | _FRONT
    | {
        P.CUSTOMER_EDIT,
        P.APPOINTMENT_EDIT,
        P.CHECK_IN,
        P.ORDER_EDIT,
        P.ORDER_AUTHORISE,
        P.ORDER_CANCEL,
        P.DISCOUNT_GIVE,
        P.HANDOVER,
        P.MONEY_VIEW,
        P.DATA_EXPORT,
        P.FINDING_REPORT,
        P.SETTLE,
    },
    Role.WORKSHOP_CONTROLLER: _EVERYBODY
    | {P.CUSTOMER_VIEW, P.STOCK_VIEW, P.DISPATCH, P.APPOINTMENT_EDIT, P.FINDING_REPORT, P.TRAINING_VIEW}
    | {P.USED_CARS_VIEW, P.USED_CARS_ANSWER, P.TOOL_LEND},
    Role.TECHNICIAN: _EVERYBODY | {P.CLOCK, P.FINDING_REPORT, P.STOCK_VIEW},
    Role.QUALITY_INSPECTOR: _EVERYBODY | {P.INSPECT_FINAL, P.FINDING_REPORT},
    Role.PARTS_CLERK: _EVERYBODY | _STORE | {P.TOOL_LEND, P.COUNTER_SELL},
    Role.PARTS_MANAGER: _EVERYBODY
    | _STORE
    | {
        P.CATALOGUE_EDIT,
        P.IMPORT_DATA,
        P.REPORT_VIEW,
        P.PURCHASE_SEND,
        P.SUPPLIER_EDIT,
        P.SUPPLIER_INVOICE,
        P.PERIOD_CLOSE,
        P.REPLENISH_POLICY,
        P.VARIANCE_POST,
        P.SCRAP_APPROVE,
    }
    | {P.TOOL_LEND, P.TOOL_EDIT, P.COUNTER_SELL},
    Role.WARRANTY_CLERK: _EVERYBODY | {P.CUSTOMER_VIEW, P.STOCK_VIEW, P.MONEY_VIEW, P.DATA_EXPORT, P.ORDER_EDIT},
    Role.CASHIER: _EVERYBODY
    | {P.CUSTOMER_VIEW, P.MONEY_VIEW, P.DATA_EXPORT, P.SETTLE, P.TENDER_TAKE}
    | {P.COUNTER_SELL},
    Role.CUSTOMER_CARE: _EVERYBODY | _FRONT | {P.CUSTOMER_EDIT, P.APPOINTMENT_EDIT, P.CARE_CALL},
    Role.TRAINER: frozenset({P.PORTAL_USE, P.TRAINING_VIEW, P.CERTIFICATE_EDIT}),
    Role.USED_CAR_DESK: _EVERYBODY | _FRONT | {P.USED_CARS_VIEW, P.USED_CARS_EDIT},
    Role.SERVICE_MANAGER: frozenset(P)
    - {P.CLOCK, P.STAFF_EDIT, P.TERMINAL_ENROL, P.AUDIT_VIEW, P.INSPECT_FINAL, P.SETTINGS_EDIT},
    Role.GENERAL_MANAGER: _EVERYBODY
    | {
        P.CUSTOMER_VIEW,
        P.STOCK_VIEW,
        P.MONEY_VIEW,
        P.DATA_EXPORT,
        P.REPORT_VIEW,
        P.TRAINING_VIEW,
        P.USED_CARS_VIEW,
        P.BELOW_COST_APPROVE,
        P.CREDIT_AUTHORISE,
        P.AUDIT_VIEW,
    },
    Role.ADMINISTRATOR: frozenset(
        {P.PORTAL_USE, P.STAFF_EDIT, P.TERMINAL_ENROL, P.SETTINGS_EDIT, P.AUDIT_VIEW, P.IMPORT_DATA, P.CERTIFICATE_EDIT}
        | {P.TRAINING_VIEW}
    ),
}

# A six-digit PIN on a shared device is a weak secret: nobody gives money back, binds the shop to pay, writes stock off,
# closes books, takes data out or runs the house under it.
NOT_UNDER_PIN = frozenset(
    {
        P.CUSTOMER_UNMASK,
        P.DATA_EXPORT,
        P.TENDER_TAKE,
        P.COUNTER_SELL,
        P.CREDIT_AUTHORISE,
        P.SETTLEMENT_REVERSE,
        P.BELOW_COST_APPROVE,
        P.PURCHASE_SEND,
        P.SUPPLIER_EDIT,
        P.SUPPLIER_INVOICE,
        P.PERIOD_CLOSE,
        P.VARIANCE_POST,
        P.VARIANCE_APPROVE,
        P.SCRAP_APPROVE,
        P.STAFF_EDIT,
        P.TERMINAL_ENROL,
        P.SETTINGS_EDIT,
        P.AUDIT_VIEW,
        P.IMPORT_DATA,
    }
)


def permissions_of(roles: Iterable[Role], via: str = "password") -> frozenset[P]:
    """Everything that somebody with ``roles`` may do when signed in ``via`` password or pin."""
    return _permissions_of(frozenset(roles), via)


@cache  # the table does not change, and every request asks; equal sets are the same object, which makes them quick keys
def _permissions_of(roles: frozenset[Role], via: str) -> frozenset[P]:
    held: frozenset[P] = frozenset().union(*(POLICY[role] for role in roles))
    return held - NOT_UNDER_PIN if via == "pin" else held
