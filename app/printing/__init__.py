"""Documents on paper: plain dataclasses in, PDF bytes out, made by processes of their own.

    from app.printing import pdf_of
    from app.printing.job_card import JobCard
    pdf = pdf_of(JobCard(...), "zh_Hans_CN")

Each document is a frozen dataclass in a module of its own; ``facts`` has what they share. Values that come from enums are
taken as members or as their text. This package knows no model and no view.
"""

from __future__ import annotations

from app.printing.engine import Document, PrintFailed, PrintTimeout, html_to_pdf, pdf_of, warm_up

__all__ = ["Document", "PrintFailed", "PrintTimeout", "html_to_pdf", "pdf_of", "warm_up"]
