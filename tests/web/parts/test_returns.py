"""Goods go back to the supplier at the screen: chosen from a delivery, printed, credited; what is refused stays typed."""

from __future__ import annotations

import io
import re
import threading

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part, Tracking
from app.domain.purchasing import discrepancies
from app.domain.purchasing.model import SupplierReturn
from app.domain.purchasing.states import Resolution
from app.domain.stock.model import StockMovement
from app.kernel.clock import FixedClock
from tests.support import buying, cast
from tests.support.orders import broken
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, open_small_shop, version_in


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> SmallShop:
    return open_small_shop(session, clock)


def page(client: PageClient, who: str, path: str) -> str:
    return client.as_(who, language="en").get(path).get_data(as_text=True)


def words_of(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages))


def came(session: Session, clock: FixedClock, shop: SmallShop, **facts: object) -> str:
    """The page of an order of which three headlights came though one was ordered, and one more was broken."""
    order = buying.sent(session, clock, {shop.headlight: 1000}, unit_fen=113_00)
    buying.receive(session, clock, order, "SH-7", good_milli=3000, damaged_milli=1000, keep_surplus=True, **facts)
    session.commit()
    return f"/parts/purchases/{order.number}"


def test_a_surplus_is_sent_back_from_its_line_and_credited(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    here = came(session, clock, shop)
    assert "Send it back" not in page(client, "parts_clerk", here)  # it is money: the manager does
    link = re.search(r'href="([^"]*/return\?[^"]*reason=surplus[^"]*)"', page(client, "parts_manager", here))
    assert link is not None
    form = page(client, "parts_manager", link[1].replace("&amp;", "&"))
    assert re.search(r'name="back-1"[^>]*value="2"|value="2"[^>]*name="back-1"', form)
    assert re.search(r'value="surplus" selected', form) and "not billed yet" in form
    sent = {"version": version_in(form), "back-1": "2", "reason-1": "surplus", "remark": "司机取货", "_key": "k" * 24}
    first = client.post(f"{here}/receipts/1/return", sent)
    again = client.post(f"{here}/receipts/1/return", sent)  # the same form once more
    assert first.headers["Location"] == again.headers["Location"] == "/parts/returns/SR-202611-0001"
    text = page(client, "parts_clerk", "/parts/returns/SR-202611-0001")
    assert "Taken off the invoice" in text and "226.00" in text and "Note the credit" not in text
    text = page(client, "parts_manager", here)
    assert "Went back to the supplier" in text and 'href="/parts/returns/SR-202611-0001"' in text
    assert 'href="/parts/returns/SR-202611-0001"' in page(client, "parts_clerk", f"/parts/{shop.headlight}")
    receipts = page(client, "parts_manager", "/parts/invoices?supplier=1")
    assert "¥ 113.00" in receipts  # three came, two are gone
    assert "226.00" in page(client, "parts_manager", "/parts/returns")
    assert broken(session) == []


def test_what_is_too_much_is_refused_and_what_was_typed_is_kept(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    here = came(session, clock, shop)
    path = f"{here}/receipts/1/return"
    version = version_in(page(client, "parts_manager", path))
    typed = {"version": version, "remark": "包装完好", "broken-1": "1"}
    for wrong, says in (
        ({"back-1": "4", "reason-1": "not_needed"}, "only 3 of this delivery"),
        ({"back-1": "1"}, "Say why it goes back."),
        ({"back-1": "viele", "reason-1": "wrong_part"}, "viele"),
        ({"back-1": "0.5", "reason-1": "wrong_part"}, "whole pieces only"),
        ({"back-1": "1", "reason-1": "wrong_part", "posted_on": "2026-11-20"}, "It came on 2026-11-24 only."),
        ({"back-1": "1", "reason-1": "wrong_part", "posted_on": "2027-01-20"}, "The day lies ahead."),
        ({"broken-1": "2"}, "only 1 of this delivery"),
        ({"broken-1": ""}, "Say how much goes back."),
    ):
        refused = client.post(path, {**typed, **wrong}, status=422).get_data(as_text=True)
        assert says in refused and 'value="包装完好"' in refused, wrong
        if "reason-1" in wrong:
            assert f'value="{wrong["reason-1"]}" selected' in refused
    session.rollback()
    assert session.scalars(select(SupplierReturn)).all() == []
    client.as_("parts_clerk").post(path, {**typed, "back-1": "1", "reason-1": "wrong_part"}, status=403)
    client.as_("parts_manager", via="pin").post(path, {**typed, "back-1": "1", "reason-1": "wrong_part"}, status=403)
    client.as_("parts_manager").post(path, {**typed, "back-1": "1", "reason-1": "wrong_part"})
    client.post(path, {**typed, "back-1": "1", "reason-1": "wrong_part"}, status=409)  # from an old copy of the page
    assert broken(session) == []


def test_a_credit_note_that_differs_needs_a_reason_and_can_be_taken_out_again(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    here = came(session, clock, shop)
    manager = cast.acting(session, "manager")
    for one in discrepancies.open_discrepancies(session):
        word = Resolution.ACCEPTED if one.kind == "over" else Resolution.CREDITED
        discrepancies.resolve(session, manager, clock, here.rsplit("/", 1)[1], one.id, word)
    session.commit()
    bill = {"supplier": "1", "number": "0815", "issued_on": "2026-11-24", "total": "339", "receipts": "1"}
    client.as_("parts_manager").post("/parts/invoices", bill)
    path = f"{here}/receipts/1/return"
    form = page(client, "parts_manager", path)
    assert "a credit note is awaited" in form
    sent = {"version": version_in(form), "back-1": "1", "reason-1": "not_needed"}
    gone = client.post(path, sent).headers["Location"]
    assert "Credit note awaited" in page(client, "parts_manager", "/parts/returns")
    morning = page(client, "parts_manager", "/")
    assert "Credit note awaited" in morning and "SR-202611-0001" in morning  # nobody else asks for that money
    note = {"version": version_in(page(client, "parts_manager", gone)), "number": "R-1", "credited_on": "2026-11-24"}
    assert "give a reason" in client.post(f"{gone}/credit", {**note, "credited": "100"}, status=422).get_data(True)
    assert 'value="R-1"' in client.last and 'value="100"' in client.last
    client.post(f"{gone}/credit", {**note, "credited": "100", "reason": "折旧"})
    text = page(client, "parts_manager", gone)
    assert "−13.00" in re.sub(r"<[^>]*>|¥|\s", "", text) and "折旧" in text
    client.post(f"{gone}/undo-credit", {"version": version_in(text), "why": "金额录错"})
    client.post(
        f"{gone}/credit", {**note, "version": version_in(page(client, "parts_manager", gone)), "credited": "113"}
    )
    text = page(client, "parts_manager", gone)
    assert "Credited" in text and "Nothing to pay" not in page(client, "parts_manager", "/parts/invoices")
    client.as_("parts_clerk").post(f"{gone}/credit", {**note, "credited": "1"}, status=403)
    assert broken(session) == []


def test_goods_that_the_supplier_did_not_take_lie_here_again(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    here = came(session, clock, shop)
    path = f"{here}/receipts/1/return"
    sent = {"version": version_in(page(client, "parts_manager", path)), "back-1": "2", "reason-1": "surplus"}
    gone = client.post(path, sent).headers["Location"]
    version = version_in(page(client, "parts_manager", gone))
    assert "Give a reason." in client.post(f"{gone}/refused", {"version": version, "refusal": ""}, status=422).text
    client.post(f"{gone}/refused", {"version": version, "refusal": "超过退货期限"})
    text = page(client, "parts_manager", gone)
    assert "Not taken, here again" in text and "超过退货期限" in text
    assert "More came than was ordered" in page(client, "parts_manager", "/parts/purchases")
    session.rollback()
    moved = session.scalars(select(StockMovement.quantity_milli).where(StockMovement.part_id == shop.headlight)).all()
    assert sorted(moved) == [-2000, 2000, 3000] and broken(session) == []


def test_a_serial_number_is_named_when_its_piece_goes_back(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    session.get_one(Part, shop.headlight).tracking = Tracking.SERIAL
    here = came(session, clock, shop, batch="S1, S2, S3")
    path = f"{here}/receipts/1/return"
    text = page(client, "parts_manager", path)
    assert "Here: S1, S2, S3" in text
    sent = {"version": version_in(text), "back-1": "1", "reason-1": "surplus", "batch-1": "S4"}
    refused = client.post(path, sent, status=422).get_data(as_text=True)
    assert "S4" in refused and re.search(r'name="batch-1"[^>]*aria-invalid="true"', refused)
    gone = client.post(path, {**sent, "batch-1": "S2"}).headers["Location"]
    assert "S2" in page(client, "parts_manager", gone)
    assert "S2" in words_of(client.get(f"{gone}/return-note.pdf").data) and broken(session) == []


def test_the_return_note_on_paper_says_what_goes_back_and_what_is_due(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop
) -> None:
    here = came(session, clock, shop)
    path = f"{here}/receipts/1/return"
    sent = {"version": version_in(page(client, "parts_manager", path)), "back-1": "2", "reason-1": "surplus"}
    gone = client.post(path, {**sent, "broken-1": "1", "remark": "司机取货"}).headers["Location"]
    paper = words_of(client.as_("parts_manager", language="zh_Hans_CN").get(f"{gone}/return-note.pdf").data)
    for part in (
        "采购退货单", "SR-202611-0001", "主机厂配件中心", "GR-202611-0001", "SH-7", "前照灯模块", "多到货", "破损或质量问题",
        "不计价", "226.00", "贰佰贰拾陆元整", "司机取货", "供应商签收", "开票时请扣除",
    ):  # fmt: skip
        assert part in paper, part
    paper = words_of(client.as_("parts_manager", language="en").get(f"{gone}/return-note.pdf").data)
    for part in ("Returntosupplier", "Morethanwasordered", "notbilled", "leavethemoutoftheinvoice"):
        assert part in paper, part
    client.as_("parts_clerk").get(f"{gone}/return-note.pdf")
    client.as_("adviser").get(f"{gone}/return-note.pdf", status=403)


@pytest.mark.parametrize("many", [8])
def test_the_same_pieces_sent_back_by_eight_at_once_leave_once(
    session: Session, clock: FixedClock, client: PageClient, shop: SmallShop, many: int
) -> None:
    here = came(session, clock, shop)
    path = f"{here}/receipts/1/return"
    form = {"version": version_in(page(client, "parts_manager", path)), "back-1": "2", "reason-1": "surplus"}
    browsers = [client.another("parts_manager") for _ in range(many)]
    start, found = threading.Barrier(many), []

    def send(browser: PageClient) -> None:
        start.wait()
        found.append(browser.browser.post(path, data=form).status_code)

    threads = [threading.Thread(target=send, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [302] + [409] * (many - 1)
    assert len(session.scalars(select(SupplierReturn)).all()) == 1 and broken(session) == []
