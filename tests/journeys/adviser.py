"""The service adviser: tablet in one hand, beside the car."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.journeys.shop import TABLET, Shop


class Adviser:
    """The adviser at a tablet."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.at = shop, shop.device("adviser-tablet", TABLET, touch=True)
        self.number = ""

    @property
    def order(self) -> str:
        """The address of the order's page."""
        return f"/orders/{self.number}"

    def open_order(self) -> None:
        """Look at the order."""
        self.at.open(self.order)

    def find(self, typed: str) -> None:
        """Type into the one search field."""
        self.at.page.locator("#search-q").fill(typed)
        self.at.page.keyboard.press("Enter")

    def choose_slot(self, time: str, plate: str, wish: str, hours: str = "1.5") -> None:
        """The appointment form of a car at a time of today, filled but not sent."""
        page = self.at.page
        self.at.open("/appointments")
        self.at.press(page.locator("a.slot", has_text=time))
        page.locator("#find").fill(plate)
        self.at.press("Find")
        self.at.press(page.locator("main .row-link a").first)
        self.at.field("Hours of work").fill(hours)
        self.at.field("What does the customer want?").fill(wish)

    def arrive(self, plate: str) -> None:
        """The plate opens the check-in."""
        self.at.open("/arrivals")
        self.at.page.locator("#plate").fill(plate)
        self.at.press("Find")

    def walk_around(self, mileage: str, photo: Path) -> None:
        """Fill the check-in but for the signature: mileage, fuel, lights, damage with a photo, valuables, old parts."""
        page = self.at.page
        self.at.field("Mileage").fill(mileage)
        self.at.choose("energy", "6")
        self.at.choose("warning_lights", "service")
        self.at.choose("damages-kind", "dent")
        self.tap_drawing(0.2, 0.22)
        page.locator(".damage-note").first.fill("左前门，停车场刮碰")
        page.locator(".damage-row input[type=file]").first.set_input_files(photo)
        expect(page.locator(".damage-row .thumb.is-stored")).to_have_count(1)
        self.at.field("Valuables in the car").fill("行车记录仪")
        self.at.choose("old_parts", "take")

    def tap_drawing(self, x: float, y: float) -> None:
        """Tap the drawing of the car at a place given in parts of its size."""
        self.at.wait_until_ready()
        drawing = self.at.page.locator("[data-damage-picture] svg")
        drawing.scroll_into_view_if_needed()
        box = drawing.bounding_box()
        assert box is not None
        self.at.page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])

    def check_in(self) -> None:
        """Send the check-in; the order opens."""
        self.at.press("Check in")
        self.at.page.wait_for_url(re.compile(r"/orders/RO-"))
        self.number = self.at.page.url.rsplit("/", 1)[1]

    def add_job(self, search: str, code: str, payer: str = "customer") -> None:
        """Put an operation of the catalogue on the order."""
        page = self.at.page
        panel = page.locator("#add-job")
        self.at.field("Code, name or pinyin", panel).fill(search)
        self.at.press(self.at.named("Find", panel))
        row = panel.locator("tr", has_text=code)
        row.locator("select").select_option(payer)
        self.at.press(self.at.named("Add", row))
        expect(self.job(code)).to_be_visible()

    def job(self, code: str) -> Locator:
        """A job's part of the page."""
        return self.at.page.locator("#jobs .job", has_text=code)

    def add_part(self, code: str, search: str) -> None:
        """Put a part on a job."""
        page = self.at.page
        self.at.press(self.at.named("Part", self.job(code)))
        panel = page.locator("#add-part")
        self.at.field("Part number, name or pinyin", panel).fill(search)
        self.at.press(self.at.named("Find", panel))
        self.at.press(self.at.named("Add", panel.locator("tbody tr").first))
        expect(page.locator("#add-part")).to_have_count(0)

    def give_discount(self, code: str, percent: str) -> None:
        """A discount on a job that is not answered yet."""
        edit = self.job(code).locator(".job-actions details")
        self.at.press(edit.locator("summary"))
        self.at.field("Discount %%", edit).fill(percent)
        self.at.press(self.at.named("Save", edit))

    def price_finding(self, words: str, search: str, code: str) -> None:
        """Turn a finding of the floor into a job."""
        self.open_order()
        self.at.press(self.at.named("Price it", self.at.page.locator(".finding", has_text=words)))
        self.add_job(search, code)

    def link_for_customer(self) -> str:
        """Ask the customer about the open jobs; returns the address that the QR code holds."""
        self.open_order()
        self.at.press("Ask by link")
        return self.at.page.locator("#link").input_value()

    def paper(self, msgid: str) -> bytes:
        """A paper of the order, by its link in the menu."""
        self.open_order()
        self.at.press(self.at.page.locator("summary", has_text=self.at.t("Papers")))
        path = self.at.named(msgid).get_attribute("href")
        assert path
        return self.at.fetch(path)
