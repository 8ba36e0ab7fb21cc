"""Who is certified for what: dispatch refuses a person without it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.training import bp
from app.domain.staff import operations, queries
from app.domain.staff.model import CertificateKind, Role
from app.extensions import db
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.web import forms


@bp.get("/certificates")
@page(P.TRAINING_VIEW)
def certificates() -> Any:
    """Each technician against each certificate."""
    session = db.session()
    people = queries.with_certificates(session, Role.TECHNICIAN, Role.QUALITY_INSPECTOR)
    return render_template(
        "training/certificates.html",
        people=people,
        held={person.id: {c.kind: c for c in person.certificates} for person in people},
        kinds=list(CertificateKind),
        form=request.form,
    )


@bp.post("/certificates")
@command(P.CERTIFICATE_EDIT, again=certificates)
def record_certificate() -> Any:
    """Add or renew a certificate."""
    session = db.session()
    person = queries.get_person(session, forms.required_number("person", lowest=1))
    issued, expires = forms.business_day("issued_on"), forms.business_day("expires_on")
    if issued is None or expires is None:
        raise InvalidInput(N_("Give both dates."), field="issued_on")
    operations.record_certificate(
        session,
        actor(),
        clock(),
        person,
        forms.required_choice("kind", CertificateKind),
        issued_on=issued,
        expires_on=expires,
        number=forms.text("number", longest=60),
    )
    flash(gettext("The certificate of %(name)s is recorded.", name=person.name), "success")
    return redirect(url_for("training.certificates"))
