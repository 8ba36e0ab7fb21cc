"""Measures the portal as a shop runs it. ``script/bench`` starts it; nothing of it belongs to the product."""
