"""Every form of the suggested order and of the policy behind it, sent once: a part of :class:`WholeDay`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app.domain.catalogue.model import Part
from app.domain.replenishment.model import SimulationPoint, SimulationRun, Suggestion
from app.domain.replenishment.policy import HOUSE, packed
from app.domain.replenishment.states import RunState, ScenarioKind
from app.kernel.clock import business_date

if TYPE_CHECKING:
    from tests.web.access.whole_day import WholeDay


class Replenishment:
    """What to order, at the parts manager's desk."""

    def __init__(self, day: WholeDay) -> None:
        self.day, self.client, self.shop = day, day.client, day.shop

    def _send(self, path: str, data: dict[str, Any] | None = None) -> Any:
        return self.client.as_("parts_manager").post(path, data or {})

    def run(self) -> None:
        """What to order is calculated, changed and drawn up; the levels behind it are set, replayed and picked."""
        here, session, now = "/parts/suggested", self.day.session, self.day.clock.now()
        session.rollback()
        session.get_one(Part, self.shop.pads).minimum_milli = 90_000
        session.commit()
        self._send(here)
        rows = session.execute(select(Suggestion.id, Suggestion.part_id, Suggestion.unit_fen)).all()
        session.rollback()
        total = 0
        for id_, part_id, unit_fen in rows:
            kept = part_id == self.shop.pads
            total += 4 * unit_fen if kept else 0
            self._send(f"{here}/{id_}", {"quantity": "4" if kept else "0", "version": "1", "supplier": "1"})
        self._send(f"{here}/order", {"run": "1", "supplier": "1", "lines": "1", "total": str(total)})
        here = "/parts/service-levels"
        levels = {f"level-{value}{stability}": "95" for value in "abc" for stability in "xyz"}
        limits = {"a_share": "80", "b_share": "95", "x_variation": "0.5", "y_variation": "1"}
        self._send(here, {"policy": "0", **levels, **limits})
        self._send(f"{here}/simulation")  # this shop is too young for it: the point comes by hand
        run = SimulationRun(state=RunState.DONE, began_at=now, heard_at=now)
        run.first_day = run.last_day = business_date(now)
        session.add(run)
        session.flush()
        point = SimulationPoint(run_id=run.id, kind=ScenarioKind.CHEAP_FIRST, levels=packed(HOUSE))
        point.lines, point.served_lines, point.stock_fen = 9, 8, 100
        session.add(point)
        session.commit()
        self._send(f"{here}/points/1", {"policy": "1"})
