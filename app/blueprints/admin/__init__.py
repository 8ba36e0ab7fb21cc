"""Staff, terminals, settings, import, audit."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from app.blueprints.admin import views as views  # noqa: E402  - the views need bp
