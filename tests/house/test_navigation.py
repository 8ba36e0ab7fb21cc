"""Every page can be reached: it stands in the navigation, or on this list with where it is linked from."""

from __future__ import annotations

from flask import Flask

from app.web.navigation import ENTRIES
from tests.house.reachable import LINKED_FROM


def pages(app: Flask) -> set[str]:
    """Every GET endpoint that shows a page."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint != "static"
    }


def test_every_page_is_in_the_navigation_or_linked_from_a_page(app: Flask) -> None:
    known = {entry.endpoint for entry in ENTRIES} | set(LINKED_FROM)
    assert pages(app) - known == set(), "add to the navigation or to tests/house/reachable.py"
    assert set(LINKED_FROM) - pages(app) == set(), "these are gone"


def test_every_entry_of_the_navigation_leads_somewhere(app: Flask) -> None:
    for entry in ENTRIES:
        view = app.view_functions.get(entry.endpoint)
        assert view is not None, f"{entry.endpoint} is in the navigation but is no page"
        assert view.permission == entry.permission, f"{entry.endpoint}: shown to whom it is closed"  # type: ignore[attr-defined]
