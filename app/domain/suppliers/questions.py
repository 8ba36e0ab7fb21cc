"""The house's audit sheet for suppliers."""

from __future__ import annotations

from enum import StrEnum

MAXIMUM = 5  # points for each question


class AuditQuestion(StrEnum):
    """What the parts manager looks at when visiting a supplier; a house's own list, to be extended by members."""

    LICENCE = "licence"  # business licence and right to the brand
    ORIGIN_PROOF = "origin_proof"  # certificates of what is delivered
    PACKAGING = "packaging"
    STORAGE = "storage"
    RETURNS = "returns"  # takes wrong and faulty goods back without a quarrel
    REACHABLE = "reachable"
    INVOICING = "invoicing"  # correct and in time
