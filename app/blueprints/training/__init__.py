"""Certificates of the people on the floor."""

from flask import Blueprint

bp = Blueprint("training", __name__, url_prefix="/training")

from app.blueprints.training import views as views  # noqa: E402  - the views need bp
