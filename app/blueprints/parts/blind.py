"""What the desk does not show of a part that is being counted.

Who counts also sells, picks and receives: the forms stay, and every deed checks the shelf as always. Only the figures of
what lies there are kept from them until the stock-take is over. Who posts it orders and plans by them and sees them.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask_login import current_user

from app.domain.stock_takes import queries
from app.extensions import db
from app.kernel.permission import Permission as P


def being_counted(part_ids: Iterable[int]) -> frozenset[int]:
    """Of these parts, those whose figures the present person does not see."""
    if not current_user.may(P.STOCK_COUNT) or current_user.may(P.VARIANCE_POST):
        return frozenset()
    return queries.parts_in_open_takes(db.session(), part_ids)
