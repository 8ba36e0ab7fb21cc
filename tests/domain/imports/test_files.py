"""Files of every make: encodings, separators, quotes, sheets. One bad row stays one bad row, and no row goes in silence."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Operation
from app.domain.customers.model import Customer
from app.domain.imports import sheets
from app.domain.imports.notes import Outcome
from app.domain.imports.reading import examine, rows
from app.domain.vehicles.model import HistoryLine, Vehicle
from app.kernel.clock import FixedClock
from app.kernel.errors import InvalidInput
from tests.domain.imports.exports import (
    CUSTOMERS,
    OPERATIONS,
    ORDERS,
    VEHICLES,
    Rows,
    said,
    take,
    write_csv,
    write_xlsx,
)

SOME: Rows = [[f"WK-{n:04d}", f"更换机油{n}", "1.5", "530", "全系"] for n in range(6)]
FILE: Rows = [OPERATIONS, *SOME]


def data(path: Path, kind: str = "operations") -> list[tuple[int, str, object]]:
    """(row, skipped as, first field) of every row, as the file is read."""
    source = examine(path, kind)
    first = "code" if kind == "operations" else "number"
    return [(line.row, line.skipped, line.cells.get(first)) for line in rows(source)]


CLEAN = [(n + 2, "", f"WK-{n:04d}") for n in range(6)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_encoding_separator_and_line_end(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    path = write_csv(tmp_path / "x", FILE, encoding=encoding, delimiter=delimiter, end=end)
    assert data(path) == CLEAN


def test_rare_characters_of_gb18030_and_a_few_broken_bytes(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "x.csv",
        [OPERATIONS, ["A-1", "袁𠮷😀", "1", "5", ""], ["A-2", "好", "1", "5", ""]],
        encoding="gb18030",
    )
    names = [line.cells["name"] for line in rows(examine(path, "operations"))]
    assert names == ["袁𠮷😀", "好"]
    path.write_bytes(path.read_bytes().replace("好".encode("gb18030"), b"\xff\xff"))
    lines = list(rows(examine(path, "operations")))
    assert [line.flags for line in lines] == [{}, {"name": "bad_encoding"}]
    assert lines[0].cells["name"] == "袁𠮷😀"


def test_a_broken_character_in_one_row_of_utf_8_spoils_only_that_row(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "x.csv", FILE)
    path.write_bytes(path.read_bytes().replace("更换机油3".encode(), b"\xe6\x9b" + "机油3".encode()))
    result, report = take(session, clock, "operations", path)
    assert result.line() == "accepted=5 normalised=0 warned=1 merged=0 rejected=0 skipped=0 unchanged=0"
    assert [outcome for outcome, _, _ in said(report, 5)] == ["warned"]


def test_line_breaks_inside_quotes_are_one_row_and_quotes_inside_text_survive(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "x.csv", [OPERATIONS, ["A-1", '他说"好"\n再来', "1", "5", ""], [], ["A-2", "x,y", "1", "5", ""]]
    )
    lines = list(rows(examine(path, "operations")))
    assert [(line.row, line.skipped, line.cells.get("name")) for line in lines] == [
        (2, "", '他说"好"\n再来'),
        (3, "empty", None),
        (4, "", "x,y"),
    ]


@pytest.mark.parametrize("at", range(1, 7))
@pytest.mark.parametrize("slip", ['"5寸轮毂', '5"轮毂', '"内"外"', '轮毂"'])
def test_a_stray_quote_swallows_no_other_row(tmp_path: Path, at: int, slip: str) -> None:
    lines = [",".join(row) for row in FILE]
    lines[at] = lines[at].replace(f"更换机油{at - 1}", slip)
    lines[min(at + 2, 6)] = lines[min(at + 2, 6)].replace("更换机油", '"更换"机油')
    path = tmp_path / "x.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert data(path) == CLEAN


def test_two_slips_near_each_other_swallow_nothing(tmp_path: Path) -> None:
    lines = [",".join(row) for row in FILE]
    lines[2] = lines[2].replace("更换机油1", '"8寸')
    lines[5] = lines[5].replace("更换机油4", '9寸"')
    (tmp_path / "x.csv").write_text("\n".join(lines), encoding="utf-8")
    assert data(tmp_path / "x.csv") == CLEAN


def test_excess_cells_are_rejected_missing_ones_warned_trailing_commas_nothing(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    text = "\n".join(
        [
            ",".join(OPERATIONS),
            "A-1,名,称,1,5,全系",
            "A-2,名称,1,5",
            "A-3,名称,1,5,,,,",
            ",,,,",
            "A-4,名称,1,5,全系",
            ",,,,",
        ]
    )
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    result, report = take(session, clock, "operations", tmp_path / "x.csv")
    assert result.line() == "accepted=2 normalised=0 warned=1 merged=0 rejected=1 skipped=1 unchanged=0"
    assert said(report, 2)[0][:2] == ("rejected", "row")
    assert said(report, 3)[0][:2] == ("warned", "row")
    assert said(report, 5)[0][:2] == ("skipped", "row")


def test_nul_bytes_and_very_long_cells_come_in_on_both_databases(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    path = write_csv(
        tmp_path / "x.csv",
        [
            CUSTOMERS,
            ["K1", "张\0三", "个人", "找\0他", "", "", "", "", "很" * 300_000],
            ["K2", "李四", "x\0y", "", "", "", "", "", ""],
        ],
    )
    result, _ = take(session, clock, "customers", path)
    session.flush()
    assert result.counts[Outcome.WARNED] == 2
    first = session.scalars(select(Customer).where(Customer.legacy_number == "K1")).one()
    assert (first.name, len(first.remark) > 1900, "找他" in first.remark) == ("张三", True, True)


def test_titles_repeated_headers_subtotals_and_footers_are_known_for_what_they_are(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "x.csv",
        [
            ["某某汽车销售服务有限公司 工时目录"],
            ["导出时间：2026-11-20"],
            OPERATIONS,
            SOME[0],
            ["小计", "", "1.5"],
            OPERATIONS,
            SOME[1],
            ["", "合计：", "3.0", "", ""],
            ["总计", "", "9", "9", ""],
            ["制表人：王", "", "", "审核：李", ""],
            ["第 1 页 共 3 页"],
            ["打印时间：2026-11-20 10:00"],
            [],
            [],
        ],
    )
    assert [skipped for _, skipped, _ in data(path)] == [
        *("title", "title", "", "subtotal", "repeated_header", "", "subtotal", "subtotal", "footer", "footer", "footer")
    ]


def test_a_brand_called_total_and_a_word_like_sum_are_data(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "x.csv",
        [OPERATIONS, ["A-1", "TOTAL 9000 5W-30", "1", "5", "总计划"], ["A-2", "合计费调整", "1", "5", "合计"]],
    )
    assert [skipped for _, skipped, _ in data(path)] == ["", ""]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (["*项目代码", "作业名称", "定额工时(h)", "工时单价（元）", "序号", "乱七八糟"], "operations"),
        (["Op Code", "Operation Name", "Std. Hours", "Hourly Rate"], "operations"),
        (["Customer No.", "Customer Name", "Mobile No."], "customers"),
        (["车主姓名", "联系方式", "会员号"], "customers"),
        (["底盘号", "车牌号码", "车型描述"], "vehicles"),
        (["License Plate No.", "Chassis No", "Model"], "vehicles"),
        (["零件号", "零件名称", "库存量"], "parts"),
        (["委托书号", "维修项目", "金额"], "orders"),
        (["RO No", "Description", "Amount", "VIN No."], "orders"),
    ],
)
def test_headers_in_other_words(tmp_path: Path, header: list[str], kind: str) -> None:
    path = write_csv(tmp_path / "x.csv", [["标题"], [], header, ["1"] * len(header)])
    assert examine(path, kind).header_row == 3


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: p.write_bytes(b""), "empty"),
        (lambda p: p.write_bytes(b"\xef\xbb\xbf\r\n"), "empty"),
        (lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600)), "old or protected"),
        (lambda p: p.write_bytes(b"PK\x03\x04" + bytes(600)), "damaged"),
        (lambda p: p.write_text("<html><table><tr><td>客户编号</td></tr></table>"), "not a table"),
        (lambda p: write_csv(p, [["a", "b"], ["1", "2"]]), "No header row"),
        (lambda p: write_csv(p, [["工时代码", "项目名称", "工时单价"], ["1", "2", "3"]]), "lacks"),
        (lambda p: write_csv(p, [CUSTOMERS, ["1", "2"]]), "looks like"),
        (lambda p: write_xlsx(p, [ORDERS, ["1", "2"]]), "looks like"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_clear_words(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    make(tmp_path / "x")
    with pytest.raises(InvalidInput, match=words):
        list(rows(examine(tmp_path / "x", "operations")))


def test_a_list_of_orders_is_not_taken_for_a_list_of_vehicles(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", [ORDERS, ["1"] * len(ORDERS)])
    with pytest.raises(InvalidInput, match="looks like"):
        examine(path, "vehicles")


def test_a_header_without_rows_is_an_import_of_nothing(session: Session, clock: FixedClock, tmp_path: Path) -> None:
    result, report = take(session, clock, "operations", write_csv(tmp_path / "x.csv", [OPERATIONS]))
    assert (sum(result.counts.values()), report) == (0, [])


def test_the_name_of_a_file_says_nothing(tmp_path: Path) -> None:
    assert data(write_xlsx(tmp_path / "a.csv.xlsx", FILE).rename(tmp_path / "a.csv")) == CLEAN
    assert data(write_csv(tmp_path / "b.xlsx", FILE)) == CLEAN


def test_of_several_sheets_the_fitting_one_is_read_and_the_others_are_named(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    book = Workbook()
    book.active.title = "说明"
    book.active.append(["本表由系统导出"])
    for title, state in (("隐藏", "hidden"), ("一", "visible"), ("二", "visible")):
        sheet = book.create_sheet(title)
        sheet.sheet_state = state
        for row in FILE:
            sheet.append(row)
    book.save(tmp_path / "x.xlsx")
    result, _ = take(session, clock, "operations", tmp_path / "x.xlsx")
    assert (result.stored, result.unread_sheets, result.unread_columns) == (6, ("二",), ())


def test_columns_that_nobody_knows_are_named(session: Session, clock: FixedClock, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", [["序号", *OPERATIONS, "微信号"], ["1", *SOME[0], "abc"]])
    result, _ = take(session, clock, "operations", path)
    assert (result.stored, result.unread_columns) == (1, ("微信号",))


def rewritten(path: Path, change: Callable[[str, str], str]) -> Path:
    """A spreadsheet with its parts changed: what other programs write."""
    target = path.with_suffix(".changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name).decode()))
    return target


@pytest.mark.parametrize(
    "change",
    [
        lambda name, text: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', text),
        lambda name, text: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', text),
        lambda name, text: re.sub(r'(<row) r="\d+"[^>]*', r"\1", re.sub(r'(<c) r="[A-Z]+\d+"', r"\1", text)),
        lambda name, text: text.replace(
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"
        ).replace(
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
        lambda name, text: (
            re.sub(r"<(/?)(row|c|v|sheetData)\b", r"<\1x:\2", text).replace(
                "<worksheet ", '<worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            )
            if "worksheets/" in name
            else text
        ),
    ],
    ids=["small", "huge", "unnumbered", "strict", "prefixed"],
)
def test_spreadsheets_of_other_programs(tmp_path: Path, change: Callable[[str, str], str]) -> None:
    assert data(rewritten(write_xlsx(tmp_path / "x.xlsx", FILE), change)) == CLEAN


def test_a_sheet_cut_off_in_the_middle_is_refused_and_nothing_of_it_stays(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    path = rewritten(
        write_xlsx(tmp_path / "x.xlsx", FILE),
        lambda name, text: text[: len(text) // 2] if "worksheets/" in name else text,
    )
    with pytest.raises(InvalidInput, match="damaged"):
        take(session, clock, "operations", path)
    assert session.scalar(select(func.count()).select_from(Operation)) == 0


def test_cells_of_a_spreadsheet_keep_their_meaning(session: Session, clock: FixedClock, tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "x.xlsx",
        [
            VEHICLES,
            [
                "沪A12345",
                "W1N167EB9TJ900001",
                "GLC",
                datetime.fromisoformat("2022-09-05"),
                None,
                46905,
                "12,000",
                "2026/3/1",
                "=1+1",
            ],
            ["沪A12346", "W1N167EB9TJ900002", "#N/A", "#REF!", None, None, 12000.4, None, True],
        ],
    )
    _, report = take(session, clock, "vehicles", path)
    first, second = session.scalars(select(Vehicle).order_by(Vehicle.id)).all()
    assert (str(first.purchased_on), str(first.insurance_expires_on), first.mileage_km) == (
        "2022-09-05",
        "2028-06-01",
        12000,
    )
    assert (second.model, second.purchased_on, second.mileage_km) == ("", None, 12000)
    assert ("warned", "remark") in [entry[:2] for entry in said(report, 2)]  # a formula without a stored result
    assert {("warned", "model"), ("warned", "purchased"), ("normalised", "mileage")} <= {e[:2] for e in said(report, 3)}


def test_text_that_a_program_kept_from_being_a_number_is_that_number(
    session: Session, clock: FixedClock, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text(
        ",".join(CUSTOMERS) + '\n="KH0001",王一,个人,="13812345678",,,,,\n"=""KH0002""",王二,个人,\'13912345678,,,,,\n',
        encoding="utf-8",
    )
    result, _ = take(session, clock, "customers", tmp_path / "x.csv")
    numbers = session.scalars(select(Customer.legacy_number).order_by(Customer.id)).all()
    assert (numbers, result.counts[Outcome.NORMALISED]) == (["KH0001", "KH0002"], 2)


def test_a_report_runs_nothing_whatever_the_cells_say(session: Session, clock: FixedClock, tmp_path: Path) -> None:
    hostile = ["=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "-2+3", "＝1+1", "\t=1", '=HYPERLINK("http://x")']
    path = write_csv(
        tmp_path / "x.csv",
        [ORDERS, *[["W" + str(i), h, h, h, h, h, h, h, h, h, h, h, h, h, h, h] for i, h in enumerate(hostile)]],
    )
    _, report = take(session, clock, "orders", path)
    assert len(report) > 50
    assert [cell for line in report for cell in line.values() if cell[:1] in "=+@＝＋＠" and cell] == []
    assert session.scalar(select(func.count()).select_from(HistoryLine)) == 0


def test_a_spreadsheet_made_to_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("xl/sharedStrings.xml", "w") as file,
    ):
        for _ in range(1100):
            file.write(b" " * (1 << 20))
    assert path.stat().st_size < 2_000_000
    with pytest.raises(InvalidInput, match="unpacks to more"):
        sheets.Workbook(path)
