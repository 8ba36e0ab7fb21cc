"""The rows of the demo's history: ids, document numbers, events of listed moves, audit notes, written in bulk."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.domain.appointments.model import AppointmentState
from app.domain.demo.opening_days import DAY, day_text, stamp
from app.domain.demo.plan import Expected, Task, Visit, Who
from app.domain.demo.tables import Tables
from app.domain.files.model import FileKind
from app.domain.repair_orders.workflows import JOB, ORDER
from app.kernel import audit
from app.kernel.numbering import Counter

CHUNK = 60_000  # rows kept before they are written


class NotListed(AssertionError):
    """The history would make a move that the workflow does not know."""


@lru_cache(maxsize=200)
def _step(noun: str, move: str, source: str) -> tuple[str, str, str]:
    """(target, audit action, audit details) of a move; raises NotListed when the workflow has no such move from there."""
    listed = (JOB if noun == "job" else ORDER).moves[move]
    if source not in {state.value for state in listed.sources}:
        raise NotListed(f"{noun}: {move} from {source}")
    target = source if listed.target is None else listed.target.value
    return target, f"{noun}.{move}", audit.details_text({"source": source, "target": target})


class Books(Tables):
    """Everything that is written: rows, events, notes, numbers."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._notes: list[audit.Note] = []
        self._numbers: dict[str, int] = {}

    def number(self, prefix: str, day: int) -> str:
        """The next number of a month, as the kernel's numbering gives it."""
        series = f"{prefix}-{day_text(day)[:4]}{day_text(day)[5:7]}"
        last = self._numbers[series] = self._numbers.get(series, 0) + 1
        return f"{series}-{last:04d}"

    def note(self, at: int, who: Who, action: str, subject: str, details: str = "{}") -> None:
        """A row of the audit log; calls come in the order of their moments."""
        self._notes.append(audit.Note(stamp(at), who.name, who.id, who.via, action, subject, details))

    def move_order(self, visit: Visit, move: str, at: int, who: Who, reason: str = "") -> None:
        """An order's move: event and audit row; raises NotListed for one that the workflow does not know."""
        source = visit.state
        visit.state, action, details = _step("order", move, source)
        self._event(visit.id, None, move, source, visit.state, reason, at, who)
        self.note(at, who, action, f"order:{visit.id}", details)

    def move_job(self, visit: Visit, task: Task, move: str, at: int, who: Who, reason: str = "") -> None:
        """A job's move, likewise."""
        source = task.state
        task.state, action, details = _step("job", move, source)
        self._event(visit.id, task.id, move, source, task.state, reason, at, who)
        self.note(at, who, action, f"job:{task.id}", details)

    def _event(
        self, order: int, job: int | None, move: str, source: str, target: str, reason: str, at: int, who: Who
    ) -> None:
        self.events.append(
            (self.new_id("order_event"), order, job, move, source, target, reason, stamp(at), who.name, who.id)
        )

    def signature(self, subject: str, at: int, by: str, name: str) -> int:
        """A signature whose picture is not kept: the demo's customers do not exist. Returns its id."""
        id_ = self.new_id("stored_file")
        self.files.append((id_, FileKind.SIGNATURE.value, name, "", "image/png", "0" * 64, 0, subject, stamp(at), by))
        return id_

    def withdraw(self, expected: Expected) -> None:
        """A customer who was expected does not come: place and hours are free again. The rows still wait to be written."""
        for rows, key, column, less in (
            (self.slots, expected.slot_id, 3, 1),
            (self.days, day_text(expected.slot // DAY), 2, expected.hours_centi),
        ):
            place = next(number for number, row in enumerate(rows) if row[0] == key)
            row = rows[place]
            rows[place] = (*row[:column], row[column] - less, *row[column + 1 :])
        place = next(number for number, row in enumerate(self.appointments) if row[0] == expected.id)
        row = self.appointments[place]
        self.appointments[place] = (*row[:8], AppointmentState.NO_SHOW.value, *row[9:])

    def write_when_full(self) -> None:
        """Keep memory bounded."""
        if self.writer.waiting() + len(self._notes) > CHUNK:
            self.write()

    def write(self) -> None:
        """Hand over what waits."""
        self.writer.flush()
        audit.append(self.session, self._notes)
        self._notes.clear()

    def close(self) -> None:
        """Write the rest and the counters behind the numbers."""
        self.write()
        self.writer.finish()
        if self._numbers:
            counters = [{"series": series, "last": last} for series, last in self._numbers.items()]
            self.session.execute(insert(Counter), counters)
