"""One watcher of the revision per process, and each fragment rendered once for all screens of an audience.

A *mark* is (revision, minute): boards depend on what was written and on the time of day, so the hand of the clock makes
a fragment old as well. A screen says by its *look*, a digest of the fragment, what it shows: it is up to date when the
fragment of now looks the same, whichever process it came from.
"""

from __future__ import annotations

import hashlib
import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from flask import Flask, g
from sqlalchemy.orm import Session

from app.access import sign_in
from app.extensions import db
from app.kernel import audit
from app.kernel.clock import Clock
from app.kernel.permission import Permission
from app.kernel.unit_of_work import set_writing

WATCH_SECONDS = 0.06
BEAT_SECONDS = 5.0
# A stream ends by itself after this time and the browser comes back: whatever went wrong with it, it does not last.
STREAM_SECONDS = 120.0
MOST_FRAGMENTS = 200


class Mark(NamedTuple):
    """How new something is: the audit log's length and the minute (of the Unix clock)."""

    revision: int
    minute: int


NEVER = Mark(-1, 0)


@dataclass(frozen=True, slots=True)
class Audience:
    """What a fragment may depend on, and nothing else: nobody is shown what was rendered for somebody else."""

    board: str
    language: str
    permissions: frozenset[Permission]
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Fragment:
    """The inside of a board for one audience."""

    html: str
    checked: Mark  # up to when it is known to be true
    look: str = field(init=False)  # what a screen sends back of what it shows

    def __post_init__(self) -> None:
        self.look = hashlib.sha256(self.html.encode()).hexdigest()[:16]

    @property
    def event(self) -> str:
        """The fragment as a server-sent event; JSON keeps it on one line."""
        data = json.dumps({"rev": self.look, "html": self.html}, ensure_ascii=False)
        return f"id: {self.look}\nevent: board\ndata: {data}\n\n"


@dataclass(eq=False, slots=True)
class Place:
    """One open stream: whose it is, and whether it has to end."""

    session_id: int
    still_allowed: Callable[[frozenset[Permission]], bool]
    link: socket.socket | None = None  # gunicorn's connection, to see that the browser is gone
    over: bool = field(default=False)


class Broadcaster:
    """Knows the newest mark, the open streams and the fragments rendered for them."""

    def __init__(self, app: Flask, render: Callable[[Audience], str]) -> None:
        self.app, self.render = app, render
        self.changed = threading.Condition()
        self.mark = NEVER
        self.closing = False
        self.places: set[Place] = set()
        self._watcher: threading.Thread | None = None
        self._fragments: dict[Audience, Fragment] = {}
        self._events: dict[Audience, tuple[str, str]] = {}
        self._locks: dict[Audience, threading.Lock] = {}

    @property
    def _clock(self) -> Clock:
        clock: Clock = self.app.extensions["clock"]
        return clock

    def read_mark(self, session: Session) -> Mark:
        """The mark of what ``session`` sees: of its own snapshot, so that a fragment never claims to be newer."""
        return Mark(audit.revision(session), int(self._clock.now().timestamp()) // 60)

    # --- streams -----------------------------------------------------------------------------------------------------

    def join(self, place: Place, now: Mark) -> bool:
        """Take a place for one stream, at a page that knows of ``now``; False when the process has none left."""
        with self.changed:
            if self.closing or len(self.places) >= self.app.config["STREAMS_PER_PROCESS"]:
                return False
            self.places.add(place)
            self.mark = max(self.mark, now)  # nobody watched while there was no stream
            if self._watcher is None or not self._watcher.is_alive():
                self._watcher = threading.Thread(target=self._watch, name="revision-watcher", daemon=True)
                self._watcher.start()
            return True

    def leave(self, place: Place) -> None:
        """Give the place back."""
        with self.changed:
            self.places.discard(place)

    def stream(self, place: Place, who: Audience, shown: str) -> Iterator[str]:
        """The events of one screen that shows ``shown``: the board when it looks different, else a beat."""
        ends = time.monotonic() + STREAM_SECONDS
        known = NEVER
        try:
            yield "retry: 1000\n\n"
            while time.monotonic() < ends:
                with self.changed:
                    if self.mark <= known and not place.over:
                        self.changed.wait(BEAT_SECONDS)
                    newest = self.mark
                if place.over:
                    self._hang_up(place)
                    return
                if newest <= known:
                    yield f"event: beat\ndata: {shown}\n\n"
                    continue
                known = newest
                look, event = self._event(who, newest)
                if look != shown:
                    shown = look
                    yield event
        finally:
            self.leave(place)

    def _hang_up(self, place: Place) -> None:
        """Hear nothing more from a browser when the server stops: gunicorn would keep its connection for two seconds."""
        if self.closing and place.link is not None:
            with suppress(OSError):  # it was the first to leave
                place.link.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        """End all streams within a moment; called when the server stops, from a signal: the watcher does the work."""
        self.closing = True

    def _watch(self) -> None:
        set_writing(False)
        while True:
            try:
                with self.app.app_context(), Session(db.engine) as session:
                    newest = self.read_mark(session)
                    # Who has signed out meanwhile must not see what has changed meanwhile: first this, then the mark.
                    over = self._over(session) if newest > self.mark else []
            except Exception:  # the database is away: keep asking, the screens say that they are stale
                self.app.logger.warning("the revision could not be read")
                time.sleep(1)
                continue
            over += self._hung_up()
            with self.changed:
                for place in list(self.places) if self.closing else over:
                    place.over = True
                if newest > self.mark or over or self.closing:
                    self.mark = max(self.mark, newest)
                    self.changed.notify_all()
                if self.closing or not self.places:
                    self._watcher = None
                    return
            time.sleep(WATCH_SECONDS)

    def _over(self, session: Session) -> list[Place]:
        """The streams of people who have signed out, been disabled, idled out or lost what the board asks for."""
        with self.changed:
            places = list(self.places)
        here = sign_in.permissions_of_sessions(session, self._clock, {place.session_id for place in places})
        return [place for place in places if not place.still_allowed(here.get(place.session_id, frozenset()))]

    def _hung_up(self) -> list[Place]:
        """The streams whose browser has left; a write would find out only at the second beat, ten seconds later."""
        with self.changed:
            by_number = {p.link.fileno(): p for p in self.places if p.link is not None and p.link.fileno() >= 0}
        poll = select.poll()
        for number in by_number:
            poll.register(number, select.POLLRDHUP)
        return [by_number[number] for number, _what in poll.poll(0)]

    # --- fragments ---------------------------------------------------------------------------------------------------

    def fragment(self, who: Audience, mark: Mark) -> Fragment:
        """The fragment for an audience, true at ``mark`` at least; rendered by the first who asks."""
        have = self._fragments.get(who)
        if have is not None and have.checked >= mark:
            return have
        with self.changed:
            if len(self._locks) > MOST_FRAGMENTS:  # days that nobody looks at any more
                self._locks.clear()
                self._fragments.clear()
                self._events.clear()
            lock = self._locks.setdefault(who, threading.Lock())
        with lock:
            have = self._fragments.get(who)
            if have is not None and have.checked >= mark:
                return have
            fresh = self._fragments[who] = Fragment(self.render(who), mark)
            return fresh

    def _base(self) -> str | None:
        """An address of ours: a name that PORTAL_HOSTS does not list would be refused like a stranger's."""
        hosts = self.app.config.get("TRUSTED_HOSTS")
        return self.app.config.get("PORTAL_URL") or (f"https://{hosts[0]}" if hosts else None)

    def _event(self, who: Audience, mark: Mark) -> tuple[str, str]:
        """(look, event) for an audience: put together once, not per screen."""
        have = self._fragments.get(who)
        if have is None or have.checked < mark:
            with self.app.test_request_context(base_url=self._base()):
                set_writing(False)
                g.language = who.language
                have = self.fragment(who, mark)
        kept = self._events.get(who)
        if kept is None or kept[0] != have.look:
            kept = self._events[who] = (have.look, have.event)
        return kept
