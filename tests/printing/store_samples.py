"""One of each document of the store, with as many lines as a test wants."""

from __future__ import annotations

from datetime import date
from itertools import cycle, islice
from typing import Any

from app.kernel.money import line_amount, split_vat
from app.printing.count_sheet import CountBin, CountLine, CountSheet
from app.printing.counter_receipt import CounterReceipt
from app.printing.facts import PartLine, Shop
from app.printing.purchase_order import PurchaseOrderPaper, PurchasePaperLine
from app.printing.settlement_list import TenderLine
from app.printing.variance_report import VarianceLine, VarianceReport


def _parts(parts: list[Any], count: int) -> list[tuple[Any, ...]]:
    return [
        (number, name if n < len(parts) else f"{name} #{n + 1}", *rest)
        for n, (number, name, *rest) in enumerate(islice(cycle(parts), count))
    ]


def purchase_order(shop: Shop, parts: list[Any], at: Any, count: int) -> PurchaseOrderPaper:
    """An urgent order with a remark, each line with its day."""
    return PurchaseOrderPaper(
        shop,
        "PO-202611-0042",
        "PO-202611-0042",
        at,
        "梅赛德斯-奔驰（中国）配件中心",
        date(2026, 11, 24),
        tuple(
            PurchasePaperLine(number, name, unit, milli, fen, line_amount(milli, fen), origin, date(2026, 11, 27))
            for number, name, milli, unit, fen, origin, _place in _parts(parts, count)
        ),
        "钱伟 021-5555 0101",
        "上海市浦东新区外高桥保税区富特北路 8 号",
        "MB-778812",
        date(2026, 11, 27),
        30,
        "请与前照灯模块同批发货。",
        "陆远",
        urgent=True,
    )


def counter_receipt(shop: Shop, parts: list[Any], at: Any, count: int) -> CounterReceipt:
    """A sale of many lines in two tenders."""
    lines = tuple(
        PartLine(name, f"{number} · SN-{n}", milli, unit, fen, line_amount(milli, fen), origin)
        for n, (number, name, milli, unit, fen, origin, _place) in enumerate(_parts(parts, count))
    )
    total = sum(line.amount_fen for line in lines)
    net, tax = split_vat(total)
    tenders = (
        TenderLine("cash", 100, at, "TN-202611-0007"),
        TenderLine("wechat", total - 100, at, "TN-202611-0008", "420000"),
    )
    return CounterReceipt(
        shop, "CS-202611-0019", "CS-202611-0019", at, lines, net, tax, total, "欧阳文静", tenders, cashier="钱悦"
    )


def count_sheet(shop: Shop, parts: list[Any], at: Any, count: int) -> CountSheet:
    """Bins of up to seven parts, some of them somebody else's."""
    rows = [
        CountLine(number, name, unit, origin, "consignment" if n % 5 == 4 else "shop", again=n % 3 == 2)
        for n, (number, name, _milli, unit, _fen, origin, _place) in enumerate(_parts(parts, count))
    ]
    bins = tuple(CountBin(f"A-{n:02d}-01", tuple(rows[n : n + 7])) for n in range(0, count, 7))
    return CountSheet(shop, "ST-202611-0003", "ST-202611-0003", at, "A-01-01 – C-11-04", "何苗", bins)


def variance_report(shop: Shop, parts: list[Any], at: Any, count: int) -> VarianceReport:
    """Differences both ways."""
    lines = tuple(
        VarianceLine(
            place,
            number,
            name,
            unit,
            "shop",
            milli,
            milli + (1000 if n % 2 else -1000),
            -fen,
            (("何苗", milli), ("陆远", milli + (1000 if n % 2 else -1000))),
            n % 3 == 0,
        )
        for n, (number, name, milli, unit, fen, _origin, place) in enumerate(_parts(parts, count))
    )
    net = sum(line.value_fen for line in lines)
    return VarianceReport(
        shop, "ST-202611-0003", "ST-202611-0003", at, "A-01-01 – C-11-04", True, "何苗", "方以智", at, count * 3,
        net, -net, 98_765_432, lines, "当班仅一人", "方以智", at,
    )  # fmt: skip


ALL = {
    "purchase_order": purchase_order,
    "counter_receipt": counter_receipt,
    "count_sheet": count_sheet,
    "variance_report": variance_report,
}
