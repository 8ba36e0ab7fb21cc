"""Every route × every role against the written table ``access_matrix.csv``.

When a route is added or its permission changes, this test prints the row to write; who may do what is decided there by
a person, not derived.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from flask import Flask

from app.access.guard import PUBLIC
from app.access.policy import POLICY, permissions_of
from app.domain.staff.model import Role
from app.kernel.permission import Permission
from tests.support.cast import PEOPLE
from tests.support.page_client import PageClient

TABLE = Path(__file__).with_name("access_matrix.csv")
# Flask's own, and served to everybody.
NOT_OURS = {"static"}
SAMPLE = {"row": "1", "number": "RO-202611-0001", "default": "x", "string": "x", "path": "x"}


def written() -> dict[str, str]:
    """endpoint -> permission, as a person decided it."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["endpoint"]: row["permission"] for row in csv.DictReader(file)}


def declared(app: Flask) -> dict[str, str]:
    """endpoint -> permission, as the code declares it."""
    found = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in NOT_OURS:
            continue
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        assert permission is not None, f"{rule.endpoint} ({rule.rule}) has neither @page nor @command"
        found[rule.endpoint] = str(permission)
    return found


def test_every_route_stands_in_the_written_table(app: Flask) -> None:
    code, table = declared(app), written()
    differing = [
        f"{name},{code.get(name, '(gone)')}"
        for name in sorted(code.keys() | table.keys())
        if code.get(name) != table.get(name)
    ]
    assert not differing, "decide these rows of access_matrix.csv:\n" + "\n".join(differing)


def test_a_view_that_writes_is_a_post_and_the_other_way_round(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint in NOT_OURS:
            continue
        writes = app.view_functions[rule.endpoint].writes  # type: ignore[attr-defined]
        posts = "POST" in (rule.methods or set())
        assert writes == posts, f"{rule.endpoint}: @command goes with POST, @page with GET"


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, path with sample ids) of every route."""
    found = []
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint in NOT_OURS:
            continue
        values = {name: _sample(rule._converters[name]) for name in rule.arguments}
        method = "POST" if "POST" in (rule.methods or set()) else "GET"
        found.append((rule.endpoint, method, adapter.build(rule.endpoint, values, method=method)))
    return found


def _sample(converter: object) -> str | int:
    name = type(converter).__name__
    return {"RowId": 1, "DocumentNumber": "RO-202611-0001"}.get(name, "x")


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_each_role_opens_exactly_what_the_table_allows(app: Flask, client: PageClient, who: str) -> None:
    allowed = permissions_of(PEOPLE[who][1])
    table = written()
    for endpoint, method, path in addresses(app):
        permission = table[endpoint]
        if permission == PUBLIC or endpoint in {"auth.sign_out"}:
            continue
        client.as_(who)
        status = client.browser.open(path, method=method).status_code
        if Permission(permission) in allowed:
            assert status != 403, f"{who} should open {method} {path}"
        else:
            assert status == 403, f"{who} must not open {method} {path}, got {status}"


def test_nobody_signed_out_opens_anything_but_the_public_pages(app: Flask, client: PageClient) -> None:
    table = written()
    for endpoint, method, path in addresses(app):
        if table[endpoint] == PUBLIC:
            continue
        response = client.browser.open(path, method=method)
        assert response.status_code == 302, f"{method} {path}: {response.status_code}"
        assert response.headers["Location"].startswith("/auth/sign-in"), path


def test_every_role_and_every_permission_is_in_use() -> None:
    assert set(POLICY) == set(Role)
    granted = frozenset().union(*POLICY.values())
    assert granted == frozenset(Permission), sorted(frozenset(Permission) - granted)
