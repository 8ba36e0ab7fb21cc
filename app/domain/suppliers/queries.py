"""Reading suppliers: the list, one with all that is agreed, what runs out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.staff.model import Staff
from app.domain.suppliers.model import Supplier, SupplierAudit, SupplierContract
from app.domain.suppliers.operations import LONGEST_DAYS
from app.kernel.errors import N_, NotFound


def all_suppliers(session: Session, *, active: bool = True) -> Sequence[Supplier]:
    """Suppliers by name; those no longer bought from are left out unless asked for."""
    query = select(Supplier).order_by(Supplier.name)
    return session.scalars(query.where(Supplier.active.is_(True)) if active else query).all()


def get_supplier(session: Session, supplier_id: int) -> Supplier:
    """A supplier; raises :class:`NotFound`."""
    found = session.get(Supplier, supplier_id)
    if found is None:
        raise NotFound(N_("There is no such supplier."))
    return found


def contracts_of(session: Session, supplier_id: int) -> Sequence[SupplierContract]:
    """The contracts of a supplier, those that run first, the nearest end first."""
    return session.scalars(
        select(SupplierContract)
        .where(SupplierContract.supplier_id == supplier_id)
        .order_by(SupplierContract.ended_at.is_not(None), SupplierContract.ends_on)
    ).all()


def contracts_running_out(session: Session, today: date) -> list[SupplierContract]:
    """Contracts whose reminder is due or whose end has passed, the nearest end first."""
    due = session.scalars(
        select(SupplierContract)
        .where(SupplierContract.ended_at.is_(None), SupplierContract.ends_on <= today + timedelta(days=LONGEST_DAYS))
        .options(joinedload(SupplierContract.supplier))
        .order_by(SupplierContract.ends_on)
    ).all()
    return [contract for contract in due if contract.ends_on <= today + timedelta(days=contract.remind_days)]


def audits_of(session: Session, supplier_id: int, limit: int = 10) -> Sequence[SupplierAudit]:
    """The audit sheets of a supplier, the latest first."""
    return session.scalars(
        select(SupplierAudit)
        .where(SupplierAudit.supplier_id == supplier_id)
        .options(selectinload(SupplierAudit.answers), joinedload(SupplierAudit.staff).load_only(Staff.name))
        .order_by(SupplierAudit.held_on.desc(), SupplierAudit.id.desc())
        .limit(limit)
    ).all()
