"""What makes lines one old order: the words that they use, the header that they agree on, the total that they add up to."""

from __future__ import annotations

from collections import Counter
from typing import Any

from app.domain.imports import normalise as read
from app.domain.imports.importer import Draft

_KINDS_OF_LINE = {
    "labour": "工时 工时费 工费 项目 维修项目 作业 人工 人工费 labour labor work",
    "part": "配件 配件费 材料 材料费 辅料 零件 备件 part parts material",
    "other": "其他 其它 其他费用 附加费 other",
}
LINE_KIND_OF = {word: kind for kind, words in _KINDS_OF_LINE.items() for word in words.split()}
_PAYERS = {
    "customer": "客付 自费 客户 客户付费 客户自费 车主 个人 现结 customer client",
    "warranty": "索赔 保修 三包 质保 厂家 厂家索赔 主机厂 召回 warranty claim",
    "insurer": "保险 保险公司 保险理赔 理赔 insurer insurance",
    "goodwill": "善意 商务 商誉 善意索赔 优惠 赠送 goodwill",
    "internal": "内部 内结 内部结算 本店 公司 internal",
}
PAYER_OF = {word: payer for payer, words in _PAYERS.items() for word in words.split()}
HEADER = ("kind", "arrived_on", "plate", "vin", "mileage_km", "settled_on", "adviser_name", "total_fen")
Entry = tuple[Draft, dict[str, Any]]


def agreed_header(kept: list[Entry]) -> tuple[Any, ...]:
    """The order's header: of each field what the first line says that says anything; lines that differ are noted."""
    headers = [line["header"] for _, line in kept]
    if all(header == headers[0] for header in headers):
        return headers[0]
    agreed = [
        next((value for value in values if value not in (None, "")), values[0]) for values in zip(*headers, strict=True)
    ]
    for draft, line in kept:
        for name, value, here in zip(HEADER, agreed, line["header"], strict=True):
            if here not in (None, "") and here != value:
                draft.warn(name, "header_differs", here, value)
    return tuple(agreed)


def without_proven_doubles(kept: list[Entry], total: int | None) -> list[Entry]:
    """Hold the printed total against the lines; a line that stands twice goes only if the total proves it."""
    whole = sum(line["amount_fen"] for _, line in kept)
    if total is None or abs(whole - total) <= 1:
        return kept
    counts: Counter[tuple[Any, ...]] = Counter()
    once = []
    for draft, line in kept:
        said = tuple(draft.line.cells.items())
        counts[said] += 1
        if counts[said] == 1:
            once.append((draft, line))
    if len(once) < len(kept) and abs(sum(line["amount_fen"] for _, line in once) - total) <= 1:
        staying = {id(draft) for draft, _ in once}
        for draft, _line in kept:
            if id(draft) not in staying:
                number = read.shown(draft.cell("number"))
                draft.merge("row", "duplicate_row", number, number)
        return once
    for draft, _line in kept:
        draft.warn("total", "order_total", yuan(total), yuan(whole))
    return kept


def yuan(fen: int) -> str:
    """Fen as an amount of yuan with two places."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
