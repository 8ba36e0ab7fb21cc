"""Vehicles of the old system."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import func, select, update

from app.domain.customers.model import Customer
from app.domain.imports import normalise as read
from app.domain.imports.importer import Draft, Importer, add_rows, fill_or_keep
from app.domain.imports.notes import Note
from app.domain.imports.reading import Line
from app.domain.vehicles import identity
from app.domain.vehicles.model import Energy, Vehicle

_ENERGIES = {
    Energy.FUEL: "汽油 柴油 轻混 轻度混合动力 燃油 燃油车 油 48v轻混 petrol gasoline diesel fuel mildhybrid",
    Energy.HYBRID: "插混 插电 插电混动 插电式混动 插电式混合动力 混动 混合动力 增程 phev hybrid",
    Energy.ELECTRIC: "纯电 电动 纯电动 纯电动车 新能源纯电 电动车 ev bev electric",
}
ENERGY_OF = {word: energy for energy, words in _ENERGIES.items() for word in words.split()}
FIELDS = (
    "plate",
    "model",
    "series",
    "engine_no",
    "colour",
    "energy",
    "purchased_on",
    "owner_id",
    "insurer_name",
    "insurance_expires_on",
    "inspection_expires_on",
    "mileage_km",
    "last_visit_on",
)
# Of one car in two rows, these follow the newer row: the car was sold or got another plate.
_CHANGING = (
    "plate",
    "owner_id",
    "mileage_km",
    "last_visit_on",
    "insurance_expires_on",
    "inspection_expires_on",
    "insurer_name",
)


class VehicleImporter(Importer):
    """Identity is the VIN, or the plate where there is none."""

    kind = "vehicles"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.owners: dict[str, int] = {}
        self.owner_numbers: dict[int, str] = {}
        kept = select(Customer.legacy_number, func.coalesce(Customer.merged_into_id, Customer.id))
        for number, id_ in self.session.execute(kept.where(Customer.legacy_number.is_not(None))):
            assert number is not None
            self.owners[number] = id_
            self.owner_numbers.setdefault(id_, number)
        self.known: dict[str, dict[str, Any]] = {}
        self.plates: dict[str, str] = {}
        self.staged: list[dict[str, Any]] = []
        self.changed: dict[str, dict[str, Any]] = {}
        columns = [getattr(Vehicle, name) for name in FIELDS]
        for vin, *values in self.session.execute(select(Vehicle.vin, *columns)):
            row = dict(zip(FIELDS, values, strict=True)) | {"stored": True}
            self._remember(vin or "", row)

    def _remember(self, vin: str, row: dict[str, Any]) -> None:
        key = vin or "plate:" + row["plate"]
        self.known[key] = row
        if row["plate"]:
            self.plates[row["plate"]] = key

    def take(self, line: Line) -> Iterable[tuple[int, list[Note]]]:
        draft, usable = self.open(line)
        yield line.row, (self._decide(draft) if usable else draft.notes)

    def _decide(self, draft: Draft) -> list[Note]:
        vin = str(draft.take(read.vin(draft.cell("vin"))))
        plate = str(draft.take(read.plate(draft.cell("plate"))))
        vin = self._own_vin(draft, vin, plate)
        if not vin and not plate:
            return draft.reject("vin", "no_identity")
        values = self._values(draft, plate)
        remark = draft.remark(draft.take(read.text(draft.cell("remark"), "remark", longest=2000, lines=True)))
        key = vin or "plate:" + plate
        if not vin and plate in self.plates:
            key = self.plates[plate]
        elif vin and vin not in self.known and plate and self.plates.get(plate) == "plate:" + plate:
            self._learn_vin(draft, plate, vin)
        existing = self.known.get(key)
        if existing is not None:
            return self._again(draft, key, existing, values, remark)
        if plate and plate in self.plates:
            draft.warn("plate", "same_plate", plate, self.plates[plate].removeprefix("plate:"))
        row = values | {
            "vin": vin or None,
            "vin_tail": vin[-6:],
            "plate_doubtful": bool(plate) and not identity.plate_is_usual(plate),
            "energy": values["energy"] or Energy.FUEL,
            "remark": remark,
        }
        self._remember(vin, row)
        self.staged.append(row)
        return draft.notes

    def _own_vin(self, draft: Draft, vin: str, plate: str) -> str:
        """A VIN that is no whole one does not make one car out of two with different plates."""
        other = self.known.get(vin) if vin and not identity.has_vin_shape(vin) else None
        if other is None or not plate or other["plate"] in ("", plate):
            return vin
        draft.warn("vin", "vin_taken", vin, "")
        draft.keep("vin", vin)
        return ""

    def _learn_vin(self, draft: Draft, plate: str, vin: str) -> None:
        """A car known by its plate only gets the VIN that a later row knows."""
        row = self.known.pop("plate:" + plate)
        self.known[vin], self.plates[plate] = row, vin
        learnt = {"vin": vin, "vin_tail": vin[-6:]}
        draft.merge("vin", "filled_in", "", vin)
        if any(row is staged for staged in self.staged):
            row.update(learnt)
        else:
            # Before anything else is said of the car by its VIN.
            self.session.execute(update(Vehicle).where(Vehicle.plate == plate, Vehicle.vin.is_(None)).values(**learnt))

    def _values(self, draft: Draft, plate: str) -> dict[str, Any]:
        number = draft.take(read.code(draft.cell("customer"), "customer"))
        owner = self.owners.get(number)
        if number and owner is None:
            draft.warn("customer", "unknown_customer", number)
            draft.keep("customer", number)
        values = {
            "plate": plate,
            "model": draft.take(read.text(draft.cell("model"), "model", longest=80)),
            "series": draft.take(read.code(draft.cell("series"), "series", longest=20)),
            "engine_no": draft.take(read.code(draft.cell("engine"), "engine", longest=40)),
            "colour": draft.take(read.text(draft.cell("colour"), "colour", longest=40)),
            "purchased_on": draft.take(read.day(draft.cell("purchased"), "purchased", self.today)),
            "owner_id": owner,
            "energy": self._energy(draft),
            "insurer_name": draft.take(read.text(draft.cell("insurer"), "insurer", longest=80)),
            "insurance_expires_on": draft.take(read.day(draft.cell("insurance"), "insurance", self.today, future=True)),
            "inspection_expires_on": draft.take(
                read.day(draft.cell("inspection"), "inspection", self.today, future=True)
            ),
            "mileage_km": draft.take(read.mileage(draft.cell("mileage"), "mileage")),
            "last_visit_on": draft.take(read.day(draft.cell("visited"), "visited", self.today)),
        }
        bought = values["purchased_on"]
        later = (
            ("insurance_expires_on", "insurance"),
            ("inspection_expires_on", "inspection"),
            ("last_visit_on", "visited"),
        )
        for name, column in later:
            if bought and values[name] and values[name] < bought:
                reason = "date_visit" if column == "visited" else "date_expired"
                draft.warn(column, reason, values[name], values[name])
        return values

    def _energy(self, draft: Draft) -> Energy | None:
        word = draft.take(read.text(draft.cell("energy"), "energy", longest=40)).lower().replace(" ", "")
        if word and word not in ENERGY_OF:
            draft.warn("energy", "unknown_value", word, Energy.FUEL.value)
            draft.keep("energy", word)
        return ENERGY_OF.get(word)

    def _again(
        self, draft: Draft, key: str, existing: dict[str, Any], values: dict[str, Any], remark: str
    ) -> list[Note]:
        if read.is_empty(draft.cell("vin")) or key.startswith("plate:"):
            draft.merge("plate", "same_plate_car", values["plate"], values["plate"])
        else:
            draft.merge("vin", "same_vehicle", key, key)
        if existing.get("stored"):
            # In the portal already: only gaps are filled, what somebody may have corrected is kept.
            changes = fill_or_keep(draft, existing, values)
            if remark:
                draft.merge("remark", "kept_existing", remark)
        else:
            newer = _age(values) > _age(existing)
            changes = fill_or_keep(draft, existing, values, frozenset((*_CHANGING, "purchased_on")))
            changes |= self._first_purchase(draft, existing, values)
            for name in _CHANGING:
                old, new = existing[name], values[name]
                if new in (None, "") or old == new:
                    continue
                if newer or old in (None, ""):
                    changes[name] = new
                was, now = (old, new) if name in changes else (new, old)
                draft.merge(name.removesuffix("_id"), "newer_kept", self._say(name, was), self._say(name, now))
            if remark and remark not in existing["remark"]:
                changes["remark"] = "\n".join(filter(None, (existing["remark"], remark)))
                draft.merge("remark", "filled_in", "", remark)
        self._change(key, existing, changes)
        return draft.notes

    @staticmethod
    def _first_purchase(draft: Draft, existing: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        """Guarantees run from the first purchase: of two dates the earlier one is kept."""
        old, new = existing["purchased_on"], values["purchased_on"]
        if new is None or old == new:
            return {}
        draft.merge("purchased", "first_purchase", max(old or new, new), min(old or new, new))
        return {"purchased_on": new} if old is None or new < old else {}

    def _say(self, name: str, value: Any) -> str:
        if name == "owner_id" and value is not None:
            return self.owner_numbers.get(value, "")
        return "" if value is None else str(value)

    def _change(self, key: str, existing: dict[str, Any], changes: dict[str, Any]) -> None:
        if not changes:
            return
        if changes.get("plate"):
            changes["plate_doubtful"] = not identity.plate_is_usual(changes["plate"])
            if self.plates.get(existing["plate"]) == key:
                del self.plates[existing["plate"]]
            self.plates[changes["plate"]] = key
        existing.update(changes)
        if not any(existing is row for row in self.staged):
            self.changed.setdefault(key, {}).update(changes)

    def flush(self) -> None:
        if self.staged:
            rows = [row | {"created_at": self.now, "version": 1} for row in self.staged]
            add_rows(self.session, Vehicle, rows)
        self.staged = []
        for key, changes in self.changed.items():
            where = Vehicle.plate == key.removeprefix("plate:") if key.startswith("plate:") else Vehicle.vin == key
            self.session.execute(update(Vehicle).where(where).values(**changes, version=Vehicle.version + 1))
        self.changed = {}


def _age(values: dict[str, Any]) -> tuple[date, int]:
    """How new a row is: by the later of purchase and last visit, then by mileage."""
    return max(values["last_visit_on"] or date.min, values["purchased_on"] or date.min), values["mileage_km"] or 0
