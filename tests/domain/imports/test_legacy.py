"""The old system's real export comes in whole, each dirty row named; a second run changes nothing."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation, Part
from app.domain.customers.model import Customer
from app.domain.imports.notes import Outcome
from app.domain.imports.runner import Result, import_file
from app.domain.stock.model import StockBalance, StockMovement, StockValue
from app.domain.vehicles.model import HistoryLine, HistoryOrder, Vehicle
from app.kernel.actor import SYSTEM
from app.kernel.clock import FixedClock

LEGACY = Path(__file__).parents[2] / "data" / "legacy"
FILES = {
    "customers": "customers.csv",
    "vehicles": "vehicles.xlsx",
    "parts": "parts.xlsx",
    "operations": "operations.csv",
    "orders": "orders.csv",
}


def run(session: Session, clock: FixedClock, kind: str) -> tuple[Result, list[dict[str, str]]]:
    """Import a legacy file and read its report back."""
    report = io.StringIO()
    result = import_file(session, SYSTEM, clock, kind, LEGACY / FILES[kind], report=report, language="en")
    return result, list(csv.DictReader(io.StringIO(report.getvalue())))


@pytest.fixture
def shop(session: Session, clock: FixedClock) -> dict[str, tuple[Result, list[dict[str, str]]]]:
    """Everything imported in the order in which a shop does it."""
    return {kind: run(session, clock, kind) for kind in FILES}


def outcomes(report: list[dict[str, str]], row: int) -> set[str]:
    return {line["outcome"] for line in report if line["file_row"] == str(row)}


def test_every_row_of_the_export_is_accounted_for(session: Session, shop: dict) -> None:
    rows = {kind: sum(result.counts.values()) for kind, (result, _) in shop.items()}
    assert rows == {"customers": 400, "vehicles": 461, "parts": 1206, "operations": 250, "orders": 9000}
    assert session.scalar(select(func.count()).select_from(Customer)) == 400
    assert session.scalar(select(func.count()).select_from(Vehicle)) == 458
    assert session.scalar(select(func.count()).select_from(Part)) == 1196
    assert session.scalar(select(func.count()).select_from(Operation)) == 249
    assert session.scalar(select(func.count()).select_from(HistoryOrder)) == 3000
    assert session.scalar(select(func.count()).select_from(HistoryLine)) == 9000


def test_dirty_customers_are_mended_or_merged_by_row(session: Session, shop: dict) -> None:
    result, report = shop["customers"]
    assert result.line() == "accepted=386 normalised=9 warned=2 merged=3 rejected=0 skipped=0 unchanged=0"
    assert outcomes(report, 25) == outcomes(report, 128) == outcomes(report, 192) == {"normalised"}
    assert outcomes(report, 99) == outcomes(report, 395) == outcomes(report, 397) == {"merged"}
    merged = session.scalars(select(Customer).where(Customer.legacy_number == "KH000101")).one()
    kept = session.get(Customer, merged.merged_into_id)
    assert kept is not None and kept.legacy_number == "KH000023"
    born = session.scalar(select(Customer.birthday).where(Customer.legacy_number == "KH000135"))
    assert born is not None and born.isoformat() == "1991-08-01"
    moved = session.scalar(select(Customer.address).where(Customer.address.like("%芷汀东路862弄%")))
    assert moved == "上海市徐汇区芷汀东路862弄27号834室"


def test_vins_are_mended_only_where_the_check_digit_proves_it(session: Session, shop: dict) -> None:
    _, report = shop["vehicles"]
    assert outcomes(report, 12) == outcomes(report, 54) == {"normalised"}
    assert outcomes(report, 81) == outcomes(report, 253) == {"warned"}
    assert session.scalar(select(Vehicle.id).where(Vehicle.vin == "LE4NG8DB8TL687074"))
    assert session.scalar(select(Vehicle.id).where(Vehicle.vin == "LE4AG4CB5PL963002"))


def test_a_sold_car_is_one_car_with_its_newer_plate(session: Session, shop: dict) -> None:
    _, report = shop["vehicles"]
    assert outcomes(report, 337) == {"merged"}
    car = session.scalars(select(Vehicle).where(Vehicle.vin == "LE4WG4DB9ML782404")).one()
    assert (car.plate, car.mileage_km) == ("沪G751V9", 59523)
    assert {line["was"] for line in report if line["file_row"] == "337" and line["field"] == "plate"} == {"沪J7LH88"}


def test_one_part_written_two_ways_keeps_both_bins(session: Session, shop: dict) -> None:
    part = session.scalars(select(Part).where(Part.number == "A2741802113")).one()
    on_hand = select(func.sum(StockBalance.on_hand_milli)).where(StockBalance.part_id == part.id)
    assert session.scalar(on_hand) == 3000
    assert session.scalar(select(func.count()).select_from(StockBalance).where(StockBalance.part_id == part.id)) == 2


def test_opening_stock_is_a_ledger_that_adds_up(session: Session, shop: dict) -> None:
    moved = session.execute(select(func.sum(StockMovement.quantity_milli), func.sum(StockMovement.value_fen))).one()
    held = session.execute(select(func.sum(StockValue.quantity_milli), func.sum(StockValue.value_fen))).one()
    assert tuple(moved) == tuple(held)
    assert session.scalar(select(func.sum(StockBalance.on_hand_milli))) == moved[0]
    assert session.scalar(select(func.min(StockBalance.on_hand_milli))) >= 0


def test_old_amounts_stay_as_printed(session: Session, shop: dict) -> None:
    _, report = shop["orders"]
    assert outcomes(report, 23) == {"warned"}
    line = session.scalars(
        select(HistoryLine).where(HistoryLine.price_fen == 7543, HistoryLine.amount_fen == 48940)
    ).one()
    assert line.quantity_milli == 6500
    order = session.scalars(select(HistoryOrder).where(HistoryOrder.number == "WX250112001")).one()
    assert order.total_fen == 125200
    assert sum(each.amount_fen or 0 for each in order.lines) == 130200


def test_a_second_run_changes_nothing_and_says_so(session: Session, clock: FixedClock, shop: dict) -> None:
    before = session.scalar(select(func.sum(StockBalance.on_hand_milli)))
    for kind, (first, _) in shop.items():
        again, report = run(session, clock, kind)
        changed = [again.counts[o] for o in (Outcome.ACCEPTED, Outcome.NORMALISED, Outcome.WARNED, Outcome.MERGED)]
        assert changed == [0, 0, 0, 0], kind
        assert again.counts[Outcome.UNCHANGED] == first.stored
        assert again.counts[Outcome.REJECTED] == first.counts[Outcome.REJECTED]
        assert len({line["file_row"] for line in report}) == sum(again.counts.values())
    assert session.scalar(select(func.sum(StockBalance.on_hand_milli))) == before


def test_the_report_can_be_opened_in_a_spreadsheet_without_running_anything(shop: dict) -> None:
    for _result, report in shop.values():
        for line in report:
            for cell in line.values():
                assert cell[:1] not in set("=+@") and (cell[:1] != "-" or cell[1:].replace(".", "").isdigit()), line
