"""What single cells of other people's exports are read as; nothing is guessed, and nothing changes in silence."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from app.domain.imports import normalise as read
from app.domain.imports.notes import Outcome

TODAY = date(2026, 11, 24)
W, N = Outcome.WARNED, Outcome.NORMALISED


def outcome(notes: tuple[Any, ...]) -> Outcome | None:
    return max((note.outcome for note in notes), key=[N, W].index, default=None)


@pytest.mark.parametrize(
    ("cell", "value", "how"),
    [
        ("2024-03-05", date(2024, 3, 5), None),
        ("2024-03-05 17:30:00", date(2024, 3, 5), None),
        (datetime.fromisoformat("2024-03-05 08:01:00"), date(2024, 3, 5), None),
        ("2024年3月5日", date(2024, 3, 5), N),
        ("2024年3月5号 下午3:20", date(2024, 3, 5), N),
        ("2024.3.5", date(2024, 3, 5), N),
        ("2024-3-5 星期二", date(2024, 3, 5), N),
        ("20240305", date(2024, 3, 5), N),
        ("20240305101530", date(2024, 3, 5), N),
        ("２０２４／３／５", date(2024, 3, 5), N),
        ("二〇二四年三月十五日", date(2024, 3, 15), N),
        ("24年3月5日", date(2024, 3, 5), N),
        ("45356", date(2024, 3, 5), N),
        (45356.75, date(2024, 3, 5), N),
        ("25/12/2023", date(2023, 12, 25), N),
        ("12/25/2023", date(2023, 12, 25), N),
        ("5-Mar-2024", date(2024, 3, 5), N),
        ("Mar 5, 2024", date(2024, 3, 5), N),
        ("03/05/2024", None, W),
        ("24/3/5", None, W),
        ("24-03-05", None, W),
        ("2024-02-30", None, W),
        ("2023-13-01", None, W),
        ("2024年3月", None, W),
        ("昨天", None, W),
        ("1900-01-01", None, W),
        ("9999-12-31", None, W),
        ("0000-00-00 00:00:00", None, N),
        ("1965-05-01", date(1965, 5, 1), W),
        ("2031-01-01", date(2031, 1, 1), W),
        (True, None, W),
        ("未知", None, None),
    ],
)
def test_dates(cell: Any, value: date | None, how: Outcome | None) -> None:
    got = read.day(cell, "arrived", TODAY)
    assert (got.value, outcome(got.notes)) == (value, how)


@pytest.mark.parametrize(
    ("cell", "numbers", "how"),
    [
        ("13812345678", ["13812345678"], None),
        (13812345678, ["13812345678"], None),
        (13812345678.0, ["13812345678"], None),
        ("13812345678.0", ["13812345678"], N),
        ("+86 138-1234-5678", ["13812345678"], N),
        ("008613812345678", ["13812345678"], N),
        ("8613812345678", ["13812345678"], N),
        ("１３８１２３４５６７８", ["13812345678"], N),
        ("'13812345678", ["13812345678"], N),
        ("013812345678", ["13812345678"], N),
        ("1.3812345678E+10", ["13812345678"], N),
        ("1.38E+10", [], W),
        ("138****5678", [], W),
        ("13812345678/13987654321", ["13812345678", "13987654321"], N),
        ("13812345678 13987654321", ["13812345678", "13987654321"], N),
        ("13812345678、021-58765432", ["13812345678", "02158765432"], N),
        ("021-58765432", ["02158765432"], None),
        ("(021)58765432", ["02158765432"], N),
        ("+86 21 5876 5432", ["02158765432"], N),
        ("021-58765432转802", ["02158765432"], N),
        ("021-58765432-802", ["02158765432"], N),
        ("13812345678（王先生）", ["13812345678"], N),
        ("1381234567", ["1381234567"], W),
        ("13800000000", ["13800000000"], W),
        ("无", [], None),
        ("找前台", [], W),
    ],
)
def test_telephones(cell: Any, numbers: list[str], how: Outcome | None) -> None:
    got = read.phones(cell, "mobile")
    assert ([number for number, _ in got.value], outcome(got.notes)) == (numbers, how)  # type: ignore[attr-defined]


def test_what_stands_beside_a_telephone_number_is_kept_as_a_remark() -> None:
    assert "转802" in read.phones("021-58765432转802", "phone").remark
    assert "王先生" in read.phones("13812345678（王先生）", "mobile").remark
    assert read.phones("电话：13812345678", "mobile").remark == ""


@pytest.mark.parametrize(
    ("cell", "fen", "how"),
    [
        ("1280.00", 128000, None),
        (1280, 128000, None),
        (0.1 + 0.2, 30, None),
        ("¥1,280.00", 128000, N),
        ("￥1280元", 128000, N),
        ("１２８０．５", 128050, N),
        ("1.234,56", 123456, N),
        ("(12.50)", -1250, N),
        ("12.50-", -1250, N),
        ("−12.5", -1250, N),
        ("1.5万元", 1500000, N),
        ("530元/小时", 53000, N),
        ("12.345", 1235, N),
        ("1,23", None, W),
        ("1.2.3", None, W),
        ("面议", None, W),
        ("约500", None, W),
        ("1.28E+03", None, W),
        (float("nan"), None, W),
        (True, None, W),
        ("N/A", None, None),
    ],
)
def test_amounts(cell: Any, fen: int | None, how: Outcome | None) -> None:
    got = read.amount(cell, "price")
    assert (got.value, outcome(got.notes)) == (fen, how)


@pytest.mark.parametrize(
    ("cell", "milli", "how"),
    [
        ("4.5", 4500, None),
        ("4.5升", 4500, N),
        ("3 个", 3000, N),
        ("2PCS", 2000, N),
        ("500ml", None, W),
        ("-2", -2000, None),
        ("充足", None, W),
        ("0.0001", 0, W),
    ],
)
def test_quantities(cell: Any, milli: int | None, how: Outcome | None) -> None:
    got = read.quantity(cell, "quantity")
    assert (got.value, outcome(got.notes)) == (milli, how)


@pytest.mark.parametrize(
    ("cell", "centi"),
    [("0.5h", 50), ("30分钟", 50), ("1小时30分", 150), ("1:30", 150), (time(1, 30), 150), (timedelta(hours=2), 200)],
)
def test_hours_written_with_their_unit(cell: Any, centi: int) -> None:
    got = read.hours(cell, "hours")
    assert (got.value, outcome(got.notes)) == (centi, N)


@pytest.mark.parametrize(
    ("cell", "km", "how"),
    [
        (12500, 12500, None),
        ("12,500 km", 12500, N),
        ("1.25万公里", 12500, N),
        ("12500.6", 12501, N),
        ("9,999,999", None, W),
        (1_500_000, 1_500_000, W),
        ("-5", None, W),
        ("表坏", None, W),
    ],
)
def test_mileages(cell: Any, km: int | None, how: Outcome | None) -> None:
    got = read.mileage(cell, "mileage")
    assert (got.value, outcome(got.notes)) == (km, how)


@pytest.mark.parametrize(
    ("cell", "plate", "how"),
    [
        ("沪A12345", "沪A12345", None),
        ("沪a·12345", "沪A12345", N),
        ("沪ＡＤ１２３４５", "沪AD12345", N),
        ("沪AO234I", "沪A02341", W),
        ("未上牌", "", N),
        ("1234", "1234", W),
    ],
)
def test_plates(cell: str, plate: str, how: Outcome | None) -> None:
    got = read.plate(cell)
    assert (got.value, outcome(got.notes)) == (plate, how)


@pytest.mark.parametrize("junk", ["待补充", "00000000000000000", "1", "LE4ZG4CB3LL8*****", "X" * 30])
def test_what_tells_no_car_from_another_is_no_vin(junk: str) -> None:
    got = read.vin(junk)
    assert (got.value, outcome(got.notes)) == ("", W)


@pytest.mark.parametrize(
    ("cell", "code", "how"),
    [
        ("KH000001", "KH000001", None),
        ("kh000001", "KH000001", N),
        ("1001.0", "1001", N),
        (1001.0, "1001", None),
        ("1.23E+11", "", W),
        (datetime.fromisoformat("2024-05-03"), "", W),
        ("A" * 61, "", W),
    ],
)
def test_codes_are_never_cut_nor_made_of_what_a_spreadsheet_left(cell: Any, code: str, how: Outcome | None) -> None:
    got = read.code(cell, "number")
    assert (got.value, outcome(got.notes)) == (code, how)
