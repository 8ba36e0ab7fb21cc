"""The upload page: look first, then take in; what is not taken in is named, and a wrong file says what is wrong."""

from __future__ import annotations

import csv
import io
import re
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.customers.model import Customer
from tests.domain.imports.exports import CUSTOMERS, Rows, write_csv, write_xlsx
from tests.support.page_client import PageClient

ROWS: Rows = [
    [*CUSTOMERS, "微信号"],
    ["K1", "王伟", "个人", "13812345678", "", "", "", "", "", "wx1"],
    ["K2", "李娜", "个人", "１３９１２３４５６７８", "", "", "", "", "", ""],
    ["K3", "", "个人", "", "", "", "", "", "", ""],
]


@pytest.fixture
def desk(client: PageClient, session: Session) -> PageClient:
    """The administrator, with nobody holding the database meanwhile."""
    session.commit()
    return client.as_("administrator")


def send(desk: PageClient, path: Path, kind: str) -> str:
    """Upload a file as the page does; the address of its page."""
    answer = desk.post("/admin/import", {"kind": kind, "file": (io.BytesIO(path.read_bytes()), path.name)})
    return str(answer.headers["Location"])


def settled(desk: PageClient, address: str) -> str:
    """The page once the work is done: as somebody sees it who keeps looking."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        text = desk.get(address, htmx=True).get_data(as_text=True)
        if "hx-trigger" not in text:
            return text
    raise AssertionError("the import did not come to an end")


def figures(text: str) -> list[int]:
    """The counts on the page: accepted, normalised, warned, merged, rejected, skipped, unchanged."""
    return [int(number) for number in re.findall(r'class="stat-value[^"]*">\s*(\d+)', text)]


def test_a_file_is_looked_at_first_and_taken_in_on_request(desk: PageClient, session: Session, tmp_path: Path) -> None:
    address = send(desk, write_csv(tmp_path / "客户.csv", ROWS), "customers")
    looked = settled(desk, address)
    assert figures(looked) == [1, 1, 0, 0, 1, 0, 0]
    assert "微信号" in looked
    assert session.scalar(select(func.count()).select_from(Customer)) == 0
    session.rollback()
    desk.post(address)
    assert figures(settled(desk, address)) == [1, 1, 0, 0, 1, 0, 0]
    assert session.scalar(select(func.count()).select_from(Customer)) == 2
    report = desk.get(f"{address}/report.csv").get_data().decode("utf-8-sig")
    rejected = [line for line in csv.DictReader(io.StringIO(report)) if line["outcome"] == "rejected"]
    assert [(line["file_row"], line["field"]) for line in rejected] == [("4", "name")]
    desk.post(address, status=409)  # once is enough
    session.rollback()
    assert figures(settled(desk, send(desk, tmp_path / "客户.csv", "customers"))) == [0, 0, 0, 0, 1, 0, 2]


@pytest.mark.parametrize(
    ("kind", "words"), [("vehicles", "这看起来是“客户”文件，而不是“车辆”文件"), ("operations", "这看起来是“客户”文件")]
)
def test_a_file_of_another_kind_is_refused_in_the_words_of_the_shop(
    desk: PageClient, tmp_path: Path, kind: str, words: str
) -> None:
    text = settled(desk, send(desk, write_xlsx(tmp_path / "x.xlsx", ROWS), kind))
    assert words in text
    assert "take_in" not in text


def test_without_a_file_or_a_kind_the_page_says_so(desk: PageClient) -> None:
    assert "请先选择文件" in desk.post("/admin/import", {"kind": "customers"}, status=422).get_data(as_text=True)
    desk.post("/admin/import", {"kind": "nonsense", "file": (io.BytesIO(b"x"), "x.csv")}, status=422)
    desk.get("/admin/import/0123456789abcdef", status=404)


def test_only_who_may_import_sees_the_page(client: PageClient, session: Session) -> None:
    session.commit()
    client.as_("adviser").get("/admin/import", status=403)
