"""QR codes as inline SVG: no request, no inline style."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """A QR code of ``text``, scaled by its CSS class ``qr``."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(svgclass="qr", lineclass=None, omitsize=True, border=2))
