"""``flask suggest``, ``flask simulate``: what to order, and what another policy would have done."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext

_run = click.option("--run", "run_id", type=int, help="Work on a run that a page has begun.")


@click.command("suggest")
@_run
@with_appcontext
def suggest_command(run_id: int | None) -> None:
    """Compute the suggested order anew; prints its lines and its amount per supplier."""
    from app.domain.replenishment import queries, runs, suggestions
    from app.domain.replenishment.model import SuggestionRun
    from app.domain.suppliers.queries import all_suppliers
    from app.extensions import db
    from app.kernel.money import format_yuan
    from app.kernel.unit_of_work import reading

    _work(suggestions.compute, _begun(suggestions.begin) if run_id is None else run_id)
    if run_id is not None:
        return
    with reading():
        run = runs.newest(db.session(), SuggestionRun, done=True)
        names = {supplier.id: supplier.name for supplier in all_suppliers(db.session(), active=False)}
        for share in queries.shares(db.session(), run.id) if run else []:
            click.echo(f"{names.get(share.supplier_id or 0, '-')}: {share.lines} {format_yuan(share.total_fen)}")


@click.command("simulate")
@_run
@with_appcontext
def simulate_command(run_id: int | None) -> None:
    """Replay the last year under other service levels; prints levels, first-time supply and mean stock value."""
    from app.domain.replenishment import queries, runs, simulation
    from app.domain.replenishment.model import SimulationRun
    from app.extensions import db
    from app.kernel.money import format_yuan
    from app.kernel.unit_of_work import reading

    _work(simulation.compute, _begun(simulation.begin) if run_id is None else run_id)
    if run_id is not None:
        return
    with reading():
        run = runs.newest(db.session(), SimulationRun)
        if run is not None and run.state == "failed":
            click.echo(run.message, err=True)
            sys.exit(1)
        for point in queries.points_of(db.session(), run.id) if run else []:
            share = (queries.first_time_supply(point).permille or 0) / 10
            click.echo(f"{point.kind} {point.levels} {share:.1f} % {format_yuan(point.stock_fen)}")


def _begun(begin: object) -> int:
    from app.extensions import db
    from app.kernel.actor import SYSTEM
    from app.kernel.clock import SystemClock
    from app.kernel.errors import DomainError

    try:
        run = begin(db.session(), SYSTEM, SystemClock())  # type: ignore[operator]
    except DomainError as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)
    id_: int = run.id
    db.session.commit()
    return id_


def _work(compute: object, run_id: int) -> None:
    from app.extensions import db
    from app.kernel.clock import SystemClock

    if not compute(db.engine, SystemClock(), run_id):  # type: ignore[operator]
        click.echo("There is no such run, or somebody works on it already.", err=True)
        sys.exit(1)
