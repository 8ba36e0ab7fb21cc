"""Every form of purchasing, sent once: the part of :class:`WholeDay` that happens at the parts manager's desk."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app.domain.purchasing.model import GoodsReceiptLine, HeldPrice, PurchaseLine, PurchaseOrder
from app.domain.stock.model import StockBalance, StockOwner
from app.domain.suppliers.questions import AuditQuestion

if TYPE_CHECKING:
    from tests.web.access.whole_day import WholeDay


class Purchasing:
    """Terms, an order in each direction, deliveries with every discrepancy, invoices."""

    def __init__(self, day: WholeDay) -> None:
        self.day, self.client, self.text, self.shop = day, day.client, day.text, day.shop

    def run(self) -> None:
        """All of it."""
        self.supplier()
        self.order()
        self.invoices()
        self.store()

    def _send(
        self, path: str, data: dict[str, Any] | None = None, page: str = "", who: str = "parts_manager", **options: Any
    ) -> Any:
        version = {"version": self.day._version(who, page)} if page else {}
        return self.client.as_(who).post(path, {**(data or {}), **version}, **options)

    def supplier(self) -> None:
        """A supplier with all that is agreed."""
        text = self.text
        facts = {name: text(name)[:40] for name in ("name", "contact", "phone", "email", "address", "remark")}
        facts |= {"lead_days": "3", "order_cycle_days": "7", "payment_days": "30", "minimum_order": "10", "active": "1"}
        here = self._send("/parts/suppliers", facts).headers["Location"]
        self._send(here, facts, page=here)
        contract = {"title": text("title"), "number": text("number")[:60], "remind_days": "30"}
        self._send(f"{here}/contracts", {**contract, "starts_on": "2026-01-01", "ends_on": "2026-12-31"})
        self._send(f"{here}/contracts/1/end")
        points = {question.value: "3" for question in AuditQuestion}
        self._send(f"{here}/audits", {**points, "held_on": "2026-11-20", "audit_remark": text("audit_remark")})
        self._send(f"{here}/prices", {"part_number": "A2069005102", "price": "100", "pack": "1", "minimum": "1"})
        self._send(f"{here}/targets", {"target_from": "2026-10-01", "target_until": "2026-12-31", "amount": "100"})
        self._send(f"{here}/targets/1/withdraw")

        held = HeldPrice(
            supplier_id=1,
            part_id=self.shop.filter,
            unit_fen=300_00,
            was_fen=100_00,
            pack_milli=1000,
            minimum_milli=0,
            valid_from=date(2026, 11, 25),
            at=self.day.clock.now(),
        )
        self.day.session.add(held)
        self.day.session.commit()
        self._send("/parts/held-prices", {"held": held.id, "decision": "accept"})
        self.day.session.rollback()

    def order(self) -> None:
        """One that is cancelled, one that comes with everything wrong."""
        text, light, pads = self.text, self.shop.headlight, self.shop.pads
        gone = self._send("/parts/purchases", {"supplier": "1", "kind": "stock"}).headers["Location"]
        self._send(f"{gone}/cancel", {"cancel_reason": text("cancel_reason")}, page=f"{gone}")
        here = self._send(f"/parts/{light}/order", {"quantity": "5"}).headers["Location"]
        self._send(f"{here}/lines", {"part": pads, "quantity": "2", "price": "100"})
        first, second = self._lines(here)
        self._send(f"{here}/lines/{first}", {"quantity": "6", "price": "90"}, page=here)
        self._send(f"{here}/send", page=here)
        word = {f"quantity-{first}": "6", f"price-{first}": "90", f"quantity-{second}": "2", f"price-{second}": "100"}
        self._send(
            f"{here}/confirm", {**word, f"day-{first}": "2026-12-01", "reference": text("reference")[:60]}, page=here
        )
        came = {f"good-{first}": "3", f"damaged-{first}": "1", f"noted-{first}": "5", f"price-{first}": "95"}
        came |= {f"bin-{first}": text("bin")[:30], f"batch-{first}": text("batch")[:60]}
        self._send(f"{here}/goods-in", {**came, "delivery_note": text("delivery_note")[:60]}, here, "parts_clerk")
        for number in (1, 2, 3):
            said = {"resolution": "credited", "remark": text("remark")}
            self._send(f"{here}/discrepancies/{number}/resolve", said)
        self.back(here, first)
        self._send(f"{here}/lines/{second}/give-up", {"reason": text("reason")}, page=here)

    def back(self, here: str, line: int) -> None:
        """Three go back: one that the supplier does not take, one that he credits twice, one of what came broken."""
        row = self.day.session.scalars(select(GoodsReceiptLine).where(GoodsReceiptLine.line_id == line)).one()
        row_id, page = row.id, f"{here}/receipts/{row.receipt_id}/return"
        self.day.session.rollback()
        form = {f"back-{row_id}": "1", f"reason-{row_id}": "not_needed", "remark": self.text("remark")}
        for deeds in (("refused",), ("credit", "undo-credit", "credit")):
            gone = self._send(page, form, page=page).headers["Location"]
            for deed in deeds:
                note = {"number": self.text("number")[:60], "credited_on": "2026-11-25", "credited": "90"}
                note |= {"why": self.text("why"), "refusal": self.text("refusal"), "reason": self.text("reason")}
                self._send(f"{gone}/{deed}", note, page=gone)
        self._send(page, {f"broken-{row_id}": "1"}, page=page)

    def _lines(self, here: str) -> list[int]:
        number = here.rsplit("/", 1)[1]
        lines = select(PurchaseLine.id).join(PurchaseOrder).where(PurchaseOrder.number == number)
        found = list(self.day.session.scalars(lines.order_by(PurchaseLine.id)))
        self.day.session.rollback()
        return found

    def invoices(self) -> None:
        """One that differs is taken out, entered once more, accepted and paid."""
        bill = {"supplier": "1", "number": self.text("number")[:60], "issued_on": "2026-11-24", "total": "999"}
        here = "/parts/invoices"
        self._send(here, {**bill, "receipts": "1"})
        self._send(f"{here}/1/withdraw", {"why": self.text("why")}, page=here)
        self._send(here, {**bill, "receipts": "1"})
        page = self.client.as_("parts_manager").get(here).get_data(as_text=True)
        found = re.search(r"invoices/(\d+)/accept", page)
        assert found is not None
        self._send(f"{here}/{found[1]}/accept", {"reason": self.text("reason")}, page=here)
        page = self.client.as_("parts_manager").get(here).get_data(as_text=True)
        assert re.search(rf"invoices/{found[1]}/paid", page)
        self._send(f"{here}/{found[1]}/paid", {"paid_on": "2026-11-25"}, page=here)

    def store(self) -> None:
        """The part master, goods of others, a close."""
        text, part = self.text, f"/parts/{self.shop.headlight}"
        facts = {"name": text("name"), "unit": "件", "category": text("category")[:40], "remark": text("remark")}
        facts |= {
            "retail": "10",
            "purchase": "5",
            "minimum": "1",
            "supplier": "1",
            "active": "1",
            "tracking": "none",
            "origin": "genuine",
        }
        self._send(f"{part}/edit", facts, page=f"{part}/edit")
        self._send(f"{part}/substitutes", {"substitute": "A2701800109", "substitute_remark": text("substitute_remark")})
        self._send(f"{part}/substitutes/{self.shop.filter}/remove")
        theirs = {"bin": "K-1", "quantity": "2", "price": "1", "owner": "consignment", "reason": text("reason")}
        self._send(f"{part}/receipts", theirs)
        owned = select(StockBalance.id).where(StockBalance.owner == StockOwner.CONSIGNMENT)
        balance = self.day.session.scalars(owned).one()
        self.day.session.rollback()
        one = {"foreign": balance, "foreign_quantity": "1", "foreign_reason": text("foreign_reason")}
        self._send(f"{part}/hand-out", one)
        self._send(f"{part}/take-over", {**one, "foreign_price": "5"})
        self._send("/parts/periods", {"through": "2026-11-24"})
