"""The part master edited by hand: terms, successor, substitutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part, PartSubstitute
from app.domain.catalogue.queries import canonical
from app.domain.suppliers.model import Supplier
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput
from app.kernel.orm import expect_version
from app.kernel.permission import Permission

_EDITABLE = ("name", "origin", "unit", "purchase_fen", "retail_fen", "minimum_milli", "category", "remark", "active")


def change_part(
    session: Session,
    actor: Actor,
    clock: Clock,
    part: Part,
    version: int | None,
    facts: Mapping[str, Any],
    *,
    supplier_id: int | None,
    successor: str,
) -> None:
    """Change what the master says of a part (fen with VAT, thousandths).

    Raises InvalidInput for a supplier or successor that is unknown, and for a successor that leads back to the part.
    """
    actor.require(Permission.CATALOGUE_EDIT)
    expect_version(part, version)
    if not str(facts.get("name", part.name)).strip():
        raise InvalidInput(N_("Give the part a name."), field="name")
    if supplier_id is not None and session.get(Supplier, supplier_id) is None:
        raise InvalidInput(N_("There is no such supplier."), field="supplier")
    changed: dict[str, Any] = {name: facts[name] for name in _EDITABLE if name in facts}
    changed["supplier_id"] = supplier_id
    changed["successor_number"] = _successor(session, part, successor)
    told = {}
    for name, value in changed.items():
        if getattr(part, name) != value:
            told[name] = getattr(value, "value", value)
            setattr(part, name, value)
    session.flush()
    audit.record(session, actor, clock, "part.change", f"part:{part.id}", **told)


def _successor(session: Session, part: Part, typed: str) -> str:
    number = canonical(typed)
    if not number:
        return ""
    seen, at = {part.number}, number
    while at:
        if at in seen:
            raise InvalidInput(N_("This successor leads back to the part itself."), field="successor")
        seen.add(at)
        following = session.scalar(select(Part.successor_number).where(Part.number == at))
        if following is None:
            if at == number:
                raise InvalidInput(N_("No part has the number “%(code)s”."), field="successor", code=typed[:40])
            break
        at = following
    return number


def add_substitute(
    session: Session, actor: Actor, clock: Clock, part: Part, number: str, remark: str = "", *, both_ways: bool = False
) -> Part:
    """Say that another part may be fitted in place of this one; ``both_ways`` says the reverse as well."""
    actor.require(Permission.CATALOGUE_EDIT)
    other = session.scalar(select(Part).where(Part.number == canonical(number)))
    if other is None:
        raise InvalidInput(N_("No part has the number “%(code)s”."), field="substitute", code=number[:40])
    if other.id == part.id:
        raise InvalidInput(N_("A part is no substitute for itself."), field="substitute")
    for of, by in ((part, other), (other, part)) if both_ways else ((part, other),):
        if session.get(PartSubstitute, (of.id, by.id)) is None:
            session.execute(
                insert(PartSubstitute).values(part_id=of.id, substitute_id=by.id, remark=remark.strip()[:200])
            )
    audit.record(session, actor, clock, "part.substitute", f"part:{part.id}", by=other.number)
    return other


def remove_substitute(session: Session, actor: Actor, clock: Clock, part: Part, substitute_id: int) -> None:
    """It does not fit after all."""
    actor.require(Permission.CATALOGUE_EDIT)
    session.execute(
        delete(PartSubstitute).where(PartSubstitute.part_id == part.id, PartSubstitute.substitute_id == substitute_id)
    )
    audit.record(session, actor, clock, "part.substitute_removed", f"part:{part.id}", substitute=substitute_id)
