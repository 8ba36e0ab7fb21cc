"""Full-width characters, as Chinese input methods write them."""

from __future__ import annotations

_TABLE = {0x3000: " ", 0xFFE5: "¥", 0x3002: ".", 0x2212: "-"}
_TABLE.update({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})


def to_ascii(text: str) -> str:
    """Full-width letters, digits, signs and spaces as their half-width twins; everything else untouched."""
    return text.translate(_TABLE)
