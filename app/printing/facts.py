"""What several documents share. Money is fen, quantities are thousandths, labour is hundredths of an hour, moments are aware.

Words of fixed sets (payer, origin, …) are the values of the domain's enums, as text or as members; see ``texts.WORDS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Shop:
    """The letterhead."""

    name: str
    address: str = ""
    phone: str = ""
    licence: str = ""  # business licence number


@dataclass(frozen=True, slots=True)
class Customer:
    """The party that signs; ``phone`` as it may be shown (masked or not is the caller's decision)."""

    name: str
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """The car; a new one has no plate yet."""

    model: str
    plate: str = ""
    vin: str = ""
    engine_no: str = ""
    colour: str = ""
    energy: str = "fuel"  # Energy
    purchased_on: date | None = None


@dataclass(frozen=True, slots=True)
class LabourLine:
    """A labour operation with its price, VAT included."""

    name: str
    hours_centi: int
    rate_fen: int
    amount_fen: int
    code: str = ""
    discount_permille: int = 0
    payer: str = "customer"  # Payer


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part with its price, VAT included, and the label of its origin that the law asks for."""

    name: str
    number: str
    quantity_milli: int
    unit: str
    price_fen: int
    amount_fen: int
    origin: str = "genuine"  # PartOrigin
    discount_permille: int = 0
    payer: str = "customer"  # Payer
    customer_supplied: bool = False


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A guarantee period: whichever comes first, from completion."""

    kind: str  # RepairKind
    km: int
    days: int


@dataclass(frozen=True, slots=True)
class Signature:
    """A name with the picture of the signature (PNG, JPEG or WebP), or with an empty line to sign on."""

    name: str = ""
    at: datetime | None = None
    image: bytes | None = None
