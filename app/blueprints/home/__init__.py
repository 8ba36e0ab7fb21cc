"""The morning page, the search, the house's own addresses."""

from flask import Blueprint

bp = Blueprint("home", __name__)

from app.blueprints.home import views as views  # noqa: E402  - the views need bp
