"""Live boards: one watcher of the revision per process, a fragment rendered once per revision and audience.

Streams are server-sent events on threads, capped per process so that pages always find a free thread; a screen beyond
the cap is told to poll, and polling answers 204 while nothing changed. An audience is everything that the fragment may
depend on (board, language, what its viewers may do): nobody is shown what was rendered for somebody else.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, g, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from app.access.guard import _allow, public_page
from app.extensions import db
from app.kernel.audit import AuditHead
from app.kernel.permission import Permission
from app.kernel.unit_of_work import set_writing

WATCH_SECONDS = 0.06
BEAT_SECONDS = 5.0
# A stream ends by itself after this time, so that a signed-out screen stops hearing; the browser comes back at once.
STREAM_SECONDS = 120.0

bp = Blueprint("live", __name__, url_prefix="/live")


@dataclass(frozen=True, slots=True)
class Audience:
    """What a fragment may depend on, and nothing else."""

    board: str
    language: str
    permissions: frozenset[Permission]
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """A live board: who may see it, which permissions change its looks, how it is rendered."""

    permission: Permission
    relevant: frozenset[Permission]
    parameters: tuple[str, ...]
    template: str
    facts: Callable[[Audience], Mapping[str, Any]]


_boards: dict[str, Board] = {}


def board(
    name: str,
    *,
    permission: Permission,
    template: str,
    relevant: frozenset[Permission] = frozenset(),
    parameters: tuple[str, ...] = (),
) -> Callable[[Callable[[Audience], Mapping[str, Any]]], Callable[[Audience], Mapping[str, Any]]]:
    """Declare a board by the function that gathers its facts for an audience (it may read ``db.session``)."""

    def register(facts: Callable[[Audience], Mapping[str, Any]]) -> Callable[[Audience], Mapping[str, Any]]:
        _boards[name] = Board(permission, relevant, parameters, template, facts)
        return facts

    return register


def audience(name: str, parameters: Mapping[str, str]) -> Audience:
    """The audience that the present person belongs to on board ``name``."""
    from app.web import language

    entry = _boards[name]
    chosen = tuple((key, parameters[key][:40]) for key in entry.parameters if parameters.get(key))
    held = frozenset(p for p in entry.relevant if current_user.may(p))
    return Audience(name, language(), held, chosen)


class Broadcaster:
    """Knows the newest revision and the fragments rendered for it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.changed = threading.Condition()
        self.revision = 0
        self.streams = 0
        self._watcher: threading.Thread | None = None
        self._fragments: dict[Audience, tuple[int, str]] = {}
        self._locks: dict[Audience, threading.Lock] = {}

    def read_revision(self) -> int:
        """The revision now, read from the database."""
        with db.engine.connect() as connection:
            return connection.execute(select(AuditHead.seq).where(AuditHead.id == 1)).scalar_one_or_none() or 0

    def join(self) -> bool:
        """Take a place for one stream; False when the process has none left."""
        with self.changed:
            if self.streams >= self.app.config["STREAMS_PER_PROCESS"]:
                return False
            self.streams += 1
            if self._watcher is None or not self._watcher.is_alive():
                self._watcher = threading.Thread(target=self._watch, name="revision-watcher", daemon=True)
                self._watcher.start()
            return True

    def leave(self) -> None:
        """Give the place back."""
        with self.changed:
            self.streams -= 1

    def _watch(self) -> None:
        set_writing(False)
        with self.app.app_context():
            while True:
                try:
                    newest = self.read_revision()
                except Exception:  # the database is away: keep asking, the screens say that they are stale
                    self.app.logger.warning("the revision could not be read")
                    time.sleep(1)
                    continue
                with self.changed:
                    if self.streams <= 0:
                        self._watcher = None
                        return
                    if newest != self.revision:
                        self.revision = newest
                        self.changed.notify_all()
                time.sleep(WATCH_SECONDS)

    def fragment(self, who: Audience, revision: int) -> str:
        """The fragment for an audience, at least as new as ``revision``; rendered by the first who asks."""
        with self.changed:
            lock = self._locks.setdefault(who, threading.Lock())
        with lock:
            have = self._fragments.get(who)
            if have is not None and have[0] >= revision:
                return have[1]
            html = render(who)
            if len(self._fragments) > 200:  # days that nobody looks at any more
                self._fragments.clear()
            self._fragments[who] = (revision, html)
            return html

    def stream(self, who: Audience, seen: int) -> Iterator[str]:
        """The events of one screen: the board when it changed, a beat when it did not."""
        ends = time.monotonic() + STREAM_SECONDS
        shown: str | None = None
        try:
            yield "retry: 1000\n\n"
            while time.monotonic() < ends:
                with self.changed:
                    if self.revision == seen:
                        self.changed.wait(BEAT_SECONDS)
                    newest = self.revision
                if newest == seen or newest == 0:
                    yield f"event: beat\ndata: {newest}\n\n"
                    continue
                html = self._render_in_context(who, newest)
                seen = newest
                if html == shown:
                    continue
                shown = html
                yield f"id: {newest}\nevent: board\ndata: {json.dumps({'rev': newest, 'html': html})}\n\n"
        finally:
            self.leave()

    def _render_in_context(self, who: Audience, revision: int) -> str:
        have = self._fragments.get(who)
        if have is not None and have[0] >= revision:
            return have[1]
        with self.app.test_request_context(base_url=self.app.config.get("PORTAL_URL") or None):
            set_writing(False)
            g.language = who.language
            return self.fragment(who, revision)


def render(who: Audience) -> str:
    """The inside of a board, from the same template that its page includes."""
    entry = _boards[who.board]
    return render_template(entry.template, **entry.facts(who), may=lambda p: p in who.permissions)


def broadcaster() -> Broadcaster:
    """This process's broadcaster."""
    found: Broadcaster = current_app.extensions["broadcaster"]
    return found


def mount(name: str, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What a page hands to the ``live`` macro: addresses, revision and the fragment itself."""
    given = dict(parameters or {})
    who = audience(name, given)
    query = dict(who.parameters)
    revision = broadcaster().read_revision()
    return {
        "stream_url": url_for("live.stream", name=name, **query),
        "poll_url": url_for("live.poll", name=name, **query),
        "rev": revision,
        "html": broadcaster().fragment(who, revision),
    }


def _known(name: str) -> Audience | Response:
    if name not in _boards:
        abort(404)
    refused = _allow(_boards[name].permission)
    if refused is not None:
        abort(403 if current_user.is_authenticated else 401)
    return audience(name, request.args)


def _seen() -> int:
    text = request.headers.get("Last-Event-ID") or request.args.get("rev", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


@bp.get("/<name>")
@public_page
def stream(name: str) -> Response:
    """The stream of a board; its permission is the board's own."""
    who = _known(name)
    assert isinstance(who, Audience)
    caster = broadcaster()
    db.session.remove()  # a stream holds a thread, never a connection
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    if not caster.join():
        return Response("event: poll\ndata: full\n\n", mimetype="text/event-stream", headers=headers)
    return Response(caster.stream(who, _seen()), mimetype="text/event-stream", headers=headers)


@bp.get("/<name>/fragment")
@public_page
def poll(name: str) -> Response:
    """The fall-back: 204 while nothing changed (a 304 would make the browser redraw), else the fragment."""
    who = _known(name)
    assert isinstance(who, Audience)
    caster = broadcaster()
    revision = caster.read_revision()
    if revision == _seen():
        return Response(status=204)
    return Response(caster.fragment(who, revision), headers={"X-Revision": str(revision)}, mimetype="text/html")


def init_app(app: Flask) -> None:
    """One broadcaster per process; its watcher starts with the first stream, after the workers have forked."""
    app.extensions["broadcaster"] = Broadcaster(app)
    app.register_blueprint(bp)
