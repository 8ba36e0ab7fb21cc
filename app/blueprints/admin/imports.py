"""The upload page of imports: choose, look at what would happen, take in."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, redirect, render_template, request, send_file, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, note, page
from app.blueprints.admin import bp
from app.blueprints.admin.import_desk import ImportDesk
from app.domain.imports.columns import FIELDS
from app.domain.imports.notes import Outcome, reason_text
from app.domain.imports.queries import newest_runs
from app.domain.imports.runner import IMPORTERS
from app.domain.suppliers.queries import all_suppliers
from app.extensions import db
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.web import forms, language
from app.web.labels import label

# In the order in which they build on each other.
KINDS = {
    "customers": N_("Customers"),
    "vehicles": N_("Vehicles"),
    "parts": N_("Parts"),
    "operations": N_("Labour operations"),
    "orders": N_("Old orders"),
    "prices": N_("A supplier's price list"),
}


def _desk() -> ImportDesk:
    return ImportDesk(current_app.config["PORTAL_DATA"], current_app.config["SQLALCHEMY_DATABASE_URI"])


@bp.get("/import")
@page(P.IMPORT_DATA)
def import_page() -> Any:
    """Choose a file; what has been taken in so far."""
    return render_template(
        "admin/imports.html",
        kinds=[(kind, gettext(word)) for kind, word in KINDS.items()],
        kind=request.values.get("kind", "customers"),
        names={kind: gettext(word) for kind, word in KINDS.items()},
        suppliers=[(one.id, one.name) for one in all_suppliers(db.session())],
        supplier=request.values.get("supplier", ""),
        uploads=_desk().open_uploads(),
        runs=[(run, _result(run.summary)) for run in newest_runs(db.session())],
    )


@bp.post("/import")
@command(P.IMPORT_DATA, again=import_page)
def upload_export() -> Any:
    """Keep the file and begin to look at it."""
    kind = request.form.get("kind", "")
    if kind not in IMPORTERS:
        raise InvalidInput(N_("Choose what the file contains."), field="kind")
    supplier_id = forms.whole_number("supplier") if kind == "prices" else None
    if kind == "prices" and not supplier_id:
        raise InvalidInput(N_("Say whose price list it is."), field="supplier")
    upload = _desk().receive(
        request.files.get("file"),
        kind,
        "en" if language() == "en" else "zh",
        actor().staff_id or 0,
        actor().name,
        clock(),
        supplier_id,
    )
    return redirect(url_for("admin.upload", token=upload.token))


@bp.get("/import/<token>")
@page(P.IMPORT_DATA)
def upload(token: str) -> Any:
    """How far it is; then what would become of the rows; then what became of them."""
    found = _desk().get(token)
    template = "admin/_upload.html" if request.headers.get("HX-Request") else "admin/upload.html"
    return render_template(
        template,
        upload=found,
        kind_name=gettext(KINDS[found.kind]),
        outcomes=[(outcome, found.counts.get(outcome.value, 0)) for outcome in Outcome],
        sample=[
            (
                row,
                Outcome(outcome),
                _title(found.kind, name),
                reason_text(reason, "en" if language() == "en" else "zh"),
                was,
                now,
            )
            for row, outcome, name, reason, was, now in found.sample
        ],
        holds_the_file=current_app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"),
    )


def _result(summary: str) -> str:
    """A run's stored counts (``accepted=2 rejected=1 …``) in words; what did not occur is left out."""
    counts = (part.partition("=") for part in summary.split())
    return " · ".join(f"{label(Outcome(name))} {count}" for name, _, count in counts if count != "0")


def _title(kind: str, name: str) -> str:
    """A field as the reader's own spreadsheets call it."""
    known = next((field for field in FIELDS[kind] if field.name == name), None)
    if known is None or language() == "en":
        return name
    title = known.titles[0]  # the usual one
    return title.upper() if title.isascii() else title


@bp.post("/import/<token>")
@command(P.IMPORT_DATA, again=upload)
def take_in_upload(token: str) -> Any:
    """Take in what has been looked at."""
    _desk().take_in(token)
    return redirect(url_for("admin.upload", token=token))


@bp.post("/import/<token>/discard")
@command(P.IMPORT_DATA, again=upload)
def discard_upload(token: str) -> Any:
    """Throw the file away; nothing of it is stored."""
    _desk().discard(token)
    return redirect(url_for("admin.import_page"))


@bp.get("/import/<token>/report.csv")
@page(P.IMPORT_DATA)
def upload_report(token: str) -> Response:
    """The report: one line per field touched."""
    found = _desk().get(token)
    note("export", f"import:{found.kind}", file=found.file_name[:80])  # telephone numbers stand in it in full
    return send_file(
        _desk().report(token), mimetype="text/csv", as_attachment=True, download_name=f"{found.file_name}-report.csv"
    )
