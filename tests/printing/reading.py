"""Reading PDFs back: text as a person would copy it, and where each word stands."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache

from pypdf import PdfReader

from app.printing import pdf_of
from tests.printing import samples

POINTS_PER_MM = 72 / 25.4


@cache
def sample(name: str, language: str, count: int) -> bytes:
    """A sample document as PDF, printed once per test run."""
    return pdf_of(samples.ALL[name](count), language)  # type: ignore[operator]


def pages(pdf: bytes) -> list[str]:
    """The text of each page without any white space, since lines break where they break."""
    return [squeezed(page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@dataclass(frozen=True, slots=True)
class Word:
    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


def words(pdf: bytes) -> list[Word] | None:
    """Every word with its place in millimetres; None where poppler-utils is not installed."""
    if shutil.which("pdftotext") is None:
        return None
    out = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    found, page = [], 0
    pattern = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>')
    for line in out.splitlines():
        if "<page" in line:
            page += 1
        elif match := pattern.search(line):
            left, top, right, bottom = (float(number) / POINTS_PER_MM for number in match.groups()[:4])
            found.append(Word(page, left, top, right, bottom, match[5]))
    return found
