"""The technician: the shared terminal on the shop floor, gloves on."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.journeys.shop import PC, Shop


class Technician:
    """A technician at the terminal; it locks itself, so that whoever comes signs in again."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop, self.name = shop, name
        self.at = shop.device("terminal", PC, touch=True)

    def sign_in(self) -> None:
        """By name tile and PIN."""
        self.shop.sign_in_by_pin(self.at, self.name)
        expect(self.at.page.locator(".terminal-who, .person-menu-name").first).to_contain_text(self.name)
        self.at.open("/workshop/my-jobs")

    def job(self, plate: str, words: str) -> Locator:
        """One of my jobs."""
        return self.at.page.get_by_role("region", name=f"{plate} {words}")

    def press(self, job: Locator, msgid: str) -> None:
        """One of the job's big buttons."""
        self.at.press(self.at.named(msgid, job))

    def ask(self, job: Locator, words: str) -> None:
        """Ask the parts desk."""
        self.press(job, "Ask for parts")
        dialog = self.at.page.locator("dialog[open]")
        self.at.field("What do you need?", dialog).fill(words)
        self.at.press(self.at.named("Send", dialog))
        self._told("The parts desk has your request.")

    def report(self, job: Locator, words: str, photo: Path | None, *, urgent: bool = False) -> None:
        """Report what else is broken."""
        self.press(job, "Report a finding")
        dialog = self.at.page.locator("dialog[open]")
        self.at.field("What did you find?", dialog).fill(words)
        if urgent:
            self.at.press(dialog.locator("label.check"))
        if photo:
            dialog.locator("input[type=file]").set_input_files(photo)
        self.at.press(self.at.named("Send", dialog))
        self._told("The service adviser has your finding.")

    def _told(self, msgid: str) -> None:
        expect(self.at.page.locator("#toasts")).to_contain_text(self.at.t(msgid))
        self.at.press(self.at.page.locator("#toasts button").first)
        expect(self.at.page.locator("#toasts .note")).to_have_count(0)
