"""What to order of each part, and why: everything is read once, then each part is looked at by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.purchasing.model import SupplierPrice
from app.domain.purchasing.prices import holds_on
from app.domain.repair_orders.expected import waiting_lines
from app.domain.replenishment.demand import Demand, PartFacts, read_demand, read_parts, read_successors
from app.domain.replenishment.forecasts import Method, method_for, path_of, squared_errors
from app.domain.replenishment.policy import Policy
from app.domain.replenishment.rules import (
    Limits,
    Pattern,
    StabilityClass,
    order_quantity,
    pattern_of,
    stability_class,
)
from app.domain.replenishment.safety import Levels, levels
from app.domain.stock import incoming
from app.domain.stock.abc import AbcClass, classify
from app.domain.stock.queries import free_by_part
from app.domain.suppliers.model import Supplier
from app.kernel.money import divide_half_up

Progress = Callable[[float], None]
USUAL_DAYS = 7  # lead time and order cycle of a part that nobody is named for
STRIDE = 500  # parts between two words about the progress


@dataclass(frozen=True, slots=True)
class Terms:
    """How a part is bought: fen with VAT each, packs and least quantity in thousandths, days."""

    supplier_id: int | None
    lead_days: int
    review_days: int
    unit_fen: int
    pack_milli: int = 1000
    minimum_milli: int = 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be expected of a part."""

    weeks: list[int]
    value_class: AbcClass
    stability: StabilityClass
    pattern: Pattern
    method: Method
    week_milli: float
    error_milli2: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What to order of a part, in thousandths, with all that led to it."""

    part: PartFacts
    terms: Terms
    outlook: Outlook
    service_permille: int
    levels: Levels
    free_milli: int
    incoming_milli: int
    waiting_milli: int
    quantity_milli: int

    @property
    def position_milli(self) -> int:
        """What lies free, plus what is on its way, less what waiting orders lack."""
        return self.free_milli + self.incoming_milli - self.waiting_milli


class Situation:
    """The shop as it is on a day: demand, stock, what is on its way, terms."""

    def __init__(self, session: Session, day: date, limits: Limits) -> None:
        self.day, self.limits = day, limits
        self.parts = read_parts(session)
        successors = read_successors(session)
        self.demand: Demand = read_demand(session, day, successors)
        self.free = free_by_part(session)
        self.incoming = incoming.open_by_part(session)
        self.waiting: dict[int, int] = {}
        for line in waiting_lines(session):
            part_id = successors.get(line.part_id, line.part_id)
            self.waiting[part_id] = self.waiting.get(part_id, 0) + line.missing_milli
        self._suppliers = {
            id_: (lead, review)
            for id_, lead, review in session.execute(
                select(Supplier.id, Supplier.lead_days, Supplier.order_cycle_days).where(Supplier.active.is_(True))
            )
        }
        self._prices = _prices(session, day)
        self._cheapest: dict[int, tuple[int, int]] = {}  # part → (fen, supplier)
        for (supplier, part_id), (fen, *_packs) in self._prices.items():
            if supplier in self._suppliers:
                self._cheapest[part_id] = min((fen, supplier), self._cheapest.get(part_id, (fen, supplier)))
        worth = {
            id_: divide_half_up(self.demand.of_a_year(id_) * part.purchase_fen, 1000)
            for id_, part in self.parts.items()
        }
        self.value_classes = classify(worth, limits.a_permille, limits.b_permille)

    def terms_of(self, part: PartFacts) -> Terms:
        """From whom a part is bought and how: of its own supplier while he is bought from, else of the cheapest who has a price."""
        supplier = part.supplier_id
        if supplier not in self._suppliers:
            supplier = self._cheapest[part.id][1] if part.id in self._cheapest else None
        if supplier is None:
            return Terms(None, USUAL_DAYS, USUAL_DAYS, part.purchase_fen)
        price = self._prices.get((supplier, part.id))
        return Terms(supplier, *self._suppliers[supplier], *(price or (part.purchase_fen,)))

    def outlook_of(self, part: PartFacts) -> Outlook:
        """Class, pattern and forecast of a part."""
        weeks = self.demand.weeks_of(part.id, part.since)
        pattern = pattern_of(weeks)
        method = method_for(pattern, weeks)
        path = path_of(method, weeks)
        errors = squared_errors(weeks, path)
        stability = stability_class(weeks, self.limits)
        return Outlook(weeks, self.value_classes[part.id], stability, pattern, method, path[-1], errors[-1])

    def plan_of(self, part: PartFacts, policy: Policy) -> Plan:
        """What to order of a part under a policy."""
        terms, outlook = self.terms_of(part), self.outlook_of(part)
        service = policy.level(outlook.value_class, outlook.stability)
        wanted = levels(
            week_milli=outlook.week_milli,
            error_milli2=outlook.error_milli2,
            lead_days=terms.lead_days,
            review_days=terms.review_days,
            service_permille=service,
            steady=outlook.method is Method.SES,
            floor_milli=part.floor_milli,
        )
        free, coming = self.free.get(part.id, 0), self.incoming.get(part.id, 0)
        waiting = self.waiting.get(part.id, 0)
        quantity = order_quantity(
            position_milli=free + coming - waiting,
            reorder_milli=wanted.reorder_milli,
            up_to_milli=wanted.up_to_milli,
            pack_milli=terms.pack_milli,
            minimum_milli=terms.minimum_milli,
        )
        return Plan(part, terms, outlook, service, wanted, free, coming, waiting, quantity)

    def plans(self, policy: Policy, progress: Progress = lambda _share: None) -> Iterator[Plan]:
        """The plans of all parts of which something is to be ordered; what nobody asked, waits or provides for is passed by."""
        for number, part in enumerate(self.parts.values()):
            if number % STRIDE == 0:
                progress(number / len(self.parts))
            known = part.id in self.demand.lines or part.id in self.waiting or part.floor_milli > 0
            if known and not part.ends:
                plan = self.plan_of(part, policy)
                if plan.quantity_milli > 0:
                    yield plan


def _prices(session: Session, day: date) -> dict[tuple[int, int], tuple[int, int, int]]:
    """(supplier, part) → (fen, pack, minimum) as it holds on a day: the latest begun that has not ended."""
    rows = session.execute(
        select(
            SupplierPrice.supplier_id,
            SupplierPrice.part_id,
            SupplierPrice.unit_fen,
            SupplierPrice.pack_milli,
            SupplierPrice.minimum_milli,
        )
        .where(holds_on(day))
        .order_by(SupplierPrice.valid_from)
    )
    return {(supplier, part): (fen, pack, least) for supplier, part, fen, pack, least in rows}
