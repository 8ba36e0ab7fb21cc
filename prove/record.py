"""The audit chain after real work: it holds, and each kind of tampering with it is found by ``flask audit verify``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

from sqlalchemy import text

from app.kernel.audit import AuditHead
from prove.client import crowd
from prove.ground import ROOT, Ground, Line

TAMPERING = {
    "changed": "UPDATE audit_log SET actor = 'x' WHERE seq = {n}",
    "deleted": "DELETE FROM audit_log WHERE seq = {n}",
    "moved": "UPDATE audit_log SET seq = 900000 WHERE seq = {n}",
    "cut_off": "DELETE FROM audit_log WHERE seq > {n}",
    "relinked": "UPDATE audit_log SET previous = hash WHERE seq = {n}",
}


def _verify(ground: Ground, *arguments: str) -> int:
    environment = {**os.environ, "DATABASE_URL": ground.url, "PORTAL_DATA": str(ground.folder), "FLASK_APP": "wsgi.py"}
    command = [sys.executable, "-m", "flask", "audit", "verify", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode


def audit(ground: Ground, line: Line) -> None:
    """400 writes by 20 at once, verified with the anchor; then tampered with, each time from whole again."""
    ground.start()
    adviser = ground.browser("adviser")
    path = f"/customers/{ground.shop.customer}/consents"

    def consent(number: int) -> Counter[str]:
        mine = adviser.twin()
        form = {"purpose": "sms", "granted": "1"}
        return Counter(str(mine.post(path, {**form, "_key": f"{number} {n}"}).status) for n in range(20))

    line("writes", crowd(20, consent)["302"], 400)
    ground.stop()
    with ground.session() as session:
        head = session.get_one(AuditHead, 1)
        anchor, seq = f"{head.seq}:{head.hash}", head.seq
    line("rows", seq, ">=400")
    line("holds", _verify(ground), 0)
    line("holds_to_anchor", _verify(ground, "--anchor", anchor), 0)
    with ground.database.begin() as link:
        if ground.engine == "sqlite":
            for deed in ("update", "delete"):
                link.execute(text(f"DROP TRIGGER audit_log_no_{deed}"))
        else:
            link.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
        link.execute(text("CREATE TABLE kept AS SELECT * FROM audit_log"))
    found = 0
    for statement in TAMPERING.values():
        with ground.database.begin() as link:
            link.execute(text(statement.format(n=seq // 2)))
        found += _verify(ground) == 1
        with ground.database.begin() as link:
            link.execute(text("DELETE FROM audit_log"))
            link.execute(text("INSERT INTO audit_log SELECT * FROM kept"))
    line("tampering_found", found, len(TAMPERING))
    line("whole_again", _verify(ground), 0)
