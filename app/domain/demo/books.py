"""The rows of the demo's history: ids, document numbers, events of listed moves, audit notes, written in bulk."""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.domain.appointments.model import Appointment, AppointmentChange, AppointmentState, CapacityDay, ReceptionSlot
from app.domain.billing.model import Settlement, SettlementLine, Tender
from app.domain.care.model import Call, FollowUp
from app.domain.demo.opening_days import DAY, day_text, stamp
from app.domain.demo.plan import Expected, Task, Visit, Who
from app.domain.files.model import FileKind, StoredFile
from app.domain.repair_orders.model import Finding, Job, OrderEvent, PartLine, PromiseChange, RepairOrder
from app.domain.repair_orders.reception_model import ApprovalLine, ApprovalRequest, CheckIn, Damage, Recommendation
from app.domain.repair_orders.workflows import JOB, ORDER
from app.domain.stock.model import StockBalance, StockMovement, StockValue
from app.domain.vehicles.model import MileageReading
from app.domain.workshop.model import ClockEntry, FinalInspection, InspectionItem
from app.kernel import audit
from app.kernel.bulk import BulkWriter, Row
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
    target = listed.target.value
    return target, f"{noun}.{move}", audit.details_text({"source": source, "target": target})


class Books:
    """Everything that is written, in the order in which tables refer to each other."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.writer = BulkWriter(session)
        self._notes: list[audit.Note] = []
        self._numbers: dict[str, int] = {}
        self._ids: dict[str, Any] = {}
        self.files = self._table(
            StoredFile, "id kind name original_name media_type sha256 size subject stored_at stored_by"
        )
        self.days = self._table(CapacityDay, "day available_centi booked_centi")
        self.slots = self._table(ReceptionSlot, "id starts_at capacity taken")
        self.appointments = self._table(
            Appointment, "id number slot_id day customer_id vehicle_id hours_centi wish state created_at version"
        )
        self.changes = self._table(AppointmentChange, "id appointment_id what reason was_at now_at at actor")
        self.orders = self._table(
            RepairOrder,
            "id number state kind vehicle_id customer_id adviser_id appointment_id comeback_of_id words mileage_in_km "
            "mileage_out_km old_parts customer_waits first_promised_at promised_at created_at authorised_at completed_at "
            "settled_at delivered_at authorisation_signature_id version",
        )
        self.readings = self._table(MileageReading, "id vehicle_id km read_at source lower_reason")
        self.check_ins = self._table(
            CheckIn,
            "id order_id mileage_km energy_percent warning_lights valuables no_damage signature_id signed_name at actor",
        )
        self.damages = self._table(Damage, "id check_in_id x y kind note")
        self.findings = self._table(
            Finding, "id order_id words urgent reported_at reported_by_id handled_at handled_how"
        )
        self.jobs = self._table(
            Job,
            "id order_id position operation_id code name hours_centi rate_fen discount_permille amount_fen payer origin "
            "finding_id certificate state rejections technician_id planned_start_at planned_end_at version",
        )
        self.lines = self._table(
            PartLine,
            "id order_id job_id part_id number name origin unit quantity_milli price_fen discount_permille amount_fen "
            "payer customer_supplied issued_milli reserved_milli cancelled created_at version",
        )
        self.events = self._table(OrderEvent, "id order_id job_id move source target reason at actor staff_id")
        self.promises = self._table(PromiseChange, "id order_id was_at now_at reason at actor")
        self.requests = self._table(
            ApprovalRequest, "id order_id token_hash asked_at asked_by expires_at opened_at answered_at"
        )
        self.answers = self._table(
            ApprovalLine, "id request_id job_id shown_fen answer how who address at signature_id"
        )
        self.put_off = self._table(Recommendation, "id vehicle_id job_id words amount_fen since settled_at settled_how")
        self.clocks = self._table(ClockEntry, "id staff_id job_id started_at ended_at pause_reason")
        self.inspections = self._table(
            FinalInspection, "id order_id inspector_id passed road_test_km mileage_out_km remark at"
        )
        self.items = self._table(InspectionItem, "id inspection_id job_id passed reason")
        self.movements = self._table(
            StockMovement,
            "id part_id bin_id owner kind quantity_milli value_fen source source_id reason at staff_id",
        )
        self.balances = self._table(StockBalance, "id part_id bin_id owner on_hand_milli reserved_milli")
        self.values = self._table(StockValue, "part_id quantity_milli value_fen")
        self.settlements = self._table(
            Settlement,
            "id number order_id payer customer_id labour_fen material_fen rounding_fen net_fen tax_fen total_fen "
            "issued_at issued_by reason on_credit_at on_credit_by",
        )
        self.settlement_lines = self._table(
            SettlementLine,
            "id settlement_id position kind source_id code name hours_centi quantity_milli unit price_fen "
            "discount_permille amount_fen origin",
        )
        self.tenders = self._table(Tender, "id number settlement_id method amount_fen reference received_at cashier_id")
        self.follow_ups = self._table(
            FollowUp,
            "id order_id due_on state attempts fixed_first_visit score words needs_action closed_at version",
        )
        self.calls = self._table(Call, "id follow_up_id outcome words called_at caller_id")

    def _table(self, model: Any, columns: str) -> list[Row]:
        names = columns.split()
        if names[0] == "id":
            last = self.session.execute(select(func.max(model.id))).scalar_one() or 0
            self._ids[model.__tablename__] = count(last + 1).__next__
        return self.writer.rows(model, *names)

    def new_id(self, table: str) -> int:
        """The next id of a table."""
        return int(self._ids[table]())

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
