"""The portal of a car dealer's after-sales department."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """The application; ``settings`` override those of ``config.py`` (tests and the bench use it)."""
    import config
    from app import access, blueprints, cli, database, web
    from app.extensions import babel, csrf, login, migrate
    from app.web import templating

    app = Flask(__name__)
    app.jinja_environment = templating.PortalEnvironment
    app.config.from_mapping(config.load() if settings is None else {**config.load(), **settings})

    if app.config["PORTAL_TLS"]:
        # One proxy before us ends TLS: it knows the scheme and from where somebody came.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    database.init_app(app)
    migrate.init_app(app, database.db, directory=str(config.ROOT / "migrations"), render_as_batch=True)
    csrf.init_app(app)
    login.init_app(app)
    babel.init_app(app, locale_selector=web.language)
    access.init_app(app)
    web.init_app(app)
    blueprints.init_app(app)
    cli.init_app(app)
    return app
