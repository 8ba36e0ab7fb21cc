"""Personal data is masked unless a person with the permission asks for it, with a reason."""

from __future__ import annotations


def mask_phone(number: str) -> str:
    """``13812345678`` → ``138****5678``; shorter numbers keep their last two digits."""
    if len(number) >= 10:
        return f"{number[:3]}****{number[-4:]}"
    return "*" * max(0, len(number) - 2) + number[-2:]
