"""The guard on every route, and the edge around every write.

A view carries exactly one of ``@page``, ``@command``, ``@public_page``, ``@public_command``. The house test walks the URL
map and fails on a view without one. ``@command`` is the one way through for writes: permission, idempotency key, one
transaction with retries, and refusals turned into answers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

from flask import Response, abort, current_app, g, make_response, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as BaseResponse

from app.extensions import db
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import DomainError, Forbidden, NotFound, StaleVersion
from app.kernel.idempotency import fingerprint, keep_answer, take
from app.kernel.permission import Permission
from app.kernel.unit_of_work import set_writing, transact

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"

# Headers of an answer that belong to it when it is given a second time.
_KEPT_HEADERS = frozenset(
    {"Content-Type", "HX-Redirect", "HX-Trigger", "HX-Retarget", "HX-Reswap", "HX-Refresh", "X-Revision"}
)


class _Refused(Exception):
    """Carries an answer out of the transaction, so that it is rolled back: a refusal, or a form that was only filled in."""

    def __init__(self, response: BaseResponse) -> None:
        self.response = response


def clock() -> Clock:
    """The application's clock; tests set another."""
    return cast(Clock, current_app.extensions["clock"])


def actor() -> Actor:
    """The signed-in person as operations know them; aborts when nobody is."""
    if not current_user.is_authenticated:
        abort(401)
    return cast(Actor, current_user.actor())


def keep(response: Any) -> BaseResponse:
    """Mark a refusal whose writes stay, such as a counted wrong password."""
    answer = make_response(response)
    g.keep_writes = True
    return answer


def only_show(response: Any) -> NoReturn:
    """Answer a form's button that only fills the form in: nothing is written, and the form's key is not used up."""
    raise _Refused(make_response(response))


def show_once(response: Any, instead: str) -> BaseResponse:
    """An answer that is shown and not kept, such as a link's token or a number in full.

    Whoever sends the form a second time is led to ``instead``: secrets do not lie in the table of answers.
    """
    g.instead = instead
    return make_response(response)


def allow(permission: Permission | str) -> BaseResponse | None:
    """None when the present person may go on; else the answer that sends a stranger to sign in. Aborts with 403."""
    if permission == PUBLIC:
        return None
    if not current_user.is_authenticated:
        target = url_for("auth.sign_in", next=request.full_path.rstrip("?") if request.method == "GET" else None)
        if request.headers.get("HX-Request"):
            return Response(status=401, headers={"HX-Redirect": target})
        return redirect(target)
    if not current_user.may(permission):
        note_denied(str(permission))
        abort(403)
    return None


def note_denied(what: str) -> None:
    """Record a denied access; in its own transaction, because the request writes nothing else."""
    note("denied", f"route:{request.endpoint}"[:80], permission=what)


def note(action: str, subject: str, **details: Any) -> None:
    """Record what a request that only reads has shown or refused, in a writing transaction of its own."""
    from app.kernel import audit
    from app.kernel.actor import SYSTEM

    db.session.rollback()
    who = actor() if current_user.is_authenticated else SYSTEM
    set_writing(True)
    try:
        transact(db.session(), lambda: audit.record(db.session(), who, clock(), action, subject, **details), time.sleep)
    finally:
        set_writing(False)


def _reader(permission: Permission | str, view: View) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return allow(permission) or view(*args, **kwargs)

    guarded.permission = permission  # type: ignore[attr-defined]
    guarded.writes = False  # type: ignore[attr-defined]
    return cast(View, guarded)


def page(permission: Permission) -> Callable[[View], View]:
    """A GET view for those who hold ``permission``."""
    return lambda view: _reader(permission, view)


def public_page(view: View) -> View:
    """A GET view for everybody."""
    return _reader(PUBLIC, view)


def command(permission: Permission, again: Callable[..., Any] | None = None) -> Callable[[View], View]:
    """A POST view for those who hold ``permission``, run in one retried transaction under the form's key.

    ``again(**view_args)`` renders the form's page once more when an operation refuses: the forms on it read what was
    typed from the request, and ``g.refusal`` holds the error. Without it the refusal is shown on a page of its own,
    or, for htmx, as a message.
    """
    return lambda view: _writer(permission, view, again)


def public_command(again: Callable[..., Any] | None = None) -> Callable[[View], View]:
    """A POST view for everybody, such as sign-in or a customer's answer; otherwise like :func:`command`."""
    return lambda view: _writer(PUBLIC, view, again)


def _writer(permission: Permission | str, view: View, again: Callable[..., Any] | None) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        refused = allow(permission)
        if refused is not None:
            return refused
        db.session.rollback()  # the reading one, in which the person was looked up
        set_writing(True)
        try:
            return _run(view, args, kwargs)
        except _Refused as error:
            return error.response
        except StaleDataError:
            return _refusal(StaleVersion(), again, kwargs)
        except DomainError as error:
            return _refusal(error, again, kwargs)
        finally:
            set_writing(False)

    guarded.permission = permission  # type: ignore[attr-defined]
    guarded.writes = True  # type: ignore[attr-defined]
    return cast(View, guarded)


def _run(view: Callable[..., Any], args: Any, kwargs: Any) -> BaseResponse:
    given = request.form.get("_key", "")[:64]
    who = current_user.staff_id if current_user.is_authenticated else "-"
    key = f"{who}:{given}" if given else None
    # Keyed, because a form may carry a password: its plain hash in the database could be guessed at.
    secret = str(current_app.config["SECRET_KEY"]).encode()
    print_ = fingerprint(request.path, request.form.items(multi=True), _files(), secret) if key else ""

    def work() -> BaseResponse:
        session = db.session()
        for _name, file in request.files.items(multi=True):
            file.stream.seek(0)  # an attempt before this one may have read it
        if key:
            # Taken first: a twin of this request waits here for the answer instead of doing the work as well.
            earlier = take(session, key, print_, clock().now())
            if earlier is not None:
                return _replay(earlier)
        response = make_response(view(*args, **kwargs))
        if response.status_code >= 400 and not g.pop("keep_writes", False):
            raise _Refused(response)
        if key:
            _store(session, key, response)
        return response

    for last_try in (False, True):
        try:
            return transact(db.session(), work, time.sleep)
        except IntegrityError:
            # Somebody took the same unique name in the same moment: the second try sees it.
            if last_try:
                raise StaleVersion() from None
    raise AssertionError("unreachable")


def _files() -> list[tuple[str, bytes]]:
    found = []
    for name, file in request.files.items(multi=True):
        found.append((name, file.stream.read()))
        file.stream.seek(0)
    return found


def _store(session: Session, key: str, response: BaseResponse) -> None:
    instead = g.pop("instead", None)
    location = instead or response.headers.get("Location")
    is_text = response.mimetype in {"text/html", "application/json", "text/plain"}
    keep_answer(
        session,
        key,
        status=303 if instead else response.status_code,
        location=location,
        headers=json.dumps({name: value for name, value in response.headers if name in _KEPT_HEADERS}),
        body=response.get_data(as_text=True) if is_text and location is None else "",
    )


def _replay(entry: Any) -> BaseResponse:
    if entry.location is not None:
        return redirect(entry.location, entry.status)
    return Response(entry.body, status=entry.status, headers=json.loads(entry.headers))


def _refusal(error: DomainError, again: Callable[..., Any] | None, kwargs: dict[str, Any]) -> BaseResponse:
    from app.web.errors import refusal_answer

    db.session.rollback()
    set_writing(False)  # what follows is shown, not written
    if isinstance(error, Forbidden):
        note_denied("operation")
    g.refusal = error
    if again is None or isinstance(error, (NotFound, Forbidden)):
        return refusal_answer(error)
    response = make_response(again(**kwargs))
    response.status_code = error.status
    return response
