"""Documents, printed for real and read back, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir, extract_from_file

from app.kernel.capitals import capitals
from app.kernel.money import format_yuan
from app.kernel.quantity import UNITS, format_quantity
from app.printing import pdf_of
from app.printing.facts import Guarantee, PartLine
from app.printing.texts import translations
from tests.printing import samples
from tests.printing.reading import pages, sample, squeezed, words

APP = Path(__file__).resolve().parents[2] / "app"
LANGUAGES = ("zh_Hans_CN", "en")
EACH = [(name, language, count) for name in samples.ALL for language in LANGUAGES for count in (1, 60)]
TITLES = {
    "inspection_sheet": ("环车检查单", "Inspection sheet"),
    "estimate": ("汽车维修合同（估价单）", "Repair contract and estimate"),
    "job_card": ("派工单", "Job card"),
    "picking_list": ("配货单", "Picking list"),
    "settlement_list": ("结算清单", "Settlement list"),
    "completion_certificate": ("竣工出厂合格证", "Completion certificate"),
    "purchase_order": ("采购订单", "Purchase order"),
    "counter_receipt": ("销售单", "Sales receipt"),
    "count_sheet": ("盘点表", "Count sheet"),
    "variance_report": ("盘点差异", "Stock-take differences"),
}


def printed_texts() -> dict[str, str]:
    """Every text of our own that a document may print, with its Chinese."""
    keywords = {"_": None, "N_": None, "gettext": None}
    options = {"trim_blocks": "1", "lstrip_blocks": "1", "newstyle_gettext": "1"}
    found = {str(row[2]) for row in extract_from_dir(APP / "printing", [("**.py", "python")], keywords=keywords)}
    for path in (APP / "templates" / "printing").glob("*.html"):
        rows = extract_from_file("jinja2.ext:babel_extract", path, keywords=keywords, options=options)
        found |= {str(row[1]) for row in rows}
    chinese = translations("zh_Hans_CN")
    return {text: chinese.gettext(text) for text in found}


def line_texts(document: Any, language: str) -> Iterator[str]:
    """What must be readable of every line of a document."""
    for line in (*getattr(document, "labour", ()), *getattr(document, "jobs", ()), *getattr(document, "checks", ())):
        yield line.name
    counted = [line for place in getattr(document, "bins", ()) for line in place.lines]
    for part in (*getattr(document, "parts", ()), *getattr(document, "lines", ()), *counted):
        yield part.name
        yield part.number
        unit = UNITS.get(part.unit, part.unit) if language == "en" else part.unit
        if hasattr(part, "quantity_milli"):
            yield format_quantity(part.quantity_milli) + unit
        if hasattr(part, "book_milli"):
            yield from (format_quantity(part.book_milli), format_quantity(part.counted_milli), unit)
        if isinstance(part, PartLine):
            yield format_yuan(part.price_fen)
            yield format_yuan(part.amount_fen)
    for mark in getattr(document, "damages", ()):
        yield mark.note


@pytest.mark.parametrize(("name", "language", "count"), EACH)
def test_everything_that_was_handed_over_stands_on_the_paper(name: str, language: str, count: int) -> None:
    document = samples.ALL[name](count)  # type: ignore[operator]
    read = pages(sample(name, language, count))
    text = "".join(read)
    assert squeezed(TITLES[name][language == "en"]) in read[0]
    shop = document.shop
    facts = [shop.name, shop.address, shop.phone, shop.licence]
    if hasattr(document, "vehicle"):
        facts += [document.vehicle.plate, document.vehicle.model, document.vehicle.vin]
    else:
        facts += [document.number]
    for fact in facts:
        assert squeezed(fact) in read[0], fact
    for fact in line_texts(document, language):
        assert squeezed(fact) in text, fact


@pytest.mark.parametrize(("name", "language", "count"), EACH)
def test_every_page_says_which_of_how_many_it_is_and_of_what(name: str, language: str, count: int) -> None:
    read = pages(sample(name, language, count))
    for number, text in enumerate(read, 1):
        said = f"Page{number}of{len(read)}" if language == "en" else f"第{number}页共{len(read)}页"
        assert said in text
        assert squeezed(TITLES[name][language == "en"]) in text
        assert samples.CAR.plate in text or getattr(samples.ALL[name](count), "number", samples.CAR.plate) in text


@pytest.mark.parametrize(("name", "language", "count"), EACH)
def test_nothing_leaves_the_page_and_no_word_lies_on_another(name: str, language: str, count: int) -> None:
    found = words(sample(name, language, count))
    if found is None:
        pytest.skip("pdftotext is not installed: apt-get install -y --no-install-recommends poppler-utils")
    for word in found:
        assert word.left >= 14.5 and word.right <= 195.5, word  # the margins are 15 mm
        assert word.top >= 10 and word.bottom <= 292, word
    if name == "inspection_sheet" and count > 5:
        return  # damage on the same spot: the marks lie on each other, as they should
    for page in {word.page for word in found}:
        row = sorted((w for w in found if w.page == page), key=lambda w: w.top)
        for number, one in enumerate(row):
            for other in row[number + 1 :]:
                if other.top > one.bottom:
                    break
                across = min(one.right, other.right) - max(one.left, other.left)
                down = min(one.bottom, other.bottom) - max(one.top, other.top)
                assert across < 0.4 or down < 0.8, (one, other)


@pytest.mark.parametrize("name", samples.ALL)
def test_a_document_speaks_one_language_only(name: str) -> None:
    data = squeezed(repr(samples.ALL[name](6)))  # type: ignore[operator]
    english, chinese = (squeezed("".join(pages(sample(name, language, 6)))) for language in ("en", "zh_Hans_CN"))
    for msgid, zh in printed_texts().items():
        if "%" in msgid or len(zh) < 3:
            continue
        if squeezed(zh) not in data:
            assert squeezed(zh) not in english, zh
        if len(msgid) > 4 and squeezed(msgid) not in data:
            assert squeezed(msgid) not in chinese, msgid


USUAL_ESTIMATE = replace(
    samples.estimate(2),
    guarantees=samples.estimate(2).guarantees[:1],
    other_fen=0,
    total_fen=samples.estimate(2).total_fen - samples.estimate(2).other_fen,
)
ONE_PAGE = [
    USUAL_ESTIMATE,
    samples.job_card(6),
    samples.picking_list(10),
    samples.completion_certificate(6),
    samples.settlement_list(2),
    replace(
        samples.inspection_sheet(4), damages=tuple(replace(d, photo=None) for d in samples.inspection_sheet(4).damages)
    ),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("document", ONE_PAGE, ids=lambda d: type(d).__name__)
def test_an_ordinary_visit_fits_on_one_page(document: Any, language: str) -> None:
    assert len(pages(pdf_of(document, language))) == 1


@pytest.mark.parametrize(
    ("name", "head"),
    [("job_card", "标准工时维修技师"), ("picking_list", "配件编号配件名称"), ("settlement_list", "金额（元）")],
)
def test_a_long_list_repeats_its_head_on_every_page(name: str, head: str) -> None:
    read = pages(sample(name, "zh_Hans_CN", 60))
    assert len(read) > 1
    rows = [text for text in read if "#" in text]  # the samples number their later lines
    for text in rows:
        assert squeezed(head) in text or squeezed("配件编号配件名称") in text


def test_a_total_never_stands_on_a_page_without_a_line() -> None:
    def last_part_and_total(count: int) -> tuple[int, bool]:
        document = samples.settlement_list(count)
        total = capitals(document.total_fen)
        page = next(text for text in pages(pdf_of(document)) if total in text)
        return count, squeezed("雨刮片") in page

    with ThreadPoolExecutor(2) as threads:
        for count, together in threads.map(last_part_and_total, range(4, 40, 2)):
            assert together, f"{count} lines leave the total alone"


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_names_wrap_and_are_never_cut(language: str) -> None:
    long_zh = "前部空气悬架减振器支柱总成含电磁阀与高度传感器线束及固定支架" * 5
    long_en = "AIRMATIC-front-strut-assembly-with-solenoid-valve-and-level-sensor-" * 2
    usual = samples.settlement_list(3)
    parts = (
        replace(usual.parts[0], name=long_zh, number="A2133200038-9999-XXL-8000-BR213"),
        replace(usual.parts[1], name=long_en),
        *usual.parts[2:],
    )
    document = replace(
        usual,
        parts=parts,
        labour=(replace(usual.labour[0], name=long_en, code="07-5400-EXTRA-LONG-CODE-1234567890"), *usual.labour[1:]),
        customer=replace(usual.customer, name="深圳市前海某某国际融资租赁（集团）股份有限公司上海浦东分公司"),
        vehicle=replace(usual.vehicle, model="Mercedes-Maybach S 680 4MATIC First Class 35 周年典藏版 加长"),
    )
    pdf = pdf_of(document, language)
    text = "".join(pages(pdf))
    for name in (
        long_zh,
        long_en,
        parts[0].number,
        document.labour[0].code,
        document.customer.name,
        document.vehicle.model,
    ):
        assert squeezed(name) in text
    for word in words(pdf) or []:
        assert word.left >= 14.5 and word.right <= 195.5, word


def test_the_settlement_shows_what_the_standard_asks_for() -> None:
    document = samples.settlement_list(4)
    text = "".join(pages(pdf_of(document)))
    fees = document.fees
    for fen in (fees.diagnosis_fen, fees.material_fen, fees.labour_fen, fees.other_fen, document.total_fen):
        assert format_yuan(fen) in text
    for fact in (
        document.number,
        document.order_number,
        document.certificate_number,
        capitals(document.total_fen),
        "48,213km",
        "48,219km",
        "2026-11-2408:42",  # Shanghai time of 00:42 UTC
        "原厂",
        "质量相当",
        "客户自备",
        "加工费0.00",
        "微信支付",
        "已付清",
        "小修：2,000km或10日",
    ):
        assert squeezed(fact) in text, fact


def test_a_reversal_is_named_and_its_amounts_are_negative() -> None:
    usual = samples.settlement_list(1)
    fees = replace(
        usual.fees,
        labour_fen=-usual.fees.labour_fen,
        material_fen=-usual.fees.material_fen,
        diagnosis_fen=-usual.fees.diagnosis_fen,
        other_fen=-usual.fees.other_fen,
    )
    document = replace(
        usual,
        fees=fees,
        labour=tuple(replace(line, amount_fen=-line.amount_fen) for line in usual.labour),
        parts=tuple(replace(line, amount_fen=-line.amount_fen) for line in usual.parts),
        rounding_fen=-usual.rounding_fen,
        net_fen=-usual.net_fen,
        tax_fen=-usual.tax_fen,
        total_fen=-usual.total_fen,
        tenders=(),
        reverses_number="ST-202611-0097",
        reason="客户姓名有误",
    )
    text = "".join(pages(pdf_of(document)))
    assert "结算清单（冲销）" in text
    assert "冲销结算单ST-202611-0097。客户姓名有误" in text
    assert "人民币负" in text
    assert format_yuan(document.total_fen) in text


def test_amounts_that_do_not_add_up_are_never_printed() -> None:
    settlement, estimate = samples.settlement_list(2), samples.estimate(2)
    for wrong in (
        {"total_fen": settlement.total_fen + 1},
        {"net_fen": settlement.net_fen + 1},
        {"labour": settlement.labour[:1]},
        {"parts": settlement.parts[:1]},
    ):
        with pytest.raises(ValueError, match="add up"):
            replace(settlement, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="add up"):
        replace(estimate, total_fen=estimate.total_fen - 1)


def test_the_contract_names_how_an_overrun_is_settled() -> None:
    estimate = samples.estimate(1)
    assert "超出预估总额10%的" in "".join(pages(pdf_of(estimate)))
    assert "增加维修项目或超出预估总额的" in "".join(pages(pdf_of(replace(estimate, overrun_percent=0))))


def test_the_guarantee_ends_the_promised_days_and_kilometres_after_completion() -> None:
    text = "".join(pages(pdf_of(samples.completion_certificate(1))))
    assert "2026-12-24" in text and "53,219km" in text


def test_members_of_enums_print_as_their_words() -> None:
    class PartOrigin(StrEnum):
        REUSED = "reused"

    document = samples.picking_list(1)
    document = replace(document, lines=(replace(document.lines[0], origin=PartOrigin.REUSED),))
    assert "回用" in "".join(pages(pdf_of(document)))


def test_markup_in_what_people_typed_prints_as_typed() -> None:
    typed = '<img src="http://127.0.0.1:9/x"><b>bold</b>{{ 7*7 }} & "quoted"'
    text = "".join(pages(pdf_of(replace(samples.job_card(1), words=typed))))
    assert squeezed(typed) in text


def test_a_car_without_plate_and_a_shop_without_address_still_print() -> None:
    usual = samples.job_card(1)
    document = replace(
        usual,
        vehicle=replace(usual.vehicle, plate="", energy="fuel"),
        shop=replace(usual.shop, address="", phone="", licence=""),
        qr="",
        promised_at=None,
        arrived_at=None,
        mileage_km=None,
        parts=(),
        words="",
    )
    assert len(pages(pdf_of(document))) == 1


def test_legal_guarantees_print_in_both_languages() -> None:
    document = replace(samples.settlement_list(1), guarantees=(Guarantee("assembly", 20_000, 100),))
    assert squeezed("Assembly overhaul: 20,000 km or 100 days") in "".join(pages(pdf_of(document, "en")))
