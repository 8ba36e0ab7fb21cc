"""Every page of a shop in full swing opens for everybody who may see it, in both languages, held to the house's rules."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import POLICY
from app.domain.care.model import FollowUp
from app.domain.demo.shop import open_shop
from app.domain.purchasing.model import PurchaseOrder, SupplierReturn
from app.domain.repair_orders.model import RepairOrder
from app.domain.stock_takes.model import StockTake
from app.extensions import db
from tests.conftest import copied, make_app
from tests.house.test_navigation import pages
from tests.support import cast
from tests.support.databases import Postgres
from tests.support.page_client import PageClient

# Papers are read in tests/printing; streams never end; links need their token, uploads a file, PINs a terminal.
ELSEWHERE = {
    "live.stream", "live.poll", "auth.still_here", "portal.approval", "portal.photo", "admin.upload", "admin.upload_report", "auth.pin_page",
    "reception.file", "reception.estimate_pdf", "reception.job_card", "reception.inspection_sheet", "workshop.certificate",
    "parts.picking_list", "parts.purchase_pdf", "parts.goods_labels", "parts.goods_in", "parts.return_note", "parts.count", "parts.count_sheet", "parts.variance_pdf", "parts.suggestion", "parts.sale_receipt", "parts.tool_labels", "window.reserved", "window.photo", "window.offer", "parts.name_tags", "cashier.settlement_list", "reception.sign", "workshop.inspection", "cashier.handover",
}  # fmt: skip


def _fill(url: str, folder: Path) -> None:
    with make_app(url, folder).app_context():
        with Session(db.engine) as session:
            open_shop(session, "x", "x", now=cast.OPENING)
            session.commit()
        db.engine.dispose()


@pytest.fixture(scope="module")
def sqlite_shop(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "portal.sqlite3"
    shutil.copy(sqlite_template, path)
    _fill(f"sqlite:///{path}", path.parent)
    return path


@pytest.fixture(scope="module")
def postgres_shop(
    postgres: Postgres, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    name = postgres.copy_of(postgres_template)
    _fill(postgres.url(name), tmp_path_factory.mktemp("shop"))
    yield name
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A shop in full swing, made once for everybody who walks through it."""
    yield from copied(request, tmp_path, sqlite="sqlite_shop", postgres="postgres_shop")


@pytest.mark.parametrize("who", [who for who in cast.PEOPLE if who != "second_technician"])
def test_every_page_opens(app: Flask, client: PageClient, session: Session, who: str) -> None:
    ids = {
        "number": list(session.scalars(select(RepairOrder.number).order_by(RepairOrder.id).limit(18))),
        "po": list(session.scalars(select(PurchaseOrder.number))),
        "st": list(session.scalars(select(StockTake.number))),
        "sr": list(session.scalars(select(SupplierReturn.number))),
        "follow_up_id": [str(session.scalars(select(FollowUp.id)).first())],
    }
    session.rollback()
    links = app.url_map.bind("localhost")
    opened = 0
    (role,) = cast.PEOPLE[who][1]
    # The words do not depend on the database: English is read on one of them.
    for language in ("zh_Hans_CN", "en")[: 2 if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite") else 1]:
        client.as_(who, language=language)
        for rule in app.url_map.iter_rules():
            if rule.endpoint not in pages(app) - ELSEWHERE or len(rule.arguments) > 1:
                continue
            permission = app.view_functions[rule.endpoint].permission  # type: ignore[attr-defined]
            if permission != "public" and permission not in POLICY[role]:
                continue
            for value in ids.get(next(iter(rule.arguments)), ["1"]) if rule.arguments else [""]:
                path = links.build(rule.endpoint, dict.fromkeys(rule.arguments, value))
                client.get(path, status=302 if path == "/parts/find" else 200)
                opened += 1
    assert opened > 4
