"""Suppliers entered and changed, their contracts and audits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.suppliers.model import Supplier, SupplierAudit, SupplierAuditAnswer, SupplierContract
from app.domain.suppliers.questions import MAXIMUM, AuditQuestion
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, NotFound, WrongState
from app.kernel.orm import expect_version
from app.kernel.permission import Permission

LONGEST_DAYS = 365
_EDITABLE = frozenset(
    {"name", "contact", "phone", "email", "address", "is_manufacturer", "lead_days", "order_cycle_days"}
    | {"minimum_order_fen", "payment_days", "active", "remark"}
)


def ensure_supplier(session: Session, at: datetime, name: str, *, is_manufacturer: bool = False) -> int | None:
    """The supplier of this name, made ``at`` first use with the house's usual terms; None for an empty name."""
    name = name.strip()[:120]
    if not name:
        return None
    same = select(Supplier.id).where(Supplier.name == name)
    found = session.scalar(same)
    if found is None:
        try:
            with session.begin_nested():
                session.add(Supplier(name=name, created_at=at, is_manufacturer=is_manufacturer))
        except IntegrityError:  # somebody entered him in the same moment
            pass
        found = session.scalars(same).one()
    return found


def _checked(session: Session, facts: Mapping[str, Any], own_id: int | None) -> dict[str, Any]:
    values = {name: value for name, value in facts.items() if name in _EDITABLE}
    name = str(values.get("name", "")).strip()
    if not name:
        raise InvalidInput(N_("Give the supplier a name."), field="name")
    same = session.scalar(select(Supplier.id).where(func.lower(Supplier.name) == name.lower()))
    if same is not None and same != own_id:
        raise InvalidInput(N_("There is a supplier of this name already."), field="name")
    for field, lowest in (("lead_days", 0), ("order_cycle_days", 1), ("payment_days", 0)):
        if not lowest <= values[field] <= LONGEST_DAYS:
            raise InvalidInput(
                N_("Take a number from %(lowest)s to %(highest)s."), field=field, lowest=lowest, highest=LONGEST_DAYS
            )
    return values | {"name": name}


def add_supplier(session: Session, actor: Actor, clock: Clock, facts: Mapping[str, Any]) -> Supplier:
    """Enter a supplier with his terms (days; fen with VAT); raises InvalidInput for a name that exists."""
    actor.require(Permission.SUPPLIER_EDIT)
    supplier = Supplier(**_checked(session, facts, None), created_at=clock.now())
    session.add(supplier)
    session.flush()
    audit.record(session, actor, clock, "supplier.add", f"supplier:{supplier.id}", name=supplier.name)
    return supplier


def change_supplier(
    session: Session, actor: Actor, clock: Clock, supplier: Supplier, version: int | None, facts: Mapping[str, Any]
) -> None:
    """Change a supplier's terms; raises StaleVersion when somebody else did."""
    actor.require(Permission.SUPPLIER_EDIT)
    expect_version(supplier, version)
    changed = {}
    for name, value in _checked(session, facts, supplier.id).items():
        if getattr(supplier, name) != value:
            changed[name] = value
            setattr(supplier, name, value)
    session.flush()
    audit.record(session, actor, clock, "supplier.change", f"supplier:{supplier.id}", **changed)


def add_contract(
    session: Session,
    actor: Actor,
    clock: Clock,
    supplier: Supplier,
    *,
    title: str,
    number: str,
    starts_on: date | None,
    ends_on: date | None,
    remind_days: int,
) -> SupplierContract:
    """Note a contract; its end is shown ``remind_days`` before. Raises InvalidInput for dates that make no sense."""
    actor.require(Permission.SUPPLIER_EDIT)
    if not title.strip():
        raise InvalidInput(N_("Say what the contract is about."), field="title")
    if starts_on is None:
        raise InvalidInput(N_("Give the first day."), field="starts_on")
    if ends_on is None or ends_on < starts_on:
        raise InvalidInput(N_("The last day must not lie before the first."), field="ends_on")
    if not 0 <= remind_days <= LONGEST_DAYS:
        raise InvalidInput(
            N_("Take a number from %(lowest)s to %(highest)s."), field="remind_days", lowest=0, highest=LONGEST_DAYS
        )
    contract = SupplierContract(
        supplier_id=supplier.id,
        title=title.strip(),
        number=number.strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        remind_days=remind_days,
    )
    session.add(contract)
    session.flush()
    audit.record(session, actor, clock, "supplier.contract", f"supplier:{supplier.id}", ends_on=ends_on.isoformat())
    return contract


def end_contract(session: Session, actor: Actor, clock: Clock, supplier: Supplier, contract_id: int) -> None:
    """It was renewed or let go: no reminder any more."""
    actor.require(Permission.SUPPLIER_EDIT)
    contract = session.scalar(select(SupplierContract).where(SupplierContract.id == contract_id).with_for_update())
    if contract is None or contract.supplier_id != supplier.id:
        raise NotFound(N_("There is no such contract."))
    if contract.ended_at is not None:
        raise WrongState(N_("This contract is off the list already."))
    contract.ended_at = clock.now()
    audit.record(session, actor, clock, "supplier.contract_ended", f"supplier:{supplier.id}", contract=contract.id)


def hold_audit(
    session: Session,
    actor: Actor,
    clock: Clock,
    supplier: Supplier,
    *,
    held_on: date | None,
    points: Mapping[AuditQuestion, int],
    remark: str = "",
) -> SupplierAudit:
    """Fill in an audit sheet: 0 to 5 points for each question; raises InvalidInput when one is missing."""
    actor.require(Permission.SUPPLIER_EDIT)
    assert actor.staff_id is not None
    day = held_on or business_date(clock.now())
    if day > business_date(clock.now()):
        raise InvalidInput(N_("The audit lies ahead: fill it in when it was held."), field="held_on")
    for question in AuditQuestion:
        if not 0 <= points.get(question, -1) <= MAXIMUM:
            raise InvalidInput(N_("Give each question 0 to %(most)s points."), field=question.value, most=MAXIMUM)
    sheet = SupplierAudit(supplier_id=supplier.id, held_on=day, staff_id=actor.staff_id, remark=remark.strip()[:500])
    session.add(sheet)
    session.flush()
    session.execute(
        insert(SupplierAuditAnswer),
        [
            {"audit_id": sheet.id, "question": question.value, "points": points[question], "maximum": MAXIMUM}
            for question in AuditQuestion
        ],
    )
    audit.record(session, actor, clock, "supplier.audit", f"supplier:{supplier.id}", points=sum(points.values()))
    return sheet
