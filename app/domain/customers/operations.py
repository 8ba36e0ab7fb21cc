"""Customers: adding, changing, their telephones and consents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.customers.model import Consent, ConsentPurpose, Customer, CustomerKind, CustomerPhone
from app.domain.customers.rules import normal_phone
from app.domain.staff.pinyin import search_key
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput
from app.kernel.numbering import next_number
from app.kernel.orm import expect_version
from app.kernel.permission import Permission


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What a form says of a customer."""

    name: str
    kind: CustomerKind = CustomerKind.PRIVATE
    contact_name: str = ""
    address: str = ""
    phones: Sequence[str] = ()
    remark: str = ""


def _checked(facts: CustomerFacts, known: frozenset[str] = frozenset()) -> list[str]:
    if not facts.name.strip():
        raise InvalidInput(N_("A customer needs a name."), field="name")
    # What the old system had is kept as it is, however odd; only what is typed now has to be a number.
    numbers = [phone if phone in known else normal_phone(phone) for phone in facts.phones if phone.strip()]
    return list(dict.fromkeys(numbers))


def add_customer(session: Session, actor: Actor, clock: Clock, facts: CustomerFacts) -> Customer:
    """A new customer; raises :class:`InvalidInput` without a name or with a telephone number that cannot be one."""
    actor.require(Permission.CUSTOMER_EDIT)
    phones = _checked(facts)
    customer = Customer(
        number=next_number(session, "CU", business_date(clock.now())),
        name=facts.name.strip(),
        pinyin=search_key(facts.name.strip()),
        kind=facts.kind,
        contact_name=facts.contact_name.strip(),
        address=facts.address.strip(),
        remark=facts.remark.strip(),
        customer_since=business_date(clock.now()),
        created_at=clock.now(),
        phones=[CustomerPhone(number=number, label=_label(number)) for number in phones],
    )
    session.add(customer)
    session.flush()
    audit.record(session, actor, clock, "customer.add", f"customer:{customer.id}")
    return customer


def change_customer(
    session: Session, actor: Actor, clock: Clock, customer: Customer, version: int | None, facts: CustomerFacts
) -> None:
    """Change a customer as the form shows them; raises StaleVersion when somebody else was faster."""
    actor.require(Permission.CUSTOMER_EDIT)
    expect_version(customer, version)
    phones = _checked(facts, frozenset(phone.number for phone in customer.phones))
    customer.name = facts.name.strip()
    customer.pinyin = search_key(customer.name)
    customer.kind, customer.contact_name = facts.kind, facts.contact_name.strip()
    customer.address, customer.remark = facts.address.strip(), facts.remark.strip()
    if phones != [phone.number for phone in customer.phones]:
        kept = {phone.number: phone for phone in customer.phones}
        customer.phones = [kept.get(n) or CustomerPhone(number=n, label=_label(n)) for n in phones]
    audit.record(session, actor, clock, "customer.change", f"customer:{customer.id}")


def _label(number: str) -> str:
    return "mobile" if len(number) == 11 and number.startswith("1") else "landline"


def record_consent(
    session: Session,
    actor: Actor,
    clock: Clock,
    customer: Customer,
    purpose: ConsentPurpose,
    granted: bool,
    source: str,
) -> None:
    """Note that a consent was given or withdrawn; the rows are never changed, the latest counts."""
    actor.require(Permission.CUSTOMER_EDIT)
    session.add(
        Consent(
            customer_id=customer.id,
            purpose=purpose,
            granted=granted,
            at=clock.now(),
            source=source[:80],
            actor=actor.name,
        )
    )
    audit.record(session, actor, clock, "consent", f"customer:{customer.id}", purpose=purpose.value, granted=granted)


def set_credit_limit(
    session: Session, actor: Actor, clock: Clock, customer: Customer, version: int | None, limit_fen: int, reason: str
) -> None:
    """How much the customer may owe in all, in fen; 0 is cash only. Raises StaleVersion and InvalidInput."""
    actor.require(Permission.CREDIT_AUTHORISE)
    expect_version(customer, version)
    if not reason.strip():
        raise InvalidInput(N_("Say why."), field="reason")
    was, customer.credit_limit_fen = customer.credit_limit_fen, limit_fen
    audit.record(
        session,
        actor,
        clock,
        "customer.credit_limit",
        f"customer:{customer.id}",
        was=was,
        now=limit_fen,
        reason=reason.strip()[:200],
    )


def unmask(session: Session, actor: Actor, clock: Clock, customer: Customer, reason: str) -> list[str]:
    """The customer's telephone numbers in full; each time with a reason and an audit row."""
    actor.require(Permission.CUSTOMER_UNMASK)
    if len(reason.strip()) < 2:
        raise InvalidInput(N_("Say why you need the number."), field="reason")
    audit.record(session, actor, clock, "customer.unmask", f"customer:{customer.id}", reason=reason.strip()[:200])
    return [phone.number for phone in customer.phones]
