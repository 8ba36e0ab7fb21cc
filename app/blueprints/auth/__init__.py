"""Signing in and out, terminals, the language."""

from flask import Blueprint

bp = Blueprint("auth", __name__, url_prefix="/auth")

from app.blueprints.auth import views as views  # noqa: E402  - the views need bp
