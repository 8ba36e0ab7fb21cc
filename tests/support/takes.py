"""A stock-take at the screen, in few words."""

from __future__ import annotations

import io
import re
from typing import Any

from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.stock.model import StockBalance
from app.domain.stock_takes.model import StockTakeLine
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop, version_in


class Takes:
    """The forms of a stock-take, each sent by whoever sends it."""

    def __init__(self, client: PageClient, session: Session, shop: SmallShop) -> None:
        self.client, self.session, self.shop, self.url = client, session, shop, ""

    def start(self, **form: str) -> str:
        answer = self.client.as_("parts_clerk", language="en").post("/parts/stock-takes", {"kind": "full", **form})
        self.url = answer.headers["Location"]
        return self.url

    def line(self, part: int) -> StockTakeLine:
        self.session.rollback()
        self.session.expire_all()
        of = select(StockTakeLine).join(StockBalance).where(StockBalance.part_id == part)
        found = self.session.scalars(of.order_by(StockTakeLine.id.desc())).first()
        assert found is not None
        self.session.expunge(found)
        self.session.rollback()
        return found

    def count(self, part: int, quantity: str, who: str = "parts_clerk", **options: Any) -> Any:
        line = self.line(part)
        form = {"counted": quantity, "version": options.pop("version", line.version), "bin": "A-01-01"}
        return self.client.as_(who, language="en").post(f"{self.url}/lines/{line.id}", form, **options)

    def twice(self, part: int, quantity: str) -> None:
        """Counted above the tolerance by one, and by another again."""
        self.count(part, quantity)
        self.count(part, quantity, "parts_manager")

    def page(self, who: str = "parts_clerk", path: str = "") -> str:
        return self.client.as_(who, language="en").get(f"{self.url}{path}").get_data(as_text=True)

    def deed(self, who: str, name: str, status: int = 302, **form: str) -> Any:
        version = version_in(self.page(who))
        return self.client.post(f"{self.url}/{name}", {"version": version, **form}, status=status)


def paper(data: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))


def row(page: str, line: StockTakeLine) -> str:
    """What can be read in the row of a line."""
    found = re.search(rf'(?s)<tr id="line-{line.id}".*?</tr>', page)
    assert found
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))
