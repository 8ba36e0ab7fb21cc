"""Binds the models to an engine set up for a shop's durability."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import make_url

from app.extensions import db
from app.kernel.unit_of_work import configure_sqlite


def import_models() -> None:
    """Load every table, so that the metadata is complete for migrations."""
    from app.access import model as _access
    from app.domain.appointments import model as _appointments
    from app.domain.billing import model as _billing
    from app.domain.care import model as _care
    from app.domain.catalogue import model as _catalogue
    from app.domain.counter_sales import model as _counter
    from app.domain.customers import model as _customers
    from app.domain.files import model as _files
    from app.domain.imports import model as _imports
    from app.domain.purchasing import model as _purchasing
    from app.domain.repair_orders import model as _orders
    from app.domain.repair_orders import reception_model as _reception
    from app.domain.replenishment import model as _replenishment
    from app.domain.staff import model as _staff
    from app.domain.stock import model as _stock
    from app.domain.stock_takes import model as _takes
    from app.domain.suppliers import model as _suppliers
    from app.domain.tools import model as _tools
    from app.domain.used_cars import model as _used_cars
    from app.domain.vehicles import model as _vehicles
    from app.domain.workshop import model as _workshop
    from app.kernel import audit as _audit
    from app.kernel import idempotency as _idempotency
    from app.kernel import numbering as _numbering

    _ = (_access, _appointments, _billing, _care, _catalogue, _customers, _files, _orders, _reception, _staff)
    _ = (_tools, _counter, _replenishment, _takes)
    _ = (_purchasing, _suppliers, _imports, _used_cars, _stock, _vehicles, _workshop, _audit, _idempotency, _numbering)


def init_app(app: Flask) -> None:
    """Create the engine: pysqlite3's own newer SQLite, or psycopg with time limits."""
    import_models()
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    options: dict[str, object] = dict(app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {}))
    if url.get_backend_name() == "sqlite":
        from pysqlite3 import dbapi2

        options.setdefault("module", dbapi2)
        options.setdefault("pool_size", 20)
        options.setdefault("max_overflow", 40)
        # The connection used last is used next: each keeps up to 16 MB of pages, and few of them get warm.
        options.setdefault("pool_use_lifo", True)
        options.setdefault("connect_args", {"check_same_thread": False, "cached_statements": 400})
    else:
        options.setdefault("pool_pre_ping", True)
        options.setdefault("pool_size", 10)
        options.setdefault("max_overflow", 20)
        options.setdefault(
            "connect_args", {"options": "-c lock_timeout=5000 -c statement_timeout=60000 -c timezone=UTC"}
        )
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        if url.get_backend_name() == "sqlite":
            from pysqlite3 import dbapi2

            configure_sqlite(db.engine, dbapi2.sqlite_version_info)
