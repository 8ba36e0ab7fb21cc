"""The board, the terminal, the final inspection."""

from flask import Blueprint

bp = Blueprint("workshop", __name__, url_prefix="/workshop")

from app.blueprints.workshop import views as views  # noqa: E402  - the views need bp
