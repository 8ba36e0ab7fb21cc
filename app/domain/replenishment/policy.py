"""The shop's policy: a service level for each class of part, and where the classes end. Only the parts manager changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.replenishment.model import ReplenishmentPolicy, SimulationPoint
from app.domain.replenishment.rules import Limits, StabilityClass
from app.domain.stock.abc import AbcClass
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.errors import N_, InvalidInput, NotFound, StaleVersion
from app.kernel.permission import Permission

CLASSES = tuple((value, stability) for value in AbcClass for stability in StabilityClass)
# House defaults: cheap and steady parts first, because first-time supply counts lines and safety costs yuan. That A gets
# the most, as many shops have it, buys less service for more money (Teunter, Babai and Syntetos 2010, Production and
# Operations Management 19, 343-352); the simulation shows it for the shop's own demand.
HOUSE = (930, 910, 880, 970, 960, 940, 990, 985, 970)
LOWEST, HIGHEST = 500, 999


@dataclass(frozen=True, slots=True)
class Policy:
    """Service levels in thousandths by class, and the limits of the classes; ``id`` 0 is the house's default."""

    levels: tuple[int, ...] = HOUSE
    limits: Limits = field(default_factory=Limits)
    id: int = 0

    def level(self, value: AbcClass, stability: StabilityClass) -> int:
        """The service level of a class."""
        return self.levels[CLASSES.index((value, stability))]


def packed(levels: tuple[int, ...]) -> str:
    """Nine levels as they are stored."""
    return ",".join(map(str, levels))


def unpacked(text: str) -> tuple[int, ...]:
    """Nine levels from their column."""
    return tuple(int(number) for number in text.split(","))


def newest(session: Session) -> ReplenishmentPolicy | None:
    """The row that holds, with who set it; None while nobody has set one."""
    return session.scalar(
        select(ReplenishmentPolicy)
        .options(joinedload(ReplenishmentPolicy.staff))
        .order_by(ReplenishmentPolicy.id.desc())
        .limit(1)
    )


def present(session: Session) -> Policy:
    """The policy that holds now."""
    row = newest(session)
    if row is None:
        return Policy()
    return Policy(unpacked(row.levels), Limits(row.a_permille, row.b_permille, row.x_permille, row.y_permille), row.id)


def set_policy(
    session: Session,
    actor: Actor,
    clock: Clock,
    seen_id: int | None,
    levels: Mapping[tuple[AbcClass, StabilityClass], int],
    limits: Limits,
    point_id: int | None = None,
) -> ReplenishmentPolicy:
    """From now on orders are suggested by this policy.

    ``seen_id`` is the policy that the person saw. Raises StaleVersion when another one holds by now, InvalidInput for a
    level or a limit that makes no sense.
    """
    actor.require(Permission.REPLENISH_POLICY)
    before = present(session)
    if seen_id != before.id:
        raise StaleVersion()
    for (value, stability), level in levels.items():
        if not LOWEST <= level <= HIGHEST:
            raise InvalidInput(
                N_("Take a service level from %(lowest)s to %(highest)s per cent."),
                field=f"level-{value}{stability}",
                lowest="50",
                highest="99.9",
            )
    if not 0 < limits.a_permille <= limits.b_permille <= 1000:
        raise InvalidInput(N_("A must end before B, and B at 100 per cent at most."), field="a_share")
    if not 0 < limits.x_permille <= limits.y_permille <= 10_000:
        raise InvalidInput(N_("X must end before Y, and Y at 10 at most."), field="x_variation")
    nine = tuple(levels[one] for one in CLASSES)
    row = ReplenishmentPolicy(
        replaces_id=before.id,
        levels=packed(nine),
        a_permille=limits.a_permille,
        b_permille=limits.b_permille,
        x_permille=limits.x_permille,
        y_permille=limits.y_permille,
        set_at=clock.now(),
        staff_id=actor.staff_id,
        point_id=point_id,
    )
    session.add(row)
    session.flush()
    audit.record(
        session, actor, clock, "replenishment.policy", f"policy:{row.id}", was=packed(before.levels), now=row.levels
    )
    return row


def pick_point(session: Session, actor: Actor, clock: Clock, seen_id: int | None, point_id: int) -> ReplenishmentPolicy:
    """A point of a simulation becomes the policy; the limits of the classes stay. Raises NotFound."""
    point = session.get(SimulationPoint, point_id)
    if point is None:
        raise NotFound(N_("There is no such point of a simulation."))
    levels = dict(zip(CLASSES, unpacked(point.levels), strict=True))
    return set_policy(session, actor, clock, seen_id, levels, present(session).limits, point.id)
