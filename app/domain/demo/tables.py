"""The tables that the demo's history fills, those first to which others refer, and the next id of each."""

from __future__ import annotations

from itertools import count
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.appointments.model import Appointment, AppointmentChange, CapacityDay, ReceptionSlot
from app.domain.billing.model import Settlement, SettlementLine, Tender
from app.domain.care.model import Call, FollowUp
from app.domain.files.model import StoredFile
from app.domain.repair_orders.model import Finding, Job, OrderEvent, PartLine, PromiseChange, RepairOrder
from app.domain.repair_orders.reception_model import ApprovalLine, ApprovalRequest, CheckIn, Damage, Recommendation
from app.domain.stock.model import StockBalance, StockMovement, StockValue
from app.domain.vehicles.model import MileageReading
from app.domain.workshop.model import ClockEntry, FinalInspection, InspectionItem
from app.kernel.bulk import BulkWriter, Row


class Tables:
    """For each table the list to which its rows are added, in the order of the columns named here."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.writer = BulkWriter(session)
        self._ids: dict[str, Any] = {}
        self._name_arrival()
        self._name_order()
        self._name_work()
        self._name_money()

    def _name_arrival(self) -> None:
        self.files = self._table(
            StoredFile, "id kind name original_name media_type sha256 size subject stored_at stored_by"
        )
        self.days = self._table(CapacityDay, "day available_centi booked_centi")
        self.slots = self._table(ReceptionSlot, "id starts_at capacity taken")
        self.appointments = self._table(
            Appointment, "id number slot_id day customer_id vehicle_id hours_centi wish state created_at version"
        )
        self.changes = self._table(AppointmentChange, "id appointment_id what reason was_at now_at at actor")

    def _name_order(self) -> None:
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

    def _name_work(self) -> None:
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

    def _name_money(self) -> None:
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
