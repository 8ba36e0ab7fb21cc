"""Customer care: follow-up calls."""

from flask import Blueprint

bp = Blueprint("care", __name__, url_prefix="/care")

from app.blueprints.care import views as views  # noqa: E402  - the views need bp
