"""Reading customers."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.domain.customers.model import Consent, ConsentPurpose, Customer
from app.kernel.errors import N_, NotFound


def get(session: Session, customer_id: int) -> Customer:
    """A customer; one that was merged leads to the one that is kept. Raises :class:`NotFound`."""
    customer = session.scalar(
        select(Customer)
        .where(Customer.id == customer_id)
        .options(selectinload(Customer.phones), selectinload(Customer.consents))
    )
    if customer is None:
        raise NotFound(N_("There is no such customer."))
    return get(session, customer.merged_into_id) if customer.merged_into_id else customer


def consents(customer: Customer) -> dict[ConsentPurpose, Consent | None]:
    """The latest consent per purpose."""
    latest: dict[ConsentPurpose, Consent | None] = dict.fromkeys(ConsentPurpose)
    for consent in customer.consents:
        latest[consent.purpose] = consent
    return latest
