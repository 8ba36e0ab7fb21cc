"""The used-car desk."""

from flask import Blueprint

bp = Blueprint("used_cars", __name__, url_prefix="/used-cars")

from app.blueprints.used_cars import views as views  # noqa: E402  - the views need bp
