"""The parts desk."""

from flask import Blueprint

bp = Blueprint("parts", __name__, url_prefix="/parts")

from app.blueprints.parts import views as views  # noqa: E402  - the views need bp
