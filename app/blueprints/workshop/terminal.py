"""The shop-floor terminal: my jobs, start, pause, done, ask, report."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.workshop import bp
from app.domain.repair_orders import findings
from app.domain.repair_orders import queries as orders
from app.domain.repair_orders.expected import expected_of_jobs
from app.domain.repair_orders.facts import parts_unissued
from app.domain.repair_orders.parts import job_readiness
from app.domain.repair_orders.states import PartsReadiness
from app.domain.tools import queries as tools
from app.domain.workshop import operations, queries
from app.domain.workshop.model import PauseReason
from app.extensions import db
from app.kernel.permission import Permission as P
from app.web import errors, forms
from app.web.uploads import sent_photo


@bp.get("/my-jobs")
@page(P.CLOCK)
def my_jobs(job_id: int | None = None) -> Any:
    """My jobs in planned order, each with what can be done now."""
    session = db.session()
    person = actor()
    assert person.staff_id is not None
    jobs = queries.my_jobs(session, person.staff_id)
    return render_template(
        "workshop/my_jobs.html",
        jobs=jobs,
        running=operations.open_clock(session, person.staff_id),
        readiness={job.id: job_readiness(job) for job in jobs},
        expected=expected_of_jobs(session) if any(job_readiness(job) is PartsReadiness.SHORT for job in jobs) else {},
        unissued={job.id: parts_unissued(job) for job in jobs},
        sent_back=queries.send_backs(session, [job.id for job in jobs]),
        reasons=list(PauseReason),
        borrowed=tools.loans_of(session, person.staff_id),
        at_fault=job_id,
    )


def _back() -> Any:
    return redirect(url_for("workshop.my_jobs"))


@bp.post("/jobs/<row:job_id>/start")
@command(P.CLOCK, again=my_jobs)
def start_job(job_id: int) -> Any:
    """Clock on."""
    operations.start_job(db.session(), actor(), clock(), orders.get_job(db.session(), job_id))
    return _back()


@bp.post("/jobs/<row:job_id>/pause")
@command(P.CLOCK, again=my_jobs)
def pause_job(job_id: int) -> Any:
    """Clock off, with the reason."""
    reason = forms.required_choice("reason", PauseReason)
    operations.pause_job(db.session(), actor(), clock(), orders.get_job(db.session(), job_id), reason)
    return _back()


@bp.post("/jobs/<row:job_id>/finish")
@command(P.CLOCK, again=my_jobs)
def finish_job(job_id: int) -> Any:
    """Done."""
    missing = operations.finish_job(db.session(), actor(), clock(), orders.get_job(db.session(), job_id))
    flash(gettext("Done. Well done!"), "success")
    if missing is not None:
        flash(errors.message(missing), "info")
    return _back()


@bp.post("/jobs/<row:job_id>/parts-requests")
@command(P.CLOCK, again=my_jobs)
def ask_for_parts(job_id: int) -> Any:
    """Ask the parts desk."""
    job = orders.get_job(db.session(), job_id)
    findings.request_parts(db.session(), actor(), clock(), job, forms.text("words", longest=300))
    flash(gettext("The parts desk has your request."), "success")
    return _back()


@bp.post("/jobs/<row:job_id>/findings")
@command(P.CLOCK, again=my_jobs)
def report_finding(job_id: int) -> Any:
    """Report what else is broken, with a photo."""
    session = db.session()
    job = orders.get_job(session, job_id)
    photo = sent_photo(f"order:{job.order_id}")
    words, urgent = forms.text("words", longest=500), request.form.get("urgent") == "1"
    findings.report_finding(session, actor(), clock(), job.order, words=words, urgent=urgent, photo=photo)
    flash(gettext("The service adviser has your finding."), "success")
    return _back()
