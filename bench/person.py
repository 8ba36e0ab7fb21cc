"""A signed-in person at a screen: cookies, CSRF token, one-time keys, as a browser sends them."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterable
from urllib.parse import urlencode

from bench import wire

_TOKEN = re.compile(rb'name="csrf-token" content="([^"]+)"')


class Person:
    """Signs in through the real form and builds requests from then on."""

    def __init__(self, port: int, login: str, password: str) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.token = self._token("/auth/sign-in")
        self._send(self.post("/auth/sign-in", [("login", login), ("password", password)]), 302)
        self.token = self._token("/orders")  # sign-in starts a new session, with a token of its own

    def _token(self, path: str) -> str:
        page = self._send(self.get(path), 200)
        found = _TOKEN.search(page.body)
        if found is None:
            raise wire.BadAnswer(f"{path} carries no CSRF token")
        return found[1].decode()

    def _send(self, request: bytes, status: int) -> wire.Answer:
        with contextlib.closing(wire.connect(self.port)) as link:
            answer = wire.ask(link, request)
        if answer.status != status:
            raise wire.BadAnswer(f"{answer.status} instead of {status}: {answer.body[:800]!r}")
        for cookie in answer.header("set-cookie"):
            name, value = cookie.split(";", 1)[0].split("=", 1)
            self.cookies[name] = value
        return answer

    def page(self, path: str) -> str:
        """The text of a page."""
        return self._send(self.get(path), 200).body.decode()

    def send(self, path: str, fields: Iterable[tuple[str, str]], status: int = 302) -> wire.Answer:
        """Send a form and return the answer."""
        return self._send(self.post(path, fields), status)

    def _head(self, line: str) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        accepts = "Accept: text/html\r\nAccept-Language: zh-CN,zh;q=0.9\r\nUser-Agent: bench\r\n"
        return f"{line} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{accepts}Cookie: {cookies}\r\n"

    def get(self, path: str) -> bytes:
        """The bytes of a GET."""
        return (self._head(f"GET {path}") + "\r\n").encode()

    def post(self, path: str, fields: Iterable[tuple[str, str]]) -> bytes:
        """The bytes of a form's POST, with a fresh one-time key."""
        sent = [*fields, ("csrf_token", self.token), ("_key", secrets.token_urlsafe(18))]
        body = urlencode(sent).encode()
        kind = "Content-Type: application/x-www-form-urlencoded"
        origin = f"Referer: http://127.0.0.1:{self.port}/"
        return (
            self._head(f"POST {path}") + f"{origin}\r\n{kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
