"""Uploaded exports on their way into the portal: looked at first, taken in when somebody says so.

The work runs as ``flask import`` in a process of its own, so that pages stay quick and its memory goes when it ends.
All that is known of an upload lies in its folder, ``PORTAL_DATA/imports/TOKEN``: any worker can show it, and a restart
of the portal loses nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from werkzeug.datastructures import FileStorage

from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, NotFound, WrongState

ROOT = Path(__file__).resolve().parents[3]
KEPT = timedelta(days=7)  # exports are full of personal data: they do not lie about


@dataclass
class Upload:
    """One uploaded file and how far it has come.

    ``step``: checking, checked, importing, imported, refused (the file cannot be read), failed (it broke off).
    """

    token: str
    kind: str
    file_name: str
    language: str
    staff_id: int
    by: str
    at: str
    step: str = "checking"
    total: int = 0  # rows, as far as known
    row: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    sample: list[list[str]] = field(default_factory=list)
    unread_columns: list[str] = field(default_factory=list)
    unread_sheets: list[str] = field(default_factory=list)
    message: str = ""
    pid: int = 0
    supplier_id: int | None = None  # of a price list
    looked_at: bool = False  # somebody could see what would become of the rows

    @property
    def running(self) -> bool:
        """Whether a process works on it."""
        return self.step in {"checking", "importing"}


class ImportDesk:
    """Keeps the uploads of one shop."""

    def __init__(self, data: Path, database: str) -> None:
        self.folder = data / "imports"
        self.data, self.database = data, database

    def receive(
        self,
        file: FileStorage | None,
        kind: str,
        language: str,
        staff_id: int,
        by: str,
        clock: Clock,
        supplier_id: int | None = None,
    ) -> Upload:
        """Keep an uploaded file and begin to look at it. Raises InvalidInput without a file, WrongState while one runs."""
        if file is None or not file.filename:
            raise InvalidInput(N_("Choose a file first."), field="file")
        self._clear(clock.now())
        self._expect_idle()
        token = secrets.token_hex(16)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        (self.folder / token).mkdir(mode=0o700)
        name = Path(file.filename.replace("\\", "/")).name[:120]
        upload = Upload(token, kind, name, language, staff_id, by, clock.now().isoformat(), supplier_id=supplier_id)
        file.save(self._file(token))
        upload.total = _lines(self._file(token))
        self._start(upload)
        return upload

    def take_in(self, token: str) -> Upload:
        """Import what has been looked at; look again where that broke off. Raises WrongState when it is dealt with."""
        upload = self.get(token)
        self._expect_idle()
        if upload.step not in {"checked", "failed"}:
            raise WrongState(N_("This file has been dealt with already."))
        upload.looked_at = upload.looked_at or upload.step == "checked"
        upload.step, upload.row, upload.message = "importing" if upload.looked_at else "checking", 0, ""
        self._start(upload)
        return upload

    def discard(self, token: str) -> None:
        """Throw an upload away. Raises WrongState while a process works on it."""
        if self.get(token).running:
            raise WrongState(N_("The file is being read; wait until it is done."))
        shutil.rmtree(self.folder / token)

    def get(self, token: str) -> Upload:
        """The upload as it is now; raises NotFound."""
        if not (token.isascii() and token.isalnum()):
            raise NotFound(N_("There is no such import."))
        try:
            upload = Upload(**json.loads((self.folder / token / "upload.json").read_text()))
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(N_("There is no such import.")) from None
        with contextlib.suppress(FileNotFoundError, ValueError):
            said: dict[str, Any] = json.loads((self.folder / token / "progress.json").read_text())
            upload.row = int(said.get("row", 0))
            if "step" in said:
                upload.step = str(said["step"])
                upload.counts = dict(said.get("counts", {}))
                upload.sample = [[str(cell) for cell in row] for row in said.get("sample", [])]
                upload.unread_columns = [str(title) for title in said.get("unread_columns", [])]
                upload.unread_sheets = [str(title) for title in said.get("unread_sheets", [])]
                upload.message = str(said.get("message", ""))
                upload.total = upload.row or upload.total
        if upload.running and not _alive(upload.pid):
            upload.step = "failed"
        return upload

    def report(self, token: str) -> Path:
        """The report of the last step; raises NotFound."""
        path = self.folder / self.get(token).token / "report.csv"
        if not path.exists():
            raise NotFound(N_("There is no report yet."))
        return path

    def open_uploads(self) -> list[Upload]:
        """All that still lie here, the newest first."""
        found = [self.get(path.parent.name) for path in self.folder.glob("*/upload.json")]
        return sorted(found, key=lambda upload: upload.at, reverse=True)

    def _file(self, token: str) -> Path:
        return self.folder / token / "export"

    def _expect_idle(self) -> None:
        if any(upload.running for upload in self.open_uploads()):
            raise WrongState(N_("Another file is being read; wait until it is done."))

    def _clear(self, now: datetime) -> None:
        for upload in self.open_uploads():
            if now - datetime.fromisoformat(upload.at) > KEPT and not upload.running:
                shutil.rmtree(self.folder / upload.token, ignore_errors=True)

    def _start(self, upload: Upload) -> None:
        folder = self.folder / upload.token
        (folder / "progress.json").unlink(missing_ok=True)
        (folder / "report.csv").unlink(missing_ok=True)
        command = [sys.executable, "-m", "flask", "import", upload.kind, str(self._file(upload.token))]
        command += ["--report", str(folder / "report.csv"), "--lang", upload.language]
        command += ["--progress", str(folder / "progress.json"), "--staff", str(upload.staff_id)]
        command += ["--name", upload.file_name]
        if upload.supplier_id:
            command += ["--supplier", str(upload.supplier_id)]
        database = self.database
        if upload.step == "checking":
            command.append("--dry-run")
            database = self._copy(folder)
        environment = os.environ | {
            "FLASK_APP": "wsgi",
            "PORTAL_DATA": str(self.data),
            "DATABASE_URL": database,
            "PYTHONPATH": str(ROOT),
        }
        # A session of its own: a restart of the portal does not break an import off.
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        upload.pid = process.pid
        (folder / "upload.json").write_text(json.dumps(asdict(upload)))
        threading.Thread(target=_reap, args=(process, folder), daemon=True).start()

    def _copy(self, folder: Path) -> str:
        """On SQLite a trial run on the shop's own file would keep everybody else from saving: it gets a copy."""
        url = make_url(self.database)
        if url.get_backend_name() != "sqlite":
            return self.database
        from pysqlite3 import dbapi2

        copy = folder / "trial.sqlite3"
        copy.unlink(missing_ok=True)
        with (
            contextlib.closing(dbapi2.connect(str(url.database))) as here,
            contextlib.closing(dbapi2.connect(str(copy))) as there,
        ):
            here.backup(there)
        return f"sqlite:///{copy}"


def _reap(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.wait()
    for path in folder.glob("trial.sqlite3*"):
        path.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _lines(path: Path) -> int:
    """Rows of a text file, for the progress bar; 0 for a spreadsheet, whose rows are not known before it is read."""
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            return 0
        file.seek(0)
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
