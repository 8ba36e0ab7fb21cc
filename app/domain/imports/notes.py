"""What happened to a row, field by field, in words that the shop understands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a row; a row counts under the gravest of its notes."""

    ACCEPTED = "accepted"
    NORMALISED = "normalised"
    WARNED = "warned"
    MERGED = "merged"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    UNCHANGED = "unchanged"


class Kind(StrEnum):
    """What a file holds."""

    CUSTOMERS = "customers"
    VEHICLES = "vehicles"
    PARTS = "parts"
    OPERATIONS = "operations"
    ORDERS = "orders"
    PRICES = "prices"


GRAVITY = {
    Outcome.ACCEPTED: 0,
    Outcome.NORMALISED: 1,
    Outcome.WARNED: 2,
    Outcome.MERGED: 3,
    Outcome.UNCHANGED: 4,
    Outcome.SKIPPED: 5,
    Outcome.REJECTED: 6,
}

# code: (Chinese, English)
REASONS: dict[str, tuple[str, str]] = {
    "title": ("标题行，不是数据", "title, not data"),
    "repeated_header": ("重复的表头", "repeated header"),
    "subtotal": ("小计或合计行", "subtotal or total"),
    "footer": ("页脚或制表信息", "footer"),
    "empty": ("空行", "empty row"),
    "unchanged": ("与上次导入相同，未作改动", "same as imported before, nothing changed"),
    "duplicate_row": ("与本文件中另一行完全相同，只保留一次", "the same row stands in this file before; kept once"),
    "too_many_cells": ("单元格比表头多，可能有未加引号的分隔符", "more cells than the header: an unquoted separator?"),
    "too_few_cells": ("单元格比表头少", "fewer cells than the header"),
    "quote_stray": ("内容中有多余的引号", "a quotation mark inside the cell"),
    "quote_open": (
        "引号没有闭合，按普通字符处理，请核对",
        "a quotation mark is never closed: read as a character, please check",
    ),
    "beyond_table": ("表格右侧还有内容，已记入备注", "something stands beside the table: kept as a remark"),
    "kept_as_text": ('去除导出程序加的 ="…"', 'the ="…" of the exporting program removed'),
    "number_above": ("编号为空，按上一行的编号处理", "no number: taken as a further line of the order above"),
    "spaces": ("去除多余空格、换行或不可见字符", "blanks, line breaks or invisible characters removed"),
    "full_width": ("全角字符改为半角", "full-width characters made half-width"),
    "upper_case": ("改为大写", "made upper case"),
    "plate_form": ("车牌写法统一", "plate written the usual way"),
    "plate_doubtful": ("车牌号不符合常规，请核对", "unusual plate: please check"),
    "vin_form": ("VIN 写法统一", "VIN written the usual way"),
    "vin_mended": ("VIN 不含 I、O、Q；按校验位改正", "a VIN has no I, O, Q; mended, proved by the check digit"),
    "vin_letters": (
        "VIN 含有 I、O、Q 或其他不允许的字符，请核对",
        "the VIN has characters that a VIN cannot have: please check",
    ),
    "plate_mended": (
        "车牌中没有字母 I、O，按数字 1、0 处理，请核对",
        "no plate has I or O here: read as 1 or 0, please check",
    ),
    "vin_unusable": ("不是可用的 VIN，已记入备注", "not a VIN that tells one car from another: kept as a remark"),
    "vin_taken": (
        "这个不完整的 VIN 已属于另一辆车，已记入备注",
        "this incomplete VIN belongs to another car: kept as a remark",
    ),
    "vin_length": ("VIN 不是 17 位，请核对", "the VIN does not have 17 characters: please check"),
    "vin_check_digit": ("VIN 校验位不符，请核对", "the VIN's check digit does not fit: please check"),
    "phone_form": ("电话写法统一", "telephone number written the usual way"),
    "phone_split": ("一格中有多个电话，已分开保存", "several telephone numbers in one cell, stored apart"),
    "phone_doubtful": ("电话号码位数不对，请核对", "this telephone number has not the right digits: please check"),
    "phone_extra": (
        "电话写法统一，分机或说明已记入备注",
        "number written the usual way; extension or words kept as a remark",
    ),
    "phone_masked": ("电话号码被打码，已记入备注", "a masked telephone number: kept as a remark"),
    "phone_unreadable": ("不是电话号码，已记入备注", "not a telephone number: kept as a remark"),
    "phone_lost": (
        "电话号码被表格软件破坏，无法恢复",
        "the spreadsheet has destroyed this telephone number; it cannot be restored",
    ),
    "date_form": ("日期写法统一", "date written the usual way"),
    "date_serial": ("表格软件的日期序号改为日期", "a spreadsheet's serial number made a date"),
    "date_unreadable": ("无法识别的日期，未采用", "not a date that can be read; left out"),
    "date_none": ("表示没有日期", "means that there is no date"),
    "date_placeholder": ("系统的占位日期，未采用", "a placeholder of the old system; left out"),
    "date_expired": ("到期日早于购车日期，请核对", "expires before the car was bought: please check"),
    "date_visit": ("进厂早于购车日期，请核对", "visited before the car was bought: please check"),
    "date_ambiguous": ("日期有歧义，未采用", "ambiguous date; left out"),
    "date_future": ("日期在将来，请核对", "a date in the future: please check"),
    "date_past": ("日期早得不合理，请核对", "an implausibly early date: please check"),
    "date_order": ("结算日期早于进厂日期，请核对", "settled before it arrived: please check"),
    "amount_form": ("金额写法统一", "amount written the usual way"),
    "amount_unreadable": ("无法识别的金额", "not an amount that can be read"),
    "amount_ambiguous": ("金额写法有歧义", "ambiguous amount"),
    "amount_rounded": ("金额四舍五入到分", "amount rounded to the fen"),
    "amount_negative": ("金额为负，请核对", "negative amount: please check"),
    "number_form": ("数字写法统一", "number written the usual way"),
    "number_unreadable": ("无法识别的数字", "not a number that can be read"),
    "number_rounded": ("数字已舍入", "number rounded"),
    "mileage_unreadable": ("无法识别的里程，未采用", "not a mileage that can be read; left out"),
    "mileage_implausible": ("里程大得不合理，请核对", "implausibly high mileage: please check"),
    "mileage_falls": ("里程低于更早的一次进厂，请核对", "lower than at an earlier visit: please check"),
    "negative_stock": ("库存为负，按 0 入账，请盘点", "negative stock: taken in as 0, please count"),
    "price_missing": ("缺少价格", "the price is missing"),
    "below_purchase": ("零售价低于进价，请核对", "retail price below purchase price: please check"),
    "price_zero": ("价格为 0，请核对", "the price is zero: please check"),
    "price_implausible": ("零售价远高于进价，请核对", "retail price far above purchase price: please check"),
    "unknown_part": ("配件目录中没有这个编号", "no such part number in the catalogue"),
    "price_not_above_zero": ("价格不大于 0", "the price is not above zero"),
    "price_as_agreed": ("与现行价格相同", "as it is agreed already"),
    "price_held": ("变动超过限额，待审批", "moved further than the limit: held for a decision"),
    "price_held_already": ("同一价格已在待审批中", "this price waits for a decision already"),
    "price_replaced": ("同一天的价格已更新", "the price of the same day is replaced"),
    "two_prices": ("同一配件在本文件中有两个价格", "two prices for this part in one file"),
    "ends_before": ("失效日期早于生效日期", "ends before it begins"),
    "hours_zero": ("工时为 0，请核对", "zero hours: please check"),
    "stock_fraction": ("按件计量却有小数，请盘点", "a fraction of a piece: please count"),
    "stock_differs": (
        "同一货位两种库存，保留先出现的，请盘点",
        "two figures for one bin; the first is kept, please count",
    ),
    "negative": ("负数，按 0 处理", "negative: taken as 0"),
    "code_lost": ("编号被表格软件破坏", "the spreadsheet has destroyed this number"),
    "code_long": ("编号过长", "this number is too long"),
    "origin_missing": ("缺少配件性质，按“原厂”处理，请核对", "the origin is missing: taken as genuine, please check"),
    "word": ("取值写法统一", "value written the usual way"),
    "postcode": ("邮编不是 6 位，请核对", "a postcode has 6 digits: please check"),
    "refused_once": ("两条记录中有一条不同意，按不同意处理", "one of the two records refuses: taken as refused"),
    "added_phone": ("电话补充到已有客户", "telephone number added to the customer there is"),
    "added_line": ("补充到已导入的工单", "added to the order taken in before"),
    "vat_rate": ("税率不是 13%，请核对", "VAT is not 13 %: please check"),
    "unknown_value": ("未知的取值，已记入备注", "unknown value, kept as a remark"),
    "unit_missing": ("缺少单位，按“件”处理", "the unit is missing: taken as a piece"),
    "formula_text": ("内容像公式，按文本保存", "looks like a formula; kept as text"),
    "formula_value": ("取公式的结果", "the formula's result is used"),
    "formula_empty": (
        "公式没有保存结果，请在表格软件中打开并另存",
        "the formula has no stored result: open and save it in a spreadsheet",
    ),
    "error_value": ("表格软件的错误值", "an error value of the spreadsheet"),
    "bad_encoding": ("有无法解码的字符，请核对", "some characters could not be decoded: please check"),
    "too_long": ("内容过长，已截短", "too long: cut off"),
    "missing": ("缺少必填内容", "a required value is missing"),
    "no_identity": ("车牌号和 VIN 都没有，无法识别车辆", "neither plate nor VIN: the car cannot be identified"),
    "conflict": ("编号已存在且内容不同，未覆盖", "this number exists with other contents; not overwritten"),
    "kept_existing": ("系统中已有不同的内容，保留系统中的", "the portal has another value; that one is kept"),
    "filled_in": ("补充到已有记录", "filled into the existing record"),
    "same_person": ("姓名和电话相同，并入已有客户", "same name and telephone: merged with the customer there is"),
    "same_vehicle": ("VIN 相同，并入同一辆车", "same VIN: merged into one car"),
    "same_plate_car": ("车牌相同且缺少 VIN，并入同一辆车", "same plate, one VIN missing: merged into one car"),
    "newer_kept": ("同一辆车取较新的记录", "of the same car, the newer record is kept"),
    "first_purchase": (
        "三包等期限从首次购车算起，保留较早的购车日期",
        "guarantees run from the first purchase: the earlier date is kept",
    ),
    "same_part": ("同一配件的另一种写法，库存按货位合并", "the same part written differently: stock merged by bin"),
    "same_plate": ("车牌号已属于另一辆车，请核对", "this plate belongs to another car: please check"),
    "unknown_customer": ("找不到该客户编号，暂无车主", "no such customer number: stored without an owner"),
    "unknown_vehicle": ("档案中没有这辆车，按历史保存", "no such car in the archive: kept as history"),
    "unknown_code": ("目录中没有这个代码，按历史保存", "no such code in the catalogue: kept as history"),
    "successor_self": ("替代件是自身，未采用", "a part cannot succeed itself; left out"),
    "successor_cycle": ("替代关系成环，未采用", "the successors form a ring; left out"),
    "successor_unknown": ("替代件不在目录中，请核对", "the successor is not in the catalogue: please check"),
    "line_amount": ("金额不等于数量×单价，按原样保存", "amount is not quantity × price; kept as printed"),
    "order_total": (
        "工单合计不等于各行之和，按原样保存",
        "the order's total is not the sum of its lines; kept as printed",
    ),
    "header_differs": (
        "同一工单各行的表头信息不一致，以第一行为准",
        "the lines of this order disagree; the first one counts",
    ),
}


@dataclass(frozen=True, slots=True)
class Note:
    """One field touched: outcome, field, reason code, what it was and what it is now."""

    outcome: Outcome
    field: str
    reason: str
    was: str = ""
    now: str = ""


def reason_text(code: str, language: str) -> str:
    """A reason in the language of the shop (``en``, else Chinese)."""
    return REASONS[code][1 if language == "en" else 0]


def gravest(notes: list[Note]) -> Outcome:
    """The outcome under which a row with these notes counts."""
    return max((note.outcome for note in notes), key=GRAVITY.__getitem__, default=Outcome.ACCEPTED)
