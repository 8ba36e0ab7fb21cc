"""A screen in the shop that is connected to a running server: its cookie, its pages, its open streams."""

from __future__ import annotations

import http.client
import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.clock import SystemClock
from tests.support import cast


class Screen:
    """``who`` at a screen, signed in by a session row of their own under the running server's key."""

    def __init__(self, app: Flask, address: str, who: str) -> None:
        self.host, self.port = urlsplit(address).hostname or "", urlsplit(address).port or 0
        with app.app_context(), Session(db.engine) as session:
            # The server runs on the wall clock, so its sessions do too.
            self.token = cast.session_token(session, who, SystemClock())  # type: ignore[arg-type]
            session.commit()
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        self.cookie = (
            f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps({'_user_id': self.token, '_fresh': True})}"
        )

    def get(self, path: str) -> tuple[int, dict[str, str], str]:
        """(status, headers, text) of a page."""
        link = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            link.request("GET", path, headers={"Cookie": self.cookie, "Accept-Language": "zh-CN"})
            answer = link.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            link.close()

    def stream(self, path: str) -> Stream:
        """Open a stream."""
        return Stream(self, path)


class Stream:
    """An open server-sent stream, read as bytes arrive."""

    def __init__(self, screen: Screen, path: str) -> None:
        self.link = socket.create_connection((screen.host, screen.port), timeout=20)
        head = f"GET {path} HTTP/1.1\r\nHost: {screen.host}:{screen.port}\r\nCookie: {screen.cookie}\r\n\r\n"
        self.link.sendall(head.encode())
        self.text = ""
        self.ended = False

    def read(self, seconds: float) -> bool:
        """Take what arrives within ``seconds``; False when nothing did."""
        self.link.settimeout(max(0.01, seconds))
        try:
            data = self.link.recv(1 << 18)
        except TimeoutError:
            return False
        self.ended = self.ended or not data or data.endswith(b"0\r\n\r\n")
        self.text += data.decode("utf-8", "replace")
        return True

    def wait_for(self, words: str, seconds: float = 15.0) -> bool:
        """Read until ``words`` have arrived; False when the stream ended or the time ran out before."""
        until = time.monotonic() + seconds
        while words not in self.text and not self.ended and time.monotonic() < until:
            self.read(until - time.monotonic())
        return words in self.text

    def wait_for_end(self, seconds: float) -> bool:
        """Read until the server ends the stream; False when it is still open after ``seconds``."""
        until = time.monotonic() + seconds
        while not self.ended and time.monotonic() < until:
            self.read(until - time.monotonic())
        return self.ended

    def boards(self) -> list[Any]:
        """What the board events that have arrived carry: {rev, html}."""
        events = self.text.replace("\r\n", "\n").split("event: board\n")[1:]
        return [json.loads(_joined(event.split("data: ", 1)[1])) for event in events if "\n\n" in event]

    def close(self) -> None:
        """The screen goes dark."""
        self.link.close()


def _joined(text: str) -> str:
    """The first line of an event."""
    return text.split("\n", 1)[0]
