"""Those who sit at a PC: parts clerk with a scanner, cashier, customer care; and the inspector with a tablet."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.journeys.shop import PC, TABLET, Shop


class PartsClerk:
    """The parts desk with its barcode scanner."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.at = shop, shop.device("parts-pc", PC)

    def sign_in(self) -> None:
        """By password; the desk stays open."""
        self.shop.sign_in(self.at, "parts")
        self.at.open("/parts/desk")

    def scan(self, code: str) -> None:
        """What a scanner does in the scan field: it types, whatever stood there before, and ends with Enter."""
        self.at.wait_until_ready()
        self.at.page.locator("[data-scan-target]").focus()
        self.at.page.keyboard.insert_text(code)
        self.at.page.keyboard.press("Enter")

    def line(self, words: str) -> Locator:
        """A line of the order that is being picked."""
        return self.at.page.locator("tr[id^=line-]", has_text=words)

    def take_back(self, words: str, reason: str) -> None:
        """A part comes back and another piece is wanted."""
        line = self.line(words)
        self.at.press(line.locator("summary"))
        self.at.field("Reason", line).fill(reason)
        self.at.press(self.at.named("Back; another one is needed", line))

    def receive(self, number: str, bin_code: str, quantity: str) -> None:
        """Goods in: the part by its number, then bin and quantity."""
        self.at.open("/parts/stock")
        self.scan(number)
        form = self.at.page.locator("#receipt-form")
        self.at.field("Bin", form).fill(bin_code)
        self.at.field("Quantity", form).fill(quantity)
        self.at.press("Receive")


class Inspector:
    """The quality inspector, walking."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.at = shop, shop.device("inspector-tablet", TABLET, touch=True)

    def sign_in(self) -> None:
        """By password."""
        self.shop.sign_in(self.at, "inspector")

    def open_car(self, number: str) -> None:
        """The car from the list of those that wait."""
        self.at.open("/workshop/inspections")
        self.at.press(self.at.page.locator(".row-link a", has_text=number))
        expect(self.at.page.locator(".page-sub")).to_have_text(number)

    def item(self, words: str) -> Locator:
        """One job to judge."""
        return self.at.page.locator("fieldset.question", has=self.at.page.locator("legend", has_text=words))

    def judge(self, words: str, passed: bool, reason: str = "") -> None:
        """Pass or reject one job."""
        item = self.item(words)
        self.at.press(item.locator(f'label:has(input[value="{"pass" if passed else "reject"}"])'))
        if reason:
            self.at.field("Reason, when rejected", item).fill(reason)


class Cashier:
    """The till."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.at = shop, shop.device("cashier-pc", PC)

    def sign_in(self) -> None:
        """By password."""
        self.shop.sign_in(self.at, "cashier")

    def open_car(self, number: str) -> None:
        """The order from the list of those to settle."""
        self.at.open("/cashier/desk")
        self.at.press(self.at.page.locator(".row-link a", has_text=number))
        expect(self.at.page.locator("h1")).to_contain_text(number)

    def take(self, method: str, amount: str, reference: str = "") -> None:
        """Take money."""
        self.at.choose("method", method)
        self.at.field("Amount").fill(amount)
        self.at.field("Reference").fill(reference)
        self.at.press("Take payment")


class Care:
    """Customer care, phone in hand."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.at = shop, shop.device("care-pc", PC)

    def sign_in(self) -> None:
        """By password."""
        self.shop.sign_in(self.at, "care")

    def panel(self, msgid: str) -> Locator:
        """A panel of the page by its heading."""
        heading = self.at.page.get_by_role("heading", name=self.at.t(msgid))
        return self.at.page.locator("section.panel", has=heading)

    def answer(self, fixed: str, score: str, words: str) -> None:
        """What the customer said."""
        self.at.choose("outcome", "reached")
        self.at.choose("fixed", fixed)
        self.at.choose("score", score)
        self.at.field("What the customer said").fill(words)
        self.at.press("Save the answer")
        expect(self.at.page.locator("h1")).to_have_text(self.at.t("Customer care"))
