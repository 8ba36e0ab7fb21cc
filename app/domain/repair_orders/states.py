"""The states of an order and of its jobs, and the moves between them. Independent questions are independent states."""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    """Where the order as a contract stands."""

    DRAFT = "draft"
    CHECKED_IN = "checked_in"
    ESTIMATED = "estimated"
    AUTHORISED = "authorised"
    IN_WORK = "in_work"
    WORK_DONE = "work_done"
    INSPECTED = "inspected"
    SETTLED = "settled"
    REOPENED = "reopened"  # the car has left, its settlement is reversed to be corrected
    DELIVERED = "delivered"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class JobState(StrEnum):
    """Where one job stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    DISPATCHED = "dispatched"
    WORKING = "working"
    PAUSED = "paused"
    DONE = "done"
    PASSED = "passed"


class Payer(StrEnum):
    """Who pays a line."""

    CUSTOMER = "customer"
    WARRANTY = "warranty"
    INSURER = "insurer"
    GOODWILL = "goodwill"
    INTERNAL = "internal"


class OldParts(StrEnum):
    """What the customer wants done with the replaced parts; printed on the settlement list by standard."""

    TAKE = "take"
    WAIVE = "waive"
    NONE = "none"


class RepairKind(StrEnum):
    """The kind of repair: sets the legal guarantee and whether a completion certificate is due."""

    MINOR = "minor"
    FIRST_MAINTENANCE = "first_maintenance"
    SECOND_MAINTENANCE = "second_maintenance"
    ASSEMBLY = "assembly"
    WHOLE_VEHICLE = "whole_vehicle"
    BODY = "body"


class LineOrigin(StrEnum):
    """How a job came onto the order."""

    ORDERED = "ordered"
    ADDITIONAL = "additional"


class PartsReadiness(StrEnum):
    """Derived from the part lines: can the job start?"""

    NONE_NEEDED = "none_needed"
    SHORT = "short"
    EXPECTED = "expected"
    READY = "ready"
    ISSUED = "issued"


class Answer(StrEnum):
    """A customer's answer to one line."""

    APPROVED = "approved"
    DECLINED = "declined"


class AnsweredBy(StrEnum):
    """How the answer was given."""

    LINK = "link"
    TABLET = "tablet"


class PriceChangeState(StrEnum):
    """What became of a price that was changed after the customer's answer."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class DamageKind(StrEnum):
    """What is wrong at a marked place of the car."""

    SCRATCH = "scratch"
    DENT = "dent"
    CRACK = "crack"
    RUST = "rust"
    MISSING = "missing"
    OTHER = "other"


class WarningLight(StrEnum):
    """Lights that burned on the dashboard at check-in."""

    ENGINE = "engine"
    OIL = "oil"
    BATTERY = "battery"
    COOLANT = "coolant"
    BRAKE = "brake"
    ABS = "abs"
    AIRBAG = "airbag"
    TYRE = "tyre"
    TRANSMISSION = "transmission"
    HIGH_VOLTAGE = "high_voltage"
    SERVICE = "service"
