"""A plain browser over one kept connection: cookies, the form's token, and an answer as (status, location, body)."""

from __future__ import annotations

import http.client
import re
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode


class Answer(NamedTuple):
    """What came back; status 0 when nothing did."""

    status: int
    location: str
    body: str


GONE = Answer(0, "", "")


def answers(port: int) -> bool:
    """Whether a server answers there."""
    try:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        link.request("GET", "/healthz")
        return link.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False


class Browser:
    """One person's browser; ``twin`` opens another window of it, for another thread."""

    def __init__(self, port: int, cookie: str = "", token: str = "") -> None:
        self.port, self.cookie, self.token = port, cookie, token
        self._link: http.client.HTTPConnection | None = None

    @classmethod
    def signed_in(cls, port: int, who: str, password: str) -> Browser:
        """Through the sign-in page, as a person."""
        browser = cls(port)
        browser._learn(browser.get("/auth/sign-in"))
        answer = browser.post("/auth/sign-in", {"login": who, "password": password})
        if answer.status != 302:
            raise RuntimeError(f"{who} cannot sign in: {answer.status}")
        browser._learn(browser.get("/"))
        return browser

    def twin(self) -> Browser:
        """The same person in another window."""
        return Browser(self.port, self.cookie, self.token)

    def _learn(self, answer: Answer) -> None:
        found = re.search(r'name="csrf-token" content="([^"]+)"', answer.body)
        found = found or re.search(r'name="csrf_token"[^>]* value="([^"]+)"', answer.body)
        assert found, answer.body[:500]
        self.token = found[1]

    def get(self, path: str) -> Answer:
        """Fetch a page."""
        return self._ask("GET", path, None)

    def post(self, path: str, form: dict[str, Any]) -> Answer:
        """Send a form."""
        return self._ask("POST", path, urlencode({**form, "csrf_token": self.token}, doseq=True))

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        fresh = self._link is None
        try:
            self._link = self._link or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self._link.request(method, path, body, headers)
            reply = self._link.getresponse()
            text = reply.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            self._link = None
            # A kept connection may have been closed while it lay idle; a fresh one tells the truth.
            return GONE if fresh else self._ask(method, path, body)
        for name, value in reply.getheaders():
            if name.lower() == "set-cookie" and value.startswith("portal="):
                self.cookie = value.partition(";")[0]
        return Answer(reply.status, reply.getheader("Location", ""), text)


def crowd(threads: int, work: Callable[[int], Counter[str]]) -> Counter[str]:
    """The sum of what ``work(0..threads-1)`` counted, all let go in the same moment."""
    gate, lock, total = threading.Barrier(threads), threading.Lock(), Counter[str]()

    def run(number: int) -> None:
        gate.wait()
        try:
            found = work(number)
        except Exception as error:
            found = Counter({f"bug {error!r}": 1})
        with lock:
            total.update(found)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return total
