"""What a page may load while it is printed: our own assets, and pictures that were handed over with it. Nothing else."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from weasyprint.urls import URLFetcher, URLFetcherResponse

ASSETS = Path(__file__).parent / "assets"
_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
# Read once at start: a request can never turn into a look at the disk.
_PACKAGED = {
    f"asset/{path.name}": (path.read_bytes(), _TYPES[path.suffix])
    for path in sorted(ASSETS.iterdir())
    if path.suffix in _TYPES
}
_log = logging.getLogger(__name__)


class Refused(ValueError):
    """An address that printing does not fetch."""


def picture_type(content: bytes) -> str | None:
    """The type of a raster picture by its first bytes; others (SVG can name further addresses) have none here."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


class PortalFetcher(URLFetcher):  # type: ignore[misc]
    """Serves ``portal:asset/<name>`` and ``portal:<name of a picture>`` from memory; every other address is refused.

    The handlers for file, http, ftp and data of the class above are never reached: :meth:`fetch` is all there is.
    """

    def __init__(self, pictures: Mapping[str, bytes] | None = None) -> None:
        super().__init__(allowed_protocols=("portal",), allow_redirects=False)
        self.handlers.clear()
        self.pictures = pictures if pictures is not None else {}

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The content of a ``portal:`` address; raises :class:`Refused` for all else."""
        scheme, _, name = url.partition(":")
        if scheme == "portal":
            if name in _PACKAGED:
                content, kind = _PACKAGED[name]
                return URLFetcherResponse(url, content, {"Content-Type": kind})
            picture = self.pictures.get(name)
            if picture is not None and (found := picture_type(picture)) is not None:
                return URLFetcherResponse(url, picture, {"Content-Type": found})
        _log.warning("printing refused to fetch %.120r", url)
        raise Refused("not fetched")
