"""The words on paper: gettext for one language, and the words of the domain's fixed sets."""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel.support import Translations

from app.kernel.errors import N_

HERE = Path(__file__).resolve().parent

# set → value → text; the values are those of the domain's enums
WORDS: dict[str, dict[str, str]] = {
    "origin": {
        "genuine": N_("Genuine"),
        "equivalent": N_("Equivalent"),
        "remanufactured": N_("Remanufactured"),
        "reused": N_("Reused"),
    },
    "payer": {
        "customer": N_("Customer"),
        "warranty": N_("Warranty"),
        "insurer": N_("Insurer"),
        "goodwill": N_("Goodwill"),
        "internal": N_("Internal"),
    },
    "old_parts": {
        "take": N_("Customer keeps"),
        "waive": N_("Waived"),
        "none": N_("No old parts"),
    },
    "kind": {
        "minor": N_("Minor repair"),
        "first_maintenance": N_("First-level maintenance"),
        "second_maintenance": N_("Second-level maintenance"),
        "assembly": N_("Assembly overhaul"),
        "whole_vehicle": N_("Whole-vehicle overhaul"),
        "body": N_("Body and paint"),
    },
    "damage": {
        "scratch": N_("Scratch"),
        "dent": N_("Dent"),
        "crack": N_("Crack"),
        "rust": N_("Rust"),
        "missing": N_("Missing"),
        "other": N_("Other"),
    },
    "light": {
        "engine": N_("Engine"),
        "oil": N_("Oil pressure"),
        "battery": N_("Battery"),
        "coolant": N_("Coolant"),
        "brake": N_("Brakes"),
        "abs": N_("ABS"),
        "airbag": N_("Airbag"),
        "tyre": N_("Tyre pressure"),
        "transmission": N_("Transmission"),
        "high_voltage": N_("High voltage"),
        "service": N_("Service due"),
    },
    "energy": {
        "fuel": N_("Fuel"),
        "hybrid": N_("Hybrid"),
        "electric": N_("Electric"),
    },
    "return_reason": {
        "surplus": N_("More than was ordered"),
        "damaged": N_("Damaged or faulty"),
        "wrong_part": N_("Wrong part delivered"),
        "not_needed": N_("No longer needed"),
    },
    "tender": {
        "cash": N_("Cash"),
        "card": N_("Bank card"),
        "transfer": N_("Bank transfer"),
        "wechat": N_("WeChat Pay"),
        "alipay": N_("Alipay"),
    },
    "owner": {
        "shop": N_("Shop's stock"),
        "consignment": N_("Consignment"),
        "customer": N_("Customer's part"),
    },
    "certificate": {
        "high_voltage": N_("High-voltage certificate"),
        "air_conditioning": N_("Air-conditioning certificate"),
        "brand_technician": N_("Brand technician"),
        "diagnosis": N_("Diagnosis technician"),
    },
    "delivery": {
        "collect": N_("The customer collects the vehicle"),
        "bring": N_("The shop brings the vehicle"),
    },
}


@cache
def translations(language: str) -> NullTranslations:
    """Translations for a document in ``zh_Hans_CN`` or ``en``."""
    found: NullTranslations = Translations.load(HERE.parent / "translations", [language])
    return found
