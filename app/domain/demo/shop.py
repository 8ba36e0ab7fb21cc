"""Opening the demo shop: masters, stock and, later, its orders."""

from __future__ import annotations

PASSWORD = "demo shop opens at eight"
PIN = "246813"
