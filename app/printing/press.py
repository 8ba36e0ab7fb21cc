"""A print process: takes one order after the other from a pipe and answers with PDF bytes. Started by ``engine`` only.

Run as ``python -m app.printing.press <file descriptor> <bounds>``. It ends when the pipe closes, so it never outlives the
web worker, however that one died.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import resource
import signal
import sys
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from PIL import Image
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from app.printing.engine import Bounds
from app.printing.fetcher import ASSETS, PortalFetcher
from app.printing.paper import compose

Image.MAX_IMAGE_PIXELS = 60_000_000  # Pillow refuses at twice this; stored photos are far smaller

# Photos are scaled to what paper shows; full_fonts would add 42 MB for nothing.
_OPTIONS = {"optimize_images": False, "jpeg_quality": 82, "dpi": 200, "full_fonts": False}

_WARM_UP = "<p>暖机 Warm 0123456789 <b>粗体 Bold</b></p>"


class Press:
    """One font configuration and one parsed style sheet for the life of the process."""

    def __init__(self) -> None:
        self.fonts = FontConfiguration()
        fetcher = PortalFetcher()
        self.style = CSS(string=(ASSETS / "paper.css").read_text("utf-8"), url_fetcher=fetcher, font_config=self.fonts)

    def document(self, document: Any, language: str) -> bytes:
        """A document dataclass through its template."""
        html, pictures = compose(document, language)
        return self.html(html, pictures)

    def html(self, html: str, pictures: Mapping[str, bytes]) -> bytes:
        """A page of HTML with the pictures that it may name."""
        page = HTML(string=html, base_url=None, url_fetcher=PortalFetcher(pictures))
        pdf: bytes = page.write_pdf(font_config=self.fonts, stylesheets=[self.style], **_OPTIONS)
        return pdf


def _resident_mb() -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


def _limit(data_mb: int) -> None:
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (data_mb << 20, data_mb << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(pipe: Connection, bounds: Bounds) -> None:
    """Answer orders until the pipe closes, the share is printed, memory has grown, or nobody asks for long."""
    press = Press()
    press.html(_WARM_UP, {})
    pipe.send_bytes(b"ready")
    for number in range(1, bounds.documents + 1):
        if not pipe.poll(bounds.idle_seconds):
            return
        how, what, extra = pickle.loads(pipe.recv_bytes())  # our own parent is the only writer
        full = False
        try:
            status, body = b"P", press.document(what, extra) if how == "document" else press.html(what, extra)
        except Exception as error:
            full = isinstance(error, MemoryError)
            traceback.print_exc()
            status, body = b"E", f"{type(error).__name__}: {error}".encode()[:2000]
        del what, extra
        last = full or number == bounds.documents or _resident_mb() > bounds.resident_mb
        pipe.send_bytes(status + (b"-" if last else b"+") + body)
        if last:
            return


def main() -> None:
    """Entry point; arguments come from ``engine``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches us too; the pipe tells us when to go
    logging.basicConfig(level=logging.WARNING, format="printing: %(message)s")
    for name in ("fontTools", "weasyprint"):  # a warning for every glyph that a font lacks
        logging.getLogger(name).setLevel(logging.ERROR)
    os.nice(5)  # pages of the portal go first when the cores are full
    bounds = Bounds(**json.loads(sys.argv[2]))
    _limit(bounds.data_mb)
    try:
        serve(Connection(int(sys.argv[1])), bounds)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


if __name__ == "__main__":
    main()
