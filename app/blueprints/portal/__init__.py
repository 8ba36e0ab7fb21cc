"""The customer's own pages, opened by a signed link."""

from flask import Blueprint

bp = Blueprint("portal", __name__, url_prefix="/c")

from app.blueprints.portal import views as views  # noqa: E402  - the views need bp
