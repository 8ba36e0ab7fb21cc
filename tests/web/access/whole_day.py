"""Nearly every form of the portal, sent once by whoever sends it: what its texts and surplus fields lead to is looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.appointments.model import Appointment
from app.domain.care.model import FollowUp
from app.domain.counter_sales.model import CounterSaleLine
from app.domain.stock.model import LostDemand, StockBalance
from app.domain.used_cars.model import TradeInEnquiry
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.page_client import PageClient
from tests.support.shop import Floor, SmallShop, photo, signature, version_in
from tests.web.access.whole_purchase import Purchasing
from tests.web.access.whole_replenishment import Replenishment
from tests.web.access.whole_store import Store

Text = Callable[[str], str]


class WholeDay:
    """``text(field)`` is what is typed into a free text; ``surplus`` goes along with every form."""

    def __init__(
        self,
        client: PageClient,
        session: Session,
        clock: FixedClock,
        shop: SmallShop,
        *,
        text: Text = lambda field: field,
        surplus: dict[str, str] | None = None,
    ) -> None:
        self.client, self.session, self.clock, self.shop, self.text = client, session, clock, shop, text
        self.sent: set[str] = set()
        self.link = ""
        send = client.post

        def post(path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
            endpoint, _values = client.app.url_map.bind("localhost").match(path.partition("?")[0], method="POST")
            self.sent.add(endpoint)
            return send(path, {**(surplus or {}), **(data or {})}, **options)

        client.post = post  # type: ignore[method-assign]
        self.floor = Floor(client, shop, clock)

    def run(self) -> None:
        """The whole day."""
        self.archive()
        self.reception()
        self.workshop()
        self.tools()
        self.counter()
        self.money()
        Purchasing(self).run()
        Replenishment(self).run()
        Store(self).run()
        self.care()
        self.house()

    def _version(self, who: str, path: str) -> str:
        return version_in(self.floor.page(who, path))

    def _at(self, **ahead: float) -> str:
        return (self.clock.now() + timedelta(hours=8) + timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M")

    def archive(self) -> None:
        """Customers, cars, consents, appointments."""
        client, text, shop = self.client, self.text, self.shop
        person = {name: text(name) for name in ("name", "contact_name", "address", "remark")}
        car = {"plate": text("plate")[:10], "vin": text("vin")[:17], "doubts_confirmed": "1"}
        car |= {name: text(name)[:20] for name in ("model", "colour", "series")}
        client.as_("adviser").post("/arrivals/new", {**person, **car, "phone": "13812345678"})
        here = f"/customers/{shop.customer}"
        client.post(here, {**person, "version": self._version("adviser", here)})
        client.post(f"{here}/consents", {"purpose": "sms", "granted": "1"})
        client.post(f"{here}/telephone", {"reason": text("reason")}, status=200)
        limit = {"limit": "0", "reason": text("reason"), "version": self._version("manager", here)}
        client.as_("manager").post(f"{here}/credit-limit", limit)
        client.as_("adviser")
        here = f"/vehicles/{shop.vehicle}"
        client.post(here, {**car, "vin": "LE4ZG4CB3LL803910", "version": self._version("adviser", here)})
        for days in (1, 1, 1):
            form = {"vehicle": str(shop.vehicle), "starts_at": self._at(days=days), "hours": "1", "wish": text("wish")}
            client.post("/appointments", form)
        first, second, third = self.session.scalars(select(Appointment.id).order_by(Appointment.id))
        self.session.rollback()
        moved = {"starts_at": self._at(days=2), "reason": text("reason"), "version": "1"}
        client.post(f"/appointments/{first}/move", moved)
        client.post(f"/appointments/{second}/cancel", {"reason": text("reason"), "version": "1"})
        self.clock.advance(timedelta(days=1, hours=1))
        client.as_("adviser").post(f"/appointments/{third}/no-show", {"version": "1"})

    def reception(self) -> None:
        """Check-in with a photo, order, estimate, signature, question."""
        client, text, shop, floor = self.client, self.text, self.shop, self.floor
        sent = {"photo": (photo(), "损伤.jpg")}
        picture = client.as_("adviser").post("/files", sent, status=200, content_type="multipart/form-data").json["id"]
        note = text("damages").replace('"', '\\"')
        damages = f'[{{"x": 500, "y": 300, "kind": "dent", "note": "{note}", "photo_ids": [{picture}]}}]'
        free = {name: text(name) for name in ("words", "valuables", "signed_name")}
        floor.check_in(**free, damages=damages, warning_lights="oil")
        floor.add_job(shop.service)
        self.service = floor.order().jobs[0].id
        floor.add_part(self.service, shop.filter)
        floor.add_part(self.service, shop.pads)
        keep, drop = (line.id for line in floor.order().part_lines)
        order = floor.url
        client.post(f"{order}/jobs/{self.service}", {"payer": "customer", "discount": "5", "version": floor.version()})
        more = {"quantity": "2", "payer": "customer", "discount": "", "version": floor.version()}
        client.post(f"{order}/lines/{keep}", more)
        client.post(f"{order}/lines/{drop}/remove", {"version": floor.version()})
        floor.add_job(shop.brakes)
        mistake = floor.order().jobs[1].id
        client.post(f"{order}/jobs/{mistake}/remove", {"version": floor.version()})
        later = {"promised_at": self._at(hours=9), "reason": text("reason"), "version": floor.version()}
        client.post(f"{order}/promise", later)
        floor.give_estimate()
        floor.sign({self.service: "approved"}, who=text("who"))

    def workshop(self) -> None:
        """Dispatch, clocks, findings, parts, inspection."""
        client, text, floor, shop = self.client, self.text, self.floor, self.shop
        technician = cast.person(self.session, "technician").id
        self.session.rollback()
        floor.assign(self.service, floor.order().jobs[0].version, technician)
        recall = {"job": self.service, "version": floor.order().jobs[0].version}
        client.as_("controller").post("/workshop/recall", recall, status=204)
        floor.assign(self.service, floor.order().jobs[0].version, technician)
        job, parts = f"/workshop/jobs/{self.service}", f"/parts/orders/{floor.number}"
        client.as_("technician").post(f"{job}/start")
        self.clock.advance(timedelta(minutes=5))
        client.as_("technician").post(f"{job}/pause", {"reason": "tool"})
        client.post(f"{job}/start")
        for _ in (1, 2):
            client.post(f"{job}/parts-requests", {"words": text("words")})
            finding = {"words": text("words"), "photo": (photo(), "发现.jpg")}
            client.post(f"{job}/findings", finding, content_type="multipart/form-data")
        client.as_("adviser").post(f"{floor.url}/findings/1/set-aside", {"version": floor.version()})
        floor.add_job(shop.brakes, finding=2)
        page = client.as_("adviser").post(f"{floor.url}/questions", {"version": floor.version()}, status=200)
        self.link = (
            "/c/" + page.get_data(as_text=True).split('id="link" readonly value="')[1].split('"')[0].rsplit("/", 1)[1]
        )
        brakes = floor.order().jobs[2].id
        answer = {f"job-{brakes}": "declined", "who": text("who"), "signature": signature()}
        client.post(self.link, answer, status=200)
        put_off = f"/vehicles/{shop.vehicle}/recommendations/1/drop"
        client.as_("adviser").post(put_off, {"reason": text("reason")})
        clerk = client.as_("parts_clerk")
        clerk.post(f"{parts}/requests/1/answer", {"answer": text("answer")})
        clerk.post(f"{parts}/requests/2/part", {"part": shop.filter, "quantity": "1"})
        extra = floor.order().jobs[3].id
        floor.sign({extra: "declined"}, who=text("who"))
        line = floor.order().part_lines[0].id
        clerk.as_("parts_clerk").post(f"{parts}/lines/{line}/issue", {"quantity": "1"})
        back = {"quantity": "1", "reason": text("reason"), "still_needed": "1"}
        clerk.post(f"{parts}/lines/{line}/return", back)
        clerk.post(f"{parts}/issue-ready")
        clerk.post(f"{parts}/lines/{line}/return", back)
        clerk.post(f"{parts}/lines/{line}/drop", {"version": floor.order().part_lines[0].version})
        stock = {"bin": text("bin")[:30], "quantity": "2", "price": "4653.33", "reason": text("reason")}
        clerk.post(f"/parts/{shop.headlight}/receipts", stock)
        (balance,) = self.session.scalars(select(StockBalance.id).where(StockBalance.part_id == shop.headlight))
        self.session.rollback()  # what was read so far must not hide what comes after it
        moved = {"balance": balance, "to_bin": "B-02", "quantity": "1", "reason": text("reason")}
        clerk.post(f"/parts/{shop.headlight}/transfers", moved)
        clerk.post("/parts/lost", {"reason": "price_refused", "part": shop.headlight})
        clerk.post("/parts/lost", {"reason": "not_stocked", "words": text("words")})
        (*_others, lost) = self.session.scalars(select(LostDemand.id).order_by(LostDemand.id))
        self.session.rollback()
        clerk.post(f"/parts/lost/{lost}/take-back")
        clerk.post("/parts/lost", {"reason": "time_refused", "words": text("words")})
        client.as_("technician").post(f"{job}/finish")
        look = f"/workshop/inspections/{floor.number}"
        verdict = {f"job-{self.service}": "reject", f"reason-{self.service}": text("reason")}
        client.as_("inspector").post(look, {**verdict, "version": self._version("inspector", look)})
        client.as_("technician").post(f"{job}/start")
        client.post(f"{job}/finish")
        verdict = {f"job-{self.service}": "pass", "remark": text("remark")}
        client.as_("inspector").post(look, {**verdict, "version": self._version("inspector", look)})

    def tools(self) -> None:
        """A tool entered, lent by scan and by hand, damaged, calibrated."""
        client, text = self.client, self.text
        holder = cast.person(self.session, "technician").id
        self.session.rollback()
        facts = {name: text(name)[:40] for name in ("name", "place", "serial", "remark")}
        facts |= {"kind": "torque", "calibration_days": ""}
        where = client.as_("parts_manager").post("/parts/tools/new", {**facts, "number": "T-1"}).headers["Location"]
        client.post(where, {**facts, "version": self._version("parts_manager", where)})
        client.as_("parts_clerk").post("/parts/tools/scan", {"scan": "T-1", "who": holder})
        client.post(f"{where}/return", {"condition": "damaged", "words": text("words")})
        client.as_("parts_manager").post(f"{where}/moves", {"move": "repair", "words": text("words")})
        paper = {"done_on": "2026-11-24", "due_on": "2027-11-24"}
        paper |= {"certificate": text("certificate"), "laboratory": text("laboratory")}
        client.post(
            f"{where}/calibrations", {**paper, "photo": (photo(), "证书.jpg")}, content_type="multipart/form-data"
        )
        client.post(f"{where}/lend", {"holder": holder})

    def counter(self) -> None:
        """A cart filled, changed, paid and taken back; another one dropped."""
        client, text, shop = self.client, self.text, self.shop
        sale = client.as_("manager").post("/parts/sales").headers["Location"]
        client.post(f"{sale}/scan", {"scan": "A2069005102"})
        client.post(f"{sale}/parts", {"part": shop.pads})
        client.post(f"{sale}/customer", {"customer": "KH000001"})
        light, pads = self.session.scalars(select(CounterSaleLine.id).order_by(CounterSaleLine.id))
        self.session.rollback()
        client.post(f"{sale}/lines/{light}", {"quantity": "1", "discount": "10"})
        client.post(f"{sale}/lines/{pads}/remove")
        paid = {"method_1": "wechat", "amount_1": "6282.00", "reference_1": text("reference")}
        client.post(f"{sale}/pay", {**paid, "version": self._version("manager", sale)})
        back = {f"back-{light}": "1", "method": "wechat", "reason": text("reason")}
        client.post(f"{sale}/returns", back)
        client.post(client.post("/parts/sales").headers["Location"] + "/prices")
        client.post(client.post("/parts/sales").headers["Location"] + "/drop")
        client.post(f"/parts/offers/{shop.headlight}", {"online": "1", "words": text("words")})
        asks = {"name": text("name")[:40], "phone": "13812345678", "pieces": "1", "consent": "1"}
        for _ in (1, 2):
            client.post(f"/accessories/{shop.headlight}", asks)
        client.post("/parts/pickups/1/fetch")
        client.post("/parts/pickups/2/cancel")

    def money(self) -> None:
        """Settle, take, give back, reverse, settle again, hand over."""
        client, text, floor = self.client, self.text, self.floor
        till = f"/cashier/orders/{floor.number}"
        client.as_("cashier").post(f"{till}/settle", {"version": self._version("cashier", till)})
        ten = {"method": "wechat", "amount": "10", "reference": text("reference")}
        client.post(f"{till}/settlements/1/tenders", ten)
        client.as_("manager").post(f"{till}/settlements/1/refunds", {**ten, "reason": text("reason")})
        client.post(f"{till}/settlements/1/credit", status=409)  # no limit
        client.post(f"{till}/reverse", {"reason": text("reason"), "version": self._version("manager", till)})
        self.prices()
        client.as_("cashier").post(f"{till}/settle", {"version": self._version("cashier", till)})
        owed = 424 * 0.94 + 198  # 0.80 h at 530.00 less 6 %, and a filter
        client.as_("cashier").post(f"{till}/settlements/3/tenders", {**ten, "amount": f"{owed:.2f}"})
        away = {"explained": "1", "old_parts_given": "1", "version": floor.order().version}
        client.as_("adviser").post(f"/cashier/handover/{floor.number}", away)

    def prices(self) -> None:
        """A discount more, at once; none at all would have to be asked for, and is not."""
        client, text, floor = self.client, self.text, self.floor
        here, line = f"{floor.url}/jobs/{self.service}/price", floor.order().part_lines[0].id
        more = {"payer": "customer", f"payer-{line}": "customer", f"discount-{line}": "", "reason": text("reason")}
        client.as_("adviser").post(here, {**more, "discount": "6", "version": self._version("adviser", here)})
        none = {**more, "discount": "", "ask": "1", "version": self._version("adviser", here)}
        client.post(here, none)
        client.post(f"{here}/withdraw", {"version": self._version("adviser", here)})

    def care(self) -> None:
        """The call after the visit, and what a bad answer leads to."""
        client, text = self.client, self.text
        call = f"/care/calls/{self.session.scalars(select(FollowUp.id)).one()}"
        self.session.rollback()
        client.as_("care").post(f"{call}/telephone", status=200)
        said = {"outcome": "reached", "fixed": "no", "score": "2", "words": text("words")}
        client.post(call, {**said, "version": self._version("care", call)})
        client.post(f"{call}/dealt-with", {"what": text("what"), "version": self._version("care", call)})

    def house(self) -> None:
        """Used cars, certificates, staff, terminals, settings."""
        client, text = self.client, self.text
        ask = {"plate": text("plate")[:10], "vin": "", "words": text("words"), "due_at": self._at(days=1)}
        client.as_("used_car_desk").post("/used-cars/enquiries", ask)
        asked = self.session.scalars(select(TradeInEnquiry.id)).one()
        self.session.rollback()
        said = {"answer": text("answer"), "cost": "100", "version": "1"}
        client.as_("controller").post(f"/used-cars/enquiries/{asked}/answer", said)
        person = cast.person(self.session, "technician").id
        self.session.rollback()
        paper = {"person": person, "kind": "diagnosis", "number": text("number")}
        client.as_("trainer").post(
            "/training/certificates", {**paper, "issued_on": "2026-01-01", "expires_on": "2027-01-01"}
        )
        new = {"login": "neu.kollege", "name": text("name"), "roles": "technician", "password": "vier Worte ohne Sinn"}
        where = client.as_("administrator").post("/admin/staff", new).headers["Location"]
        client.post(f"{where}/pin", {"pin": "135790"})
        client.post(f"{where}/password", {"password": "andere vier Worte ohne"})
        client.post(f"{where}/roles", {"roles": "parts_clerk", "version": self._version("administrator", where)})
        client.post(f"{where}/disable")
        client.post(f"{where}/enable")
        client.post("/admin/settings", {"shop.name": text("shop.name"), "shop.address": text("shop.address")})
        client.post("/admin/terminals", {"name": text("name")})
        client.post("/admin/terminals/1/revoke")
        client.post("/auth/language", {"language": "zh_Hans_CN"})
