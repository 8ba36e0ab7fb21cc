"""The floor: what Flask, SQLAlchemy and Jinja cost here without a portal. Served like the portal, on the same database.

One bare route: one Core query of 50 joined rows, rendered by a template of one loop.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, create_engine, select

from app.kernel.unit_of_work import configure_sqlite, set_writing
from app.serve import Server, gunicorn_options

ROWS = 50
_metadata = MetaData()
_vehicle = Table("vehicle", _metadata, Column("id", Integer, primary_key=True), Column("plate", String))
_customer = Table("customer", _metadata, Column("id", Integer, primary_key=True), Column("name", String))
_order = Table(
    "repair_order",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String),
    Column("state", String),
    Column("vehicle_id", ForeignKey("vehicle.id")),
    Column("customer_id", ForeignKey("customer.id")),
)
_PAGE = """<!doctype html><html lang="zh-CN"><head><title>Orders</title></head><body><table>
{% for row in rows %}<tr><td>{{ row.number }}</td><td>{{ row.plate }}</td><td>{{ row.name }}</td><td>{{ row.state }}</td></tr>
{% endfor %}</table></body></html>"""


def create_app(database: Path) -> Flask:
    """The bare application on the shop's database."""
    from pysqlite3 import dbapi2

    app = Flask(__name__)
    app.jinja_loader = DictLoader(
        {"orders.html": _PAGE}
    )  # compiled once; a template from a string would be anew each time
    engine = create_engine(f"sqlite:///{database}", module=dbapi2, connect_args={"check_same_thread": False})
    configure_sqlite(engine, dbapi2.sqlite_version_info)
    query = (
        select(_order.c.number, _order.c.state, _vehicle.c.plate, _customer.c.name)
        .join(_vehicle, _vehicle.c.id == _order.c.vehicle_id)
        .join(_customer, _customer.c.id == _order.c.customer_id)
        .order_by(_order.c.id.desc())
        .limit(ROWS)
    )

    @app.get("/")
    def orders() -> str:
        set_writing(False)
        with engine.connect() as connection:
            return render_template("orders.html", rows=connection.execute(query).all())

    return app


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    app = create_app(Path(os.environ["PORTAL_DATA"]) / "portal.sqlite3")
    Server(app, gunicorn_options("127.0.0.1", options.port)).run()


if __name__ == "__main__":
    main()
