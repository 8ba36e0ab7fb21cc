"""Work that takes longer than a page, handed to a process of its own: pages stay quick, and its memory goes when it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from flask import after_this_request, current_app, render_template, request

from app.domain.replenishment import runs, simulation, suggestions
from app.extensions import db
from app.kernel.unit_of_work import set_writing

ROOT = Path(__file__).resolve().parents[2]
WORK = {"suggest": suggestions.compute, "simulate": simulation.compute}


def after_commit(command: str, run_id: int) -> None:
    """Once this request is answered and what it wrote is committed, run ``flask COMMAND --run ID``.

    The run is claimed by one process only, so that a request that was tried twice does no harm. With the setting
    ``BACKGROUND_INLINE`` the work is done here and now instead.
    """

    @after_this_request
    def start(response: Any) -> Any:
        if current_app.config.get("BACKGROUND_INLINE"):
            set_writing(True)
            try:
                WORK[command](db.engine, current_app.extensions["clock"], run_id)
            finally:
                set_writing(False)
        else:
            _start(command, run_id)
        return response


def progress_answer(template: str, standing: runs.Standing[Any]) -> Any:
    """What the progress line of a page fetches: ``template``, and the page anew when the work has ended.

    None for every other request: the caller renders its page.
    """
    if request.method != "GET" or "HX-Request" not in request.headers or "progress" not in request.args:
        return None
    answer = render_template(template, latest=standing.latest, working=standing.working)
    return answer if standing.working else (answer, 200, {"HX-Refresh": "true"})


def _start(command: str, run_id: int) -> None:
    environment = os.environ | {
        "FLASK_APP": "wsgi",
        "PORTAL_DATA": str(current_app.config["PORTAL_DATA"]),
        "DATABASE_URL": current_app.config["SQLALCHEMY_DATABASE_URI"],
        "PYTHONPATH": str(ROOT),
    }
    # A session of its own: a restart of the portal does not break it off.
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", command, "--run", str(run_id)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=process.wait, daemon=True).start()
