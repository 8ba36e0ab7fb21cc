"""Every form about what lies in the store, sent once: the part of :class:`WholeDay` that happens between the shelves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app.domain.stock.model import StockBalance
from app.domain.stock_takes.model import StockTakeLine
from tests.support.shop import photo

if TYPE_CHECKING:
    from tests.web.access.whole_day import WholeDay


class Store:
    """A stock-take that is given up, one that is counted, sent back and posted; scrap kept and scrap thrown away."""

    def __init__(self, day: WholeDay) -> None:
        self.day, self.client, self.text, self.shop = day, day.client, day.text, day.shop

    def run(self) -> None:
        """All of it."""
        self.stock_takes()
        self.scrap()

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
        leave = {"allow_reason": text("allow_reason")}
        self._send("manager", f"{here}/allow", leave, here)
        self._count_all(here, "1")
        self._send("parts_clerk", f"{here}/finish", {}, here)
        self._send("manager", f"{here}/post", {}, here)

    def scrap(self) -> None:
        """One that is refused and one that is thrown away."""
        part = self.shop.filter
        balance = self.day.session.scalars(select(StockBalance.id).where(StockBalance.part_id == part)).first()
        self.day.session.rollback()
        sent = {"photo": (photo(), "报废.jpg")}
        multipart = {"content_type": "multipart/form-data"}
        clerk = self.client.as_("parts_clerk")
        kept = clerk.post("/parts/scrap/photos", sent, status=200, **multipart).json["id"]
        form = {"balance": balance, "quantity": "1", "reason": "other", "words": self.text("words"), "photo_id": kept}
        for decision, answer in (("1/refuse", {"answer": self.text("answer")}), ("2/approve", {})):
            clerk.as_("parts_clerk").post(f"/parts/{part}/scrap", form)
            self.client.as_("parts_manager").post(f"/parts/scrap/{decision}", answer)

    def _count_all(self, here: str, quantity: str) -> None:
        """What nobody counted yet by one, and what has to be counted again by another."""
        for who, due in (("parts_clerk", StockTakeLine.rounds == 0), ("parts_manager", StockTakeLine.again.is_(True))):
            self.client.as_(who)
            open_ones = select(StockTakeLine.id, StockTakeLine.version).where(StockTakeLine.live.is_(True), due)
            lines = list(self.day.session.execute(open_ones.order_by(StockTakeLine.id)))
            self.day.session.rollback()
            for id_, version in lines:
                form = {"counted": quantity, "version": version, "bin": "A-01-01"}
                self.client.post(f"{here}/lines/{id_}", form)

    def _send(self, who: str, path: str, data: dict[str, Any], page: str) -> Any:
        version = self.day._version(who, page)
        return self.client.as_(who).post(path, {**data, "version": version})
