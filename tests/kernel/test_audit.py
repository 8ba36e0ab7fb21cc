"""The audit chain: whatever is done to its rows behind the portal's back is found, and named by its row."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.actor import SYSTEM, Actor
from app.kernel.bulk import moment_text
from app.kernel.clock import FixedClock

ROWS = 8


@pytest.fixture
def chain(session: Session, clock: FixedClock) -> Session:
    for number in range(ROWS):
        audit.record(session, Actor("孟岚", number), clock, "test", f"thing:{number}", words='一 "二" 三', n=number)
        session.commit()
    return session


def by_force(session: Session, *statements: str) -> None:
    """As somebody with the database's own tools would do it, its triggers put out of the way."""
    connection = session.connection()
    _triggers(connection, on=False)
    for statement in statements:
        connection.execute(text(statement))
    session.commit()


def _triggers(connection: Connection, *, on: bool) -> None:
    assert not on
    if connection.dialect.name == "sqlite":
        for deed in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS audit_log_no_{deed}"))
    else:
        connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))


def breaks(session: Session, anchor: tuple[int, str] | None = None) -> list[tuple[int, str]]:
    session.rollback()
    session.expire_all()
    return [(found.seq, found.why) for found in audit.verify(session, anchor)]


def test_an_honest_chain_holds(chain: Session) -> None:
    head = chain.get_one(audit.AuditHead, 1)
    assert breaks(chain) == [] and breaks(chain, (head.seq, head.hash)) == []
    assert audit.revision(chain) == ROWS


@pytest.mark.parametrize("column", ["actor", "action", "subject", "details", "via", "staff_id", "at"])
def test_a_changed_row_is_named(chain: Session, column: str) -> None:
    value = {"staff_id": "99", "at": "'2026-01-01 00:00:00.000000'"}.get(column, "'x'")
    by_force(chain, f"UPDATE audit_log SET {column} = {value} WHERE seq = 4")
    assert breaks(chain) == [(4, "changed after it was written")]


COPIED = ("at", "actor", "staff_id", "via", "action", "subject", "details")
TAMPERING: dict[str, tuple[list[str], int]] = {
    "deleted": (["DELETE FROM audit_log WHERE seq = 4"], 4),
    "the first deleted": (["DELETE FROM audit_log WHERE seq = 1"], 1),
    "cut off": (["DELETE FROM audit_log WHERE seq > 6"], 6),
    "all gone": (["DELETE FROM audit_log"], 0),
    "reordered": (
        [
            "UPDATE audit_log SET seq = 100 WHERE seq = 4",
            "UPDATE audit_log SET seq = 4 WHERE seq = 5",
            "UPDATE audit_log SET seq = 5 WHERE seq = 100",
        ],
        4,
    ),
    "inserted at the end": (
        [
            f"INSERT INTO audit_log SELECT 9, {', '.join(COPIED)}, hash, previous FROM audit_log WHERE seq = 8",
        ],
        9,
    ),
    "deleted and closed up": (
        ["DELETE FROM audit_log WHERE seq = 4"]
        + [f"UPDATE audit_log SET seq = {n - 1} WHERE seq = {n}" for n in range(5, 9)],
        4,
    ),
    "headless": (["DELETE FROM audit_head"], 8),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_is_found(chain: Session, how: str) -> None:
    statements, where = TAMPERING[how]
    by_force(chain, *statements)
    found = breaks(chain)
    assert found and found[0][0] == where, found


def test_a_chain_rewritten_from_some_row_on_differs_from_the_anchor(chain: Session) -> None:
    head = chain.get_one(audit.AuditHead, 1)
    anchor = (head.seq, head.hash)

    def rewrite(change: Callable[[dict[str, object]], None]) -> None:
        rows = [dict(row) for row in chain.execute(text("SELECT * FROM audit_log ORDER BY seq")).mappings()]
        kept = {row.seq: row for row in chain.query(audit.AuditRow)}
        previous, statements = audit.GENESIS, []
        for row in rows:
            names = ("at", "actor", "staff_id", "via", "action", "subject", "details")
            columns = {name: getattr(kept[row["seq"]], name) for name in names}
            if row["seq"] == 3:
                change(columns)
            note = audit.Note(moment_text(columns.pop("at")), **columns)
            digest = audit._digest(row["seq"], note, previous)
            statements.append(
                f"UPDATE audit_log SET actor = '{columns['actor']}', previous = '{previous}', hash = '{digest}' "
                f"WHERE seq = {row['seq']}"
            )
            previous = digest
        by_force(chain, *statements, f"UPDATE audit_head SET hash = '{previous}'")

    rewrite(lambda columns: columns.update(actor="somebody else"))
    assert breaks(chain) == []  # within itself it is whole: that is what the anchor is for
    assert breaks(chain, anchor) == [(ROWS, "differs from the anchor")]
    by_force(chain, f"DELETE FROM audit_log WHERE seq = {ROWS}")
    assert (ROWS - 1, "the chain ends before the anchor") in breaks(chain, anchor)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'x' WHERE seq = 2",
        "DELETE FROM audit_log WHERE seq = 2",
        "INSERT INTO audit_log SELECT * FROM audit_log WHERE seq = 2",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(chain: Session, statement: str) -> None:
    with pytest.raises(DatabaseError):
        chain.execute(text(statement))
    chain.rollback()
    assert breaks(chain) == []


def test_what_is_rolled_back_leaves_no_row(chain: Session, clock: FixedClock) -> None:
    audit.record(chain, SYSTEM, clock, "never", "thing:0")
    chain.rollback()
    audit.record(chain, SYSTEM, clock, "done", "thing:0")
    chain.commit()
    assert chain.get_one(audit.AuditRow, ROWS + 1).action == "done" and breaks(chain) == []
