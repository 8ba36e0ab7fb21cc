"""Departments: who stands in front of which screen."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register every department."""
    from app.blueprints import (
        admin,
        auth,
        care,
        cashier,
        home,
        parts,
        portal,
        reception,
        training,
        used_cars,
        workshop,
    )

    for department in (home, auth, reception, workshop, parts, cashier, care, training, used_cars, admin, portal):
        app.register_blueprint(department.bp)
    from app.blueprints.portal import window

    app.register_blueprint(window.bp)
