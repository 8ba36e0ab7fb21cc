"""Every form about what lies in the store, sent once: the part of :class:`WholeDay` that happens between the shelves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app.domain.stock_takes.model import StockTakeLine

if TYPE_CHECKING:
    from tests.web.access.whole_day import WholeDay


class Store:
    """A stock-take that is given up, and one that is counted, sent back and posted."""

    def __init__(self, day: WholeDay) -> None:
        self.day, self.client, self.text, self.shop = day, day.client, day.text, day.shop

    def run(self) -> None:
        """All of it."""
        self.stock_takes()

    def stock_takes(self) -> None:
        """By list, by scan, and with something that is on no list."""
        text = self.text
        begin = {"kind": "bins", "first_bin": "A"}
        gone = self.client.as_("parts_clerk").post("/parts/stock-takes", begin).headers["Location"]
        self._send("manager", f"{gone}/cancel", {"cancel_reason": text("cancel_reason")}, gone)
        here = self.client.as_("parts_clerk").post("/parts/stock-takes", begin).headers["Location"]
        self.client.post(f"{here}/scan", {"scan": "A2701800109", "bin": "A-01-01"})
        found = {"found_part": "A2069005102", "found_quantity": "1", "bin": "A-01-01", "owner": "consignment"}
        self.client.post(f"{here}/found", found)
        self._count_all(here, "7")
        self._send("parts_clerk", f"{here}/finish", {}, here)
        self._send("parts_manager", f"{here}/reject", {"reject_reason": text("reject_reason")}, here)
        self._count_all(here, "1")
        self._send("parts_clerk", f"{here}/finish", {}, here)
        self._send("manager", f"{here}/post", {}, here)

    def _count_all(self, here: str, quantity: str) -> None:
        self.client.as_("parts_clerk")
        for _round in (1, 2):
            open_ones = select(StockTakeLine.id, StockTakeLine.version).where(
                StockTakeLine.live.is_(True), (StockTakeLine.rounds == 0) | StockTakeLine.again.is_(True)
            )
            lines = list(self.day.session.execute(open_ones.order_by(StockTakeLine.id)))
            self.day.session.rollback()
            for id_, version in lines:
                form = {"counted": quantity, "version": version, "bin": "A-01-01"}
                self.client.post(f"{here}/lines/{id_}", form)

    def _send(self, who: str, path: str, data: dict[str, Any], page: str) -> Any:
        version = self.day._version(who, page)
        return self.client.as_(who).post(path, {**data, "version": version})
