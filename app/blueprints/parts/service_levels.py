"""The policy behind the suggested order: service levels by class, and the simulation that shows what they cost."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access.guard import actor, clock, command, page
from app.blueprints.parts import bp
from app.domain.replenishment import policy, queries, runs, simulation
from app.domain.replenishment.model import SimulationPoint, SimulationRun
from app.domain.replenishment.policy import CLASSES
from app.domain.replenishment.rules import Limits, StabilityClass
from app.domain.replenishment.states import ScenarioKind
from app.domain.stock.abc import AbcClass
from app.extensions import db
from app.kernel.errors import N_, InvalidInput
from app.kernel.permission import Permission as P
from app.web import background, charts, forms
from app.web.labels import label

JOINED = (ScenarioKind.UNIFORM, ScenarioKind.DEAR_FIRST, ScenarioKind.CHEAP_FIRST)


def _percent(permille: int) -> str:
    return f"{permille // 10}.{permille % 10}".removesuffix(".0")


@bp.get("/service-levels")
@page(P.PURCHASE_EDIT)
def service_levels(**_refused: Any) -> Any:
    """The nine service levels, the limits of the classes, and the curve of the last simulation."""
    session = db.session()
    standing = runs.standing(session, SimulationRun, clock().now())
    progress = background.progress_answer("parts/_simulating.html", standing)
    if progress is not None:
        return progress
    points = queries.points_of(session, standing.shown.id) if standing.shown else []
    present, row = policy.present(session), policy.newest(session)
    return render_template(
        "parts/service_levels.html",
        policy=present,
        set_by=row,
        levels={f"level-{v}{s}": _percent(present.level(v, s)) for v, s in CLASSES},
        a_share=_percent(present.limits.a_permille),
        b_share=_percent(present.limits.b_permille),
        values=list(AbcClass),
        stabilities=list(StabilityClass),
        run=standing.shown,
        latest=standing.latest,
        working=standing.working,
        broke_off=standing.broke_off,
        points=[_shown(number, point) for number, point in enumerate(points, 1)],
        curve=_curve(points) if points else None,
        families=JOINED,
        present_levels=policy.packed(present.levels),
        form=request.form,
    )


def _share(point: SimulationPoint) -> int:
    return queries.first_time_supply(point).permille or 0


def _shown(number: int, point: SimulationPoint) -> dict[str, Any]:
    levels = policy.unpacked(point.levels)
    return {
        "number": number,
        "point": point,
        "share": _share(point),
        "same": _percent(levels[0]) if len(set(levels)) == 1 else "",
        "table": [" / ".join(_percent(level) for level in levels[at : at + 3]) for at in (0, 3, 6)],
    }


def _curve(points: Any) -> charts.Curve:
    return charts.curve(
        [(point.stock_fen, _share(point), str(number), point.kind.value) for number, point in enumerate(points, 1)],
        [kind.value for kind in JOINED],
    )


@bp.post("/service-levels")
@command(P.REPLENISH_POLICY, again=service_levels)
def set_service_levels() -> Any:
    """From now on orders are suggested by these."""
    levels = {}
    for value, stability in CLASSES:
        name = f"level-{value}{stability}"
        if not forms.text(name, longest=20):
            raise InvalidInput(N_("Fill this in."), field=name)
        levels[value, stability] = forms.percent(name)
    limits = Limits(
        forms.percent("a_share"),
        forms.percent("b_share"),
        forms.quantity("x_variation") or 0,
        forms.quantity("y_variation") or 0,
    )
    policy.set_policy(db.session(), actor(), clock(), forms.whole_number("policy"), levels, limits)
    flash(gettext("The policy holds from the next suggestion on."), "success")
    return redirect(url_for("parts.service_levels"))


@bp.post("/service-levels/simulation")
@command(P.REPLENISH_POLICY, again=service_levels)
def simulate() -> Any:
    """Replay the last year under other service levels."""
    run = simulation.begin(db.session(), actor(), clock())
    background.after_commit("simulate", run.id)
    return redirect(url_for("parts.service_levels", _anchor="simulation"))


@bp.post("/service-levels/points/<row:point_id>")
@command(P.REPLENISH_POLICY, again=service_levels)
def pick_point(point_id: int) -> Any:
    """A point of the curve becomes the policy."""
    row = policy.pick_point(db.session(), actor(), clock(), forms.whole_number("policy"), point_id)
    kind = db.session().get_one(SimulationPoint, row.point_id).kind
    flash(gettext("The policy is now “%(name)s”; it holds from the next suggestion on.", name=label(kind)), "success")
    return redirect(url_for("parts.service_levels"))
