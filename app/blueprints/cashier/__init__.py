"""Settlement and payments."""

from flask import Blueprint

bp = Blueprint("cashier", __name__, url_prefix="/cashier")

from app.blueprints.cashier import views as views  # noqa: E402  - the views need bp
