"""Finding operations and parts as people type them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import bindparam, case, or_, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part
from app.kernel.errors import N_, NotFound
from app.kernel.fullwidth import to_ascii


def canonical(number: str) -> str:
    """A part number without blanks and hyphens, in upper case: the trade writes one number in many ways."""
    return re.sub(r"[\s\-]+", "", to_ascii(number)).upper()[:60]


def like_text(text: str) -> str:
    """Text with the wildcards of LIKE escaped by a backslash."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def find_operations(session: Session, text: str, series: str = "", limit: int = 20) -> Sequence[Operation]:
    """Operations by code, name or pinyin; those for the car's series first."""
    typed = to_ascii(text).strip()[:60]
    query = select(Operation).where(Operation.active.is_(True))
    if typed:
        plain = like_text(typed)
        query = query.where(
            or_(
                Operation.code.like(plain.upper() + "%", escape="\\"),
                Operation.name.like(f"%{plain}%", escape="\\"),
                Operation.pinyin.like(f"%{plain.lower()}%", escape="\\"),
            )
        )
    fits = case((Operation.series.like(f"%{like_text(series)}%", escape="\\"), 0), (Operation.series == "", 1), else_=2)
    return session.scalars(query.order_by(fits if series else Operation.code, Operation.code).limit(limit)).all()


def get_operation(session: Session, operation_id: int) -> Operation:
    """An operation; raises :class:`NotFound`."""
    found = session.get(Operation, operation_id)
    if found is None:
        raise NotFound(N_("There is no such operation."))
    return found


def get_operations(session: Session, ids: Sequence[int]) -> list[Operation]:
    """Operations in the order of ``ids``, in one query; raises :class:`NotFound`."""
    found = {row.id: row for row in session.scalars(_OPERATIONS, {"ids": list(ids)})} if ids else {}
    if any(id_ not in found for id_ in ids):
        raise NotFound(N_("There is no such operation."))
    return [found[id_] for id_ in ids]


_OPERATIONS = select(Operation).where(Operation.id.in_(bindparam("ids", expanding=True)))


def get_part(session: Session, part_id: int) -> Part:
    """A part; raises :class:`NotFound`."""
    found = session.get(Part, part_id)
    if found is None:
        raise NotFound(N_("There is no such part."))
    return found


def part_by_number(session: Session, number: str) -> Part | None:
    """The part of this number, however it is written."""
    return session.scalar(select(Part).where(Part.number == canonical(number)))
