"""What is known of a visit of the demo's history before it is written: plain values, no rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.repair_orders.states import JobState, OrderState, Payer, RepairKind


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody as the history and the audit log name them."""

    name: str
    id: int | None
    via: str = "password"


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """An operation of the catalogue."""

    id: int
    code: str
    name: str
    hours_centi: int
    rate_fen: int
    certificate: str | None


@dataclass(frozen=True, slots=True)
class PartFacts:
    """A part of the catalogue."""

    id: int
    number: str
    name: str
    origin: str
    unit: str
    purchase_fen: int
    retail_fen: int


@dataclass(slots=True)
class Line:
    """A part line; amounts in fen, quantities in thousandths."""

    part: PartFacts
    milli: int
    price_fen: int
    permille: int
    amount_fen: int
    payer: Payer
    supplied: bool
    id: int = 0


@dataclass(slots=True)
class Task:
    """A job with its times: each stretch is (from, to, why it stopped)."""

    work: WorkFacts
    payer: Payer
    permille: int
    amount_fen: int
    lines: list[Line]
    words: str = ""
    declined: bool = False
    additional: bool = False
    rejected: bool = False
    id: int = 0
    state: str = JobState.PROPOSED.value
    stretches: list[tuple[int, int, str | None]] = field(default_factory=list)
    issued_at: int = 0
    planned_at: int = 0

    @property
    def total_fen(self) -> int:
        """The job with its parts."""
        return self.amount_fen + sum(line.amount_fen for line in self.lines)


@dataclass(slots=True)
class Promise:
    """A time given later than the first one."""

    at: int
    was: int
    now: int
    reason: str


@dataclass(slots=True)
class Payment:
    """Money at the till, or by transfer when the share was put on credit."""

    at: int
    method: str
    amount_fen: int
    reference: str


@dataclass(slots=True)
class CallMade:
    """An attempt of customer care."""

    at: int
    outcome: str
    words: str = ""


@dataclass(slots=True)
class Care:
    """The follow-up and what came of it; ``due`` when the calls lie beyond the history's end."""

    state: str = "due"
    due_on: int = 0
    calls: list[CallMade] = field(default_factory=list)
    fixed: bool | None = None
    score: int | None = None
    words: str = ""
    amends_at: int = 0  # when somebody dealt with a bad answer; 0: nobody had to
    amends: str = ""
    open_action: bool = False


@dataclass(slots=True)
class Car:
    """A car of the archive and what its visits leave behind."""

    id: int
    owner: int
    owner_name: str
    firm: bool
    energy: str
    km_per_day: int
    first_seen: int = 0  # ordinal of the first visit
    first_km: int = 0
    bought_on: int = 0
    km: int = 0
    # Declined work by operation code: its row without the end that a later visit gives it.
    put_off: dict[str, tuple[object, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Expected:
    """An appointment: the slot, the wish, who booked it and when, and what became of it."""

    car: Car
    slot: int
    slot_id: int
    hours_centi: int
    wish: str
    booked_at: int
    booked_by: Who
    state: str = "arrived"
    ended_at: int = 0
    reason: str = ""
    moved_from: int = 0
    moved_at: int = 0
    id: int = 0


@dataclass(slots=True)
class Arrival:
    """A car at the gate."""

    at: int
    car: Car
    expected: Expected | None = None
    comeback_of: Visit | None = None


@dataclass(slots=True)
class Visit:
    """One order from the gate to the last call."""

    arrival: Arrival
    adviser: Who
    technician: Who
    kind: RepairKind
    words: str
    tasks: list[Task]
    waits: bool
    checked_in: int
    estimated: int
    authorised: int
    dispatched: int
    found: int = 0  # a finding on the lift: reported, priced, answered
    priced: int = 0
    answered: int = 0
    work_done: int = 0
    sent_back: int = 0
    reworked: list[tuple[int, int, str | None]] = field(default_factory=list)
    inspected: int = 0
    settled: int = 0
    delivered: int = 0
    first_promise: int = 0
    promise: Promise | None = None
    credit: bool = False
    payments: list[Payment] = field(default_factory=list)
    care: Care = field(default_factory=Care)
    mileage_km: int = 0
    mileage_out_km: int = 0
    old_parts: str = "waive"
    id: int = 0
    number: str = ""
    signature: int = 0
    request: int = 0
    finding: int = 0
    settlement: int = 0  # the customer's
    follow_up: int = 0
    state: str = OrderState.DRAFT.value

    @property
    def car(self) -> Car:
        """The car."""
        return self.arrival.car

    def done(self) -> list[Task]:
        """The jobs that the customer said yes to."""
        return [task for task in self.tasks if not task.declined]

    def share(self, payer: Payer) -> int:
        """What a payer pays, in fen."""
        return sum(
            (task.amount_fen if task.payer is payer else 0)
            + sum(line.amount_fen for line in task.lines if line.payer is payer)
            for task in self.done()
        )
