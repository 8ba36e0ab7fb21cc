"""One of each document, with as many lines as a test wants, in the words that a shop uses."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from functools import partial
from itertools import cycle, islice

from PIL import Image, ImageDraw

from app.kernel.money import labour_amount, line_amount, split_vat
from app.printing.completion_certificate import Check, CompletionCertificate
from app.printing.estimate import Estimate
from app.printing.facts import Customer, Guarantee, LabourLine, PartLine, Shop, Signature, Vehicle
from app.printing.inspection_sheet import DamageMark, InspectionSheet
from app.printing.job_card import CardJob, CardPart, JobCard
from app.printing.picking_list import PickingList, PickLine
from app.printing.settlement_list import Fees, SettlementList, TenderLine
from tests.printing import store_samples

SHOP = Shop(
    "上海星辉汽车销售服务有限公司",
    "上海市闵行区沪闵路 6088 号",
    "021-6088 8800",
    "91310112MA1GBXXQ4K",
)
CAR = Vehicle(
    "梅赛德斯-奔驰 E 300 L 豪华型",
    "沪A8K26Z",
    "LE4ZG8DB4NL123456",
    "264920 30 123456",
    "曜岩黑",
    "hybrid",
    date(2022, 5, 18),
)
CUSTOMER = Customer("欧阳文静", "138****5521", "上海市徐汇区虹桥路 1 号 12 楼")
ARRIVED = datetime(2026, 11, 24, 0, 42, tzinfo=UTC)
PROMISED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DONE = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
WORDS = "早上冷启动时发动机有异响，约半分钟后消失；低速转弯时右前轮有“咯咯”声。请顺便检查空调异味。"
ADVISER = "周敏"
QR = "https://portal.example/o/RO-202611-0123"
ORDER = "RO-202611-0123"

OPERATIONS = [
    ("00-2050", "A 类保养（更换机油和机油滤清器，全车检查）", 120),
    ("32-4110", "拆装右前减振器支柱，更换上支座", 240),
    ("33-3310", "更换右前下摆臂衬套", 180),
    ("40-3010", "四轮定位", 130),
    ("83-1500", "更换空调滤清器并清洁蒸发箱", 60),
    ("07-5400", "读取故障存储器并作引导型故障诊断", 50),
    ("42-1020", "Replace front brake discs and pads on both sides, run in and measure", 155),
]
PARTS = [
    ("A 274 180 00 09", "机油滤清器", 1000, "件", 18500, "genuine", "A-01-03"),
    ("A 000 989 94 03", "发动机油 5W-40 MB 229.5", 6500, "升", 12800, "genuine", "A-02-11"),
    ("A 213 320 68 00", "减振器支柱上支座（带轴承）", 1000, "件", 96000, "genuine", "B-07-02"),
    ("A 213 330 35 07", "下摆臂衬套", 2000, "件", 42050, "equivalent", "B-07-05"),
    ("A 205 835 01 47", "空调滤清器（活性炭）", 1000, "件", 39800, "genuine", "A-04-01"),
    ("A 213 421 09 12", "Brake disc, front, ventilated, 342 × 32 mm", 2000, "件", 118000, "remanufactured", "C-01-08"),
    ("A 000 905 10 03", "Wheel-speed sensor", 1000, "件", 56000, "reused", "C-11-04"),
]


def signature() -> bytes:
    """A stroke of the pen."""
    picture = Image.new("RGBA", (600, 200), (255, 255, 255, 0))
    pen = ImageDraw.Draw(picture)
    points = [(30, 140), (80, 40), (110, 150), (170, 60), (200, 150), (280, 80), (330, 140), (420, 60), (560, 120)]
    pen.line(points, fill="black", width=7, joint="curve")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def photo(shade: int = 120) -> bytes:
    """A photo of a piece of bodywork, as the tablet sends it."""
    picture = Image.linear_gradient("L").resize((1600, 1200)).point(lambda v: (v + shade) % 256)
    ImageDraw.Draw(picture).line([(300, 700), (1200, 620)], fill=255, width=14)
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def labour(count: int) -> tuple[LabourLine, ...]:
    return tuple(
        LabourLine(
            f"{name}" if n < len(OPERATIONS) else f"{name} #{n + 1}",
            hours,
            68000,
            labour_amount(hours, 68000, 100 if n == 0 else 0),
            code,
            100 if n == 0 else 0,
        )
        for n, (code, name, hours) in enumerate(islice(cycle(OPERATIONS), count))
    )


def part_lines(count: int, *, supplied: bool = True) -> tuple[PartLine, ...]:
    lines = [
        PartLine(
            name if n < len(PARTS) else f"{name} #{n + 1}",
            number,
            quantity,
            unit,
            price,
            line_amount(quantity, price),
            origin,
        )
        for n, (number, name, quantity, unit, price, origin, _bin) in enumerate(islice(cycle(PARTS), count))
    ]
    if supplied and count > 1:
        lines.append(PartLine("雨刮片", "—", 2000, "件", 0, 0, "equivalent", customer_supplied=True))
    return tuple(lines)


def inspection_sheet(marks: int = 4) -> InspectionSheet:
    places = [
        DamageMark(60, 165, "scratch", "右前保险杠下缘，长约 12 厘米", photo(20)),
        DamageMark(300, 130, "dent", "左后门，硬币大小，未伤漆", photo(90)),
        DamageMark(830, 175, "scratch", "右后轮辋", photo(150)),
        DamageMark(505, 420, "crack", "Chip in the windscreen, driver's side, about 3 mm, not in the field of view"),
        DamageMark(880, 470, "rust", ""),
    ]
    return InspectionSheet(
        SHOP,
        ORDER,
        QR,
        ARRIVED,
        ADVISER,
        CUSTOMER,
        CAR,
        48_213,
        62,
        ("engine", "tyre"),
        "后备厢内高尔夫球包 1 个；行车记录仪",
        "take",
        WORDS,
        tuple(islice(cycle(places), marks)),
        promised_at=PROMISED,
        signature=Signature("欧阳文静", ARRIVED, signature()),
    )


def estimate(count: int = 6) -> Estimate:
    lines, material = labour(count), part_lines(count)
    return Estimate(
        SHOP,
        ORDER,
        QR,
        ARRIVED,
        ADVISER,
        CUSTOMER,
        CAR,
        "minor",
        lines,
        material,
        sum(x.amount_fen for x in lines) + sum(x.amount_fen for x in material) + 5000,
        (
            Guarantee("whole_vehicle", 20_000, 100),
            Guarantee("second_maintenance", 5_000, 30),
            Guarantee("minor", 2_000, 10),
        ),
        48_213,
        WORDS,
        5000,
        "外协检测",
        10,
        PROMISED,
        old_parts="take",
        signature=Signature("欧阳文静", ARRIVED, signature()),
    )


def job_card(count: int = 6) -> JobCard:
    names = ["陈志强", "李建国", "王磊"]
    return JobCard(
        SHOP,
        ORDER,
        QR,
        ARRIVED,
        CAR,
        CUSTOMER.name,
        ADVISER,
        tuple(
            CardJob(
                name if n < len(OPERATIONS) else f"{name} #{n + 1}",
                hours,
                code,
                names[n % 3],
                f"{n % 3 + 1} 号工位",
                "high_voltage" if n == 5 else "",
                n == 2,
            )
            for n, (code, name, hours) in enumerate(islice(cycle(OPERATIONS), count))
        ),
        tuple(
            CardPart(name if n < len(PARTS) else f"{name} #{n + 1}", number, quantity, unit, origin, place)
            for n, (number, name, quantity, unit, _price, origin, place) in enumerate(islice(cycle(PARTS), count))
        ),
        WORDS,
        "minor",
        48_213,
        ARRIVED,
        PROMISED,
        "take",
        True,
        "RO-202610-0877" if count > 1 else "",
    )


def picking_list(count: int = 6) -> PickingList:
    return PickingList(
        SHOP,
        ORDER,
        QR,
        ARRIVED,
        CAR,
        ADVISER,
        tuple(
            PickLine(place, number, name if n < len(PARTS) else f"{name} #{n + 1}", quantity, unit, origin, job="1")
            for n, (number, name, quantity, unit, _price, origin, place) in enumerate(islice(cycle(PARTS), count))
        ),
        technician="陈志强",
        bay="2 号工位",
        needed_at=PROMISED,
    )


def settlement_list(count: int = 6, *, reverses: str = "") -> SettlementList:
    lines, material = labour(count), part_lines(count)
    fees = Fees(sum(x.amount_fen for x in lines), sum(x.amount_fen for x in material), 34000, 0, 0, 5000)
    rounding = -(fees.total_fen % 100)
    total = fees.total_fen + rounding
    net, tax = split_vat(total)
    return SettlementList(
        SHOP,
        "ST-202611-0098",
        ORDER,
        QR,
        DONE,
        "customer",
        CUSTOMER,
        CAR,
        "minor",
        lines,
        material,
        fees,
        net,
        tax,
        total,
        rounding,
        13,
        "HG-202611-0061",
        ARRIVED,
        DONE,
        48_213,
        48_219,
        "take",
        (
            TenderLine("wechat", 200_000, ARRIVED, "TN-202611-0101", "4200002214202611"),
            TenderLine("card", total - 200_000, DONE, "TN-202611-0107"),
        ),
        False,
        (Guarantee("minor", 2_000, 10), Guarantee("first_maintenance", 2_000, 10)),
        ("后制动摩擦片剩余 4 毫米，建议 5,000 公里内更换", "右后轮胎侧壁有割痕"),
        reverses,
        "客户姓名有误" if reverses else "",
        ADVISER,
        "孙丽",
        Signature("欧阳文静", DONE, signature()),
    )


def completion_certificate(count: int = 6) -> CompletionCertificate:
    checks = [
        ("发动机运转、机油压力", ""),
        ("制动性能", "前 312/308 daN，后 221/219 daN"),
        ("转向与四轮定位", "前束 +0°08′"),
        ("灯光、信号", ""),
        ("底盘紧固、无渗漏", ""),
        ("路试", "5 km"),
    ]
    return CompletionCertificate(
        SHOP,
        "HG-202611-0061",
        ORDER,
        QR,
        CUSTOMER.name,
        CAR,
        "second_maintenance",
        DONE,
        48_219,
        "赵国栋",
        Guarantee("second_maintenance", 5_000, 30),
        "沪质检 0210887",
        ARRIVED,
        tuple(Check(name, True, value) for name, value in islice(cycle(checks), count)),
        "",
        Signature("赵国栋", DONE, signature()),
    )


ALL = {
    "inspection_sheet": inspection_sheet,
    "estimate": estimate,
    "job_card": job_card,
    "picking_list": picking_list,
    "settlement_list": settlement_list,
    "completion_certificate": completion_certificate,
    **{name: partial(build, SHOP, PARTS, ARRIVED) for name, build in store_samples.ALL.items()},
}
