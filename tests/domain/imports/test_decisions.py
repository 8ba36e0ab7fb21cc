"""What becomes of doubtful rows: who is one person, which car is one car, what an old order still says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part, PartOrigin
from app.domain.customers.model import Consent, Customer, CustomerPhone
from app.domain.imports.notes import Outcome
from app.domain.stock.model import StockBalance
from app.domain.vehicles.model import HistoryLine, HistoryOrder, Vehicle
from app.kernel.clock import FixedClock
from tests.domain.imports.exports import CUSTOMERS, OPERATIONS, ORDERS, PARTS, VEHICLES, Rows, said, take, write_csv

VIN_A, VIN_B = "W1N167EB9TJ900001", "W1N167EB9TJ900002"


def customer(number: str, name: str, mobile: str = "", phone: str = "", **more: str) -> list[str]:
    row = dict(zip(CUSTOMERS, [number, name, "个人", mobile, phone, "", "", "", ""], strict=True)) | more
    return [row[title] for title in CUSTOMERS]


def phones_of(session: Session, number: str) -> list[str]:
    found = select(CustomerPhone.number).join(Customer).where(Customer.legacy_number == number)
    return sorted(session.scalars(found))


def test_one_person_under_two_numbers_keeps_every_telephone_and_refusal(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    path = write_csv(
        tmp_path / "x.csv",
        [
            CUSTOMERS,
            customer("K1", "王伟", "13812345678", 短信许可="是"),
            customer("K2", "王 伟", "+86 138-1234-5678", "021-58765432", 短信许可="否"),
            customer("K3", "王伟", "02158765432"),
            customer("K4", "王伟", "13987654321"),
            customer("K5", "李娜", "13812345678"),
        ],
    )
    result, report = take(session, clock, "customers", path)
    assert (result.counts[Outcome.MERGED], result.counts[Outcome.ACCEPTED]) == (2, 3)
    assert phones_of(session, "K1") == ["02158765432", "13812345678"]
    kept = dict(session.execute(select(Customer.legacy_number, Customer.merged_into_id)).tuples().all())
    first = session.scalar(select(Customer.id).where(Customer.legacy_number == "K1"))
    assert kept == {"K1": None, "K2": first, "K3": first, "K4": None, "K5": None}
    granted = session.scalars(select(Consent.granted).where(Consent.customer_id == first).order_by(Consent.id)).all()
    assert granted == [True, False]
    assert ("merged", "phone", "02158765432") in said(report, 3)


def test_a_placeholder_or_half_a_number_makes_nobody_the_same_person(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    rows = [
        customer(f"K{n}", "王伟", number) for n, number in enumerate(["13800000000"] * 2 + ["1381234"] * 2 + ["0"] * 2)
    ]
    result, _ = take(session, clock, "customers", write_csv(tmp_path / "x.csv", [CUSTOMERS, *rows]))
    assert (result.counts[Outcome.MERGED], result.counts[Outcome.WARNED]) == (0, 6)


def test_one_customer_number_with_another_name_is_not_overwritten(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    rows = [
        customer("K1", "王伟", "13812345678"),
        customer("K1", "李娜", "13987654321"),
        customer("K1", "王伟", "13700000001"),
    ]
    result, _ = take(session, clock, "customers", write_csv(tmp_path / "x.csv", [CUSTOMERS, *rows]))
    assert result.line() == "accepted=1 normalised=0 warned=0 merged=1 rejected=1 skipped=0 unchanged=0"
    assert phones_of(session, "K1") == ["13700000001", "13812345678"]


def car(plate: str, vin: str, **more: Any) -> list[Any]:
    row = dict(zip(VEHICLES, [plate, vin, "GLC", "", "", "", "", "", ""], strict=True)) | more
    return [row[title] for title in VEHICLES]


def test_two_cars_with_the_same_junk_for_a_vin_stay_two_cars(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    rows = [car("沪A12345", "待补"), car("沪A12346", "待补"), car("沪A12347", "12345678"), car("沪A12348", "12345678")]
    take(session, clock, "vehicles", write_csv(tmp_path / "x.csv", [VEHICLES, *rows]))
    cars = session.execute(select(Vehicle.plate, Vehicle.vin).order_by(Vehicle.id)).tuples().all()
    assert cars == [("沪A12345", None), ("沪A12346", None), ("沪A12347", "12345678"), ("沪A12348", None)]
    remark = session.scalar(select(Vehicle.remark).where(Vehicle.plate == "沪A12348"))
    assert "12345678" in (remark or "")


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_a_car_known_by_plate_and_by_vin_is_one_car(
    session: Session, clock: FixedClock, tmp_path: Path, order: list[int]
) -> None:
    rows = [car("沪A12345", "", 最近里程="100", 备注="甲"), car("沪a·12345", VIN_A, 最近里程="200", 备注="乙")]
    path = write_csv(tmp_path / "x.csv", [VEHICLES, *[rows[n] for n in order]])
    take(session, clock, "vehicles", path)
    found = session.scalars(select(Vehicle)).one()
    assert (found.plate, found.vin, found.vin_tail, found.mileage_km) == ("沪A12345", VIN_A, "900001", 200)
    assert set(found.remark.split("\n")) == {"甲", "乙"}


def test_a_plate_that_moved_on_belongs_to_the_other_car(session: Session, clock: FixedClock, tmp_path: Path) -> None:
    rows = [
        car("沪A11111", VIN_A, 最近进厂="2024-01-01"),
        car("沪A22222", VIN_A, 最近进厂="2025-01-01"),
        car("沪A11111", VIN_B, 最近进厂="2025-06-01"),
    ]
    result, _ = take(session, clock, "vehicles", write_csv(tmp_path / "x.csv", [VEHICLES, *rows]))
    plates = dict(session.execute(select(Vehicle.vin, Vehicle.plate)).tuples().all())
    assert plates == {VIN_A: "沪A22222", VIN_B: "沪A11111"}
    assert (result.counts[Outcome.MERGED], result.counts[Outcome.WARNED]) == (1, 0)


def test_dates_of_a_car_that_contradict_each_other_are_kept_and_warned(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    row = car("沪A12345", VIN_A, 购车日期="2024-05-01", 保险到期="2023-05-01", 最近进厂="2023-06-01")
    _, report = take(session, clock, "vehicles", write_csv(tmp_path / "x.csv", [VEHICLES, row]))
    assert {(outcome, field) for outcome, field, _ in said(report, 2)} == {
        ("warned", "insurance"),
        ("warned", "visited"),
    }


def part(number: str, **more: Any) -> list[Any]:
    row = dict(zip(PARTS, [number, "滤芯", "原厂", "个", "10", "20", "13%", "5", "A-1", "", ""], strict=True)) | more
    return [row[title] for title in PARTS]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"零售价": "0"}, "retail"),
        ({"零售价": "面议"}, "retail"),
        ({"零售价": "9.99"}, "retail"),
        ({"零售价": "1000"}, "retail"),
        ({"进价": "-10"}, "purchase"),
        ({"进价": ""}, "purchase"),
        ({"库存数量": "2.5"}, "stock"),
        ({"库存数量": "-1"}, "stock"),
        ({"库存数量": "若干"}, "stock"),
        ({"单位": ""}, "unit"),
        ({"性质": "进口"}, "origin"),
        ({"性质": ""}, "origin"),
        ({"税率": "6%"}, "vat"),
        ({"货位": ""}, "bin"),
        ({"替代件": "A999"}, "successor"),
    ],
)
def test_a_doubtful_part_is_stored_and_warned(
    session: Session, clock: FixedClock, tmp_path: Path, more: dict[str, str], field: str
) -> None:
    result, report = take(session, clock, "parts", write_csv(tmp_path / "x.csv", [PARTS, part("A1", **more)]))
    assert result.line() == "accepted=0 normalised=0 warned=1 merged=0 rejected=0 skipped=0 unchanged=0"
    assert {(outcome, name) for outcome, name, _ in said(report, 2)} >= {("warned", field)}
    assert session.scalar(select(func.count()).select_from(Part)) == 1


def test_one_part_in_four_spellings_is_one_part_and_no_piece_is_counted_twice(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    rows = [
        part("A 256 180 69 07"),
        part("a2561806907", 货位="B-2", 库存数量="3"),
        part("A-256-180-69-07", 货位="a-1", 库存数量="7"),
        part("Ａ２５６１８０６９０７", 货位="", 库存数量="1"),
        part("A2561806907", 货位="未分配", 库存数量="1", 性质="副厂"),
    ]
    result, report = take(session, clock, "parts", write_csv(tmp_path / "x.csv", [PARTS, *rows]))
    assert (result.counts[Outcome.MERGED], session.scalar(select(func.count()).select_from(Part))) == (4, 1)
    assert sorted(session.scalars(select(StockBalance.on_hand_milli))) == [1000, 3000, 5000]
    assert ("warned", "stock", "5") in said(report, 4)
    assert session.scalar(select(Part.origin)) is PartOrigin.GENUINE


def test_operations_for_nothing_are_warned_and_impossible_ones_rejected(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    rows = [
        ["W1", "检查", "0", "0", ""],
        ["W2", "检查", "-1", "5", ""],
        ["W3", "检查", "1", "面议", ""],
        ["W4", "检查", "", "5", ""],
    ]
    result, _ = take(
        session,
        clock,
        "operations",
        write_csv(tmp_path / "x.csv", [OPERATIONS, *rows, ["W5", "查", "30分钟", "¥530/小时", "全系"]]),
    )
    assert result.line() == "accepted=0 normalised=1 warned=1 merged=0 rejected=3 skipped=0 unchanged=0"
    assert session.scalars(select(Operation.hours_centi).order_by(Operation.code)).all() == [0, 50]


def line(number: str, name: str, amount: str, **more: Any) -> list[Any]:
    base = [
        number,
        "机修",
        "2024-03-05",
        "沪A12345",
        VIN_A,
        "1000",
        "工时",
        name,
        "",
        "1",
        amount,
        amount,
        "客付",
        "2024-03-06",
        "",
        "",
    ]
    row = dict(zip(ORDERS, base, strict=True)) | more
    return [row[title] for title in ORDERS]


def lines_of(session: Session) -> dict[str, list[str]]:
    found = select(HistoryOrder.number, HistoryLine.name).join(HistoryLine).order_by(HistoryLine.id)
    orders: dict[str, list[str]] = {}
    for number, name in session.execute(found):
        orders.setdefault(number, []).append(name)
    return orders


def test_lines_of_an_order_that_stand_apart_are_one_order(session: Session, clock: FixedClock, tmp_path: Path) -> None:
    rows = [line(f"W{n % 700}", f"第{n // 700}项", "100.00", 工单合计="300.00") for n in range(2100)]
    result, _ = take(session, clock, "orders", write_csv(tmp_path / "x.csv", [ORDERS, *rows]))
    assert (result.counts[Outcome.REJECTED], session.scalar(select(func.count()).select_from(HistoryOrder))) == (0, 700)
    assert set(map(tuple, lines_of(session).values())) == {("第0项", "第1项", "第2项")}
    again, _ = take(session, clock, "orders", tmp_path / "x.csv")
    assert again.counts[Outcome.UNCHANGED] == 2100


BLANK = {"工单类型": "", "进厂日期": "", "车牌号": "", "VIN": "", "里程": "", "结算日期": "", "工单合计": ""}


def test_blanks_under_an_order_are_its_further_lines_but_a_lost_number_is_not_invented(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    rows: Rows = [
        line("W1", "甲", "100.00", 工单合计="300.00"),
        line("", "乙", "200.00", **BLANK),
        line("W2", "丙", "50.00"),
        line("", "丁", "60.00"),
        ["小计", *[""] * 10, "110"],
        line("", "戊", "70.00", **BLANK),
    ]
    result, report = take(session, clock, "orders", write_csv(tmp_path / "x.csv", [ORDERS, *rows]))
    assert lines_of(session) == {"W1": ["甲", "乙"], "W2": ["丙"]}
    assert (result.counts[Outcome.REJECTED], result.counts[Outcome.SKIPPED]) == (2, 1)
    assert ("warned", "number", "W1") in said(report, 3)
    assert session.scalar(select(HistoryOrder.total_fen).where(HistoryOrder.number == "W1")) == 30000


def test_a_rejected_line_that_was_corrected_comes_into_its_order_and_a_stranger_does_not(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    total = {"工单合计": "300.00"}
    wrong = [line("W1", "甲", "100.00", **total), line("W1", "乙", "二百", **total)]
    first, _ = take(session, clock, "orders", write_csv(tmp_path / "x.csv", [ORDERS, *wrong]))
    assert first.counts[Outcome.REJECTED] == 1
    right = [wrong[0], line("W1", "乙", "200.00", **total), line("W1", "丙", "999.00", **total)]
    clash, _ = take(session, clock, "orders", write_csv(tmp_path / "y.csv", [ORDERS, *right]))
    assert (clash.counts[Outcome.UNCHANGED], clash.counts[Outcome.REJECTED]) == (1, 2)
    mended, _ = take(session, clock, "orders", write_csv(tmp_path / "z.csv", [ORDERS, *right[:2]]))
    assert (mended.counts[Outcome.UNCHANGED], mended.counts[Outcome.MERGED]) == (1, 1)
    assert lines_of(session) == {"W1": ["甲", "乙"]}


def test_a_line_twice_goes_only_where_the_total_proves_it(session: Session, clock: FixedClock, tmp_path: Path) -> None:
    rows = [
        *[line("W1", "甲", "100.00", 工单合计="100.00")] * 2,
        *[line("W2", "甲", "100.00", 工单合计="200.00")] * 2,
        *[line("W3", "甲", "100.00", 工单合计="150.00")] * 2,
    ]
    result, _ = take(session, clock, "orders", write_csv(tmp_path / "x.csv", [ORDERS, *rows]))
    assert lines_of(session) == {"W1": ["甲"], "W2": ["甲", "甲"], "W3": ["甲", "甲"]}
    assert result.counts[Outcome.MERGED] == 1
    again, _ = take(session, clock, "orders", tmp_path / "x.csv")
    assert again.counts[Outcome.UNCHANGED] == 6


def test_amounts_of_history_stay_as_printed(session: Session, clock: FixedClock, tmp_path: Path) -> None:
    rows = [
        line("W1", "折扣", "-50.00", 工单合计="-50.00"),
        line("W2", "甲", "¥1,000.00", 数量="30分钟", 单价="530", 工单合计="1000"),
        line(
            "W3", "油", "452.25", 类别="配件", 数量="4.5升", 单价="100.5元/升", 付费方="善意索赔", 结算日期="2024-03-01"
        ),
    ]
    take(session, clock, "orders", write_csv(tmp_path / "x.csv", [ORDERS, *rows]))
    got = session.execute(select(HistoryLine.amount_fen, HistoryLine.payer).order_by(HistoryLine.id)).tuples().all()
    assert got == [(-5000, "customer"), (100000, "customer"), (45225, "goodwill")]
