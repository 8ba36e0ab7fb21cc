"""The permissions that the policy table hands out to roles. Named after the deed, not after the screen."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One deed that a role may or may not do."""

    # everybody who is signed in
    PORTAL_USE = "portal.use"
    # reading
    CUSTOMER_VIEW = "customer.view"
    CUSTOMER_UNMASK = "customer.unmask"
    ORDER_VIEW = "order.view"
    BOARD_VIEW = "board.view"
    STOCK_VIEW = "stock.view"
    MONEY_VIEW = "money.view"
    REPORT_VIEW = "report.view"
    DATA_EXPORT = "data.export"
    # reception
    CUSTOMER_EDIT = "customer.edit"
    APPOINTMENT_EDIT = "appointment.edit"
    CHECK_IN = "order.check_in"
    ORDER_EDIT = "order.edit"
    ORDER_AUTHORISE = "order.authorise"
    ORDER_CANCEL = "order.cancel"
    DISCOUNT_GIVE = "order.discount"
    HANDOVER = "order.hand_over"
    # workshop
    DISPATCH = "job.dispatch"
    CLOCK = "job.clock"
    FINDING_REPORT = "finding.report"
    INSPECT_FINAL = "inspection.final"
    # parts
    PARTS_ISSUE = "parts.issue"
    STOCK_RECEIVE = "stock.receive"
    STOCK_MOVE = "stock.move"
    PERIOD_CLOSE = "stock.close"
    STOCK_COUNT = "stock.count"
    VARIANCE_POST = "stock.variance_post"
    VARIANCE_APPROVE = "stock.variance_approve"
    SCRAP_ASK = "stock.scrap"
    SCRAP_APPROVE = "stock.scrap_approve"
    PURCHASE_EDIT = "purchase.edit"
    PURCHASE_SEND = "purchase.send"
    REPLENISH_POLICY = "replenish.policy"
    SUPPLIER_EDIT = "supplier.edit"
    SUPPLIER_INVOICE = "supplier.invoice"
    CATALOGUE_EDIT = "catalogue.edit"
    TOOL_LEND = "tool.lend"
    TOOL_EDIT = "tool.edit"
    # money
    SETTLE = "billing.settle"
    TENDER_TAKE = "billing.tender"
    COUNTER_SELL = "billing.counter"
    CREDIT_AUTHORISE = "billing.credit"
    SETTLEMENT_REVERSE = "billing.reverse"
    BELOW_COST_APPROVE = "billing.below_cost"
    # care
    CARE_CALL = "care.call"
    # people
    CERTIFICATE_EDIT = "certificate.edit"
    TRAINING_VIEW = "training.view"
    USED_CARS_VIEW = "used_cars.view"
    USED_CARS_EDIT = "used_cars.edit"
    USED_CARS_ANSWER = "used_cars.answer"
    # running it
    IMPORT_DATA = "admin.import"
    STAFF_EDIT = "admin.staff"
    TERMINAL_ENROL = "admin.terminal"
    SETTINGS_EDIT = "admin.settings"
    AUDIT_VIEW = "admin.audit"
