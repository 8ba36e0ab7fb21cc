"""The workshop controller: a PC, and the wall that everybody sees."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.journeys.shop import PC, WALL, Shop


class Controller:
    """The controller at the board."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.at = shop, shop.device("controller-pc", PC)
        self.wall = shop.device("wall", WALL)

    def sign_in(self) -> None:
        """At the PC and at the wall; both stay open for the day."""
        self.shop.sign_in(self.at, "controller")
        self.at.open("/workshop/board")
        self.shop.sign_in(self.wall, "controller")
        self.wall.open("/workshop/wall")

    def card(self, plate: str, words: str) -> Locator:
        """An unassigned job."""
        return self.at.page.locator(".job-card", has_text=plate[-5:]).filter(has_text=words)

    def bar(self, plate: str, words: str) -> Locator:
        """A job on somebody's lane."""
        return self.at.page.locator(".bar", has_text=plate).filter(has_text=words)

    def lane(self, name: str) -> Locator:
        """A technician's row."""
        return self.at.page.locator(f'[data-lane-name="{name}"]')

    def drag(self, card: Locator, lane: Locator, slot: int) -> None:
        """Drag a job to a quarter hour of a lane."""
        grip, area = card.locator("[data-job]"), lane.locator("[data-slots-area]")
        grip.scroll_into_view_if_needed()
        start, goal = grip.bounding_box(), area.bounding_box()
        assert start and goal
        mouse = self.at.page.mouse
        mouse.move(start["x"] + 30, start["y"] + 20)
        mouse.down()
        mouse.move(start["x"] + 50, start["y"] + 40, steps=3)
        mouse.move(*self._place(goal, slot), steps=10)
        expect(self.at.page.locator(".bar-ghost")).to_be_visible()
        mouse.up()

    def tap_tap(self, card: Locator, lane: Locator, slot: int) -> None:
        """Tap a job, then the place on a lane."""
        card.locator("[data-job]").click()
        expect(card.locator("[data-job]")).to_have_attribute("aria-pressed", "true")
        area = lane.locator("[data-slots-area]")
        box = area.bounding_box()
        assert box
        x, y = self._place(box, slot)
        area.click(position={"x": x - box["x"], "y": y - box["y"]})

    def _place(self, box: dict[str, float], slot: int) -> tuple[float, float]:  # type: ignore[type-arg]
        slots = int(self.at.page.locator("[data-board]").get_attribute("data-slots") or 0)
        return box["x"] + (slot + 0.5) * box["width"] / slots, box["y"] + box["height"] - 6

    def slot_now(self) -> int:
        """The quarter hour of the board that it is now."""
        found: int = self.at.page.evaluate(
            """() => { const [h, m] = document.querySelector('[data-board]').dataset.first.split(':').map(Number);
            const now = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Shanghai'})
              .format(new Date()).split(':').map(Number);
            return Math.floor((now[0] * 60 + now[1] - h * 60 - m) / 15); }"""
        )
        return found
