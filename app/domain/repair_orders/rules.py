"""The guards of an order and its jobs: pure functions over plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.repair_orders.states import JobState, OrderState, PartsReadiness, Payer
from app.kernel.errors import N_
from app.kernel.workflow import Refusal

# Work is possible on an order in these states; jobs move only then.
OPEN_FOR_WORK = frozenset({OrderState.AUTHORISED, OrderState.IN_WORK, OrderState.WORK_DONE, OrderState.INSPECTED})
# Lines may be added and changed in these; from AUTHORISED on only as additional work.
OPEN_FOR_LINES = frozenset({OrderState.CHECKED_IN, OrderState.ESTIMATED}) | OPEN_FOR_WORK
EDITABLE = OPEN_FOR_LINES | {OrderState.DRAFT}
ENDED = frozenset(
    {OrderState.SETTLED, OrderState.REOPENED, OrderState.DELIVERED, OrderState.CLOSED, OrderState.CANCELLED}
)
NOT_ENDED = frozenset(OrderState) - ENDED  # named one by one an index finds them; "none of the ended" reads every order
# Prices that the customer has answered may be corrected in these, with a reason: until it is settled, and again when the
# settlement was reversed. A delivered car's order stands apart: no work is possible on it any more.
OPEN_FOR_PRICES = OPEN_FOR_WORK | {OrderState.REOPENED}
# A job that is to be done: the customer said yes and nobody took it back.
TO_BE_DONE = frozenset(
    {JobState.APPROVED, JobState.DISPATCHED, JobState.WORKING, JobState.PAUSED, JobState.DONE, JobState.PASSED}
)
# Of these, one that is not done yet: it may wait for a part, and is promised one.
ON_THE_FLOOR = TO_BE_DONE - {JobState.DONE, JobState.PASSED}
# Not part of what the customer pays: refused, or taken off the order before anybody answered.
OFF = frozenset({JobState.DECLINED, JobState.WITHDRAWN})
FINISHED = frozenset({JobState.DONE, JobState.PASSED}) | OFF
# Work that the shop itself pays for is given away like a discount, and needs the same permission.
BY_THE_SHOP = frozenset({Payer.GOODWILL, Payer.INTERNAL})


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the guards of an order look at."""

    job_states: tuple[JobState, ...] = ()
    has_promise: bool = False
    open_clocks: int = 0
    parts_unissued: int = 0
    parts_unreturned: int = 0
    parts_out: int = 0
    shares_open: int = 0
    follow_up_open: bool = False
    prices_waiting: int = 0
    has_left: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What the guards of a job look at."""

    order_state: OrderState
    job_name: str = ""
    person: str = ""
    is_own: bool = True
    certificate_needed: str | None = None
    certificate_expires_on: date | None = None
    today: date | None = None
    other_open_clock: str | None = None
    parts_unissued: int = 0
    worked_on_it: bool = False
    reason: str = ""


def readiness(lines: list[tuple[int, int, int]]) -> PartsReadiness:
    """Parts readiness of a job from (wanted, reserved, issued) in thousandths per live part line."""
    if not lines:
        return PartsReadiness.NONE_NEEDED
    if all(issued >= wanted for wanted, _, issued in lines):
        return PartsReadiness.ISSUED
    if all(reserved + issued >= wanted for wanted, reserved, issued in lines):
        return PartsReadiness.READY
    return PartsReadiness.SHORT


def may_estimate(facts: OrderFacts) -> Refusal | None:
    """An estimate needs jobs and a promised time."""
    if not any(state not in OFF for state in facts.job_states):
        return Refusal.because(N_("Add at least one job before you give the estimate."))
    if not facts.has_promise:
        return Refusal.because(N_("Give a promised time before you give the estimate."))
    return None


def may_authorise(facts: OrderFacts) -> Refusal | None:
    """The customer must have said yes to something, and have answered everything."""
    if JobState.PROPOSED in facts.job_states:
        return Refusal.because(N_("The customer has not answered every job yet."))
    if not any(state in TO_BE_DONE for state in facts.job_states):
        return Refusal.because(N_("The customer declined every job. Cancel the order instead."))
    return None


def may_finish_work(facts: OrderFacts) -> Refusal | None:
    """No open clock, no job still to be done, no part that is neither issued nor given back."""
    if facts.open_clocks:
        return Refusal.because(N_("Somebody is still clocked on to this order."))
    if any(state not in FINISHED and state is not JobState.PROPOSED for state in facts.job_states):
        return Refusal.because(N_("Not every job is done yet."))
    if facts.parts_unissued:
        return Refusal.because(N_("Part lines not issued yet: %(count)s."), count=facts.parts_unissued)
    if facts.parts_unreturned:
        return Refusal.because(
            N_("Part lines of declined jobs not returned yet: %(count)s."), count=facts.parts_unreturned
        )
    return None


def may_pass_inspection(facts: OrderFacts) -> Refusal | None:
    """Every job that was to be done has passed."""
    if any(state not in OFF | {JobState.PASSED, JobState.PROPOSED} for state in facts.job_states):
        return Refusal.because(N_("Not every job has passed the final inspection."))
    return None


def may_settle(facts: OrderFacts) -> Refusal | None:
    """Nothing is left to answer or to bring back."""
    if JobState.PROPOSED in facts.job_states:
        return Refusal.because(N_("The customer has not answered every job yet."))
    if facts.prices_waiting:
        return Refusal.because(N_("The customer has not answered the changed price yet."))
    if facts.parts_unreturned:
        return Refusal.because(
            N_("Part lines of declined jobs not returned yet: %(count)s."), count=facts.parts_unreturned
        )
    return None


def may_reverse(facts: OrderFacts) -> Refusal | None:
    """The car is still here: the order can be worked on again."""
    if facts.has_left:
        return Refusal.because(N_("The car has left: its settlement is reopened, not taken back."))
    return needs_reason(facts)


def may_reopen(facts: OrderFacts) -> Refusal | None:
    """The car has left: only what it cost can still be put right."""
    if not facts.has_left:
        return Refusal.because(N_("The car is still here: take the settlement back."))
    return needs_reason(facts)


def may_deliver(facts: OrderFacts) -> Refusal | None:
    """Paid, or on credit that somebody allowed."""
    if facts.shares_open:
        return Refusal.because(N_("Settlements neither paid nor on credit: %(count)s."), count=facts.shares_open)
    return None


def may_end_correction(facts: OrderFacts) -> Refusal | None:
    """A car that left before and whose follow-up is made: straight back to the archive, paid as at any delivery."""
    if not facts.has_left:
        return Refusal.because(N_("The car is still here: hand it over."))
    return may_deliver(facts) or may_close(facts)


def may_close(facts: OrderFacts) -> Refusal | None:
    """The follow-up has been made."""
    return Refusal.because(N_("The follow-up call is still due.")) if facts.follow_up_open else None


def needs_reason(facts: OrderFacts | JobFacts) -> Refusal | None:
    """A move that takes something back says why."""
    return None if facts.reason.strip() else Refusal.because(N_("Say why."))


def may_cancel(facts: OrderFacts) -> Refusal | None:
    """A reason, and no part still on the floor, whether its job was approved or not."""
    if facts.parts_out:
        return Refusal.because(N_("Part lines not returned yet: %(count)s."), count=facts.parts_out)
    return needs_reason(facts)


def certificate_refusal(facts: JobFacts) -> Refusal | None:
    """The person holds the certificate that the operation requires (high voltage!), and it has not expired."""
    if facts.certificate_needed is None:
        return None
    if facts.certificate_expires_on is None:
        return Refusal.because(
            N_("%(person)s lacks the certificate for “%(job)s”."), person=facts.person, job=facts.job_name
        )
    if facts.today is not None and facts.certificate_expires_on < facts.today:
        return Refusal.because(
            N_("The certificate of %(person)s for “%(job)s” expired on %(date)s."),
            person=facts.person,
            job=facts.job_name,
            date=facts.certificate_expires_on.isoformat(),
        )
    return None


def may_dispatch(facts: JobFacts) -> Refusal | None:
    """An authorised order and a certified person."""
    if facts.order_state not in OPEN_FOR_WORK:
        return Refusal.because(N_("The customer has not authorised the order yet."))
    return certificate_refusal(facts)


def may_start(facts: JobFacts) -> Refusal | None:
    """One's own job, one clock at a time, certified today."""
    if facts.order_state not in OPEN_FOR_WORK:
        return Refusal.because(N_("The customer has not authorised the order yet."))
    if not facts.is_own:
        return Refusal.because(N_("This job is dispatched to somebody else."))
    if facts.other_open_clock is not None:
        return Refusal.because(N_("You are still clocked on to “%(job)s”."), job=facts.other_open_clock)
    return certificate_refusal(facts)


def may_pause(facts: JobFacts) -> Refusal | None:
    """One's own job, with a reason."""
    if not facts.is_own:
        return Refusal.because(N_("This job is dispatched to somebody else."))
    return needs_reason(facts)


def may_finish(facts: JobFacts) -> Refusal | None:
    """One's own job with every part issued."""
    if not facts.is_own:
        return Refusal.because(N_("This job is dispatched to somebody else."))
    if facts.parts_unissued:
        return Refusal.because(N_("Part lines not issued yet: %(count)s."), count=facts.parts_unissued)
    return None


def may_correct(facts: JobFacts) -> Refusal | None:
    """Until it is settled, with a reason."""
    if facts.order_state not in OPEN_FOR_PRICES:
        return Refusal.because(N_("This order is settled: reverse the settlement first, then correct the price."))
    return needs_reason(facts)


def may_inspect(facts: JobFacts) -> Refusal | None:
    """The inspector did not work on it."""
    if facts.worked_on_it:
        return Refusal.because(
            N_("You worked on “%(job)s” yourself: somebody else must inspect it."), job=facts.job_name
        )
    return None


def may_reject(facts: JobFacts) -> Refusal | None:
    """Somebody else's work, with a reason."""
    return may_inspect(facts) or needs_reason(facts)
