"""The service adviser: appointments, check-in, orders, handover."""

from flask import Blueprint

bp = Blueprint("reception", __name__)

from app.blueprints.reception import views as views  # noqa: E402  - the views need bp
