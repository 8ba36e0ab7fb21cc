"""The suggested order: begun, computed, changed line by line, made into a purchase order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.orm import Session, joinedload

from app.domain.purchasing import orders
from app.domain.purchasing.model import PurchaseOrder
from app.domain.purchasing.prices import prices_on
from app.domain.replenishment import runs
from app.domain.replenishment.model import Suggestion, SuggestionRun
from app.domain.replenishment.plans import Plan, Progress, Situation
from app.domain.replenishment.policy import present
from app.domain.replenishment.rules import whole_packs
from app.domain.replenishment.states import RunState
from app.domain.stock.abc import AbcClass
from app.domain.suppliers.model import Supplier
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken, StaleVersion, WrongState
from app.kernel.money import line_amount
from app.kernel.orm import expect_version
from app.kernel.permission import Permission
from app.kernel.quantity import format_quantity

MOST_LINES = 500  # of one purchase order: more is no order that anybody checks


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw when he said "order these": how many lines, and fen with VAT in all."""

    lines: int
    total_fen: int


def begin(session: Session, actor: Actor, clock: Clock) -> SuggestionRun:
    """Ask for a new suggestion; a process computes it. Raises WrongState while another one is being computed."""
    actor.require(Permission.PURCHASE_EDIT)
    runs.expect_idle(session, SuggestionRun, clock)
    now = clock.now()
    run = SuggestionRun(
        state=RunState.RUNNING, began_at=now, heard_at=now, day=business_date(now), staff_id=actor.staff_id
    )
    session.add(run)
    session.flush()
    audit.record(session, actor, clock, "replenishment.suggest", f"suggestion_run:{run.id}")
    return run


def compute(engine: Engine, clock: Clock, run_id: int) -> bool:
    """Work on a run that was begun; False when another process does, or when there is nothing to do."""
    worker = runs.Worker(engine, clock, SuggestionRun, run_id)
    if not worker.claim():
        return False
    worker.work(lambda session: _worked_out(session, run_id, worker.tell))
    return True


def suggest_now(session: Session, actor: Actor, clock: Clock) -> SuggestionRun:
    """Begin and compute in the caller's transaction, where nobody waits for it: the demo shop."""
    run = begin(session, actor, clock)
    _worked_out(session, run.id, lambda _share: None)(session)
    runs.end(run)
    session.flush()
    return run


def _worked_out(session: Session, run_id: int, progress: Progress) -> Callable[[Session], None]:
    """Read everything and work out what to order; what is returned writes it down."""
    policy = present(session)
    situation = Situation(session, session.get_one(SuggestionRun, run_id).day, policy.limits)
    rows = [_row(run_id, plan, situation) for plan in situation.plans(policy, progress)]
    return lambda session: _write(session, run_id, rows, len(situation.parts))


def _write(session: Session, run_id: int, rows: list[dict[str, Any]], parts: int) -> None:
    """The new rows, the greatest amount first; of earlier runs only what somebody changed or ordered is kept."""
    rows.sort(key=lambda row: -row["suggested_milli"] * row["unit_fen"])
    session.execute(
        delete(Suggestion)
        .where(Suggestion.run_id < run_id, Suggestion.changed_at.is_(None), Suggestion.order_id.is_(None))
        .execution_options(synchronize_session=False)
    )
    if rows:
        session.execute(insert(Suggestion), rows)
    session.get_one(SuggestionRun, run_id).parts = parts


def _row(run_id: int, plan: Plan, situation: Situation) -> dict[str, Any]:
    outlook, terms, wanted = plan.outlook, plan.terms, plan.levels
    return {
        "run_id": run_id,
        "part_id": plan.part.id,
        "supplier_id": terms.supplier_id,
        "value_class": outlook.value_class,
        "stability": outlook.stability,
        "pattern": outlook.pattern,
        "method": outlook.method,
        "months": ",".join(map(str, situation.demand.months_of(plan.part.id))),
        "weeks": len(outlook.weeks),
        "forecast_milli": round(outlook.week_milli * 4),
        "error_milli": round(outlook.error_milli2**0.5),
        "service_permille": plan.service_permille,
        "lead_days": terms.lead_days,
        "review_days": terms.review_days,
        "floor_milli": plan.part.floor_milli,
        "safety_milli": wanted.safety_milli,
        "reorder_milli": wanted.reorder_milli,
        "up_to_milli": wanted.up_to_milli,
        "free_milli": plan.free_milli,
        "incoming_milli": plan.incoming_milli,
        "waiting_milli": plan.waiting_milli,
        "pack_milli": terms.pack_milli,
        "minimum_milli": terms.minimum_milli,
        "unit_fen": terms.unit_fen,
        "suggested_milli": plan.quantity_milli,
        "chosen_milli": plan.quantity_milli,
        "version": 1,
    }


def change(
    session: Session, actor: Actor, clock: Clock, suggestion_id: int, version: int | None, quantity_milli: int
) -> Suggestion:
    """Order another quantity (thousandths) of a suggested part, or nothing of it: 0 takes it off, and stays visible.

    Raises InvalidInput for a quantity that the supplier does not sell, naming the nearest that he does.
    """
    actor.require(Permission.PURCHASE_EDIT)
    row = _locked(session, suggestion_id)
    expect_version(row, version)
    if row.order_id is not None:
        raise WrongState(N_("This part has been ordered already; change the purchase order."))
    sold = whole_packs(quantity_milli, row.pack_milli, row.minimum_milli)
    if quantity_milli != sold and row.pack_milli == 1000 and sold > row.minimum_milli:
        raise InvalidInput(N_("Only whole ones are sold: take %(sold)s."), field="quantity", sold=format_quantity(sold))
    if quantity_milli != sold:
        raise InvalidInput(
            N_("The supplier sells packs of %(pack)s, and at least %(least)s: take %(sold)s."),
            field="quantity",
            pack=format_quantity(row.pack_milli),
            least=format_quantity(whole_packs(1, row.pack_milli, row.minimum_milli)),
            sold=format_quantity(sold),
        )
    if quantity_milli > orders.MOST_MILLI:
        raise InvalidInput(N_("That is more than a shop ever orders: check the quantity."), field="quantity")
    was, row.chosen_milli = row.chosen_milli, quantity_milli
    row.changed_at, row.changed_by_id = clock.now(), actor.staff_id
    session.flush()
    audit.record(
        session, actor, clock, "replenishment.change", f"suggestion:{row.id}", was_milli=was, now_milli=quantity_milli
    )
    return row


def _locked(session: Session, suggestion_id: int) -> Suggestion:
    row = session.scalar(select(Suggestion).where(Suggestion.id == suggestion_id).with_for_update(of=Suggestion))
    if row is None:
        raise NotFound(N_("There is no such suggestion any more: a newer one has been calculated."))
    newest = runs.newest(session, SuggestionRun, done=True)
    if newest is None or row.run_id != newest.id:
        raise WrongState(N_("There is a newer suggestion: open it."))
    return row


def order_lines(
    session: Session,
    actor: Actor,
    clock: Clock,
    run_id: int,
    supplier: Supplier,
    seen: Seen,
    value_class: AbcClass | None = None,
) -> PurchaseOrder:
    """Draw up a purchase order of what is suggested from a supplier, as it was chosen; what was taken off stays off.

    A suggestion of yesterday is ordered at the prices of today. Raises StaleVersion when it is no longer what the person saw, RuleBroken when nothing is left or too much for one order.
    """
    actor.require(Permission.PURCHASE_EDIT)
    newest = runs.newest(session, SuggestionRun, done=True)
    if newest is None or newest.id != run_id:
        raise WrongState(N_("There is a newer suggestion: open it."))
    query = (
        select(Suggestion)
        .where(
            Suggestion.run_id == run_id,
            Suggestion.supplier_id == supplier.id,
            Suggestion.order_id.is_(None),
            Suggestion.chosen_milli > 0,
        )
        .options(joinedload(Suggestion.part))
        .order_by(Suggestion.id)
        .with_for_update(of=Suggestion)
    )
    if value_class is not None:
        query = query.where(Suggestion.value_class == value_class)
    chosen = session.scalars(query).all()
    if not chosen:
        raise RuleBroken(N_("Nothing is left to order here."))
    if seen != Seen(len(chosen), sum(line_amount(row.chosen_milli, row.unit_fen) for row in chosen)):
        raise StaleVersion()
    if len(chosen) > MOST_LINES:
        raise RuleBroken(
            N_("More than %(most)s lines are no order that anybody checks: choose one class first."), most=MOST_LINES
        )
    agreed = prices_on(session, supplier.id, [row.part_id for row in chosen], business_date(clock.now()))
    wanted = [
        orders.Wanted(
            row.part,
            row.chosen_milli,
            agreed[row.part_id].unit_fen if row.part_id in agreed else row.part.purchase_fen,
            row.suggested_milli,
        )
        for row in chosen
    ]
    order = orders.draft_order(session, actor, clock, supplier, wanted)
    session.flush()
    for row in chosen:
        row.order_id = order.id
    session.flush()
    return order
