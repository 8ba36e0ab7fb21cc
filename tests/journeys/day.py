"""One day in the shop: its people at their devices, and the car that they all have to do with."""

from __future__ import annotations

import io
import re
from pathlib import Path

from pypdf import PdfReader

from tests.journeys.administrator import Administrator
from tests.journeys.adviser import Adviser
from tests.journeys.controller import Controller
from tests.journeys.counter import Care, Cashier, Inspector, PartsClerk
from tests.journeys.shop import Shop
from tests.journeys.technician import Technician

SERVICE, LAMP, BRAKES, WIPERS = "00-2095", "82-1050", "42-1180", "82-4110"
SERVICE_NAME, LAMP_NAME, BRAKES_NAME, WIPERS_NAME = "A 类保养", "前照灯调整", "更换前制动片", "更换雨刮片"
TECHNICIAN = "刘衡"


class Day:
    """The people of this day, and what they carry along."""

    def __init__(self, shop: Shop, bag: Path) -> None:
        self.shop, self.bag = shop, bag
        self.administrator = Administrator(shop)
        self.adviser = Adviser(shop)
        self.controller = Controller(shop)
        self.technician = Technician(shop, TECHNICIAN)
        self.clerk, self.inspector = PartsClerk(shop), Inspector(shop)
        self.cashier, self.care = Cashier(shop), Care(shop)
        self.link = ""

    @property
    def number(self) -> str:
        """The order's number."""
        return self.adviser.number

    def state(self) -> str:
        """The order's state in the database."""
        return str(self.shop.value("SELECT state FROM repair_order WHERE number = :n", n=self.number))

    def job_id(self, code: str) -> int:
        """The id of a job of the order."""
        return int(
            self.shop.value(
                "SELECT job.id FROM job JOIN repair_order o ON o.id = job.order_id WHERE o.number = :n AND job.code = :c",
                n=self.number,
                c=code,
            )
        )


def pages(pdf: bytes) -> str:
    """The text of a printed paper, without blanks."""
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
