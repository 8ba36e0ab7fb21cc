"""People at real screens: Debian's chromium, one context per device, each watched for what a user or we would mind."""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, expect, sync_playwright

from tests.support.live_server import ROOT

CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000  # what is waited for comes in a blink; a machine that tests other things beside takes longer
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
# The browser tells of a broken policy by an event only; the console is where we look.
_TELL_OF_CSP = """document.addEventListener('securitypolicyviolation',
  (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Debian's chromium without a window; closed at the end."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Device:
    """A screen of the shop: its size, its language, and every fault that it showed.

    Texts are named by their English msgid and looked for in the person's own language, as the catalogue has it: a
    button that lacks its translation is not found.
    """

    def __init__(
        self, browser: Browser, address: str, name: str, size: tuple[int, int], *, language: str, touch: bool = False
    ) -> None:
        self.address, self.name, self.touch, self.language = address, name, touch, language
        self.is_terminal = False
        self.context = browser.new_context(
            base_url=address,
            viewport={"width": size[0], "height": size[1]},
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
            timezone_id="Asia/Shanghai",
            has_touch=touch,
            is_mobile=touch and size[0] < 500,
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_init_script(_TELL_OF_CSP)
        self.faults: list[str] = []
        self._expected: list[int] = []
        self._seen: list[int] = []
        self.page = self.new_page()

    def new_page(self) -> Page:
        """A further tab of the same device."""
        page = self.context.new_page()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("requestfailed", self._on_failed)
        page.on("response", self._on_response)
        return page

    def _on_console(self, message: ConsoleMessage) -> None:
        # What the server answered is judged by its response; the console only repeats it.
        if message.type == "error" and "the server responded with a status of" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _on_failed(self, request: Request) -> None:
        # A page that is left drops its board's stream and the pictures that were still on their way.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"request: {request.method} {request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status < 400:
            return
        self._seen.append(response.status)
        if response.status not in self._expected:
            self.faults.append(f"answer: {response.status} {response.request.method} {response.url}")

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """What is done inside is refused by the server with ``status``; wait inside for what the person sees then."""
        self._expected.append(status)
        self._seen.clear()
        yield
        self._expected.remove(status)
        assert self._seen == [status], f"{self.name}: wanted one refusal {status}, got {self._seen}"

    def t(self, msgid: str, **parameters: object) -> str:
        """``msgid`` as this person's catalogue has it."""
        found = gettext.translation("messages", ROOT / "app" / "translations", [LOCALES[self.language]]).gettext(msgid)
        return found % parameters if parameters else found.replace("%%", "%")

    def open(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(path)

    def press(self, what: str | Locator) -> None:
        """Tap (or click) a button or link named by its msgid, or a place on the screen, once its page is ready."""
        target = self.named(what) if isinstance(what, str) else what
        target.wait_for()
        self.wait_until_ready()
        if self.touch:
            target.tap()
        else:
            target.click()

    def wait_until_ready(self) -> None:
        """Wait for the page's scripts: nobody's finger is quicker than they are."""
        self.page.locator("html[data-ready=yes]").wait_for(state="attached")

    def named(self, msgid: str, within: Locator | None = None) -> Locator:
        """The button or link with this label, on the page itself: the navigation beside it has the same words."""
        scope, name = within or self.page.locator("main"), self.t(msgid)
        return scope.get_by_role("button", name=name, exact=True).or_(scope.get_by_role("link", name=name, exact=True))

    def field(self, msgid: str, within: Locator | None = None) -> Locator:
        """The field with this label (a required one carries a star)."""
        pattern = re.compile(rf"^{re.escape(self.t(msgid))}\*?$")
        return (within or self.page.locator("body")).get_by_label(pattern)

    def choose(self, name: str, value: str, within: Locator | None = None) -> None:
        """Pick one of the big choices: what is touched is the label, the radio button in it has no size."""
        scope = within or self.page.locator("body")
        self.press(scope.locator(f'label:has(input[name="{name}"][value="{value}"])'))

    def draw_signature(self, canvas: Locator | None = None) -> None:
        """Sign with the pointer, in a few strokes."""
        area = canvas or self.page.locator("canvas[data-signature]")
        self.wait_until_ready()
        area.scroll_into_view_if_needed()
        box = area.bounding_box()
        assert box is not None
        mouse = self.page.mouse
        for stroke in (((0.2, 0.3), (0.35, 0.8), (0.45, 0.3)), ((0.55, 0.7), (0.65, 0.3), (0.8, 0.75))):
            points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
            mouse.move(*points[0])
            mouse.down()
            for point in points[1:]:
                mouse.move(*point, steps=6)
            mouse.up()

    def form_values(self, form: Locator) -> dict[str, str]:
        """Everything that a form would send now, with its one-time key and token."""
        values: dict[str, str] = form.evaluate("form => Object.fromEntries(new FormData(form))")
        return values

    def post(self, path: str, form: dict[str, str] | None = None) -> int:
        """Send a form past the screen, as somebody with a console would; returns the status, redirects not followed."""
        token = self.page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
        values: dict[str, str | float | bool] = {**(form or {}), "csrf_token": token}
        return self.context.request.post(path, form=values, max_redirects=0).status

    def fetch(self, path: str) -> bytes:
        """A file behind a link, with this person's cookie."""
        answer = self.context.request.get(path)
        assert answer.ok, f"{self.name}: {path} {answer.status}"
        return answer.body()

    def picture(self, step: str) -> None:
        """Keep what the screen shows, when somebody wants to look (``JOURNEY_PICTURES``)."""
        folder = os.environ.get("JOURNEY_PICTURES")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            path = Path(folder) / f"{self.language}-{step}-{self.name}.png"
            size = self.page.viewport_size or {"width": 1280, "height": 800}
            height = self.page.evaluate("document.documentElement.scrollHeight")
            # A whole long page without its fixed bar in the middle: a taller screen rather than a stitched picture.
            self.page.set_viewport_size({**size, "height": max(size["height"], min(height, 3000))})
            self.page.screenshot(path=path)
            self.page.set_viewport_size(size)

    def close(self) -> None:
        """Put the device away."""
        self.context.close()
