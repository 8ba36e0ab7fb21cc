"""What every department's screens share."""

from __future__ import annotations

from flask import Flask, g, request, session
from flask_login import current_user

LANGUAGES = ("zh_Hans_CN", "en")


def language() -> str:
    """The language of this request: the person's own, else the one chosen on this device, else the browser's."""
    forced: str | None = g.get("language")
    if forced:
        return forced
    own: str | None = getattr(current_user, "language", None)
    if own:
        return own
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    best = request.accept_languages.best_match(["zh", "zh-CN", "zh-Hans-CN", "en"])
    return "en" if best == "en" else "zh_Hans_CN"


def init_app(app: Flask) -> None:
    """Attach headers, converters, filters, error pages, navigation and live boards."""
    from app.web import context, converters, errors, headers, live

    converters.init_app(app)
    headers.init_app(app)
    context.init_app(app)
    errors.init_app(app)
    live.init_app(app)
