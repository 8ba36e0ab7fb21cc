"""The administrator: enrols terminals, sets the reception's hours, takes in the files of the old system."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.journeys.shop import PC, Shop


class Administrator:
    """The administrator at a PC."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.at = shop, shop.device("admin-pc", PC)

    def sign_in(self) -> None:
        """By password."""
        self.shop.sign_in(self.at, "admin")

    def set_reception(self, closes: int, cars_per_slot: int) -> None:
        """How long the reception is open, and how many cars a slot takes."""
        self.at.open("/admin/settings")
        self.at.field("Closes at (hour)").fill(str(closes))
        self.at.field("Cars per reception slot").fill(str(cars_per_slot))
        self.shop.look(self.at, "01-settings")
        self.at.press("Save")
        expect(self.at.field("Cars per reception slot")).to_have_value(str(cars_per_slot))

    def enrol(self, name: str, device_name: str) -> None:
        """Make the device in front of us a terminal, then leave it to the name tiles."""
        device = self.shop.device(device_name, PC, touch=True)
        self.shop.sign_in(device, "admin")
        device.open("/admin/terminals")
        device.field("Name of the terminal").fill(name)
        self.shop.look(device, "01-terminals")
        device.press("Enrol this device")
        expect(device.page.locator("#toasts")).to_contain_text(name)
        self.shop.sign_out(device)
        expect(device.page.locator("h1")).to_have_text(device.t("Who are you?"))
        device.is_terminal = True

    def take_in(self, kind: str, file: Path, *, accepted: int, rejected: int) -> None:
        """Upload a file, look at what would become of its rows, take it in."""
        page = self.at.page
        self.at.open("/admin/import")
        self.at.choose("kind", kind)
        page.locator("input[type=file]").set_input_files(file)
        self.at.press("Upload and look")
        expect(page.locator("#upload")).to_contain_text(self.at.t("Nothing is stored yet."))
        expect(self._count("Accepted")).to_have_text(str(accepted))
        expect(self._count("Rejected")).to_have_text(str(rejected))
        self.shop.look(self.at, f"02-import-{kind}-preview")
        self.at.press("Take in")
        expect(page.locator("#upload")).to_contain_text(self.at.t("Taken in."))
        self.shop.look(self.at, f"02-import-{kind}-done")

    def _count(self, label: str) -> Locator:
        stat = self.at.page.locator(".stat", has=self.at.page.get_by_text(self.at.t(label), exact=True))
        return stat.locator(".stat-value")
