"""What every page that a test fetches is held to."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import html5lib
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

_NO_LABEL_NEEDED = {"hidden", "submit", "button", "reset", "image"}
# html5lib calls these errors; HTML as browsers read it allows them.
_HARMLESS = {"expected-doctype-but-got-start-tag", "expected-doctype-but-got-end-tag", "expected-doctype-but-got-chars"}


class PageFault(AssertionError):
    """A page that is not as it should be."""


def lint(html: str, app: Flask, *, whole: bool, where: str) -> None:
    """Raise :class:`PageFault` with every fault of a page (or, unless ``whole``, a fragment)."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(html) if whole else parser.parseFragment(html)
    faults = [f"{code} {data} at {position}" for position, code, data in parser.errors if code not in _HARMLESS]
    faults += _ids(root) + _labels(root) + _actions(root, app) + _inline(root) + _icons(root)
    if whole:
        title = root.find("head/title")
        if title is None or not (title.text or "").strip():
            faults.append("no title")
        if not root.get("lang"):
            faults.append("no lang on <html>")
    if faults:
        raise PageFault(f"{where}: " + "; ".join(faults))


def _ids(root: object) -> list[str]:
    counts = Counter(element.get("id") for element in root.iter() if _is_tag(element) and element.get("id"))  # type: ignore[attr-defined]
    return [f"id {name!r} stands {count} times" for name, count in counts.items() if count > 1]


def _labels(root: object) -> list[str]:
    elements = [element for element in root.iter() if _is_tag(element)]  # type: ignore[attr-defined]
    labelled = {element.get("for") for element in elements if element.tag == "label"}
    inside = {id(child) for element in elements if element.tag == "label" for child in element.iter()}
    faults = []
    for element in elements:
        if element.tag not in {"input", "select", "textarea"} or element.get("type", "") in _NO_LABEL_NEEDED:
            continue
        named = element.get("aria-label") or element.get("aria-labelledby")
        if not named and element.get("id") not in labelled and id(element) not in inside:
            faults.append(f"<{element.tag} name={element.get('name')!r}> has no label")
    return faults


def _actions(root: object, app: Flask) -> list[str]:
    adapter = app.url_map.bind("localhost")
    faults = []
    for element in root.iter():  # type: ignore[attr-defined]
        if not _is_tag(element):
            continue
        targets = [("post", element.get("hx-post")), ("get", element.get("hx-get"))]
        if element.tag == "form":
            targets.append((element.get("method", "get"), element.get("action")))
        if element.tag == "a":
            targets.append(("get", element.get("href")))
        for method, target in targets:
            if not target or not target.startswith("/"):
                continue
            try:
                adapter.match(urlsplit(target).path, method=method.upper())
            except RequestRedirect:
                pass
            except HTTPException as error:
                faults.append(f"{method.upper()} {target} leads nowhere ({error.code})")
    return faults


def _inline(root: object) -> list[str]:
    faults = []
    for element in root.iter():  # type: ignore[attr-defined]
        if not _is_tag(element):
            continue
        if element.get("style") is not None:
            faults.append(f"<{element.tag}> has an inline style, which the CSP drops")
        if any(name.startswith(("on", "hx-on")) for name in element.attrib):
            faults.append(f"<{element.tag}> has an inline handler")
        if element.tag == "script" and not element.get("src"):
            faults.append("an inline script")
    return faults


SPRITE = Path(__file__).parents[2] / "app" / "static" / "icons.svg"


@cache
def _drawn() -> frozenset[str]:
    return frozenset(re.findall(r'<symbol[^>]* id="([^"]+)"', SPRITE.read_text(encoding="utf-8")))


def _icons(root: object) -> list[str]:
    named = [e.get("href", "") for e in root.iter() if _is_tag(e) and e.tag.rpartition("}")[2] == "use"]  # type: ignore[attr-defined]
    names = {href.partition("#")[2] for href in named if "icons.svg#" in href}
    return [f"no icon {name!r} in the sprite" for name in sorted(names - _drawn())]


def _is_tag(element: object) -> bool:
    return isinstance(getattr(element, "tag", None), str)
