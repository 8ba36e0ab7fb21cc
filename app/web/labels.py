"""The word, the tone and the icon of every enum member, in one place; a house test fails on a member without a label."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from app.domain.appointments.model import AppointmentState
from app.domain.billing.model import TenderMethod
from app.domain.care.model import FollowUpState
from app.domain.catalogue.model import PartOrigin, Tracking
from app.domain.counter_sales.model import PickupState, SaleState
from app.domain.customers.model import ConsentPurpose, CustomerKind
from app.domain.files.model import FileKind
from app.domain.imports.notes import Kind as ImportKind
from app.domain.imports.notes import Outcome
from app.domain.purchasing.states import (
    CreditState,
    DiscrepancyKind,
    InvoiceState,
    PurchaseKind,
    PurchaseState,
    Resolution,
    ReturnReason,
)
from app.domain.repair_orders.states import (
    Answer,
    AnsweredBy,
    DamageKind,
    JobState,
    LineOrigin,
    OldParts,
    OrderState,
    PartsReadiness,
    Payer,
    PriceChangeState,
    RepairKind,
    WarningLight,
)
from app.domain.replenishment.forecasts import Method
from app.domain.replenishment.rules import Pattern, StabilityClass
from app.domain.replenishment.states import RunState, ScenarioKind
from app.domain.staff.model import CertificateKind, Language, Role
from app.domain.stock.abc import AbcClass
from app.domain.stock.model import LostReason, MovementKind, ScrapReason, ScrapState, StockOwner
from app.domain.stock_takes.states import TakeKind, TakeState
from app.domain.suppliers.questions import AuditQuestion
from app.domain.tools.states import ReturnCondition, ToolKind, ToolMove, ToolState
from app.domain.vehicles.model import Energy
from app.domain.workshop.model import PauseReason
from app.kernel.errors import N_
from app.web.templating import word

# member, word, tone, icon; tones: neutral info active good waiting late
_TABLE: tuple[tuple[StrEnum, str, str, str], ...] = (
    (OrderState.DRAFT, N_("Draft"), "neutral", "pencil"),
    (OrderState.CHECKED_IN, N_("Checked in"), "info", "car"),
    (OrderState.ESTIMATED, N_("Estimate given"), "waiting", "file-text"),
    (OrderState.AUTHORISED, N_("Authorised"), "info", "signature"),
    (OrderState.IN_WORK, N_("In work"), "active", "tool"),
    (OrderState.WORK_DONE, N_("Work done"), "waiting", "checks"),
    (OrderState.INSPECTED, N_("Inspected"), "good", "shield-check"),
    (OrderState.SETTLED, N_("Settled"), "good", "receipt"),
    (OrderState.REOPENED, N_("Settlement being corrected"), "waiting", "arrow-back-up"),
    (OrderState.DELIVERED, N_("Delivered"), "good", "key"),
    (OrderState.CLOSED, N_("Closed"), "neutral", "archive"),
    (OrderState.CANCELLED, N_("Cancelled"), "neutral", "ban"),
    (JobState.PROPOSED, N_("Waiting for approval"), "waiting", "help"),
    (JobState.APPROVED, N_("Approved"), "info", "check"),
    (JobState.DECLINED, N_("Declined"), "neutral", "x"),
    (JobState.WITHDRAWN, N_("Taken off"), "neutral", "ban"),
    (JobState.DISPATCHED, N_("Dispatched"), "info", "send"),
    (JobState.WORKING, N_("Working"), "active", "player-play"),
    (JobState.PAUSED, N_("Paused"), "waiting", "player-pause"),
    (JobState.DONE, N_("Done"), "good", "check"),
    (JobState.PASSED, N_("Passed"), "good", "shield-check"),
    (Payer.CUSTOMER, N_("Customer pays"), "neutral", "user"),
    (Payer.WARRANTY, N_("Warranty"), "neutral", "shield-check"),
    (Payer.INSURER, N_("Insurer"), "neutral", "building"),
    (Payer.GOODWILL, N_("Goodwill"), "neutral", "star"),
    (Payer.INTERNAL, N_("Internal"), "neutral", "home"),
    (OldParts.TAKE, N_("Customer takes old parts"), "neutral", "package"),
    (OldParts.WAIVE, N_("Customer waives old parts"), "neutral", "trash"),
    (OldParts.NONE, N_("No old parts"), "neutral", "minus"),
    (RepairKind.MINOR, N_("Minor repair"), "neutral", "tool"),
    (RepairKind.FIRST_MAINTENANCE, N_("First-level maintenance"), "neutral", "tool"),
    (RepairKind.SECOND_MAINTENANCE, N_("Second-level maintenance"), "neutral", "tool"),
    (RepairKind.ASSEMBLY, N_("Assembly overhaul"), "neutral", "tool"),
    (RepairKind.WHOLE_VEHICLE, N_("Whole-vehicle overhaul"), "neutral", "tool"),
    (RepairKind.BODY, N_("Body and paint"), "neutral", "tool"),
    (LineOrigin.ORDERED, N_("Ordered"), "neutral", "file-text"),
    (LineOrigin.ADDITIONAL, N_("Additional work"), "waiting", "plus"),
    (PartsReadiness.NONE_NEEDED, N_("No parts needed"), "neutral", "minus"),
    (PartsReadiness.SHORT, N_("Parts missing"), "late", "package-off"),
    (PartsReadiness.EXPECTED, N_("Parts expected"), "waiting", "clock"),
    (PartsReadiness.READY, N_("Parts ready"), "good", "package"),
    (PartsReadiness.ISSUED, N_("Parts issued"), "good", "check"),
    (PurchaseState.DRAFT, N_("Being drawn up"), "neutral", "pencil"),
    (PurchaseState.SENT, N_("Sent to the supplier"), "active", "send"),
    (PurchaseState.CONFIRMED, N_("Confirmed by the supplier"), "info", "check"),
    (PurchaseState.RECEIVED, N_("All received"), "good", "package-import"),
    (PurchaseState.CANCELLED, N_("Cancelled"), "neutral", "ban"),
    (AbcClass.A, "A", "neutral", "tag"),
    (AbcClass.B, "B", "neutral", "tag"),
    (AbcClass.C, "C", "neutral", "tag"),
    (StabilityClass.X, "X", "neutral", "tag"),
    (StabilityClass.Y, "Y", "neutral", "tag"),
    (StabilityClass.Z, "Z", "neutral", "tag"),
    (Pattern.NONE, N_("No demand"), "neutral", "circle-dashed"),
    (Pattern.SMOOTH, N_("Steady"), "good", "wave-sine"),
    (Pattern.ERRATIC, N_("Changing"), "info", "activity"),
    (Pattern.INTERMITTENT, N_("Now and then"), "info", "dots"),
    (Pattern.LUMPY, N_("Lumpy"), "waiting", "chart-bar"),
    (Method.NONE, N_("No forecast"), "neutral", "circle-dashed"),
    (Method.SES, N_("Exponential smoothing"), "neutral", "chart-line"),
    (Method.SBA, N_("Syntetos–Boylan (SBA)"), "neutral", "chart-line"),
    (Method.TSB, N_("Teunter–Syntetos–Babai (TSB)"), "neutral", "chart-line"),
    (RunState.RUNNING, N_("Calculating"), "active", "hourglass"),
    (RunState.DONE, N_("Calculated"), "good", "check"),
    (RunState.FAILED, N_("Broke off"), "late", "alert-triangle"),
    (ScenarioKind.PRESENT, N_("Present policy"), "active", "target"),
    (ScenarioKind.UNIFORM, N_("The same for all"), "neutral", "minus"),
    (ScenarioKind.DEAR_FIRST, N_("Dear parts first"), "neutral", "trending-up"),
    (ScenarioKind.CHEAP_FIRST, N_("Cheap parts first"), "neutral", "trending-down"),
    (PurchaseKind.STOCK, N_("For the shelf"), "neutral", "building-warehouse"),
    (PurchaseKind.EMERGENCY, N_("Emergency order"), "waiting", "urgent"),
    (DiscrepancyKind.SHORT, N_("Less came than was on the note"), "waiting", "trending-down"),
    (DiscrepancyKind.OVER, N_("More came than was ordered"), "waiting", "trending-up"),
    (DiscrepancyKind.DAMAGED, N_("Arrived damaged"), "late", "package-off"),
    (DiscrepancyKind.WRONG_PRICE, N_("Another price than agreed"), "waiting", "coin-yuan"),
    (Resolution.CREDITED, N_("Supplier credits it"), "good", "receipt-refund"),
    (Resolution.REPLACED, N_("Supplier delivers again"), "info", "truck"),
    (Resolution.ACCEPTED, N_("Accepted as it came"), "neutral", "check"),
    (Resolution.SENT_BACK, N_("Went back to the supplier"), "neutral", "truck-return"),
    (ReturnReason.SURPLUS, N_("More than was ordered"), "neutral", "trending-up"),
    (ReturnReason.DAMAGED, N_("Damaged or faulty"), "neutral", "package-off"),
    (ReturnReason.WRONG_PART, N_("Wrong part delivered"), "neutral", "replace"),
    (ReturnReason.NOT_NEEDED, N_("No longer needed"), "neutral", "archive"),
    (CreditState.AWAITED, N_("Credit note awaited"), "waiting", "hourglass"),
    (CreditState.TAKEN_OFF, N_("Taken off the invoice"), "info", "file-invoice"),
    (CreditState.CREDITED, N_("Credited"), "good", "receipt-refund"),
    (CreditState.NOTHING_DUE, N_("No credit due"), "neutral", "minus"),
    (CreditState.REFUSED, N_("Not taken, here again"), "neutral", "arrow-back-up"),
    (InvoiceState.MATCHED, N_("Matches what came"), "good", "file-check"),
    (InvoiceState.DISPUTED, N_("Differs from what came"), "late", "file-alert"),
    (InvoiceState.PAID, N_("Invoice paid"), "neutral", "cash"),
    (InvoiceState.WITHDRAWN, N_("Taken out"), "neutral", "arrow-back-up"),
    (AuditQuestion.LICENCE, N_("Licence and right to the brand"), "neutral", "certificate"),
    (AuditQuestion.ORIGIN_PROOF, N_("Proof of origin and quality"), "neutral", "shield-check"),
    (AuditQuestion.PACKAGING, N_("Packaging and labels"), "neutral", "package"),
    (AuditQuestion.STORAGE, N_("Storage and transport"), "neutral", "building-warehouse"),
    (AuditQuestion.RETURNS, N_("Takes wrong goods back"), "neutral", "truck-return"),
    (AuditQuestion.REACHABLE, N_("Can be reached, keeps his word"), "neutral", "phone"),
    (AuditQuestion.INVOICING, N_("Correct invoices in time"), "neutral", "file-invoice"),
    (Answer.APPROVED, N_("Approved"), "good", "check"),
    (Answer.DECLINED, N_("Declined"), "neutral", "x"),
    (PriceChangeState.WAITING, N_("Waiting for the customer"), "waiting", "help"),
    (PriceChangeState.IN_FORCE, N_("In force"), "good", "check"),
    (PriceChangeState.REFUSED, N_("Refused by the customer"), "neutral", "x"),
    (PriceChangeState.WITHDRAWN, N_("Not asked any more"), "neutral", "ban"),
    (AnsweredBy.LINK, N_("by link"), "neutral", "device-mobile"),
    (AnsweredBy.TABLET, N_("on the tablet"), "neutral", "device-tablet"),
    (DamageKind.SCRATCH, N_("Scratch"), "neutral", "alert-triangle"),
    (DamageKind.DENT, N_("Dent"), "neutral", "alert-triangle"),
    (DamageKind.CRACK, N_("Crack"), "neutral", "alert-triangle"),
    (DamageKind.RUST, N_("Rust"), "neutral", "alert-triangle"),
    (DamageKind.MISSING, N_("Missing"), "neutral", "alert-triangle"),
    (DamageKind.OTHER, N_("Other"), "neutral", "alert-triangle"),
    (WarningLight.ENGINE, N_("Engine"), "waiting", "engine"),
    (WarningLight.OIL, N_("Oil pressure"), "waiting", "droplet"),
    (WarningLight.BATTERY, N_("Battery"), "waiting", "battery"),
    (WarningLight.COOLANT, N_("Coolant"), "waiting", "temperature"),
    (WarningLight.BRAKE, N_("Brakes"), "waiting", "alert-circle"),
    (WarningLight.ABS, N_("ABS"), "waiting", "alert-circle"),
    (WarningLight.AIRBAG, N_("Airbag"), "waiting", "alert-circle"),
    (WarningLight.TYRE, N_("Tyre pressure"), "waiting", "alert-circle"),
    (WarningLight.TRANSMISSION, N_("Transmission"), "waiting", "settings"),
    (WarningLight.HIGH_VOLTAGE, N_("High voltage"), "waiting", "bolt"),
    (WarningLight.SERVICE, N_("Service due"), "waiting", "tool"),
    (Role.SERVICE_ADVISER, N_("Service adviser"), "neutral", "user"),
    (Role.WORKSHOP_CONTROLLER, N_("Workshop controller"), "neutral", "user"),
    (Role.TECHNICIAN, N_("Technician"), "neutral", "tool"),
    (Role.QUALITY_INSPECTOR, N_("Quality inspector"), "neutral", "shield-check"),
    (Role.PARTS_CLERK, N_("Parts clerk"), "neutral", "package"),
    (Role.PARTS_MANAGER, N_("Parts manager"), "neutral", "package"),
    (Role.WARRANTY_CLERK, N_("Warranty clerk"), "neutral", "file-text"),
    (Role.CASHIER, N_("Cashier"), "neutral", "cash"),
    (Role.CUSTOMER_CARE, N_("Customer care"), "neutral", "phone"),
    (Role.TRAINER, N_("Trainer"), "neutral", "school"),
    (Role.USED_CAR_DESK, N_("Used-car desk"), "neutral", "car"),
    (Role.SERVICE_MANAGER, N_("Service manager"), "neutral", "user"),
    (Role.GENERAL_MANAGER, N_("General manager"), "neutral", "user"),
    (Role.ADMINISTRATOR, N_("Administrator"), "neutral", "settings"),
    (Language.CHINESE, N_("Chinese"), "neutral", "language"),
    (Language.ENGLISH, N_("English"), "neutral", "language"),
    (CertificateKind.HIGH_VOLTAGE, N_("High-voltage certificate"), "neutral", "bolt"),
    (CertificateKind.AIR_CONDITIONING, N_("Air-conditioning certificate"), "neutral", "temperature"),
    (CertificateKind.BRAND_TECHNICIAN, N_("Brand technician"), "neutral", "certificate"),
    (CertificateKind.DIAGNOSIS, N_("Diagnosis technician"), "neutral", "search"),
    (CustomerKind.PRIVATE, N_("Private"), "neutral", "user"),
    (CustomerKind.COMPANY, N_("Company"), "neutral", "building"),
    (CustomerKind.FLEET, N_("Fleet"), "neutral", "car"),
    (CustomerKind.INSURER, N_("Insurer"), "neutral", "shield-check"),
    (CustomerKind.VIP, N_("VIP"), "active", "star"),
    (ConsentPurpose.SMS, N_("Text messages"), "neutral", "message"),
    (ConsentPurpose.MARKETING, N_("Offers"), "neutral", "message"),
    (ConsentPurpose.DATA_TO_MANUFACTURER, N_("Data to the manufacturer"), "neutral", "send"),
    (Energy.FUEL, N_("Fuel"), "neutral", "gas-station"),
    (Energy.HYBRID, N_("Hybrid"), "neutral", "bolt"),
    (Energy.ELECTRIC, N_("Electric"), "neutral", "bolt"),
    (PartOrigin.GENUINE, N_("Genuine part"), "neutral", "certificate"),
    (PartOrigin.EQUIVALENT, N_("Equivalent quality"), "neutral", "package"),
    (PartOrigin.REMANUFACTURED, N_("Remanufactured"), "neutral", "refresh"),
    (PartOrigin.REUSED, N_("Reused"), "neutral", "refresh"),
    (ImportKind.CUSTOMERS, N_("Customers"), "neutral", "users"),
    (ImportKind.VEHICLES, N_("Vehicles"), "neutral", "car"),
    (ImportKind.PARTS, N_("Parts"), "neutral", "package"),
    (ImportKind.OPERATIONS, N_("Labour operations"), "neutral", "tool"),
    (ImportKind.PRICES, N_("A supplier's price list"), "neutral", "coin-yuan"),
    (ImportKind.ORDERS, N_("Old orders"), "neutral", "history"),
    (Outcome.ACCEPTED, N_("Accepted"), "good", "check"),
    (Outcome.NORMALISED, N_("Tidied"), "good", "checks"),
    (Outcome.WARNED, N_("With a remark"), "waiting", "alert-triangle"),
    (Outcome.MERGED, N_("Merged"), "info", "arrows-join"),
    (Outcome.REJECTED, N_("Rejected"), "late", "ban"),
    (Outcome.SKIPPED, N_("No data row"), "neutral", "minus"),
    (Outcome.UNCHANGED, N_("Unchanged"), "neutral", "check"),
    (Tracking.NONE, N_("not tracked"), "neutral", "minus"),
    (Tracking.BATCH, N_("by batch"), "neutral", "barcode"),
    (Tracking.SERIAL, N_("by serial number"), "neutral", "barcode"),
    (LostReason.NOT_STOCKED, N_("Not stocked"), "neutral", "package-off"),
    (LostReason.OUT_OF_STOCK, N_("Out of stock"), "late", "package-off"),
    (LostReason.PRICE_REFUSED, N_("Price refused"), "waiting", "cash"),
    (LostReason.TIME_REFUSED, N_("Waiting refused"), "waiting", "hourglass"),
    (TakeKind.FULL, N_("The whole store"), "neutral", "building-warehouse"),
    (TakeKind.BINS, N_("Certain bins"), "neutral", "map-pin"),
    (TakeKind.CYCLE, N_("By ABC class"), "neutral", "repeat"),
    (TakeState.COUNTING, N_("Being counted"), "active", "list-check"),
    (TakeState.COUNTED, N_("Counted, to be posted"), "waiting", "hourglass"),
    (TakeState.POSTED, N_("Posted"), "good", "check"),
    (TakeState.CANCELLED, N_("Cancelled"), "neutral", "ban"),
    (ScrapReason.DAMAGED, N_("Damaged in the store"), "neutral", "package-off"),
    (ScrapReason.EXPIRED, N_("Past its date"), "neutral", "calendar-x"),
    (ScrapReason.OBSOLETE, N_("Nobody needs it any more"), "neutral", "archive"),
    (ScrapReason.WRONG, N_("Wrong part, cannot go back"), "neutral", "x"),
    (ScrapReason.OTHER, N_("Another reason"), "neutral", "dots"),
    (ScrapState.WAITING, N_("Waits for the decision"), "waiting", "hourglass"),
    (ScrapState.APPROVED, N_("Scrapped"), "neutral", "trash"),
    (ScrapState.REFUSED, N_("Kept after all"), "good", "arrow-back-up"),
    (StockOwner.SHOP, N_("Shop's stock"), "neutral", "home"),
    (StockOwner.CONSIGNMENT, N_("Consignment"), "neutral", "building"),
    (StockOwner.CUSTOMER, N_("Customer's part"), "neutral", "user"),
    (MovementKind.OPENING, N_("Opening stock"), "neutral", "database"),
    (MovementKind.RECEIPT, N_("Receipt"), "good", "plus"),
    (MovementKind.ISSUE, N_("Issue"), "info", "send"),
    (MovementKind.RETURN, N_("Return"), "neutral", "arrow-back-up"),
    (MovementKind.TRANSFER, N_("Transfer"), "neutral", "arrows-exchange"),
    (MovementKind.COUNT, N_("Stock-take"), "neutral", "list-check"),
    (MovementKind.SCRAP, N_("Scrap"), "late", "trash"),
    (MovementKind.SUPPLIER_RETURN, N_("Back to the supplier"), "info", "truck-return"),
    (SaleState.OPEN, N_("Not paid yet"), "waiting", "shopping-cart"),
    (SaleState.PAID, N_("Paid"), "good", "check"),
    (SaleState.DROPPED, N_("Not bought after all"), "neutral", "ban"),
    (PickupState.WAITING, N_("Kept for you"), "good", "package"),
    (PickupState.COLLECTED, N_("Picked up"), "good", "check"),
    (PickupState.EXPIRED, N_("Kept no longer"), "neutral", "clock"),
    (PickupState.CANCELLED, N_("Cancelled"), "neutral", "ban"),
    (ToolKind.SPECIAL, N_("Special tool"), "neutral", "tool"),
    (ToolKind.TORQUE, N_("Torque wrench"), "neutral", "rotate"),
    (ToolKind.DIAGNOSTIC, N_("Diagnostic device"), "neutral", "stethoscope"),
    (ToolKind.MEASURING, N_("Measuring tool"), "neutral", "ruler-measure"),
    (ToolKind.INSULATING, N_("Insulating gear"), "neutral", "bolt"),
    (ToolKind.OTHER, N_("Other tool"), "neutral", "tools"),
    (ToolState.AVAILABLE, N_("In its place"), "good", "check"),
    (ToolState.ON_LOAN, N_("On loan"), "info", "user"),
    (ToolState.AT_CALIBRATION, N_("At calibration"), "waiting", "gauge"),
    (ToolState.BROKEN, N_("Broken"), "late", "tools"),
    (ToolState.LOST, N_("Lost"), "late", "help"),
    (ToolState.RETIRED, N_("Retired"), "neutral", "archive"),
    (ToolMove.REGISTER, N_("Entered in the register"), "neutral", "plus"),
    (ToolMove.LEND, N_("Lent"), "info", "user"),
    (ToolMove.TAKE_BACK, N_("Came back"), "good", "arrow-back-up"),
    (ToolMove.TAKE_BACK_DAMAGED, N_("Came back damaged"), "late", "tools"),
    (ToolMove.TAKE_BACK_MISSING, N_("Did not come back"), "late", "help"),
    (ToolMove.SEND, N_("Sent to calibration"), "waiting", "send"),
    (ToolMove.CALIBRATE, N_("Calibrated"), "good", "gauge"),
    (ToolMove.BREAK, N_("Found broken"), "late", "tools"),
    (ToolMove.REPAIR, N_("Repaired"), "good", "check"),
    (ToolMove.LOSE, N_("Reported lost"), "late", "help"),
    (ToolMove.FIND, N_("Found again"), "good", "search"),
    (ToolMove.RETIRE, N_("Taken out of use"), "neutral", "archive"),
    (ReturnCondition.FINE, N_("In good order"), "good", "check"),
    (ReturnCondition.DAMAGED, N_("Damaged"), "late", "tools"),
    (ReturnCondition.MISSING, N_("Cannot be found"), "late", "help"),
    (AppointmentState.BOOKED, N_("Booked"), "info", "calendar"),
    (AppointmentState.ARRIVED, N_("Arrived"), "good", "car"),
    (AppointmentState.NO_SHOW, N_("No-show"), "late", "user-off"),
    (AppointmentState.CANCELLED, N_("Cancelled"), "neutral", "ban"),
    (PauseReason.PARTS, N_("Waiting for parts"), "waiting", "package"),
    (PauseReason.APPROVAL, N_("Waiting for approval"), "waiting", "help"),
    (PauseReason.TOOL, N_("Tool or lift not free"), "waiting", "tool"),
    (PauseReason.HELP, N_("Needs technical help"), "waiting", "help"),
    (PauseReason.OTHER_JOB, N_("Other job first"), "waiting", "arrows-exchange"),
    (PauseReason.BREAK, N_("Break"), "neutral", "clock"),
    (PauseReason.END_OF_SHIFT, N_("End of shift"), "neutral", "clock"),
    (TenderMethod.CASH, N_("Cash"), "neutral", "cash"),
    (TenderMethod.CARD, N_("Bank card"), "neutral", "credit-card"),
    (TenderMethod.TRANSFER, N_("Bank transfer"), "neutral", "building"),
    (TenderMethod.WECHAT, N_("WeChat Pay"), "neutral", "device-mobile"),
    (TenderMethod.ALIPAY, N_("Alipay"), "neutral", "device-mobile"),
    (FileKind.PHOTO, N_("Photo"), "neutral", "photo"),
    (FileKind.SIGNATURE, N_("Signature"), "neutral", "signature"),
    (FollowUpState.DUE, N_("Call due"), "waiting", "phone"),
    (FollowUpState.REACHED, N_("Reached"), "good", "check"),
    (FollowUpState.UNREACHABLE, N_("Not reached"), "waiting", "phone"),
    (FollowUpState.REFUSED, N_("Does not want to be called"), "neutral", "ban"),
)

# Members of two enums may have equal values, and then are equal as keys: the type belongs to the key.
LABELS: dict[tuple[type[StrEnum], str], tuple[str, str, str]] = {
    (type(member), member.value): (word, tone_, icon) for member, word, tone_, icon in _TABLE
}


def label(member: StrEnum) -> str:
    """The member's word in the language of the person."""
    return word(_entry(member)[0])


def tone(member: StrEnum) -> str:
    """The member's tone: neutral, info, active, good, waiting or late (red only for late or blocked)."""
    return _entry(member)[1]


def icon_name(member: StrEnum) -> str:
    """The member's icon in the sprite."""
    return _entry(member)[2]


def _entry(member: StrEnum) -> tuple[str, str, str]:
    return LABELS[type(member), member.value]


def badge(member: StrEnum) -> tuple[str, str, str]:
    """(word, tone, icon) at once: for rows of long lists."""
    text, tone_, icon = _entry(member)
    return word(text), tone_, icon


# Moves after which a job stands where it stood: the history says what changed instead.
_STAYS = {
    "parts_arrive": N_("Parts have arrived"),
    "part_off": N_("A part was taken off"),
    "parts_lost": N_("A part that was promised is missing"),
    "correct": N_("Price corrected"),
    "ask_price": N_("Price changed, the customer is to be asked"),
    "withdraw_price": N_("Changed price not asked any more"),
    "agree_price": N_("Customer agreed to the changed price"),
    "refuse_price": N_("Customer refused the changed price"),
}


def state_word(value: str, job_id: int | None, move: str = "") -> str:
    """The word of a state kept as text in the history: of a job when there is one, else of the order."""
    if move in _STAYS:
        return word(_STAYS[move])
    return label(JobState(value) if job_id else OrderState(value))


def reason_word(reason: str, move: str) -> str:
    """The reason kept with a move: a pause keeps the value of its fixed reason, everything else words as typed."""
    return label(PauseReason(reason)) if move == "pause" else reason


def options(members: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """(value, word) of each member, for a select or a row of buttons."""
    return [(member.value, label(member)) for member in members]


def label_if_enum(value: Any) -> Any:
    """An enum member as its word, everything else as it is."""
    return label(value) if isinstance(value, StrEnum) else value
