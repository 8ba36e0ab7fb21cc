"""``python -m app.serve``: migrate, fill the demo shop on first start, and serve by gunicorn, all in one process.

One import of the application serves the migration check and, through fork, every worker: that is what makes a second
start quick.
"""

from __future__ import annotations

import argparse
import atexit
import ctypes
import gc
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask
from gunicorn.app.base import BaseApplication

WORKERS = 2
_M_ARENA_MAX = -8  # of malloc.h
THREADS = 160  # at most 120 of them may hold a live board: the rest stay free for pages


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn around an application that is loaded already."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.flask_app, self.options = app, options
        super().__init__()

    def load_config(self) -> None:
        """Hand our options to gunicorn."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, as gunicorn asks for it."""
        return self.flask_app


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="script/server", description="Serve the portal.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-demo", action="store_true", help="do not fill an empty shop with demo data")
    parser.add_argument("--data", help="the data folder (PORTAL_DATA)")
    parser.add_argument("--workers", type=int, default=int(os.environ.get("PORTAL_WORKERS", WORKERS)))
    parser.add_argument("--quiet", action="store_true", help="print no sign-ins")
    return parser.parse_args()


def bring_up_to_date(app: Flask) -> None:
    """Migrate, unless the database already stands at the newest revision: asking costs one query, no alembic."""
    from sqlalchemy import inspect, text

    from app.extensions import db
    from app.kernel.unit_of_work import reading

    newest = max(path.name[:4] for path in (Path(__file__).parent.parent / "migrations" / "versions").glob("[0-9]*.py"))
    with app.app_context(), reading():
        with db.engine.connect() as connection:
            known = inspect(connection).has_table("alembic_version")
            at = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if at != newest:
        from flask_migrate import upgrade

        with app.app_context():
            upgrade()


def fill_when_empty(app: Flask) -> bool:
    """Load the demo shop into an empty database; True when this is (now or from before) a demo shop."""
    from sqlalchemy import select

    from app.demo import fill
    from app.domain.demo import shop
    from app.domain.staff.model import Staff
    from app.extensions import db

    with app.app_context():
        session = db.session()
        empty = session.scalar(select(Staff.id).limit(1)) is None
        if empty:
            print("Filling the demo shop ...", flush=True)
            fill(session)
            session.commit()
        demo = shop.is_demo(session)
        db.session.remove()
    return demo


def greet(host: str, port: int, demo: bool) -> None:
    """Print the address and, for the demo shop, who can sign in."""
    print(f"\n  The portal is at http://{host}:{port}\n", flush=True)
    if not demo:
        return
    from app.domain.demo import words
    from app.domain.demo.shop import PASSWORD, PIN

    print(f"  Demo sign-ins, all with the password: {PASSWORD}   (PIN on an enrolled terminal: {PIN})\n")
    shown = set()
    for login, name, role, _pin in words.STAFF:
        if role not in shown:
            shown.add(role)
            print(f"    {login:<14}{role.replace('_', ' '):<22}{name}")
    print(flush=True)


def end_streams_when_told(worker: Any) -> None:
    """Let SIGTERM end the live boards at once: else each stop would wait for the graceful time-out."""
    told = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: Any) -> None:
        caster = worker.wsgi.extensions.get("broadcaster")
        if caster is not None:
            caster.close()
        if callable(told):
            told(number, frame)

    signal.signal(signal.SIGTERM, stop)


def leave_at_once(_arbiter: Any, worker: Any) -> None:
    """End a worker whose requests are answered or cut off."""
    if worker.pid == os.getpid() and worker.booted:  # the master asks as well, about a worker that is gone
        _leave(0)


def _leave(status: int) -> NoReturn:
    """End this process without taking the interpreter apart: on a busy machine that alone took two seconds.

    What has to be told (print processes, logs) is told.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def share_memory(_arbiter: Any) -> None:
    """Before the workers are forked: give them one heap for all threads, and leave alone what they share.

    The C library keeps a heap for each of some threads, which a worker with 160 of them fills for nothing; and Python's
    collector would write to every object of the loaded application, and so copy it into each worker.
    """
    with suppress(OSError, AttributeError):  # another C library than Debian's
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
    gc.collect()
    gc.freeze()


def gunicorn_options(host: str, port: int, workers: int = WORKERS) -> dict[str, Any]:
    """How gunicorn runs in a shop; the bench measures its floor under the same settings."""
    return {
        "bind": f"{host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "preload_app": True,
        "graceful_timeout": 3,  # open boards would hold a shutdown
        "timeout": 60,
        "keepalive": 5,
        "max_requests": 0,
        "control_socket_disable": True,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "when_ready": share_memory,
        "post_worker_init": end_streams_when_told,
        "worker_exit": leave_at_once,
        "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
    }


def main() -> None:
    """Prepare and serve until stopped."""
    options = arguments()
    if options.data:
        os.environ["PORTAL_DATA"] = options.data
    import config
    from app import create_app
    from app.extensions import db

    try:
        app = create_app()
    except config.ConfigurationError as error:
        sys.exit(f"The portal does not start: {error}")
    bring_up_to_date(app)
    demo = False if options.no_demo else fill_when_empty(app)
    with app.app_context():
        db.engine.dispose()  # no connection may be shared with the workers
    if not options.quiet:
        greet(options.host, options.port, demo)
    try:
        Server(app, gunicorn_options(options.host, options.port, options.workers)).run()
    except SystemExit as done:
        _leave(done.code if isinstance(done.code, int) else 0)


if __name__ == "__main__":
    main()
