"""Live boards: where they are declared, and the two ways in which a screen hears of a change.

Streams are server-sent events on threads, capped per process so that pages always find a free thread; a screen beyond
the cap is told to poll, and polling answers 204 while nothing changed. See :mod:`app.web.broadcast` for how a fragment
is rendered once for everybody who may see the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request, url_for
from flask_login import current_user

from app.access.guard import allow, public_page
from app.extensions import db
from app.kernel.permission import Permission
from app.web.broadcast import Audience, Broadcaster, Place
from app.web.one_time import fill, shared_fragment

LONGEST_PARAMETER = 200

bp = Blueprint("live", __name__, url_prefix="/live")


@dataclass(frozen=True, slots=True)
class Board:
    """A live board: who may see it, which permissions change its looks, how it is rendered."""

    permission: Permission
    relevant: frozenset[Permission]
    parameters: tuple[str, ...]
    template: str
    facts: Callable[[Audience], Mapping[str, Any]]


_boards: dict[str, Board] = {}

# What belongs to whoever happens to have a fragment drawn: a template that reaches for it fails, for everybody alike.
_NOBODYS = dict.fromkeys(("request", "session", "g", "current_user", "refusal", "refusal_field"))


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
    chosen = tuple((key, parameters[key][:LONGEST_PARAMETER]) for key in entry.parameters if parameters.get(key))
    held = frozenset(p for p in entry.relevant if current_user.may(p))
    return Audience(name, language(), held, chosen)


def render(who: Audience) -> str:
    """The inside of a board, from the same template that its page includes."""
    entry = _boards[who.board]

    def may(permission: Permission) -> bool:
        if permission not in entry.relevant:  # it would be answered alike for those who may and those who may not
            raise LookupError(f"board {who.board} asks for {permission}, which is not among what it depends on")
        return permission in who.permissions

    with shared_fragment():
        return render_template(entry.template, **entry.facts(who), **_NOBODYS, may=may)


def broadcaster() -> Broadcaster:
    """This process's broadcaster."""
    found: Broadcaster = current_app.extensions["broadcaster"]
    return found


def mount(name: str, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What a page hands to the ``live`` macro: addresses, mark and the fragment itself."""
    given = dict(parameters or {})
    who = audience(name, given)
    query: dict[str, Any] = dict(who.parameters)
    fragment = broadcaster().fragment(who, broadcaster().read_mark(db.session()))
    return {
        "stream_url": url_for("live.stream", name=name, **query),
        "poll_url": url_for("live.poll", name=name, **query),
        "rev": fragment.look,
        "html": fill(fragment.html),
    }


def _known(name: str) -> Audience:
    """The present person's audience of a board; ends the request for a board that is not there or not theirs."""
    if name not in _boards:
        abort(404)
    refused = allow(_boards[name].permission)
    if refused is not None:
        abort(403 if current_user.is_authenticated else 401)
    return audience(name, request.args)


def _shown() -> str:
    """The look of what the screen shows now, as it was told with it."""
    return (request.headers.get("Last-Event-ID") or request.args.get("rev", ""))[:40]


@bp.get("/<name>")
@public_page
def stream(name: str) -> Response:
    """The stream of a board; its permission is the board's own."""
    who, shown, entry = _known(name), _shown(), _boards[name]
    caster = broadcaster()
    now = caster.read_mark(db.session())
    caster.fragment(who, now)  # nearly always there already; a board of what does not exist is refused here
    db.session.remove()  # a stream holds a thread, never a connection

    def still_allowed(held: frozenset[Permission]) -> bool:
        return entry.permission in held and held & entry.relevant == who.permissions

    place = Place(current_user.session_id, still_allowed, request.environ.get("gunicorn.socket"))
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    if not caster.join(place, now):
        return Response("event: poll\ndata: full\n\n", mimetype="text/event-stream", headers=headers)
    response = Response(caster.stream(place, who, shown), mimetype="text/event-stream", headers=headers)
    response.call_on_close(lambda: caster.leave(place))  # also when the browser was gone before the first event
    return response


@bp.get("/<name>/fragment")
@public_page
def poll(name: str) -> Response:
    """The fall-back: 204 while nothing changed (a 304 would make the browser redraw), else the fragment."""
    who, shown = _known(name), _shown()
    caster = broadcaster()
    fragment = caster.fragment(who, caster.read_mark(db.session()))
    if fragment.look == shown:
        return Response(status=204)
    return Response(fragment.html, headers={"X-Revision": fragment.look}, mimetype="text/html")


def init_app(app: Flask) -> None:
    """One broadcaster per process; its watcher starts with the first stream, after the workers have forked."""
    app.extensions["broadcaster"] = Broadcaster(app, render)
    app.register_blueprint(bp)
