"""The moves of an order and of a job: the same table draws the buttons and guards the POST."""

from __future__ import annotations

from app.domain.repair_orders import rules
from app.domain.repair_orders.states import JobState as J
from app.domain.repair_orders.states import OrderState as O
from app.kernel.permission import Permission as P
from app.kernel.workflow import Move, Workflow

ORDER = Workflow(
    "order",
    [
        Move("check_in", frozenset({O.DRAFT}), O.CHECKED_IN, P.CHECK_IN),
        Move("estimate", frozenset({O.CHECKED_IN}), O.ESTIMATED, P.ORDER_EDIT, rules.may_estimate),
        # A line changed after the estimate was given: the customer has not seen the new one.
        Move("revise", frozenset({O.ESTIMATED}), O.CHECKED_IN, P.ORDER_EDIT),
        Move("authorise", frozenset({O.ESTIMATED}), O.AUTHORISED, P.ORDER_AUTHORISE, rules.may_authorise),
        Move("start_work", frozenset({O.AUTHORISED}), O.IN_WORK, P.CLOCK),
        Move("finish_work", frozenset({O.IN_WORK}), O.WORK_DONE, P.CLOCK, rules.may_finish_work),
        # More work was approved after all was done.
        Move("resume", frozenset({O.WORK_DONE, O.INSPECTED}), O.IN_WORK, P.ORDER_AUTHORISE),
        Move("send_back", frozenset({O.WORK_DONE}), O.IN_WORK, P.INSPECT_FINAL, rules.needs_reason),
        Move("inspect", frozenset({O.WORK_DONE}), O.INSPECTED, P.INSPECT_FINAL, rules.may_pass_inspection),
        Move("settle", frozenset({O.INSPECTED, O.REOPENED}), O.SETTLED, P.SETTLE, rules.may_settle),
        Move("reverse", frozenset({O.SETTLED}), O.INSPECTED, P.SETTLEMENT_REVERSE, rules.may_reverse),
        # A delivered order goes aside to a state of its own, not back among the cars in the shop: from there it can only be
        # settled anew, and leaves again through the guards of a delivery.
        Move(
            "reopen",
            frozenset({O.SETTLED, O.DELIVERED, O.CLOSED}),
            O.REOPENED,
            P.SETTLEMENT_REVERSE,
            rules.may_reopen,
        ),
        Move("deliver", frozenset({O.SETTLED}), O.DELIVERED, P.HANDOVER, rules.may_deliver),
        # Its follow-up was made before or during the correction: nothing is left to do, and no second call becomes due.
        Move("close_again", frozenset({O.SETTLED}), O.CLOSED, P.HANDOVER, rules.may_end_correction),
        Move("close", frozenset({O.DELIVERED}), O.CLOSED, P.CARE_CALL, rules.may_close),
        Move(
            "cancel",
            frozenset({O.DRAFT, O.CHECKED_IN, O.ESTIMATED, O.AUTHORISED}),
            O.CANCELLED,
            P.ORDER_CANCEL,
            rules.may_cancel,
        ),
    ],
)

JOB = Workflow(
    "job",
    [
        Move("approve", frozenset({J.PROPOSED, J.DECLINED}), J.APPROVED, P.ORDER_AUTHORISE),
        Move("decline", frozenset({J.PROPOSED, J.APPROVED}), J.DECLINED, P.ORDER_AUTHORISE),
        Move("withdraw", frozenset({J.PROPOSED}), J.WITHDRAWN, P.ORDER_EDIT),
        Move("repropose", frozenset({J.APPROVED, J.DECLINED}), J.PROPOSED, P.ORDER_EDIT),
        # What he agreed to stays where it is; only what it costs him changes (see corrections).
        Move("correct", rules.TO_BE_DONE, None, P.ORDER_EDIT, rules.may_correct),
        Move("ask_price", rules.TO_BE_DONE, None, P.ORDER_EDIT, rules.may_correct),
        Move("withdraw_price", rules.TO_BE_DONE, None, P.ORDER_EDIT),
        Move("agree_price", rules.TO_BE_DONE, None, P.ORDER_AUTHORISE),
        Move("refuse_price", rules.TO_BE_DONE, None, P.ORDER_AUTHORISE),
        # The last missing part came: the job stands where it stood, and can go on.
        Move("parts_arrive", frozenset({J.APPROVED, J.DISPATCHED, J.WORKING, J.PAUSED}), None, P.STOCK_RECEIVE),
        # The desk handed out less than was agreed, or took some back: it costs the customer less.
        Move("part_off", rules.TO_BE_DONE, None, P.PARTS_ISSUE),
        Move("parts_lost", frozenset({J.APPROVED, J.DISPATCHED, J.WORKING, J.PAUSED}), None, P.STOCK_COUNT),
        Move("dispatch", frozenset({J.APPROVED, J.DISPATCHED, J.PAUSED}), J.DISPATCHED, P.DISPATCH, rules.may_dispatch),
        Move("recall", frozenset({J.DISPATCHED}), J.APPROVED, P.DISPATCH),
        Move("start", frozenset({J.DISPATCHED, J.PAUSED}), J.WORKING, P.CLOCK, rules.may_start),
        Move("pause", frozenset({J.WORKING}), J.PAUSED, P.CLOCK, rules.may_pause),
        Move("finish", frozenset({J.WORKING}), J.DONE, P.CLOCK, rules.may_finish),
        Move("pass", frozenset({J.DONE}), J.PASSED, P.INSPECT_FINAL, rules.may_inspect),
        Move("reject", frozenset({J.DONE}), J.DISPATCHED, P.INSPECT_FINAL, rules.may_reject),
    ],
)
