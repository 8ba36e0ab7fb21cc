"""Buying at the screen: draw up, send, confirm, unpack, argue, pay; what is refused keeps what was typed."""

from __future__ import annotations

import io
import json
import re
import threading
from datetime import timedelta

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.purchasing import prices
from app.domain.purchasing.model import GoodsReceipt, PurchaseOrder
from app.domain.stock import others
from app.domain.stock.model import StockBalance, StockOwner
from app.domain.suppliers.model import Supplier
from app.kernel.audit import AuditRow
from app.kernel.clock import FixedClock, business_date
from tests.support import buying, cast
from tests.support.orders import authorised, broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, open_small_shop, version_in


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    return open_small_shop(session, clock)


def page(client: PageClient, who: str, path: str) -> str:
    return client.as_(who, language="en").get(path).get_data(as_text=True)


def words_of(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages))


def test_a_shortage_is_ordered_from_the_order_and_served_by_the_delivery(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    order = authorised(session, clock, shop, {shop.service: [(shop.headlight, 1000)]})
    number = order.number
    session.commit()
    desk = f"/parts/orders/{number}"
    assert "Order it" in page(client, "parts_clerk", desk)
    answer = client.post(f"/parts/{shop.headlight}/order", {"quantity": "1"})
    here = answer.headers["Location"]
    po = here.rsplit("/", 1)[1]
    assert "Emergency order" in page(client, "parts_clerk", here) and "Send to the supplier" not in client.last
    client.as_("parts_manager").post(f"{here}/send", {"version": version_in(page(client, "parts_manager", here))})
    text = page(client, "parts_clerk", desk)
    assert "Expected 11-28 Sat" in text and "after the promised time" in text and "Order it" not in text
    assert "Parts come after the promised time" in page(client, "controller", "/workshop/board")
    line = re.search(r'name="good-(\d+)"', page(client, "parts_clerk", f"{here}/goods-in"))
    assert line is not None
    form = {f"good-{line[1]}": "1", f"bin-{line[1]}": "C-4", "version": version_in(client.last)}
    client.post(f"{here}/goods-in", {**form, "delivery_note": "SH-1"})
    assert f"Served from it: {number}" in client.get(here).get_data(as_text=True) and "All received" in client.last
    assert "On the shelf" in page(client, "parts_clerk", desk)
    assert "Parts have arrived" in page(client, "adviser", f"/orders/{number}")
    assert "Parts have arrived" in page(client, "controller", "/")
    labels = client.as_("parts_clerk").get(f"/parts/purchases/{po}/receipts/1/labels.pdf").data
    assert "C-4" in words_of(labels) and "GR-202611-0001" in words_of(labels)
    assert broken(session) == []


def test_the_purchase_order_on_paper_says_what_is_ordered(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    session.get_one(Part, shop.filter).unit = "升"  # as if it were oil: what has decimals is printed with them
    number = buying.draft(session, clock, {shop.pads: 2000, shop.filter: 1500}, unit_fen=100_10).number
    session.commit()
    path = f"/parts/purchases/{number}/purchase-order.pdf"
    words = words_of(client.as_("parts_manager").get(path).data)
    for part in (
        "采购订单",
        number,
        "主机厂配件中心",
        "前制动片套件",
        "机油滤清器",
        "350.35",
        "叁佰伍拾元零叁角伍分",
        "未发出",
    ):
        assert part in words, part
    words = words_of(client.as_("parts_manager", language="en").get(path).data)
    assert "Purchaseorder" in words and "Draft,notsent" in words


def test_more_than_was_ordered_is_refused_and_what_was_typed_is_kept(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 1000, shop.pads: 2000})
    here, (light, pads) = f"/parts/purchases/{order.number}/goods-in", [line.id for line in order.lines]
    session.commit()
    version = version_in(page(client, "parts_clerk", here))
    form = {
        "version": version,
        "delivery_note": "SH-3",
        f"bin-{light}": "C-4",
        f"bin-{pads}": "B-1",
        f"good-{pads}": "2",
    }
    refused = client.post(here, {**form, f"good-{light}": "3"}, status=422).get_data(as_text=True)
    assert "1 are open, 2 more came" in refused and "Keep the surplus" in refused
    assert 'value="SH-3"' in refused and 'value="C-4"' in refused and 'value="3"' in refused
    for bad in ("viele", "-1", "1e9", "9999999999"):
        assert bad in client.post(here, {**form, f"good-{light}": bad}, status=422).get_data(as_text=True)
    session.rollback()
    assert session.scalars(select(GoodsReceipt)).all() == []
    session.rollback()
    client.post(here, {**form, f"good-{light}": "3", f"keep-{light}": "1"})
    client.post(here, {**form, f"good-{light}": "1"}, status=409)  # an old copy of the page
    assert "is on its way" in client.last and "All received" in client.last
    assert broken(session) == []


@pytest.mark.parametrize("many", [8])
def test_one_delivery_typed_in_by_eight_at_once_is_received_once(
    app: Flask, session: Session, clock: FixedClock, client: PageClient, shop: SmallShop, many: int
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 2000})
    here, line = f"/parts/purchases/{order.number}/goods-in", order.lines[0].id
    session.commit()
    form = {"version": version_in(page(client, "parts_clerk", here)), f"good-{line}": "1", f"bin-{line}": "C-4"}
    browsers = [client.another("parts_clerk") for _ in range(many)]
    start, found = threading.Barrier(many), []

    def send(browser: PageClient) -> None:
        start.wait()
        found.append(browser.browser.post(here, data={**form, "delivery_note": "SH-9"}).status_code)

    threads = [threading.Thread(target=send, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [302] + [409] * (many - 1)
    assert broken(session) == []


def test_an_invoice_is_held_against_what_came(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 1000}, unit_fen=100_00)
    buying.receive(session, clock, order, "SH-4", good_milli=1000)
    supplier = session.scalars(select(Supplier.id)).one()
    session.commit()
    assert "SH-4" in page(client, "parts_manager", f"/parts/invoices?supplier={supplier}")
    form = {"supplier": supplier, "number": "0815", "issued_on": "2026-11-24", "total": "120"}
    assert "Tick the deliveries" in client.post("/parts/invoices", form, status=422).get_data(as_text=True)
    client.post("/parts/invoices", {**form, "receipts": "1"})
    text = page(client, "parts_manager", "/parts/invoices")
    assert "Differs from what came" in text and "20.00" in text
    assert '<a href="/parts/purchases/PO-202611-0001">GR-202611-0001</a>' in text  # which delivery it bills
    version = version_in(text)
    client.post("/parts/invoices/1/accept", {"version": version, "reason": ""}, status=422)
    client.post("/parts/invoices/1/paid", {"version": version, "paid_on": "2026-11-24"}, status=409)
    client.post("/parts/invoices/1/accept", {"version": version, "reason": "运费"})
    client.post("/parts/invoices/1/paid", {"version": version_in(page(client, "parts_manager", "/parts/invoices"))})
    assert "Nothing to pay" in page(client, "parts_manager", "/parts/invoices") and "0815" in client.last
    client.as_("parts_clerk").get("/parts/invoices", status=403)


def test_a_suppliers_page_keeps_terms_prices_targets_contracts_and_audits(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    manager = client.as_("parts_manager", language="en")
    terms = {"lead_days": "2", "order_cycle_days": "7", "payment_days": "30", "minimum_order": "0", "active": "1"}
    assert "Give the supplier a name." in manager.post("/parts/suppliers", terms, status=422).get_data(as_text=True)
    here = manager.post("/parts/suppliers", {**terms, "name": "申驰用品"}).headers["Location"]
    manager.post("/parts/suppliers", {**terms, "name": "申驰用品"}, status=422)
    price = {"part_number": "A 000 420 21 05", "price": "900", "pack": "2"}
    manager.post(f"{here}/prices", price)
    manager.post(f"{here}/prices", {**price, "part_number": "X 1"}, status=422)
    manager.post(
        f"{here}/contracts",
        {"title": "油品", "starts_on": "2026-01-01", "ends_on": "2025-01-01", "remind_days": "30"},
        status=422,
    )
    manager.post(
        f"{here}/contracts", {"title": "油品", "starts_on": "2026-01-01", "ends_on": "2026-12-01", "remind_days": "30"}
    )
    manager.post(f"{here}/targets", {"target_from": "2026-10-01", "target_until": "2026-12-31", "amount": "10000"})
    manager.post(
        f"{here}/targets", {"target_from": "2026-12-01", "target_until": "2027-02-01", "amount": "1"}, status=422
    )
    questions = re.findall(r'<select[^>]* name="(\w+)"', page(client, "parts_manager", here))
    points = dict.fromkeys(questions, "4")
    manager.post(f"{here}/audits", {**points, questions[0]: ""}, status=422)
    manager.post(f"{here}/audits", {**points, "held_on": "2026-11-20"})
    text = page(client, "parts_manager", here)
    for part in ("900.00", "油品", "runs out", "behind", "28/35", "10,000.00"):
        assert part in text, part
    assert "油品" in page(client, "parts_manager", "/parts/suppliers")
    assert "900.00" in page(client, "parts_manager", f"/parts/{shop.pads}")
    client.as_("parts_clerk").post(f"{here}/prices", price, status=403)


def test_what_should_have_come_stands_on_top(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 1000})
    number = order.number
    session.commit()
    assert "Should have come" not in page(client, "parts_manager", "/parts/purchases")
    clock.advance(timedelta(days=5))
    text = page(client, "parts_manager", "/parts/purchases")
    assert "Should have come" in text and "promised for 11-28 Sat" in text and number in text
    assert number in page(client, "parts_manager", "/")
    assert session.scalars(select(PurchaseOrder.state)).one() == "sent"


def test_what_a_clerk_draws_up_waits_in_the_managers_morning(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    authorised(session, clock, shop, {shop.service: [(shop.headlight, 1000)]})
    session.commit()
    here = client.as_("parts_clerk").post(f"/parts/{shop.headlight}/order", {"quantity": "1"}).headers["Location"]
    assert "the parts manager checks it and sends it" in page(client, "parts_clerk", here)
    assert "Purchase orders to send" not in page(client, "parts_clerk", "/")
    morning = page(client, "parts_manager", "/")
    assert "Purchase orders to send" in morning and f'href="{here}"' in morning and "Emergency order" in morning
    assert "checks it and sends it" not in page(client, "parts_manager", here)
    client.post(f"{here}/send", {"version": version_in(client.last)})
    assert "Purchase orders to send" not in page(client, "parts_manager", "/")


def test_the_adviser_hears_in_the_morning_which_parts_are_late_for_the_promise(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    order = authorised(session, clock, shop, {shop.service: [(shop.headlight, 1000)]})
    session.commit()
    assert "Parts late for the promise" not in page(client, "adviser", "/")  # nobody ordered it: no day is known
    bought = buying.sent(session, clock, {shop.headlight: 1000})
    buying.confirmed(session, clock, bought, in_days=2)
    session.commit()
    morning = page(client, "adviser", "/")
    assert "Parts late for the promise: call the customer" in morning
    assert f'href="/orders/{order.number}"' in morning and "Parts expected" in morning
    buying.confirmed(session, clock, bought, in_days=0)
    session.commit()
    assert "Parts late for the promise" not in page(client, "adviser", "/")


def test_the_field_of_a_draft_that_is_refused_is_marked(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    order = buying.draft(session, clock, {shop.headlight: 2000, shop.pads: 1000})
    here, line = f"/parts/purchases/{order.number}", order.lines[0].id
    session.commit()
    form = {"version": version_in(page(client, "parts_clerk", here)), "quantity": "-3", "price": "10"}
    refused = client.post(f"{here}/lines/{line}", form, status=422).get_data(as_text=True)
    assert re.search(rf'id="q-{line}"[^>]*aria-invalid="true"', refused)
    assert refused.count("aria-invalid") == 1


def test_a_suppliers_price_list_is_imported_from_his_page(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    supplier = session.scalars(select(Supplier.id).order_by(Supplier.id)).first()
    text = page(client, "parts_manager", f"/parts/suppliers/{supplier}")
    link = re.search(r'href="(/admin/import[^"]*)"[^>]*>(?:(?!</a>).)*Import a price list', text)
    assert link is not None
    form = client.get(link[1].replace("&amp;", "&")).get_data(as_text=True)
    assert re.search(r'value="prices" checked', form) and re.search(rf'<option value="{supplier}" selected', form)


def test_who_waits_for_a_part_and_when_it_comes_stands_before_the_forms(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    authorised(session, clock, shop, {shop.service: [(shop.headlight, 1000)]})
    buying.sent(session, clock, {shop.headlight: 1000})
    session.commit()
    text = page(client, "parts_clerk", f"/parts/{shop.headlight}")
    assert text.index("Who waits for it") < text.index("On its way") < text.index('id="receipt-form"')


def test_an_invoice_that_was_typed_wrongly_is_taken_out_and_entered_anew(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.pads: 2000}, unit_fen=100_00)
    buying.receive(session, clock, order, "SH-9", good_milli=2000)
    supplier = order.supplier_id
    session.commit()
    form = {"supplier": str(supplier), "number": "77", "issued_on": "2026-11-24", "receipts": "1"}
    client.as_("parts_manager").post("/parts/invoices", {**form, "total": "2000"})  # a nought too many
    version = version_in(page(client, "parts_manager", "/parts/invoices"))
    refused = client.post("/parts/invoices/1/withdraw", {"version": version, "why": " "}, status=422)
    assert "Give a reason." in refused.get_data(as_text=True)
    client.post("/parts/invoices/1/withdraw", {"version": version, "why": "金额录错"})
    text = page(client, "parts_manager", f"/parts/invoices?supplier={supplier}")
    assert "Nothing to pay" in text and "SH-9" in text
    for told in ("Invoices taken out", "77", "2,000.00", "金额录错", "陆远", "GR-202611-0001"):  # it stays on record
        assert told in text, told
    client.post("/parts/invoices/1/withdraw", {"version": "3", "why": "x"}, status=409)
    client.post("/parts/invoices", {**form, "total": "200"})
    text = page(client, "parts_manager", "/parts/invoices")
    assert "Matches what came" in text and "金额录错" in text
    here = re.search(r"/parts/invoices/(\d+)/paid", text)
    assert here is not None
    client.post(here[0], {"version": version_in(text)})
    client.post(here[0].replace("paid", "withdraw"), {"version": "2", "why": "付错了"}, status=409)
    client.as_("parts_clerk").post(here[0].replace("paid", "withdraw"), {"version": "2", "why": "x"}, status=403)
    told = select(AuditRow.subject, AuditRow.action).where(AuditRow.subject.like("supplier_invoice:%"))
    assert session.execute(told.order_by(AuditRow.seq)).all() == [  # the two are told apart in the audit log
        ("supplier_invoice:1", "invoice.enter"),
        ("supplier_invoice:1", "invoice.withdraw"),
        ("supplier_invoice:2", "invoice.enter"),
        ("supplier_invoice:2", "invoice.paid"),
    ]
    assert broken(session) == []


def test_all_that_came_as_ordered_is_filled_in_at_one_press_and_what_was_typed_stays(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    order = buying.sent(session, clock, {shop.headlight: 4000, shop.pads: 2000, shop.filter: 3000})
    buying.receive(session, clock, order, good_milli=1000)
    here, (light, pads, oil) = f"/parts/purchases/{order.number}/goods-in", [line.id for line in order.lines]
    session.commit()
    form = {"version": version_in(page(client, "parts_clerk", here)), "_key": "k" * 24, "delivery_note": "SH-5"}
    form |= {f"damaged-{light}": "1", f"good-{pads}": "1", f"bin-{oil}": "Z-9", f"batch-{oil}": "L7"}
    filled = client.post(here, {**form, "fill": "1"}, status=200).get_data(as_text=True)

    def shown(name: str) -> str:
        found = re.search(rf'<input[^>]*value="([^"]*)"[^>]* name="{name}"', filled)
        assert found is not None, name
        return found[1]

    assert [shown(f"good-{line}") for line in (light, pads, oil)] == ["2", "1", "3"]  # open, less what is damaged
    assert shown("delivery_note") == "SH-5" and shown(f"bin-{oil}") == "Z-9" and shown(f"batch-{oil}") == "L7"
    session.rollback()
    assert len(session.scalars(select(GoodsReceipt)).all()) == 1  # nothing is taken in by it
    session.rollback()
    whole = {**form, f"good-{light}": "2", f"good-{oil}": "3", f"bin-{light}": "C-4", f"bin-{pads}": "B-1"}
    client.post(here, whole)  # even under the key with which it was filled in
    assert "wrong" in client.post(here, {**form, "fill": "1", f"damaged-{pads}": "wrong"}, status=422).text
    assert broken(session) == []


def test_goods_without_an_order_come_in_at_the_agreed_or_usual_price(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    supplier, manager = session.scalars(select(Supplier)).one(), cast.acting(session, "parts_manager")
    prices.set_price(session, manager, clock, supplier, session.get_one(Part, shop.pads), unit_fen=1100_00)
    prices.set_price(
        session, manager, clock, supplier, session.get_one(Part, shop.pads), unit_fen=1200_00,
        valid_from=business_date(clock.now()) + timedelta(days=1),
    )  # fmt: skip
    session.commit()
    form = {"bin": "B-7", "quantity": "2", "owner": "shop", "reason": "SH-77"}

    def take_in(who: str, part: int, price: str, **more: str) -> str:
        status = int(more.pop("status", "302"))
        given = {**form, "price": price, **more}
        return client.as_(who, language="en").post(f"/parts/{part}/receipts", given, status=status).text

    assert 'value="1100.00"' in page(
        client, "parts_clerk", f"/parts/{shop.pads}"
    )  # what is agreed stands there already
    for price in ("1120", "1000", "1200", "0"):
        refused = take_in("parts_clerk", shop.pads, price, status="422")
        assert "is agreed at ¥ 1,100.00" in refused and f'value="{price}"' in refused and 'value="SH-77"' in refused
        assert re.search(r'name="price"[^>]*aria-invalid="true"', refused)
    take_in("parts_clerk", shop.pads, "1100")
    take_in("parts_manager", shop.pads, "1120")
    # The headlight has no agreed price and never lay here: the catalogue's 4,653.33, ten per cent more or less.
    for price in ("5120", "4100", "46533"):
        assert "usually costs ¥ 4,653.33" in take_in("parts_clerk", shop.headlight, price, status="422")
    take_in("parts_clerk", shop.headlight, "5000")
    # The filter lies here at 99.00 net each, that is 111.87; the catalogue says 132.00.
    for price in ("160", "90"):
        assert "usually costs" in take_in("parts_clerk", shop.filter, price, status="422")
    take_in("parts_clerk", shop.filter, "140")
    take_in("parts_clerk", shop.filter, "115")  # the average is 123.12 now
    session.rollback()
    noted = session.scalars(select(AuditRow.details).where(AuditRow.action == "stock.other_price")).one()
    assert json.loads(noted) == {"unit_fen": 1120_00, "expected_fen": 1100_00}
    assert broken(session) == []


def test_goods_on_consignment_are_bought_at_the_usual_price(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    clerk = cast.acting(session, "parts_clerk")
    others.take_in(session, clerk, clock, shop.headlight, StockOwner.CONSIGNMENT, 3000, bin_code="K-1")
    session.commit()
    lies = session.scalars(select(StockBalance.id).where(StockBalance.owner == StockOwner.CONSIGNMENT)).one()
    session.rollback()
    here = f"/parts/{shop.headlight}/take-over"
    form = {"foreign": str(lies), "foreign_quantity": "1", "foreign_price": "9000"}
    refused = client.as_("parts_clerk", language="en").post(here, form, status=422).text
    assert "usually costs ¥ 4,653.33" in refused and 'value="9000"' in refused
    client.post(here, {**form, "foreign_price": "4700"})
    client.as_("parts_manager").post(here, form)
    assert broken(session) == []
